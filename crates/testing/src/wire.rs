//! Writes down every call of AWS with its answer, for `cargo xtask test wire`, which holds both against the services'
//! models, and `cargo xtask test privileges`, which holds the calls against the policies of the handlers' roles: a file
//! of JSON lines a test program, in the directory that `AWS_WIRE` names, if it names one.

use std::env;
use std::io::Write as _;
use std::path::Path;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, request, response};
use fs_err::OpenOptions;
use serde_json::{Map, Value, json};

/// What is judged of a stand-in's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// Requests and answers.
    Answers,
    /// Requests alone: the stand-in answers what no service would.
    Requests,
}

/// Writes a call down: the handler that made it, if one did, the service that it is signed for, the request, and the
/// answer if that is to be judged.
pub(crate) fn record(
    handler: Option<&str>,
    service: &str,
    (request, body): (&request::Parts, &Bytes),
    answer: Option<(&response::Parts, &Bytes)>,
) {
    let Some(directory) = env::var_os("AWS_WIRE") else { return };
    let call = json!({
        "handler": handler,
        "service": service,
        "request": {
            "method": request.method.as_str(),
            "path": request.uri.path(),
            "query": request.uri.query().unwrap_or_default(),
            "headers": headers(&request.headers),
            "body": text(body),
        },
        "answer": answer.map(|(answer, body)| json!({
            "status": answer.status.as_u16(),
            "headers": headers(&answer.headers),
            // The server sends no body to `HEAD`, whatever the stand-in gives it.
            "body": if request.method == Method::HEAD { Some("") } else { text(body) },
        })),
    });
    let program = env::current_exe().unwrap();
    let file = Path::new(&directory).join(program.file_stem().unwrap()).with_extension("jsonl");
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
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
