//! `dynamo-update` against a stand-in for the table and the bucket.

use std::collections::BTreeMap;

use crate::support::{Answer, Fake};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const UPDATE: &str = "DynamoDB_20120810.UpdateItem";
const ENVIRONMENT: [(Variable, &str); 2] =
    [(Variable::WorkflowTable, "table"), (Variable::DestinationBucket, "destination")];

async fn call(fake: &Fake, event: Value) -> Result<Value, Failure> {
    fake.call(Handler::DynamoUpdate, &ENVIRONMENT, event).await
}

fn record(status: &str, extra: Value) -> Value {
    let mut record = json!({
        "guid": "5d8c", "startTime": "2026-01-02T03:04:05Z", "workflowTrigger": "Video", "workflowStatus": status,
        "workflowName": "vod", "srcBucket": "source", "srcVideo": "a b+%25 ü🎬.mp4", "destBucket": "destination",
        "cloudFront": "d.cloudfront.net", "frameCapture": true, "archiveSource": "DISABLED",
        "jobTemplate_2160p": "uhd", "jobTemplate_1080p": "fhd", "jobTemplate_720p": "hd", "inputRotate": "DEGREE_0",
        "acceleratedTranscoding": "PREFERRED", "enableSns": true, "enableSqs": true, "enableMediaPackage": false,
    });
    let Value::Object(extra) = extra else { panic!("{extra} is no object") };
    record.as_object_mut().unwrap().extend(extra);
    record
}

/// What an update sets, by field, in the table's own notation; and what it removes.
fn written(request: &Value) -> (BTreeMap<String, Value>, Vec<String>) {
    let name = |placeholder: &str| request["ExpressionAttributeNames"][placeholder].as_str().unwrap().to_owned();
    let update = request["UpdateExpression"].as_str().unwrap();
    let (set, remove) = update.split_once(" REMOVE ").unwrap_or((update, ""));
    let set = set.strip_prefix("SET ").unwrap().split(',').map(|pair| {
        let (field, value) = pair.split_once('=').unwrap();
        (name(field), request["ExpressionAttributeValues"][value].clone())
    });
    (set.collect(), remove.split(',').filter(|field| !field.is_empty()).map(name).collect())
}

fn only_update(fake: &Fake) -> Value {
    let seen = fake.seen_of(UPDATE);
    assert_eq!(seen.len(), 1);
    seen[0].json()
}

#[tokio::test]
async fn a_record_is_stored_whole_and_goes_on_unchanged() {
    let fake = Fake::start();
    fake.once(UPDATE, Answer::json(&json!({})));
    let event = record(
        "Ingest",
        json!({
            "name": "reserved", "status": null, "a.b": {"c": [1, 2.5, "x"]}, "#hash": "", ":v0": true,
            "large": 9_007_199_254_740_993_u64, "largest": u64::MAX, "smallest": i64::MIN, "tenth": 0.1,
            "ключ 🎬": "x",
        }),
    );
    assert_eq!(call(&fake, event.clone()).await.unwrap(), event);
    assert_eq!(fake.lines(), [UPDATE]);
    let request = only_update(&fake);
    assert_eq!(request["TableName"], "table");
    assert_eq!(request["Key"], json!({"guid": {"S": "5d8c"}}));
    let (set, removed) = written(&request);
    assert_eq!(set.len(), event.as_object().unwrap().len() - 1);
    for (field, value) in [
        ("name", json!({"S": "reserved"})),
        ("status", json!({"NULL": true})),
        ("a.b", json!({"M": {"c": {"L": [{"N": "1"}, {"N": "2.5"}, {"S": "x"}]}}})),
        ("#hash", json!({"S": ""})),
        (":v0", json!({"BOOL": true})),
        ("large", json!({"N": "9007199254740993"})),
        ("largest", json!({"N": "18446744073709551615"})),
        ("smallest", json!({"N": "-9223372036854775808"})),
        ("tenth", json!({"N": "0.1"})),
        ("ключ 🎬", json!({"S": "x"})),
        ("srcVideo", json!({"S": "a b+%25 ü🎬.mp4"})),
        ("workflowStatus", json!({"S": "Ingest"})),
        ("frameCapture", json!({"BOOL": true})),
    ] {
        assert_eq!(set[field], value, "{field}");
    }
    assert!(removed.contains(&"errorMessage".to_owned()) && removed.contains(&"recordOverflow".to_owned()));
    let text = format!("{} {}", request["UpdateExpression"], request["ConditionExpression"]);
    assert!(!text.contains("status") && text.contains("attribute_not_exists("), "{text}");
}

