//! The real `bootstrap` against a stand-in for Lambda's Runtime API.

use std::{env, time::Duration};

use pipeline::{
    contract::Handler,
    custom_resource::{Kind, template_name},
};
use serde_json::{Value, json};
use strum::VariantArray as _;
use testing::lambda::{self, Ended};
use tokio::{process::Command, time::Instant};

use crate::support::{Answer, World};

/// The binary, with nothing in its environment but where its coverage goes, when that is measured.
fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_bootstrap"));
    program.env_clear().envs(env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)));
    program
}

/// Runs the binary as the handler named `name` until it has handled the events, each within `time`; returns how they
/// ended and what was logged.
async fn run(name: &str, aws: &str, time: Duration, events: &[Value]) -> (Vec<Ended>, Vec<Value>) {
    let mut program = program();
    program.envs([
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "THE-KEY"),
        ("AWS_ENDPOINT_URL", aws),
        ("LOG_LEVEL", "trace"),
    ]);
    let (ended, lines) = lambda::run(program, name, time, events).await;
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
    let world = World::start();
    let (event, name) = creation(&world);
    let (ended, lines) = run("custom-resource", &world.url, MINUTE, &[event.clone(), event]).await;
    assert_eq!(ended, [Ended::Response(Value::Null), Ended::Response(Value::Null)]);
    assert_eq!(world.answers().len(), 2);
    assert_eq!((&world.answer()["Status"], &world.answer()["PhysicalResourceId"]), (&json!("SUCCESS"), &json!(name)));
    assert!(lines.iter().any(|line| line["message"] == "done" && line["span"]["handler"] == "custom-resource"));
}

#[tokio::test]
async fn a_custom_resource_is_answered_before_the_deadline() {
    let world = World::start();
    let (event, name) = creation(&world);
    world.once_below("POST", Answer::Hang);
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
