//! A stand-in for AWS in one process: it answers each call as the test says, and keeps what it was asked.
//!
//! A call is known by its line: `CreateChangeSet` and the like for services that name their operation in a form,
//! `Logs_20140328.FilterLogEvents` for those that name it in a header, and `PUT /path` for the others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// An answer: its status and its body.
pub(crate) type Answer = (u16, String);

#[derive(Default)]
struct Script {
    answers: BTreeMap<String, VecDeque<Answer>>,
    seen: Vec<(String, String)>,
    unsigned: Vec<String>,
    keys: BTreeSet<String>,
}

/// The stand-in; it ends when it is dropped.
pub(crate) struct AwsFake {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    _runtime: Runtime,
}

impl AwsFake {
    /// Serves on a free port of the loopback interface.
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let script = Arc::<Mutex<Script>>::default();
        let router = Router::new()
            .fallback(answer)
            .layer(axum::middleware::from_fn(testing::wire::record))
            .with_state(Arc::clone(&script));
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { address, script, _runtime: runtime }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers a call so: each answer once, and the last one from then on.
    pub(crate) fn on(&self, line: &str, answer: Answer) -> &Self {
        self.script.lock().unwrap().answers.entry(line.to_owned()).or_default().push_back(answer);
        self
    }

    /// The lines of the calls, in order.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.script.lock().unwrap().seen.iter().map(|(line, _)| line.clone()).collect()
    }

    /// The bodies of the calls of this line, in order.
    pub(crate) fn bodies_of(&self, line: &str) -> Vec<String> {
        let script = self.script.lock().unwrap();
        script.seen.iter().filter(|(seen, _)| seen == line).map(|(_, body)| body.clone()).collect()
    }

    /// The access keys that the calls were signed with.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.script.lock().unwrap().keys.iter().cloned().collect()
    }

    /// The lines of the calls that nobody signed.
    pub(crate) fn unsigned(&self) -> Vec<String> {
        self.script.lock().unwrap().unsigned.clone()
    }
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8_lossy(&body);
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let line = action.or(target).map_or_else(|| format!("{method} {}", uri.path()), str::to_owned);
    let mut script = script.lock().unwrap();
    script.seen.push((line.clone(), body.to_string()));
    match headers.get("authorization").and_then(|value| value.to_str().ok()) {
        Some(signature) => {
            let key = signature.split("Credential=").nth(1).and_then(|rest| rest.split('/').next());
            script.keys.extend(key.map(str::to_owned));
        }
        None => script.unsigned.push(line.clone()),
    }
    let Some(answers) = script.answers.get_mut(&line) else {
        return (StatusCode::NOT_IMPLEMENTED, format!("the test has no answer to {line}")).into_response();
    };
    let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
    let (status, body) = answer.unwrap_or_default();
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

/// What a service that takes forms answers to an operation.
pub(crate) fn result(operation: &str, inner: &str) -> Answer {
    (200, format!("<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"))
}

/// An error of such a service.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    (status, format!("<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"))
}

/// A text as a part of XML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