#[tokio::test]
async fn an_outdated_record_is_a_success() {
    let fake = Fake::start();
    fake.once(UPDATE, Answer::error(400, "ConditionalCheckFailedException", "The conditional request failed"));
    let event = record("Complete", json!({"encodeJobId": "1-a"}));
    assert_eq!(call(&fake, event.clone()).await.unwrap(), event);
    only_update(&fake);
}

#[tokio::test]
async fn the_request_of_a_job_that_ended_before_it_was_recorded_is_added_to_its_outputs() {
    let fake = Fake::start();
    let refused = || Answer::error(400, "ConditionalCheckFailedException", "The conditional request failed");
    let job = json!({
        "encodeJobId": "1-a", "jobTemplate": "vod-1080p", "encodeSubmitTime": "2026-01-02T03:04:05Z",
        "encodingJob": {"Queue": "q"},
    });
    let event = record("Encoding", job);
    // Refused twice: the outputs are another job's, and stay as they are.
    for second in [Answer::json(&json!({})), refused()] {
        fake.once(UPDATE, refused());
        fake.once(UPDATE, second);
        assert_eq!(call(&fake, event.clone()).await.unwrap(), event);
    }
    let seen = fake.seen_of(UPDATE);
    assert!(seen[0].json()["ConditionExpression"].as_str().unwrap().contains("<>"));
    let request = seen[1].json();
    let (set, removed) = written(&request);
    assert_eq!(
        json!(set),
        json!({
            "jobTemplate": {"S": "vod-1080p"}, "encodeSubmitTime": {"S": "2026-01-02T03:04:05Z"},
            "encodingJob": {"M": {"Queue": {"S": "q"}}},
        })
    );
    assert_eq!((removed.len(), seen.len()), (0, 4));
    let condition = request["ConditionExpression"].as_str().unwrap();
    let values = request["ExpressionAttributeValues"].to_string();
    assert!(condition.contains(" = ") && values.contains("Complete") && !values.contains("Ingest"), "{request}");
}

#[test]
fn a_late_request_leaves_room_in_the_item() {
    let late = |bytes: usize| {
        let job = json!({"encodeJobId": "1-a", "encodingJob": {"Name": "n".repeat(bytes)}});
        let record = serde_json::from_value(record("Encoding", job)).unwrap();
        pipeline::store::request(&record).unwrap().names.into_values().any(|name| name == "encodingJob")
    };
    assert!(late(20_000) && !late(40_000));
}

#[tokio::test]
async fn a_record_of_390_kilobytes_is_divided() {
    let fake = Fake::start();
    let event = record("Complete", json!({"srcMediainfo": "m".repeat(300_000), "notes": "n".repeat(90_000)}));
    let key = {
        let file = pipeline::store::step(&serde_json::from_value(event.clone()).unwrap(), "destination").unwrap();
        file.overflow.unwrap().key
    };
    let line = format!("PUT /destination/{key}");
    fake.once(&line, Answer::text(""));
    fake.once(UPDATE, Answer::json(&json!({})));
    call(&fake, event).await.unwrap();
    assert_eq!(fake.lines(), [line.clone(), UPDATE.to_owned()], "the file is there before something points to it");
    let put = &fake.seen_of(&line)[0];
    assert_eq!(put.headers["content-type"], "application/json");
    assert!(put.text().contains(&"m".repeat(300_000)) && !put.text().contains("nnn"));
    let (set, removed) = written(&only_update(&fake));
    assert_eq!(set["recordOverflow"], json!({"S": format!("s3://destination/{key}")}));
    assert!(set.contains_key("notes") && !set.contains_key("srcMediainfo"));
    assert!(removed.contains(&"srcMediainfo".to_owned()));
}

