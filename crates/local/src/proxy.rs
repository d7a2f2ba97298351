//! The address that viewers use: a reverse proxy to the emulated CloudFront.
//!
//! The emulator serves a distribution to whoever asks for its host name over https. Here that name leads nowhere, so
//! this proxy puts it in, and streams both ways. It asks for objects, and for nothing that is the emulator's own.

use std::path::PathBuf;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, uri},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    deployment::Deployment,
    http::{self, Client},
};

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What viewers do.
const METHODS: [Method; 3] = [Method::GET, Method::HEAD, Method::OPTIONS];
/// What the emulator's own addresses begin with; no object's key does.
const EMULATORS: &str = "/_";

/// What the proxy needs to know.
#[derive(Debug, Clone)]
struct Proxy {
    client: Client,
    emulator: u16,
    /// What is deployed, which changes while the proxy runs.
    deployment: PathBuf,
}

/// The proxy's service.
pub(super) fn router(emulator: u16, deployment: PathBuf) -> Router {
    Router::new().fallback(forward).with_state(Proxy { client: Client::default(), emulator, deployment })
}

async fn forward(State(proxy): State<Proxy>, mut request: Request) -> Response {
    if !METHODS.contains(request.method()) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path: Vec<u8> = percent_encoding::percent_decode_str(request.uri().path()).collect();
    if path.starts_with(EMULATORS.as_bytes()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Some(domain) = proxy.domain() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Nothing is deployed yet.\n").into_response();
    };
    if let Err(error) = proxy.readdress(&mut request, &domain) {
        return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response();
    }
    match proxy.client.send(request).await {
        Ok(mut answer) => {
            http::remove_hop_by_hop(answer.headers_mut());
            // Nobody else's page may read an answer.
            remove(answer.headers_mut(), |name| name.as_str().starts_with("access-control-"));
            // It holds for the real domain; here there is no https to insist on.
            answer.headers_mut().remove(header::STRICT_TRANSPORT_SECURITY);
            answer
        }
        Err(error) => (StatusCode::BAD_GATEWAY, format!("The emulator does not answer: {error}\n")).into_response(),
    }
}

impl Proxy {
    /// The distribution's host name.
    fn domain(&self) -> Option<String> {
        let deployment: Deployment = serde_json::from_slice(&std::fs::read(&self.deployment).ok()?).ok()?;
        deployment.output("CloudFrontDomain").ok().map(str::to_owned)
    }

    /// Turns a viewer's request into one for the distribution.
    fn readdress(&self, request: &mut Request<Body>, domain: &str) -> Result<(), axum::http::Error> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(uri::Scheme::HTTP);
        parts.authority = Some(format!("127.0.0.1:{}", self.emulator).parse()?);
        parts.path_and_query = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from_parts(parts)?;
        let headers = request.headers_mut();
        http::remove_hop_by_hop(headers);
        // They say that a page asks, which has been looked at here, and are about this address.
        remove(headers, |name| name == header::ORIGIN || name.as_str().starts_with("sec-fetch-"));
        headers.insert(header::HOST, HeaderValue::from_str(domain)?);
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
        Ok(())
    }
}

/// Removes the headers whose names are such.
fn remove(headers: &mut HeaderMap, such: impl Fn(&HeaderName) -> bool) {
    let names: Vec<_> = headers.keys().filter(|name| such(name)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// The addresses in a record, as this machine reaches them.
pub(super) fn localized(mut record: Value, domain: &str, player: &str) -> Value {
    localize(&mut record, &format!("https://{domain}/"), &format!("{player}/"));
    record
}

fn localize(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => {
            if let Some(path) = text.strip_prefix(from) {
                *text = format!("{to}{path}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| localize(item, from, to)),
        Value::Object(members) => members.values_mut().for_each(|member| localize(member, from, to)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_sent_to_the_distribution() {
        let proxy = Proxy { client: Client::default(), emulator: 4566, deployment: PathBuf::new() };
        let request = Request::get("/a%20b/c.m3u8?x=1").header("host", "127.0.0.1:8080").header("range", "bytes=0-1");
        let request = request.header("origin", "http://127.0.0.1:8080").header("sec-fetch-site", "same-origin");
        let mut request = request.header("connection", "keep-alive").body(Body::empty()).unwrap();
        proxy.readdress(&mut request, "d1.cloudfront.net").unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:4566/a%20b/c.m3u8?x=1");
        let headers: Vec<_> =
            request.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        assert_eq!(headers, ["host: d1.cloudfront.net", "range: bytes=0-1", "x-forwarded-proto: https"]);
    }

    #[tokio::test]
    async fn viewers_only_ask_for_objects() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("deployment.json");
        let deployment =
            json!({ "stack": "vod", "trigger": "video", "outputs": { "CloudFrontDomain": "d1.cloudfront.net" } });
        std::fs::write(&file, deployment.to_string()).unwrap();
        let proxy = Proxy { client: Client::default(), emulator: 9, deployment: file };
        let ask = async |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            forward(State(proxy.clone()), request).await.status().as_u16()
        };
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            assert_eq!(ask(method, "/index.html").await, 405, "{method}");
        }
        for path in ["/_ministack/reset", "/%5fministack/health", "/_aws/lambda-url/x"] {
            assert_eq!(ask("GET", path).await, 404, "{path}");
        }
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert_eq!(ask(method, "/index.html").await, 502, "{method} is passed on, to nobody here");
        }
    }

    #[test]
    fn only_addresses_of_the_distribution_are_moved() {
        let record = json!({
            "hlsUrl": "https://d1.cloudfront.net/g/v.m3u8", "cloudFront": "d1.cloudfront.net",
            "mp4Urls": ["https://d1.cloudfront.net/g/v.mp4"], "errorDetails": "https://console/x"
        });
        assert_eq!(
            localized(record, "d1.cloudfront.net", "http://127.0.0.1:8080"),
            json!({
                "hlsUrl": "http://127.0.0.1:8080/g/v.m3u8", "cloudFront": "d1.cloudfront.net",
                "mp4Urls": ["http://127.0.0.1:8080/g/v.mp4"], "errorDetails": "https://console/x"
            })
        );
    }
}
