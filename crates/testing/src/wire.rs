//! Writes down every request to AWS with its answer, for `cargo xtask test wire`, which holds both against the services'
//! models: a file of JSON lines a test program, in the directory that `AWS_WIRE` names, if it names one.

use std::{env, fs, io::Write as _, path::Path};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use serde_json::{Map, Value, json};

/// Passes a request on, and writes it down with its answer; what is not signed is no call to AWS.
///
/// # Panics
/// When it cannot be written down.
pub async fn record(request: Request, next: Next) -> Response {
    let (call, answer) = pass(request, next).await;
    call.iter().for_each(write);
    answer
}

/// The same for a stand-in that answers what no service would: the requests alone are judged.
///
/// # Panics
/// When it cannot be written down.
pub async fn record_requests(request: Request, next: Next) -> Response {
    let (call, answer) = pass(request, next).await;
    call.map(|call| json!({ "service": call["service"], "request": call["request"], "answer": null }))
        .iter()
        .for_each(write);
    answer
}

/// The answer, and the call as it is written down, if calls are.
async fn pass(request: Request, next: Next) -> (Option<Value>, Response) {
    let (Some(_), Some(service)) = (env::var_os("AWS_WIRE"), signed_for(request.headers())) else {
        return (None, next.run(request).await);
    };
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let asked = json!({
        "method": head.method.as_str(),
        "path": head.uri.path(),
        "query": head.uri.query().unwrap_or_default(),
        "headers": headers(&head.headers),
        "body": text(&body),
    });
    let answer = next.run(Request::from_parts(head, Body::from(body))).await;
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let call = json!({
        "service": service,
        "request": asked,
        "answer": { "status": head.status.as_u16(), "headers": headers(&head.headers), "body": text(&body) },
    });
    (Some(call), Response::from_parts(head, Body::from(body)))
}

fn write(call: &Value) {
    let directory = env::var_os("AWS_WIRE").unwrap();
    let program = env::current_exe().unwrap();
    let file = Path::new(&directory).join(program.file_stem().unwrap()).with_extension("jsonl");
    let mut file = fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(format!("{call}\n").as_bytes()).unwrap();
}

/// A body as text; none where it is no text.
fn text(body: &Bytes) -> Option<&str> {
    std::str::from_utf8(body).ok()
}

fn headers(headers: &HeaderMap) -> Value {
    let pairs = headers.iter().filter(|(name, _)| name.as_str() != "authorization");
    let pairs = pairs.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// The service in the signature's scope: `Credential=<id>/<day>/<region>/<service>/aws4_request`.
fn signed_for(headers: &HeaderMap) -> Option<String> {
    let signature = headers.get("authorization")?.to_str().ok()?;
    signature.split("Credential=").nth(1)?.split('/').nth(3).map(str::to_owned)
}
