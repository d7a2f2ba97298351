//! The step-functions handler against the wire of AWS.

use crate::support::{Answer, Fake};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const START: &str = "AWSStepFunctions.StartExecution";
const UPDATE: &str = "DynamoDB_20120810.UpdateItem";
const PUBLISH: &str = "Publish";
const VARIABLES: &[(Variable, &str)] = &[
    (Variable::WorkflowTable, "table"),
    (Variable::TopicArn, "arn:aws:sns:eu-west-1:111122223333:vod"),
    (Variable::Uploads, r#"{"trigger": "both"}"#),
    (Variable::IngestStateMachine, "arn:aws:states:eu-west-1:111122223333:stateMachine:ingest"),
    (Variable::ProcessStateMachine, "arn:aws:states:eu-west-1:111122223333:stateMachine:process"),
    (Variable::PublishStateMachine, "arn:aws:states:eu-west-1:111122223333:stateMachine:publish"),
];

async fn call(fake: &Fake, event: Value) -> Result<Value, Failure> {
    fake.call(Handler::StepFunctions, VARIABLES, event).await
}

fn started() -> Answer {
    Answer::json(&json!({"executionArn": "arn:execution", "startDate": 1_767_323_045}))
}

fn taken() -> Answer {
    Answer::error(400, "ExecutionAlreadyExists", "Execution Already Exists: 'arn:execution'")
}

fn created(key: &str) -> Value {
    json!({
        "version": "0", "id": "e", "source": "aws.s3", "detail-type": "Object Created", "time": "2026-01-02T03:04:05Z",
        "detail": {"bucket": {"name": "source"}, "object": {"key": key, "sequencer": "1"}},
    })
}

fn record(key: &str) -> Value {
    json!({
        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-01-02T03:04:05.000Z",
        "s3": {"bucket": {"name": "source"}, "object": {"key": key, "sequencer": "1"}},
    })
}

/// The bodies of the calls, each with its input as JSON.
fn bodies(fake: &Fake) -> Vec<Value> {
    let calls = fake.seen_of(START).into_iter().map(|seen| {
        let mut body = seen.json();
        body["input"] = serde_json::from_str(body["input"].as_str().unwrap()).unwrap();
        body
    });
    calls.collect()
}

fn keys_that_are_hard() -> Vec<String> {
    let mut keys: Vec<String> =
        ["a b+c%20.mp4", "..hidden/.x.MP4", "日本語 🎬/clip.webm", "\"q\"\\'<&>.json", "/x//y.mov"]
            .map(str::to_owned)
            .into();
    keys.push(format!("{}.mp4", "é".repeat(510)));
    keys
}

#[tokio::test]
async fn a_file_starts_its_ingest_under_its_guid() {
    for key in keys_that_are_hard() {
        let fake = Fake::start();
        fake.always(START, started());
        let answer = call(&fake, created(&key)).await.unwrap();
        let guid = answer["executions"][0]["guid"].as_str().unwrap();
        assert_eq!(
            answer,
            json!({"executions": [{"workflow": "ingest", "guid": guid, "execution": guid, "started": true}]})
        );
        let trigger = if key.ends_with("json") { "Metadata" } else { "Video" };
        assert_eq!(
            bodies(&fake),
            [json!({
                "stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:ingest", "name": guid,
                "input": {
                    "guid": guid, "workflowTrigger": trigger, "bucket": "source", "key": key, "sequencer": "1",
                    "eventTime": "2026-01-02T03:04:05Z",
                },
            })]
        );
        assert_eq!(fake.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_repeated_event_starts_nothing_and_is_fine() {
    let fake = Fake::start();
    fake.once(START, started());
    fake.once(START, taken());
    let first = call(&fake, created("a b.mp4")).await.unwrap();
    let second = call(&fake, json!({"Records": [record("a+b.mp4")]})).await.unwrap();
    assert_eq!(first["executions"][0]["guid"], second["executions"][0]["guid"]);
    assert_eq!(second["executions"][0]["started"], false);
    let bodies = bodies(&fake);
    assert_eq!(bodies[0]["name"], bodies[1]["name"]);
}

#[tokio::test]
async fn a_guid_starts_the_next_attempt() {
    let fake = Fake::start();
    fake.once(START, taken());
    fake.once(START, taken());
    fake.once(START, started());
    let answer = call(&fake, json!({"guid": "g"})).await.unwrap();
    assert_eq!(
        answer,
        json!({"executions": [{"workflow": "process", "guid": "g", "execution": "g-3", "started": true}]})
    );
    let expected =
        ["g", "g-2", "g-3"].map(|name| json!({"stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:process", "name": name, "input": {"guid": "g"}}));
    assert_eq!(bodies(&fake), expected);

    fake.always(START, taken());
    let failure = call(&fake, json!({"guid": "g"})).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::Refused);
    assert!(failure.to_string().contains("`g` was tried 100 times"), "{failure}");
}

#[tokio::test]
async fn a_finished_job_is_published_with_its_event() {
    let fake = Fake::start();
    fake.once(START, started());
    fake.once(START, taken());
    let event = json!({
        "id": "e", "source": "aws.mediaconvert", "detail-type": "MediaConvert Job State Change",
        "detail": {"status": "COMPLETE", "jobId": "1767-ab", "userMetadata": {"guid": "g"}, "outputGroupDetails": []},
    });
    assert_eq!(call(&fake, event.clone()).await.unwrap()["executions"][0]["started"], true);
    assert_eq!(call(&fake, event.clone()).await.unwrap()["executions"][0]["started"], false);
    let body = json!({"stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:publish", "name": "g-1767-ab", "input": event});
    assert_eq!(bodies(&fake), [body.clone(), body]);
}

fn published() -> Answer {
    Answer::text("<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>")
}

#[tokio::test]
async fn what_lies_outside_of_the_folder_or_is_ignored_starts_nothing_and_alarms_nobody() {
    let mut variables = VARIABLES.to_vec();
    let uploads = variables.iter_mut().find(|(variable, _)| *variable == Variable::Uploads).unwrap();
    uploads.1 = r#"{"trigger": "both", "folder": "in/", "ignore": ["*.m3u8"]}"#;
    for key in ["a.mp4", "in/hls/a.m3u8", "in/a.srt"] {
        let fake = Fake::start();
        let answer = fake.call(Handler::StepFunctions, &variables, created(key)).await.unwrap();
        assert_eq!(answer["executions"][0]["started"], false, "{key}");
        assert!(fake.seen().is_empty(), "{key}");
    }
    let fake = Fake::start();
    fake.always(START, started());
    let answer = fake.call(Handler::StepFunctions, &variables, created("in/a.mp4")).await.unwrap();
    assert_eq!(answer["executions"][0]["started"], true);
    variables.retain_mut(|(variable, value)| {
        if *variable == Variable::Uploads {
            *value = "in/";
        }
        true
    });
    let failure = fake.call(Handler::StepFunctions, &variables, created("in/a.mp4")).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::Misconfigured);
}

/// Failing would bring the event again, and then to the dead letters with their alarm.
#[tokio::test]
async fn a_file_that_is_no_video_is_recorded_and_announced_once_and_is_no_failure_of_the_function() {
    let fake = Fake::start();
    fake.once(UPDATE, Answer::json(&json!({})));
    fake.once(PUBLISH, published());
    let answer = call(&fake, created("notes é/.mp4")).await.unwrap();
    let [refused] = &answer["executions"].as_array().unwrap()[..] else { panic!("{answer}") };
    assert_eq!((&refused["started"], &refused["refused"]), (&json!(false), &json!("UnsupportedFile")));
    assert_eq!(fake.lines(), [UPDATE, PUBLISH]);
    let announced: Value = serde_json::from_str(&fake.seen()[1].form()["Message"]).unwrap();
    let message = announced["errorMessage"].as_str().unwrap().to_owned();
    assert!(message.starts_with("`notes é/.mp4` is neither a video or audio file (mpg, "), "{message}");
    assert_eq!((&announced["guid"], &announced["workflowErrorAt"]), (&refused["guid"], &json!("step-functions")));
    let body = fake.seen()[0].json();
    assert_eq!(body["TableName"], "table");
    assert_eq!(body["Key"]["guid"]["S"].as_str().unwrap().len(), 36);
    assert!(body["ConditionExpression"].as_str().unwrap().contains("attribute_not_exists"));
    let set = body["UpdateExpression"].as_str().unwrap();
    for (field, value) in [
        ("srcBucket", "source"),
        ("srcVideo", "notes é/.mp4"),
        ("startTime", "2026-01-02T03:04:05Z"),
        ("workflowStatus", "Error"),
        ("workflowErrorAt", "step-functions"),
        ("errorMessage", &message),
    ] {
        let placeholder = |map: &str, wanted: &Value| {
            let map = body[map].as_object().unwrap();
            map.iter().filter(|(_, value)| *value == wanted).map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let name = &placeholder("ExpressionAttributeNames", &json!(field))[0];
        let values = placeholder("ExpressionAttributeValues", &json!({"S": value}));
        assert!(values.iter().any(|value| set.contains(&format!("{name}={value}"))), "{field} is not set: {body}");
    }

    let fake = Fake::start();
    fake.once(UPDATE, Answer::error(400, "ConditionalCheckFailedException", "The conditional request failed"));
    call(&fake, created("a.txt")).await.unwrap();
    assert_eq!(fake.lines(), [UPDATE], "the second time it is known");
    fake.always(UPDATE, Answer::error(500, "InternalServerError", "later"));
    assert_eq!(call(&fake, created("a.txt")).await.unwrap_err().name(), ErrorName::Unavailable);
}

#[tokio::test]
async fn an_unknown_event_shows_its_shape_and_no_value() {
    let fake = Fake::start();
    let mut keyless = created("x");
    keyless["detail"]["object"] = json!({"size": 1, "etag": "secret"});
    for event in
        [keyless, json!({"Event": "s3:TestEvent", "Bucket": "secret"}), json!("secret"), json!({"guid": "s/t"})]
    {
        let failure = call(&fake, event).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::InvalidEvent);
        assert!(!failure.to_string().contains("secret"), "{failure}");
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn every_record_is_started_and_the_failed_ones_are_reported() {
    let fake = Fake::start();
    fake.always(START, started());
    let event = json!({"Records": [record("a.mp4"), record("b.mp4"), record("c.json")]});
    assert_eq!(call(&fake, event).await.unwrap()["executions"].as_array().unwrap().len(), 3);

    let fake = Fake::start();
    fake.always(START, started());
    fake.always(UPDATE, Answer::json(&json!({})));
    fake.always(PUBLISH, published());
    let event = json!({"Records": [record("notes.txt"), record("a.mp4"), {"eventSource": "x"}, record("b.mp4"), {}]});
    let failure = call(&fake, event).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::InvalidEvent);
    let message = failure.to_string();
    assert!(message.starts_with("2 of 5 records failed: the event is none of these"), "{message}");
    let mut keys: Vec<_> = bodies(&fake).iter().map(|body| body["input"]["key"].to_string()).collect();
    keys.sort();
    assert_eq!(keys, ["\"a.mp4\"", "\"b.mp4\""]);
}

#[tokio::test]
async fn failures_of_the_service_are_named() {
    let fake = Fake::start();
    fake.once(START, Answer::error(400, "ThrottlingException", "slow down"));
    fake.once(START, started());
    assert_eq!(call(&fake, created("a.mp4")).await.unwrap()["executions"][0]["started"], true);
    assert_eq!(fake.seen_of(START).len(), 2);
    for (answer, name) in [
        (Answer::error(400, "ThrottlingException", "slow down"), ErrorName::Throttled),
        (Answer::error(400, "ExecutionLimitExceeded", "too many"), ErrorName::Throttled),
        (Answer::error(503, "ServiceUnavailable", "later"), ErrorName::Unavailable),
        (Answer::error(400, "StateMachineDoesNotExist", "no"), ErrorName::Refused),
        (Answer::error(400, "AccessDeniedException", "not allowed"), ErrorName::Refused),
        (Answer::text("<html>"), ErrorName::Unavailable),
        (Answer::Hang, ErrorName::Unreachable),
    ] {
        let fake = Fake::start();
        fake.always(START, answer);
        let failure = call(&fake, created("a.mp4")).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        assert!(failure.to_string().starts_with("cannot start the ingest workflow: "), "{failure}");
    }
}

#[tokio::test]
async fn a_missing_variable_is_named() {
    let fake = Fake::start();
    let failure = fake.call(Handler::StepFunctions, &VARIABLES[..5], json!({})).await.unwrap_err();
    assert_eq!(failure.to_string(), "the environment variable PUBLISH_STATE_MACHINE is not set");
}