#[tokio::test]
async fn ten_thousand_fields_and_unstorable_ones_go_to_one_file() {
    let fake = Fake::start();
    let mut extra = json!({"": "no name", "n".repeat(1_000): "long name", "huge": 1e300});
    extra.as_object_mut().unwrap().extend((0..10_000).map(|index| (format!("field {index}"), json!(index))));
    let event = record("Ingest", extra);
    let key = pipeline::store::step(&serde_json::from_value(event.clone()).unwrap(), "destination").unwrap().overflow;
    let line = format!("PUT /destination/{}", key.unwrap().key);
    fake.always(&line, Answer::text(""));
    fake.always(UPDATE, Answer::json(&json!({})));
    call(&fake, event).await.unwrap();
    let file = fake.seen_of(&line)[0].json();
    assert_eq!(file.as_object().unwrap().len(), 10_003);
    let request = only_update(&fake);
    assert!(request["UpdateExpression"].as_str().unwrap().len() < 4096);
    assert_eq!(written(&request).0["srcVideo"], json!({"S": "a b+%25 ü🎬.mp4"}));
}

#[tokio::test]
async fn without_its_file_nothing_points_to_it() {
    let fake = Fake::start();
    let event = record("Complete", json!({"srcMediainfo": "m".repeat(400_000)}));
    let failure = call(&fake, event).await.unwrap_err();
    assert!(failure.to_string().starts_with("cannot write the record's file"), "{failure}");
    assert!(fake.seen_of(UPDATE).is_empty());
}

fn job_event(status: &str, detail: Value) -> Value {
    let mut event = json!({
        "version": "0", "id": "1", "detail-type": "MediaConvert Job State Change", "source": "aws.mediaconvert",
        "account": "111122223333", "time": "2026-01-02T03:04:05Z", "region": "eu-west-1", "resources": [],
        "detail": {
            "timestamp": 1_767_323_045_123_u64, "accountId": "111122223333", "queue": "q", "jobId": "1-a",
            "status": status, "userMetadata": {"guid": "5d8c", "workflow": "vod"},
        },
    });
    let Value::Object(detail) = detail else { panic!("{detail} is no object") };
    event["detail"].as_object_mut().unwrap().extend(detail);
    event
}

#[tokio::test]
async fn progress_is_stored_if_it_is_newer() {
    let fake = Fake::start();
    let progress = json!({"jobPercentComplete": 42, "currentPhase": "TRANSCODING", "retryCount": 0});
    let event = job_event("STATUS_UPDATE", json!({"jobProgress": progress}));
    for answer in [
        Answer::json(&json!({})),
        Answer::error(400, "ConditionalCheckFailedException", "The conditional request failed"),
    ] {
        fake.once(UPDATE, answer);
        assert_eq!(call(&fake, event.clone()).await.unwrap(), Value::Null);
    }
    let request = fake.seen()[0].json();
    assert_eq!(request["Key"], json!({"guid": {"S": "5d8c"}}));
    let (set, removed) = written(&request);
    let expected = [
        ("encodeProgress", json!({"N": "42"})),
        ("encodePhase", json!({"S": "TRANSCODING"})),
        ("encodeProgressTime", json!({"N": "1767323045123"})),
    ];
    assert_eq!(set, expected.map(|(field, value)| (field.to_owned(), value)).into());
    assert!(removed.is_empty());
    assert!(request["ConditionExpression"].as_str().unwrap().contains(" < "));
}

