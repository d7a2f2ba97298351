//! A stand-in for AWS in one process: it answers each call as the test says, and keeps what it was asked.
//!
//! A call is known by its line: `DynamoDB_20120810.GetItem` and the like for services that name their operation in a
//! header, `Publish` for those that name it in a form, and `GET /path` (without the query) for the others. What no line
//! answers goes to the model, if the test gives one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::wire;

#[derive(Debug, Clone)]
pub enum Answer {
    Reply(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// With the part of the bytes that the request's `Range` asks for.
    Bytes(Arc<Vec<u8>>),
    /// The model answers, and 500 arrives.
    Lost,
    Hang,
}

impl Answer {
    /// Nothing but a status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Reply(status, Vec::new(), Vec::new())
    }

    #[must_use]
    pub fn json(body: &Value) -> Self {
        Self::text(&body.to_string())
    }

    #[must_use]
    pub fn text(body: &str) -> Self {
        Self::Reply(200, Vec::new(), body.as_bytes().to_vec())
    }

    /// An error of a service that speaks JSON.
    #[must_use]
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = json!({ "__type": code, "message": message });
        Self::Reply(status, vec![("x-amzn-errortype", code.to_owned())], body.to_string().into_bytes())
    }

    #[must_use]
    pub fn xml_error(status: u16, code: &str, message: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        Self::Reply(status, Vec::new(), body.into_bytes())
    }

    /// An error of a service that takes forms.
    #[must_use]
    pub fn form_error(status: u16, code: &str, message: &str) -> Self {
        let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
        let body = format!("<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>");
        Self::Reply(status, Vec::new(), body.into_bytes())
    }

    /// What a service that takes forms answers to an operation.
    #[must_use]
    pub fn form_result(operation: &str, inner: &str) -> Self {
        Self::text(&format!(
            "<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"
        ))
    }

    async fn respond(self, call: &Call) -> Response {
        match self {
            Self::Reply(status, headers, body) => {
                let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
                for (name, value) in headers {
                    response.headers_mut().insert(name, value.parse().unwrap());
                }
                response
            }
            Self::Bytes(bytes) => {
                let Some(range) = call.headers.get("range") else { return bytes.to_vec().into_response() };
                let (first, last) = range.to_str().unwrap().strip_prefix("bytes=").unwrap().split_once('-').unwrap();
                let first: usize = first.parse().unwrap();
                if first >= bytes.len() {
                    let body = "<Error><Code>InvalidRange</Code></Error>";
                    return (StatusCode::RANGE_NOT_SATISFIABLE, body).into_response();
                }
                let last = last.parse().map_or(bytes.len() - 1, |last: usize| last.min(bytes.len() - 1));
                let content_range = format!("bytes {first}-{last}/{}", bytes.len());
                let part = bytes[first..=last].to_vec();
                (StatusCode::PARTIAL_CONTENT, [("content-range", content_range)], part).into_response()
            }
            Self::Lost => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Self::Hang => std::future::pending().await,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Call {
    pub line: String,
    pub method: Method,
    /// The path, without its escapes.
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    /// The body, without the frames that the SDK puts round signed chunks.
    pub body: Vec<u8>,
}

impl Call {
    fn new(head: &axum::http::request::Parts, body: &[u8]) -> Self {
        let form = std::str::from_utf8(body).unwrap_or_default();
        let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
        let target = head.headers.get("x-amz-target").map(|target| target.to_str().unwrap());
        let line = target.or(action).map_or_else(|| format!("{} {}", head.method, head.uri.path()), str::to_owned);
        Self {
            line,
            method: head.method.clone(),
            path: decoded(head.uri.path()),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers.clone(),
            body: unchunked(&head.headers, body),
        }
    }

    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The fields of the body, a form.
    #[must_use]
    pub fn form(&self) -> BTreeMap<String, String> {
        let text = self.text().replace('+', " ");
        let fields = text.split('&').map(|field| field.split_once('=').unwrap());
        fields.map(|(name, value)| (decoded(name), decoded(value))).collect()
    }

    /// A parameter of the query, without its escapes.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = self.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find_map(|(parameter, value)| (parameter == name).then(|| decoded(value)))
    }

    /// A header; empty if the call has none of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// A part of the signature's scope, `<id>/<day>/<region>/<service>/aws4_request`; none of a call without a signature.
    fn scope(&self, part: usize) -> Option<&str> {
        self.header("authorization").split("Credential=").nth(1)?.split('/').nth(part)
    }

    #[must_use]
    pub fn access_key(&self) -> Option<&str> {
        self.scope(0)
    }

    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.scope(3)
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// The content of a body that the SDK sends in signed chunks (`aws-chunked`).
fn unchunked(headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    if !headers.get("content-encoding").is_some_and(|value| value.to_str().unwrap().contains("aws-chunked")) {
        return body.to_vec();
    }
    let (mut rest, mut content) = (body, Vec::new());
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap().split(';').next().unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        content.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
    content
}

/// What answers calls that no line of the test answers.
pub type Model = Box<dyn FnMut(&Call) -> Option<Answer> + Send>;

struct Script {
    once: BTreeMap<String, VecDeque<Answer>>,
    always: BTreeMap<String, Answer>,
    once_below: Vec<(String, Answer)>,
    below: Vec<(String, Answer)>,
    model: Model,
    denied_until: Option<Instant>,
    seen: Vec<Call>,
    caller: Option<&'static str>,
    recorded: wire::Recorded,
}

impl Script {
    fn answer(&mut self, call: &Call) -> Option<Answer> {
        if call.service().is_some() && self.denied_until.is_some_and(|until| Instant::now() < until) {
            return Some(match call.service() {
                Some("s3") => Answer::xml_error(403, "AccessDenied", "not allowed"),
                _ => Answer::error(403, "AccessDeniedException", "not allowed"),
            });
        }
        let is_below = |(start, _): &(String, Answer)| call.line.starts_with(start);
        if let Some(answer) = self.once.get_mut(&call.line).and_then(VecDeque::pop_front) {
            return Some(answer);
        }
        if let Some(index) = self.once_below.iter().position(is_below) {
            return Some(self.once_below.remove(index).1);
        }
        let always = self.always.get(&call.line).cloned();
        always.or_else(|| self.below.iter().find(|rule| is_below(rule)).map(|(_, answer)| answer.clone()))
    }
}

/// The stand-in, on a free port of the loopback interface; it ends when it is dropped.
pub struct FakeAws {
    script: Arc<Mutex<Script>>,
    pub url: String,
    runtime: Option<Runtime>,
}

impl Drop for FakeAws {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl FakeAws {
    /// One that answers 404 to calls that the test says nothing about.
    #[must_use]
    pub fn start() -> Self {
        Self::with(wire::Recorded::Answers, Box::new(|_| None))
    }

    /// One with a model of what the test says nothing about.
    #[must_use]
    pub fn modelled(model: impl FnMut(&Call) -> Option<Answer> + Send + 'static) -> Self {
        Self::with(wire::Recorded::Answers, Box::new(model))
    }

    /// One whose answers no service would give.
    #[must_use]
    pub fn hostile() -> Self {
        Self::with(wire::Recorded::Requests, Box::new(|_| None))
    }

    fn with(recorded: wire::Recorded, model: Model) -> Self {
        // Neither the test nor the program that it runs waits for this one's threads.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let script = Arc::new(Mutex::new(Script {
            once: BTreeMap::new(),
            always: BTreeMap::new(),
            once_below: Vec::new(),
            below: Vec::new(),
            model,
            denied_until: None,
            seen: Vec::new(),
            caller: None,
            recorded,
        }));
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(serve).with_state(Arc::clone(&script));
        runtime.spawn(async move { axum::serve(TcpListener::from_std(listener).unwrap(), app).await });
        Self { script, url, runtime: Some(runtime) }
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// Answers the next call of this line so.
    pub fn once(&self, line: &str, answer: Answer) {
        self.script().once.entry(line.to_owned()).or_default().push_back(answer);
    }

    /// Answers every call of this line so, once those for [`FakeAws::once`] are used up.
    pub fn always(&self, line: &str, answer: Answer) {
        self.script().always.insert(line.to_owned(), answer);
    }

    /// Answers a call of this line so: each answer once, and the last one from then on.
    pub fn on(&self, line: &str, answer: Answer) -> &Self {
        let mut script = self.script();
        if let Some(earlier) = script.always.insert(line.to_owned(), answer) {
            script.once.entry(line.to_owned()).or_default().push_back(earlier);
        }
        drop(script);
        self
    }

    /// Answers the next call whose line begins so.
    pub fn once_below(&self, start: &str, answer: Answer) {
        self.script().once_below.push((start.to_owned(), answer));
    }

    /// Answers every call whose line begins so and that has no other answer.
    pub fn below(&self, start: &str, answer: Answer) {
        self.script().below.push((start.to_owned(), answer));
    }

    /// Nobody has any permission for this long, as shortly after a role was made.
    pub fn deny(&self, time: Duration) {
        self.script().denied_until = Some(Instant::now() + time);
    }

    /// Writes the next calls down as those of a handler.
    pub fn called_by(&self, handler: &'static str) {
        self.script().caller = Some(handler);
    }

    #[must_use]
    pub fn seen(&self) -> Vec<Call> {
        self.script().seen.clone()
    }

    /// The calls of one line so far.
    #[must_use]
    pub fn seen_of(&self, line: &str) -> Vec<Call> {
        self.seen().into_iter().filter(|call| call.line == line).collect()
    }

    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|call| call.line).collect()
    }

    /// The access keys that the calls so far were signed with.
    #[must_use]
    pub fn access_keys(&self) -> BTreeSet<String> {
        self.seen().iter().filter_map(|call| call.access_key().map(str::to_owned)).collect()
    }

    /// Forgets the calls so far.
    pub fn forget(&self) {
        self.script().seen.clear();
    }
}

async fn serve(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let call = Call::new(&head, &body);
    let (answer, caller, recorded) = {
        let mut script = script.lock().unwrap();
        script.seen.push(call.clone());
        let answer = match script.answer(&call) {
            Some(Answer::Lost) => {
                (script.model)(&call);
                Some(Answer::Lost)
            }
            Some(answer) => Some(answer),
            None => (script.model)(&call),
        };
        (answer, script.caller, script.recorded)
    };
    let unknown = || Answer::Reply(404, Vec::new(), format!("nothing answers {}", call.line).into_bytes());
    let response = answer.unwrap_or_else(unknown).respond(&call).await;
    let (answer_head, answer) = response.into_parts();
    let answer = to_bytes(answer, usize::MAX).await.unwrap();
    if let Some(service) = call.service() {
        let judged = (recorded == wire::Recorded::Answers).then_some((&answer_head, &answer));
        wire::record(caller, service, (&head, &body), judged);
    }
    Response::from_parts(answer_head, Body::from(answer))
}
