//! What a test sees of workflows: the table's records and the queue's messages.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::e2e::platform::Platform;

/// How long a workflow may take here.
const TIMEOUT: Duration = Duration::from_mins(3);

/// Asks until there is an answer.
pub(crate) fn wait_for<T>(what: &str, platform: &Platform, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        if Instant::now() > deadline {
            let log = platform.emulator.log();
            panic!("no {what} in time; the emulator's log ends:\n{}", &log[log.len().saturating_sub(6000)..]);
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// A DynamoDB item's text attribute.
pub(crate) fn text<'a>(item: &'a Value, name: &str) -> Option<&'a str> {
    item[name]["S"].as_str()
}

/// Every record of the table, which also holds claims to videos.
pub(crate) fn records(platform: &Platform, table: &str) -> Vec<Value> {
    let answer = platform.emulator.call("DynamoDB_20120810.Scan", &json!({ "TableName": table }));
    answer["Items"].as_array().unwrap().iter().filter(|item| text(item, "claimedBy").is_none()).cloned().collect()
}

/// A record in this state.
pub(crate) fn record_with_status(platform: &Platform, table: &str, status: &str) -> Option<Value> {
    records(platform, table).into_iter().find(|item| text(item, "workflowStatus") == Some(status))
}

/// The messages that wait in a queue.
pub(crate) fn messages(platform: &Platform, url: &str) -> Vec<Value> {
    let body = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 });
    let answer = platform.emulator.call("AmazonSQS.ReceiveMessage", &body);
    answer["Messages"].as_array().cloned().unwrap_or_default()
}
