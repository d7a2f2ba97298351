//! Lambda's Runtime API, for the functions' program itself.

use std::collections::VecDeque;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::process::Command;

use crate::aws::{Answer, FakeAws};

#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    Response(Value),
    Error(Value),
}

/// Runs the functions' program as a handler until it has handled the events, each within `time`; returns how they ended
/// and what was logged.
pub async fn run(mut program: Command, handler: &str, time: Duration, events: &[Value]) -> (Vec<Ended>, String) {
    let mut events: VecDeque<String> = events.iter().map(Value::to_string).collect();
    let api = FakeAws::modelled(move |call| {
        if !call.path.ends_with("/next") {
            return Some(Answer::status(202));
        }
        // Lambda would let the program wait; ended like this, it writes its coverage.
        let Some(event) = events.pop_front() else { return Some(Answer::status(500)) };
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
        let headers = vec![
            ("lambda-runtime-aws-request-id", "invocation-1".to_owned()),
            ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:1:function:vod".to_owned()),
        ];
        Some(Answer::Reply(200, headers, event.into_bytes()))
    });
    let bootstrap = program
        .env("_HANDLER", handler)
        .env("AWS_LAMBDA_RUNTIME_API", api.url.trim_start_matches("http://"))
        .env("AWS_LAMBDA_FUNCTION_NAME", "vod")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_REGION", "eu-west-1")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let output = tokio::time::timeout(Duration::from_secs(30), bootstrap.wait_with_output()).await.expect("an end");
    let ends = api.seen().into_iter().filter_map(|call| match call.path.rsplit('/').next() {
        Some("response") => Some(Ended::Response(call.json())),
        Some("error") => Some(Ended::Error(call.json())),
        _ => None,
    });
    (ends.collect(), String::from_utf8(output.unwrap().stdout).unwrap())
}
