//! What a server on the loopback interface refuses.
//!
//! Every web page that a browser on this machine shows can send requests to every port of it. What betrays such a request
//! are headers that the browser adds and the page cannot change: `Origin` (<https://fetch.spec.whatwg.org/#origin-header>),
//! `Sec-Fetch-Site` (<https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>), and `Host`, where the page's own name was
//! made to lead here (DNS rebinding). Programs of other users of this machine lack the [`Token`].

use std::{fmt, io, net::Ipv4Addr, str::FromStr};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const RANDOM: usize = 16;
/// The fewest characters of a token that nobody guesses.
const SHORTEST: usize = 16;

/// A secret that is the first part of an address's path: only who knows the address gets an answer.
///
/// It stands in the address because SDKs take an endpoint with a path, and nothing else that every caller could be given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

/// A token that is short, or has characters that do not stand in an address as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token has {SHORTEST} letters and digits or more")]
pub struct InvalidToken;

impl Token {
    pub fn random() -> io::Result<Self> {
        random_hex(RANDOM).map(Self)
    }
}

/// Random bytes of the system's, in hexadecimal digits.
pub fn random_hex(bytes: usize) -> io::Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(hex::encode(random))
}

impl FromStr for Token {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidToken) }
    }
}

impl TryFrom<String> for Token {
    type Error = InvalidToken;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        token.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The services, on a port of the loopback interface, for programs and for the pages that they serve themselves.
pub fn guarded(services: Router, port: u16) -> Router {
    services.layer(middleware::from_fn_with_state(port, guard))
}

async fn guard(State(port): State<u16>, request: Request, next: Next) -> Response {
    match stranger(&request, port) {
        Some(reason) => (StatusCode::FORBIDDEN, format!("{reason}\n")).into_response(),
        None => next.run(request).await,
    }
}

/// Why a request is refused, if it is.
fn stranger(request: &Request, port: u16) -> Option<&'static str> {
    let own = [Ipv4Addr::LOCALHOST.to_string(), "localhost".to_owned()].map(|host| format!("{host}:{port}"));
    let headers = request.headers();
    // HTTP/2, and HTTP/1.1 with a whole address, name the host before the headers.
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let hosts: Vec<&[u8]> = authority.into_iter().chain(values(headers, &header::HOST)).collect();
    if hosts.is_empty() || !hosts.iter().all(|host| own.iter().any(|own| own.as_bytes() == *host)) {
        return Some("this server has another name");
    }
    let origins = own.map(|host| format!("http://{host}"));
    if !values(headers, &header::ORIGIN).all(|origin| origins.iter().any(|own| own.as_bytes() == origin)) {
        return Some("no page of another origin may ask here");
    }
    let sites: [&[u8]; 2] = [b"none", b"same-origin"];
    let near = values(headers, &SEC_FETCH_SITE).all(|site| sites.contains(&site));
    (!near).then_some("no page of another site may ask here")
}

fn values<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h [u8]> {
    headers.get_all(name).into_iter().map(header::HeaderValue::as_bytes)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn is_refused(uri: &str, headers: &[(&str, &str)]) -> bool {
        let request = headers.iter().fold(Request::get(uri), |request, (name, value)| request.header(*name, *value));
        stranger(&request.body(Body::empty()).unwrap(), 8080).is_some()
    }

    #[test]
    fn programs_and_own_pages_are_answered() {
        let host = ("host", "127.0.0.1:8080");
        let own: [&[(&str, &str)]; 4] = [
            &[host],
            &[("host", "localhost:8080"), ("origin", "http://localhost:8080"), ("sec-fetch-site", "same-origin")],
            &[host, ("origin", "http://127.0.0.1:8080")],
            &[host, ("sec-fetch-site", "none")],
        ];
        for headers in own {
            assert!(!is_refused("/", headers), "{headers:?}");
        }
        assert!(!is_refused("http://127.0.0.1:8080/", &[]));
    }

    #[test]
    fn pages_of_others_and_other_names_are_refused() {
        let host = ("host", "127.0.0.1:8080");
        let others: [&[(&str, &str)]; 12] = [
            &[],
            &[("host", "evil.example:8080")],
            &[("host", "127.0.0.1:8081")],
            &[("host", "127.0.0.1")],
            &[("host", "127.0.0.1:8080.evil.example")],
            &[host, ("host", "evil.example")],
            &[host, ("origin", "https://evil.example")],
            &[host, ("origin", "null")],
            &[host, ("origin", "http://127.0.0.1:3000")],
            &[host, ("origin", "http://127.0.0.1:8080"), ("origin", "https://evil.example")],
            &[host, ("sec-fetch-site", "cross-site")],
            &[host, ("sec-fetch-site", "same-site")],
        ];
        for headers in others {
            assert!(is_refused("/", headers), "{headers:?}");
        }
        assert!(is_refused("http://evil.example/", &[host]), "the address counts as much as the header");
    }

    #[test]
    fn a_token_is_long_and_stands_in_an_address_as_it_is() {
        let token = Token::random().unwrap();
        assert_eq!(token.to_string().parse(), Ok(token.clone()));
        assert_ne!(token, Token::random().unwrap());
        assert!(!format!("{token:?}").contains(&token.to_string()));
        for text in ["", "short", "with/a/slash/in/it", "0123456789abcdef%"] {
            assert_eq!(text.parse::<Token>(), Err(InvalidToken), "{text}");
        }
    }
}
