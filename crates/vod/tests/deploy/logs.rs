//! `vod logs`.

use serde_json::{Value, json};

use crate::deploy::aws_fake::Answer;
use crate::deploy::world::World;

const GUID: &str = "0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10";
const LOGS: &str = "Logs_20140328.FilterLogEvents";
const RECORD: &str = "DynamoDB_20120810.GetItem";

/// Lines of one stream, all of them written at this time.
fn lines(millis: u64, messages: &[&str]) -> Answer {
    let event = |(number, message)| {
        json!({
            "logStreamName": "2026/01/02/[1]a", "timestamp": millis, "message": message, "ingestionTime": millis,
            "eventId": format!("{}", 100 - number),
        })
    };
    let events: Vec<Value> = messages.iter().enumerate().map(event).collect();
    (200, json!({ "events": events, "searchedLogStreams": [] }).to_string())
}

fn record(item: &Value) -> Answer {
    (200, item.to_string())
}

fn asked(world: &World) -> Vec<Value> {
    world.aws.bodies_of(LOGS).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

#[test]
fn the_lines_of_an_invocation_stay_in_their_order() {
    let messages = [
        "START RequestId: 1 Version: 3",
        r#"{"timestamp":"2026-01-02T03:04:05.650694Z","level":"INFO","message":"submitted","target":"runtime","guid":"g","span":{"guid":"g"}}"#,
        r#"{"_aws":{"Timestamp":1767323045700,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["Workflow"]],"Metrics":[{"Name":"EncodeSeconds","Unit":"Seconds"}]}]},"Workflow":"vod","EncodeSeconds":2.5}"#,
        "END RequestId: 1",
        "REPORT RequestId: 1",
    ];
    let world = World::deployed().on(LOGS, lines(1_767_323_045_670, &messages));
    insta::assert_snapshot!(world.says(0, &["logs", "encode", "--since", "2026-01-02"]), @r"
    2026-01-02T03:04:05.650Z encode START RequestId: 1 Version: 3
    2026-01-02T03:04:05.650Z encode INFO submitted guid=g
    2026-01-02T03:04:05.670Z encode metric EncodeSeconds=2.5 Workflow=vod
    2026-01-02T03:04:05.670Z encode END RequestId: 1
    2026-01-02T03:04:05.670Z encode REPORT RequestId: 1
    ");
    let asked = asked(&world);
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (&asked[0]["logGroupName"], &asked[0]["startTime"]),
        (&json!("/aws/lambda/vod-encode"), &json!(1_767_312_000_000_u64))
    );
    assert_eq!(world.aws.seen(), [LOGS], "the stack is of no interest");

    let printed = world.prints(&["logs", "encode", "--json"]);
    let printed: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(printed.len(), 5);
    assert_eq!(printed[0], json!({ "time": "2026-01-02T03:04:05.650Z", "function": "encode", "line": messages[0] }));
    assert_eq!(printed[1]["line"]["span"]["guid"], "g");
}

#[test]
fn the_lines_of_a_video_begin_with_its_arrival() {
    let old = json!({ "Item": { "guid": { "S": GUID }, "startTime": { "S": "2025-06-01T00:01:00.5Z" } } });
    let found = lines(1_767_323_045_670, &[&format!(r#"{{"level":"INFO","message":"one","guid":"{GUID}"}}"#)]);
    let world = World::deployed().on(RECORD, record(&old)).on(LOGS, found);
    insta::assert_snapshot!(world.prints(&["logs", "encode", "--guid", GUID]), @"2026-01-02T03:04:05.670Z encode INFO one guid=0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10");
    let asked = asked(&world);
    assert_eq!(
        (&asked[0]["startTime"], &asked[0]["filterPattern"]),
        (&json!(1_748_736_000_500_u64), &json!(format!("\"{GUID}\"")))
    );
}

#[test]
fn a_video_that_nobody_knows_and_a_log_without_lines() {
    let world = World::deployed().on(RECORD, record(&json!({})));
    insta::assert_snapshot!(world.says(2, &["logs", "--guid", GUID]), @r"
    × there is no video 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10
      help: `vod videos list` shows those that there are
    ");
    let world = World::deployed().on(LOGS, lines(0, &[]));
    insta::assert_snapshot!(world.says(0, &["logs", "encode", "--since", "2026-01-02"]), @"no lines since 2026-01-02T00:00:00Z");
    let missing = (400, json!({ "__type": "ResourceNotFoundException", "message": "no" }).to_string());
    let world = World::deployed().on(LOGS, missing);
    insta::assert_snapshot!(world.says(0, &["logs", "--since", "2026-01-02T03:04"]), @"no lines since 2026-01-02T03:04:00Z");
}
