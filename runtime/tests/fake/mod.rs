//! A stand-in for AWS in one process: it answers each call as the test says, and keeps what it was asked.
//!
//! A call is known by its line: `DynamoDB_20120810.GetItem` and the like for services that name their operation in a
//! header, `SNS.Publish` for those that name it in a form, and `GET /path` (without the query) for the others.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::Credentials;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    middleware::from_fn,
    response::{IntoResponse, Response},
};
use pipeline::contract::{Handler, Variable};
use runtime::{environment::Environment, failure::Failure, handlers, service::Invocation};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle, time::Instant};

/// How a call is answered.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// With this status, headers and body.
    Reply(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// With a part of the bytes, as the request's `Range` asks.
    Bytes(Arc<Vec<u8>>),
    /// Never.
    Hang,
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self::Reply(200, Vec::new(), body.to_string().into_bytes())
    }

    pub(crate) fn text(body: &str) -> Self {
        Self::Reply(200, Vec::new(), body.as_bytes().to_vec())
    }

    /// An error of a service that speaks JSON.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({ "__type": code, "message": message });
        Self::Reply(status, vec![("x-amzn-errortype", code.to_owned())], body.to_string().into_bytes())
    }

    /// An error of S3.
    pub(crate) fn xml_error(status: u16, code: &str, message: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        Self::Reply(status, Vec::new(), body.into_bytes())
    }

    /// An error of a service that takes forms (SNS).
    pub(crate) fn form_error(status: u16, code: &str, message: &str) -> Self {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        Self::Reply(status, Vec::new(), format!("<ErrorResponse>{error}</ErrorResponse>").into_bytes())
    }
}

/// One request that the fake saw.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The fields of a form.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
        let text = self.text().replace('+', " ");
        let fields = text.split('&').map(|field| field.split_once('=').unwrap());
        fields.map(|(name, value)| (plain(name), plain(value))).collect()
    }
}

#[derive(Debug, Default)]
struct Inner {
    once: BTreeMap<String, VecDeque<Answer>>,
    always: BTreeMap<String, Answer>,
    below: Vec<(String, Answer)>,
    is_patient: bool,
    seen: Vec<Seen>,
    handler: Option<Handler>,
}

/// The stand-in, on a loopback port of its own.
#[derive(Debug)]
pub(crate) struct Fake {
    inner: Arc<Mutex<Inner>>,
    pub(crate) url: String,
    server: JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Fake {
    pub(crate) async fn start() -> Self {
        Self::serve(Router::new().fallback(serve).layer(from_fn(testing::wire::record))).await
    }

    /// One whose answers no service would give.
    pub(crate) async fn hostile() -> Self {
        Self::serve(Router::new().fallback(serve).layer(from_fn(testing::wire::record_requests))).await
    }

    async fn serve(app: Router<Arc<Mutex<Inner>>>) -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let unlimited = axum::extract::DefaultBodyLimit::disable();
        let app = app.layer(unlimited).with_state(inner.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { inner, url, server }
    }

    /// Answers the next call of this line so; calls without an answer of their own get a 404.
    pub(crate) fn once(&self, line: &str, answer: Answer) {
        self.inner.lock().unwrap().once.entry(line.to_owned()).or_default().push_back(answer);
    }

    /// Answers every call of this line so, once those for [`Fake::once`] are used up.
    pub(crate) fn always(&self, line: &str, answer: Answer) {
        self.inner.lock().unwrap().always.insert(line.to_owned(), answer);
    }

    /// Answers every call whose line begins so and that has no answer of its own: the names of some files follow from
    /// their content.
    pub(crate) fn below(&self, start: &str, answer: Answer) {
        self.inner.lock().unwrap().below.push((start.to_owned(), answer));
    }

    /// Gives every call the time that a large body needs.
    pub(crate) fn be_patient(&self) {
        self.inner.lock().unwrap().is_patient = true;
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.inner.lock().unwrap().seen.clone()
    }

    /// The requests of one line so far.
    pub(crate) fn seen_of(&self, line: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.line == line).collect()
    }

    /// The lines of the requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    /// The SDK's configuration for this stand-in: quick retries, short timeouts.
    pub(crate) async fn sdk(&self) -> SdkConfig {
        let is_patient = self.inner.lock().unwrap().is_patient;
        let attempt = if is_patient { Duration::from_mins(1) } else { Duration::from_millis(500) };
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(attempt);
        let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
        aws_config::defaults(BehaviorVersion::latest())
            .http_client(runtime::aws::https_client())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("id", "key", None, None, "test"))
            .endpoint_url(&self.url)
            .timeout_config(timeouts.build())
            .retry_config(retries)
            .load()
            .await
    }

    /// Calls a handler with an event.
    pub(crate) async fn call(
        &self,
        handler: Handler,
        variables: &[(Variable, &str)],
        event: Value,
    ) -> Result<Value, Failure> {
        let environment = Environment::new(variables.iter().map(|(variable, value)| (*variable, (*value).to_owned())));
        self.inner.lock().unwrap().handler = Some(handler);
        let handler = handlers::new(handler, &self.sdk().await, &environment)?;
        handler.handle(Invocation { event, deadline: Instant::now() + Duration::from_secs(30) }).await
    }
}

fn line(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> String {
    if let Some(target) = headers.get("x-amz-target") {
        return target.to_str().unwrap().to_owned();
    }
    let form = std::str::from_utf8(body).ok().and_then(|body| body.strip_prefix("Action="));
    if let Some(action) = form.and_then(|form| form.split('&').next()) {
        return format!("SNS.{action}");
    }
    format!("{method} {}", uri.path())
}

async fn serve(
    State(inner): State<Arc<Mutex<Inner>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let line = line(&method, &uri, &headers, &body);
    let answer = {
        let mut inner = inner.lock().unwrap();
        if let Some(handler) = inner.handler {
            crate::calls::record(handler.into_str(), &method, &uri, &headers, &body);
        }
        inner.seen.push(Seen {
            line: line.clone(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers: headers.clone(),
            body: body.to_vec(),
        });
        let answer = inner.once.get_mut(&line).and_then(VecDeque::pop_front);
        let below = || inner.below.iter().find(|(start, _)| line.starts_with(start)).map(|(_, answer)| answer.clone());
        answer.or_else(|| inner.always.get(&line).cloned()).or_else(below)
    };
    match answer {
        Some(Answer::Reply(status, extra, body)) => {
            let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
            for (name, value) in extra {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        Some(Answer::Bytes(bytes)) => part(&bytes, headers.get("range").map(|range| range.to_str().unwrap())),
        Some(Answer::Hang) => std::future::pending().await,
        None => (StatusCode::NOT_FOUND, format!("nothing answers {line}")).into_response(),
    }
}

/// The part of a file that a range asks for, as S3 answers it.
fn part(bytes: &[u8], range: Option<&str>) -> Response {
    let Some(range) = range else { return bytes.to_vec().into_response() };
    let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let first: usize = first.parse().unwrap();
    if first >= bytes.len() {
        return (StatusCode::RANGE_NOT_SATISFIABLE, "<Error><Code>InvalidRange</Code></Error>").into_response();
    }
    let last = last.parse().map_or(bytes.len() - 1, |last: usize| last.min(bytes.len() - 1));
    let described = format!("bytes {first}-{last}/{}", bytes.len());
    (StatusCode::PARTIAL_CONTENT, [("content-range", described)], bytes[first..=last].to_vec()).into_response()
}