#[tokio::test]
async fn events_without_progress_are_harmless() {
    let fake = Fake::start();
    let input = json!({"inputDetails": [{"id": 1, "uri": "s3://source/a"}]});
    for event in [
        job_event("PROGRESSING", json!({})),
        job_event("INPUT_INFORMATION", input),
        job_event("QUEUE_HOP", json!({"hopSourceQueue": "a"})),
        job_event("STATUS_UPDATE", json!({"userMetadata": {}, "jobProgress": {"jobPercentComplete": 1}})),
    ] {
        assert_eq!(call(&fake, event).await.unwrap(), Value::Null);
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn a_record_that_looks_like_an_event_is_a_record() {
    let mut posing = job_event("STATUS_UPDATE", json!({"jobProgress": {"jobPercentComplete": 7}}));
    posing["detail"]["userMetadata"]["guid"] = json!("another");
    let event = record("Ingest", posing);
    let fake = Fake::start();
    fake.once(UPDATE, Answer::json(&json!({})));
    assert_eq!(call(&fake, event.clone()).await.unwrap(), event);
    assert_eq!(only_update(&fake)["Key"], json!({"guid": {"S": "5d8c"}}));
}

#[tokio::test]
async fn other_events_are_refused_with_what_is_missing() {
    let fake = Fake::start();
    for (event, said) in [
        (json!({}), "missing field `guid`"),
        (json!(null), "invalid type: null"),
        (record("Ready", json!({})), "unknown variant `Ready`"),
        (json!({"source": "aws.mediaconvert", "detail": {"status": "STATUS_UPDATE"}}), "missing field `jobId`"),
    ] {
        let failure = call(&fake, event).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::InvalidEvent);
        let source = std::error::Error::source(&failure).unwrap().to_string();
        assert!(source.contains(said), "{source}");
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn the_tables_failures_are_named() {
    let event = || record("Ingest", json!({}));
    let fake = Fake::start();
    fake.once(UPDATE, Answer::error(400, "ThrottlingException", "Rate exceeded"));
    fake.once(UPDATE, Answer::json(&json!({})));
    call(&fake, event()).await.unwrap();
    assert_eq!(fake.seen().len(), 2, "one retry");

    for (answer, name) in [
        (Answer::error(400, "ProvisionedThroughputExceededException", "slow down"), ErrorName::Throttled),
        (Answer::error(500, "InternalServerError", "oops"), ErrorName::Unavailable),
        (Answer::error(400, "ValidationException", "no"), ErrorName::Refused),
        (Answer::error(400, "AccessDeniedException", "not authorized"), ErrorName::Refused),
        (Answer::Hang, ErrorName::Unreachable),
        (Answer::text("<html>not JSON</html>"), ErrorName::Unavailable),
    ] {
        let fake = Fake::start();
        fake.always(UPDATE, answer);
        let failure = call(&fake, event()).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        assert!(failure.to_string().starts_with("cannot store the record: "), "{failure}");
    }
}

#[tokio::test]
async fn a_missing_variable_is_named() {
    let fake = Fake::start();
    let failure = fake.call(Handler::DynamoUpdate, &ENVIRONMENT[..1], json!({})).await.unwrap_err();
    assert_eq!(failure.to_string(), "the environment variable DESTINATION_BUCKET is not set");
}

#[tokio::test]
async fn a_divided_record_is_read_whole() {
    const GET: &str = "DynamoDB_20120810.GetItem";
    const FILE: &str = "GET /destination/5d8c/.workflow/1.json";
    const VARIABLES: [(Variable, &str); 4] = [
        (Variable::WorkflowTable, "table"),
        (Variable::JobTemplate2160p, "uhd"),
        (Variable::JobTemplate1080p, "fhd"),
        (Variable::JobTemplate720p, "hd"),
    ];
    let item = json!({
        "guid": {"S": "5d8c"}, "workflowStatus": {"S": "Ingest"}, "encodeProgress": {"N": "3"},
        "recordOverflow": {"S": "s3://destination/5d8c/.workflow/1.json"},
    });
    let load = async |file: Answer| {
        let fake = Fake::start();
        fake.always(GET, Answer::json(&json!({ "Item": item })));
        fake.always(FILE, file);
        let failure = fake.call(Handler::Profiler, &VARIABLES, json!({"guid": "5d8c"})).await.unwrap_err();
        assert_eq!(fake.seen()[1].line, FILE);
        failure
    };
    let mut fields = record("Ingest", json!({"srcMediainfo": "not what the profiler takes"}));
    fields.as_object_mut().unwrap().remove("guid");
    let refused = load(Answer::json(&fields)).await;
    assert_ne!(refused.name(), ErrorName::RecordMissing, "the record is whole: {refused}");
    for (file, name) in [
        (Answer::text("no JSON"), ErrorName::RecordMissing),
        (Answer::json(&json!({})), ErrorName::RecordMissing),
        (Answer::xml_error(404, "NoSuchKey", "no key"), ErrorName::Refused),
        (Answer::Hang, ErrorName::Unreachable),
    ] {
        assert_eq!(load(file).await.name(), name);
    }
}
