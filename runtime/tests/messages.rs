//! `sns-notification` and `sqs-publish` against a stand-in for the topic and the queue.

use std::collections::BTreeMap;

use crate::support::{Answer, Fake};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
    message::MAX_BYTES,
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:vod";
const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/111122223333/vod";
const PUBLISH: &str = "Publish";
const SEND: &str = "AmazonSQS.SendMessage";

async fn announce(fake: &Fake, event: Value) -> Result<Value, Failure> {
    fake.call(Handler::SnsNotification, &[(Variable::TopicArn, TOPIC)], event).await
}

async fn send(fake: &Fake, event: Value) -> Result<Value, Failure> {
    fake.call(Handler::SqsPublish, &[(Variable::QueueUrl, QUEUE)], event).await
}

fn published() -> Answer {
    Answer::text("<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>")
}

fn sent() -> Answer {
    Answer::json(&json!({"MessageId": "1", "MD5OfMessageBody": "0"}))
}

fn record(status: &str) -> Value {
    json!({
        "guid": "5d8c", "startTime": "2026-01-02T03:04:05Z", "workflowTrigger": "Video", "workflowStatus": status,
        "workflowName": "vod", "srcBucket": "source", "srcVideo": "a b+%25 ü🎬&\"<.mp4", "destBucket": "destination",
        "cloudFront": "d.cloudfront.net", "frameCapture": true, "archiveSource": "DISABLED",
        "jobTemplate_2160p": "uhd", "jobTemplate_1080p": "fhd", "jobTemplate_720p": "hd", "inputRotate": "DEGREE_0",
        "acceleratedTranscoding": "PREFERRED", "enableSns": true, "enableSqs": true, "enableMediaPackage": true,
        "hlsUrl": "https://h", "srcMediainfo": "{}", "egressEndpoints": {"HLS": "https://e"},
    })
}

fn with_many_fields(mut record: Value) -> Value {
    let fields = (0..10_000).map(|index| (format!("field {index}"), json!("value".repeat(5))));
    record.as_object_mut().unwrap().extend(fields);
    record
}

#[tokio::test]
async fn the_start_and_the_end_are_announced() {
    let fake = Fake::start();
    fake.always(PUBLISH, published());
    for status in ["Ingest", "Complete"] {
        let event = record(status);
        assert_eq!(announce(&fake, event.clone()).await.unwrap(), event);
    }
    let forms: Vec<BTreeMap<String, String>> = fake.seen().iter().map(testing::aws::Call::form).collect();
    assert_eq!(forms[0]["TopicArn"], TOPIC);
    assert_eq!(forms[0]["Subject"], "Workflow Status:: Ingest:: 5d8c");
    let announced: Value = serde_json::from_str(&forms[0]["Message"]).unwrap();
    assert_eq!(
        announced,
        json!({"status": "Ingest", "guid": "5d8c", "srcBucket": "source", "srcVideo": "a b+%25 ü🎬&\"<.mp4"})
    );
    assert_eq!(forms[1]["Subject"], "Workflow Status:: Complete:: 5d8c");
    let announced: Value = serde_json::from_str(&forms[1]["Message"]).unwrap();
    assert_eq!(announced["egressEndpoints"]["HLS"], "https://e");
    assert_eq!((announced.get("hlsUrl"), announced.get("srcMediainfo")), (None, None));
}

#[tokio::test]
async fn messages_of_many_fields_fit() {
    let fake = Fake::start();
    fake.always(PUBLISH, published());
    fake.always(SEND, sent());
    let event = with_many_fields(record("Complete"));
    announce(&fake, event.clone()).await.unwrap();
    send(&fake, event).await.unwrap();
    let announced = fake.seen()[0].form()["Message"].clone();
    let queued = fake.seen()[1].json()["MessageBody"].as_str().unwrap().to_owned();
    for text in [announced, queued] {
        assert!(text.len() <= MAX_BYTES);
        let announced: Value = serde_json::from_str(&text).unwrap();
        assert!(announced["omittedFields"].as_array().unwrap().len() == 51 && announced["guid"] == "5d8c");
    }
}

#[tokio::test]
async fn the_queue_gets_the_whole_record() {
    let fake = Fake::start();
    fake.once(SEND, Answer::error(400, "ThrottlingException", "slow"));
    fake.once(SEND, sent());
    let event = record("Complete");
    assert_eq!(send(&fake, event.clone()).await.unwrap(), event);
    let request = fake.seen()[1].json();
    assert_eq!(request["QueueUrl"], QUEUE);
    assert_eq!(serde_json::from_str::<Value>(request["MessageBody"].as_str().unwrap()).unwrap(), event);
}

#[tokio::test]
async fn other_states_and_events_are_refused() {
    let fake = Fake::start();
    for event in [record("Encoding"), record("Error"), record("Ready"), json!({}), json!([])] {
        assert_eq!(announce(&fake, event).await.unwrap_err().name(), ErrorName::InvalidEvent);
    }
    assert_eq!(send(&fake, json!({"guid": 1})).await.unwrap_err().name(), ErrorName::InvalidEvent);
    let failure = announce(&fake, record("Error")).await.unwrap_err();
    assert_eq!(failure.to_string(), "a workflow with the status Error is not announced; Ingest and Complete are");
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn what_the_services_refuse_is_a_failure() {
    let table = [
        (Answer::form_error(403, "AuthorizationError", "no"), ErrorName::Refused),
        (Answer::form_error(400, "Throttling", "slow"), ErrorName::Throttled),
        (Answer::form_error(500, "InternalFailure", "oops"), ErrorName::Unavailable),
        (Answer::text("no XML"), ErrorName::Unavailable),
        (Answer::Hang, ErrorName::Unreachable),
    ];
    for (answer, name) in table {
        let fake = Fake::start();
        fake.always(PUBLISH, answer);
        let failure = announce(&fake, record("Ingest")).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        assert!(failure.to_string().starts_with("cannot publish to the topic: "), "{failure}");
    }
    let table = [
        (Answer::error(400, "QueueDoesNotExist", "no queue"), ErrorName::Refused),
        (Answer::error(503, "ServiceUnavailable", "later"), ErrorName::Unavailable),
        (Answer::text("no JSON"), ErrorName::Unavailable),
        (Answer::Hang, ErrorName::Unreachable),
    ];
    for (answer, name) in table {
        let fake = Fake::start();
        fake.always(SEND, answer);
        let failure = send(&fake, record("Complete")).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        assert!(failure.to_string().starts_with("cannot send to the queue: "), "{failure}");
    }
    let fake = Fake::start();
    for handler in [Handler::SnsNotification, Handler::SqsPublish] {
        assert_eq!(fake.call(handler, &[], json!({})).await.unwrap_err().name(), ErrorName::Misconfigured);
    }
}
