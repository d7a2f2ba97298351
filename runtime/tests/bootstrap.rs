//! The real `bootstrap` against a stand-in for Lambda's Runtime API.

use std::{
    collections::VecDeque,
    env,
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::world::{Fault, World};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use pipeline::{
    contract::Handler,
    custom_resource::{Kind, template_name},
};
use serde_json::{Value, json};
use strum::VariantArray as _;
use tokio::{net::TcpListener, process::Command, time::Instant};

/// What Lambda would know of one invocation.
#[derive(Debug, Clone, PartialEq)]
enum Ended {
    Response(Value),
    Error(Value),
}

#[derive(Default)]
struct Api {
    events: Mutex<VecDeque<Value>>,
    ended: Mutex<Vec<Ended>>,
    time: Duration,
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    let Some(event) = api.events.lock().unwrap().pop_front() else {
        // Lambda would let it wait; ended like this, it writes its coverage.
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + api.time;
    let headers = [
        ("lambda-runtime-aws-request-id", "invocation-1".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:1:function:vod".to_owned()),
    ];
    (headers, event.to_string()).into_response()
}

async fn end(State(api): State<Arc<Api>>, Path((_, how)): Path<(String, String)>, body: String) -> StatusCode {
    let body = serde_json::from_str(&body).unwrap();
    let ended = if how == "response" { Ended::Response(body) } else { Ended::Error(body) };
    api.ended.lock().unwrap().push(ended);
    StatusCode::ACCEPTED
}

/// The binary, with nothing in its environment but where its coverage goes, when that is measured.
fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_bootstrap"));
    program.env_clear().envs(env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)));
    program
}

/// Runs the binary as the handler named `name` until it has handled the events, each within `time`; returns how they
/// ended and what was logged.
async fn run(name: &str, aws: &str, time: Duration, events: &[Value]) -> (Vec<Ended>, Vec<Value>) {
    let api = Arc::new(Api { events: Mutex::new(events.iter().cloned().collect()), time, ..Api::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let app = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/{how}", post(end))
        .with_state(api.clone());
    let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let bootstrap = program()
        .env("_HANDLER", name)
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "vod")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "THE-KEY")
        .env("AWS_ENDPOINT_URL", aws)
        .env("LOG_LEVEL", "trace")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let output = tokio::time::timeout(Duration::from_secs(30), bootstrap.wait_with_output()).await.expect("an end");
    let logged = output.unwrap().stdout;
    server.abort();
    let ended = api.ended.lock().unwrap().clone();
    let lines = String::from_utf8(logged).unwrap();
    assert!(!lines.contains("SECRET") && !lines.contains("THE-KEY"), "a secret was logged:\n{lines}");
    (ended, lines.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect())
}

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn an_unknown_handler_fails_by_name_and_lists_the_known_ones() {
    let (ended, _) = run("transcode", "http://127.0.0.1:9", MINUTE, &[json!({}), json!({})]).await;
    assert_eq!(ended.len(), 2, "the process serves on");
    let Ended::Error(error) = &ended[0] else { panic!("{ended:?}") };
    assert_eq!(error["errorType"], "Misconfigured");
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.contains("`transcode`"));
    assert!(Handler::VARIANTS.iter().all(|handler| message.contains(handler.into_str())), "{message}");
}

#[tokio::test]
async fn a_missing_variable_fails_by_name_and_logs_the_workflow() {
    let (ended, lines) = run("encode", "http://127.0.0.1:9", MINUTE, &[json!({"guid": "guid-1"})]).await;
    let error = json!({
        "errorType": "Misconfigured",
        "errorMessage": "the environment variable MEDIACONVERT_ROLE is not set",
    });
    assert_eq!(ended, [Ended::Error(error)]);
    let failed = lines.iter().find(|line| line["message"] == "failed").expect("a line about it");
    assert_eq!(failed["level"], "ERROR");
    assert_eq!(failed["span"]["handler"], "encode");
    assert_eq!(failed["span"]["requestId"], "invocation-1");
    assert_eq!(failed["span"]["guid"], "guid-1");
}

/// The creation of a job template, and the template's name.
fn creation(world: &World) -> (Value, String) {
    let settings = r#"{"Settings":{"OutputGroups":[]}}"#;
    let properties = json!({"BaseName": "vod_1080p", "Settings": settings});
    let event = world.request("Create", Kind::JobTemplate.into_str(), None, &properties);
    (event, template_name("vod_1080p", settings).unwrap())
}

#[tokio::test]
async fn a_custom_resource_is_answered() {
    let world = World::start().await;
    let (event, name) = creation(&world);
    let (ended, lines) = run("custom-resource", &world.url, MINUTE, &[event.clone(), event]).await;
    assert_eq!(ended, [Ended::Response(Value::Null), Ended::Response(Value::Null)]);
    assert_eq!(world.answers().len(), 2);
    assert_eq!((&world.answer()["Status"], &world.answer()["PhysicalResourceId"]), (&json!("SUCCESS"), &json!(name)));
    assert!(lines.iter().any(|line| line["message"] == "done" && line["span"]["handler"] == "custom-resource"));
}

#[tokio::test]
async fn a_custom_resource_is_answered_before_the_deadline() {
    let world = World::start().await;
    let (event, name) = creation(&world);
    world.fault("POST", Fault::Hang);
    let start = Instant::now();
    let time = Duration::from_secs(3);
    let (ended, _) = run("custom-resource", &world.url, time, &[event]).await;
    assert!(start.elapsed() < time, "answered after {:?}", start.elapsed());
    assert_eq!(ended, [Ended::Response(Value::Null)]);
    assert_eq!((&world.answer()["Status"], &world.answer()["PhysicalResourceId"]), (&json!("FAILED"), &json!(name)));
}

#[tokio::test]
async fn outside_lambda_it_says_so() {
    let output = program().output().await.unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("started by AWS Lambda"));
}
