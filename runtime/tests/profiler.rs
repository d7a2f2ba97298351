//! `profiler` against a stand-in for AWS.

use crate::support::{Answer, Fake};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const GET: &str = "DynamoDB_20120810.GetItem";
const VARIABLES: [(Variable, &str); 4] = [
    (Variable::WorkflowTable, "records"),
    (Variable::JobTemplate2160p, "uhd"),
    (Variable::JobTemplate1080p, "fhd"),
    (Variable::JobTemplate720p, "hd"),
];

fn item(mediainfo: &Value) -> Value {
    let text = |text: &str| json!({ "S": text });
    json!({ "Item": {
        "guid": text("g"), "startTime": text("2026-01-02T03:04:05Z"), "workflowTrigger": text("Video"),
        "workflowStatus": text("Ingest"), "workflowName": text("vod"), "srcBucket": text("source"),
        "srcVideo": text("a b+c%20é 🎬.mp4"), "srcMediainfo": text(&mediainfo.to_string()),
        "destBucket": text("destination"), "cloudFront": text("d.cloudfront.net"), "frameCapture": { "BOOL": true },
        "archiveSource": text("DISABLED"), "jobTemplate_1080p": text("vod-qvbr-1080p-963cbe5f"), "inputRotate": text("AUTO"), "acceleratedTranscoding": text("DISABLED"),
        "enableSns": { "BOOL": true }, "enableSqs": { "BOOL": false }, "enableMediaPackage": { "BOOL": false },
        "title": text("kept"),
    }})
}

async fn profile(fake: &Fake) -> Result<Value, Failure> {
    fake.call(Handler::Profiler, &VARIABLES, json!({ "guid": "g", "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "x" }))
        .await
}

#[tokio::test]
async fn the_stored_record_is_completed() {
    let fake = Fake::start();
    let portrait =
        json!({ "width": 1920, "height": 1080, "displayWidth": 1080, "displayHeight": 1920, "rotation": 90 });
    fake.once(GET, Answer::json(&item(&json!({ "video": [portrait], "audio": [{}] }))));
    let record = profile(&fake).await.unwrap();
    for (member, value) in [
        ("guid", json!("g")),
        ("title", json!("kept")),
        ("srcWidth", json!(1080)),
        ("srcHeight", json!(1920)),
        ("encodingProfile", json!(1080)),
        ("jobTemplate", json!("fhd")),
        ("isCustomTemplate", json!(false)),
        ("frameCaptureWidth", json!(1080)),
        ("frameCaptureHeight", json!(1920)),
    ] {
        assert_eq!(record[member], value, "{member}");
    }
    let seen = fake.seen_of(GET);
    assert_eq!(
        seen[0].json(),
        json!({ "TableName": "records", "Key": { "guid": { "S": "g" } }, "ConsistentRead": true })
    );
}

#[tokio::test]
async fn throttling_passes() {
    let fake = Fake::start();
    fake.once(GET, Answer::error(400, "ThrottlingException", "slow down"));
    fake.once(GET, Answer::json(&item(&json!({ "audio": [{}] }))));
    let record = profile(&fake).await.unwrap();
    assert_eq!((&record["jobTemplate"], record.get("srcWidth")), (&json!("hd"), None));
    assert_eq!(fake.lines(), [GET, GET]);
}

#[tokio::test]
async fn fields_in_the_record_s_file_count() {
    let fake = Fake::start();
    let mut stored = item(&json!({ "audio": [{}] }));
    stored["Item"]["recordOverflow"] = json!({ "S": "s3://destination/g/.workflow/record-1.json" });
    fake.once(GET, Answer::json(&stored));
    let file = json!({ "srcMediainfo": r#"{"video":[{"width":3840,"height":2160}]}"#, "notes": "long" });
    fake.once("GET /destination/g/.workflow/record-1.json", Answer::json(&file));
    let record = profile(&fake).await.unwrap();
    assert_eq!((&record["jobTemplate"], &record["notes"]), (&json!("uhd"), &json!("long")));
}

#[tokio::test]
async fn failures_are_named() {
    let nothing = item(&json!({ "video": [], "audio": [] }));
    let damaged = item(&json!("<xml>"));
    for (answer, name, message) in [
        (Answer::json(&json!({})), ErrorName::RecordMissing, "there is no record of the workflow `g`"),
        (
            Answer::json(&nothing),
            ErrorName::NoUsableTrack,
            "`a b+c%20é 🎬.mp4` has no video track with a size and no audio track",
        ),
        (Answer::json(&damaged), ErrorName::NoUsableTrack, "`a b+c%20é 🎬.mp4` has no video track"),
        (Answer::error(400, "AccessDeniedException", "no"), ErrorName::Refused, "cannot read the record"),
        (Answer::error(400, "ThrottlingException", "slow"), ErrorName::Throttled, "cannot read the record"),
        (Answer::text("not JSON"), ErrorName::Unavailable, "cannot read the record"),
        (Answer::Hang, ErrorName::Unreachable, "cannot read the record"),
    ] {
        let fake = Fake::start();
        fake.always(GET, answer);
        let failure = profile(&fake).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        assert!(failure.to_string().starts_with(message), "{failure}");
    }
}

#[tokio::test]
async fn an_event_without_a_guid_is_refused() {
    let fake = Fake::start();
    let failure = fake.call(Handler::Profiler, &VARIABLES, json!({ "id": "g" })).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::InvalidEvent);
    assert!(fake.seen().is_empty());
}
