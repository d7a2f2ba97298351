//! The output-validate handler against the wire of AWS.

use std::fmt::Write as _;

use crate::support::{Answer, Fake};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const GET: &str = "DynamoDB_20120810.GetItem";
const LIST: &str = "GET /dest/";
/// The file that lists the pictures, whose name follows from its content.
const PICTURES: &str = "PUT /dest/g/.workflow/";
/// What file systems, URLs, XML and forms each read in their own way.
const NASTY: &str = ".a b+c%20&<ö>🎬\u{1}";

fn item() -> Answer {
    let text = |value: &str| json!({ "S": value });
    Answer::json(&json!({"Item": {
        "guid": text("g"), "startTime": text("2026-01-02T03:04:05Z"), "workflowTrigger": text("Video"),
        "workflowStatus": text("Encoding"), "workflowName": text("vod"), "srcBucket": text("source"),
        "srcVideo": text("a.mp4"), "destBucket": text("dest"), "cloudFront": text("d.cloudfront.net"),
        "frameCapture": {"BOOL": true}, "archiveSource": text("DISABLED"), "jobTemplate_2160p": text("u"),
        "jobTemplate_1080p": text("f"), "jobTemplate_720p": text("h"), "inputRotate": text("DEGREE_0"),
        "acceleratedTranscoding": text("DISABLED"), "enableSns": {"BOOL": true}, "enableSqs": {"BOOL": false},
        "enableMediaPackage": {"BOOL": false}, "srcHeight": {"N": "1080"},
        "encodeSubmitTime": text("2026-01-02T03:04:05.000Z"), "mine": {"L": [{"N": "1.5"}]},
    }}))
}

fn event(name: &str) -> Value {
    json!({
        "source": "aws.mediaconvert",
        "detail-type": "MediaConvert Job State Change",
        "detail": {
            "timestamp": 1_767_323_145_000_i64,
            "status": "COMPLETE",
            "jobId": "1-a",
            "userMetadata": {"guid": "g"},
            "outputGroupDetails": [
                {"type": "HLS_GROUP", "playlistFilePaths": [format!("s3://dest/g/hls/{name}.m3u8")]},
                {"type": "FILE_GROUP", "outputDetails": [
                    {"outputFilePaths": [format!("s3://dest/g/thumbnails/{name}.0000002.jpg")], "durationInMs": 90_000},
                ]},
            ],
        },
    })
}

/// One page of a listing, with keys as `encoding-type=url` asks for them.
fn page(objects: &[(String, u64)], next: Option<&str>) -> Answer {
    let mut xml = String::from("<ListBucketResult><EncodingType>url</EncodingType>");
    for (key, bytes) in objects {
        let key = key.bytes().fold(String::new(), |mut encoded, byte| {
            match byte {
                b' ' => encoded.push('+'),
                b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' => encoded.push(byte.into()),
                _ => write!(encoded, "%{byte:02X}").unwrap(),
            }
            encoded
        });
        write!(xml, "<Contents><Key>{key}</Key><Size>{bytes}</Size></Contents>").unwrap();
    }
    if let Some(token) = next {
        write!(xml, "<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>").unwrap();
    }
    Answer::text(&format!("{xml}</ListBucketResult>"))
}

fn images(name: &str, numbers: std::ops::Range<u32>) -> Vec<(String, u64)> {
    numbers.map(|number| (format!("g/thumbnails/{name}.{number:07}.jpg"), 100)).collect()
}

async fn call(fake: &Fake, event: Value) -> Result<Value, Failure> {
    fake.call(Handler::OutputValidate, &[(Variable::WorkflowTable, "vod")], event).await
}

/// A fake with the record, one playlist and three thumbnails.
fn complete(name: &str) -> Fake {
    let fake = Fake::start();
    fake.always(GET, item());
    fake.once(LIST, page(&[(format!("g/hls/{name}.m3u8"), 10)], Some("more+/=")));
    fake.once(LIST, page(&images(name, 0..2), Some("most")));
    fake.once(LIST, page(&images(name, 2..3), None));
    fake.below(PICTURES, Answer::text(""));
    fake
}

#[tokio::test]
async fn a_finished_job_completes_the_record() {
    let fake = complete("a");
    let record = call(&fake, event("a")).await.unwrap();
    assert_eq!(record["workflowStatus"], "Complete");
    assert!(record["endTime"].as_str().unwrap().ends_with('Z'));
    assert_eq!(record["encodingOutput"], event("a"));
    assert_eq!(record["hlsUrl"], "https://d.cloudfront.net/g/hls/a.m3u8");
    assert_eq!(record["thumbNails"], json!(["s3://dest/g/thumbnails/a.0000002.jpg"]), "the last, as in SO0021");
    assert_eq!(record["thumbNailsUrls"], json!(["https://d.cloudfront.net/g/thumbnails/a.0000002.jpg"]));
    assert_eq!(
        record["frameCaptures"],
        json!([{"folder": "s3://dest/g/thumbnails/", "count": 3, "first": "a.0000000.jpg", "last": "a.0000002.jpg"}])
    );
    assert_eq!(record["outputBytes"], 310);
    assert_eq!(record["mine"], json!([1.5]));
    let seen = fake.seen();
    assert_eq!(fake.lines()[..4], [GET, LIST, LIST, LIST]);
    let file = record["storedInFull"]["thumbNails"].as_str().unwrap().strip_prefix("s3://").unwrap();
    assert_eq!(fake.lines()[4..], [format!("PUT /{file}")]);
    let listed: Value = serde_json::from_str(&seen[4].text()).unwrap();
    assert_eq!(listed["thumbNails"][0], "s3://dest/g/thumbnails/a.0000000.jpg");
    assert_eq!(listed["thumbNailsUrls"].as_array().unwrap().len(), 3);
    assert_eq!(seen[0].json(), json!({"TableName": "vod", "Key": {"guid": {"S": "g"}}, "ConsistentRead": true}));
    let queries: Vec<_> = seen[1..4].iter().map(|seen| seen.query.as_str()).collect();
    assert_eq!(
        queries,
        [
            "list-type=2&encoding-type=url&prefix=g%2F",
            "list-type=2&encoding-type=url&prefix=g%2F&continuation-token=more%2B%2F%3D",
            "list-type=2&encoding-type=url&prefix=g%2F&continuation-token=most",
        ]
    );
}

#[tokio::test]
async fn a_divided_record_is_completed_whole() {
    const FILE: &str = "GET /dest/g/.workflow/1.json";
    let Answer::Reply(_, _, stored) = item() else { panic!("the record is a reply") };
    let mut stored: Value = serde_json::from_slice(&stored).unwrap();
    stored["Item"]["recordOverflow"] = json!({"S": "s3://dest/g/.workflow/1.json"});
    let fake = Fake::start();
    fake.once(GET, Answer::json(&stored));
    fake.once(FILE, Answer::json(&json!({"srcMediainfo": "{}"})));
    let objects = [("g/hls/a.m3u8", 1), ("g/thumbnails/a.0000002.jpg", 1), ("g/.workflow/1.json", 9)];
    fake.once(LIST, page(&objects.map(|(key, bytes)| (key.to_owned(), bytes)), None));
    fake.below(PICTURES, Answer::text(""));
    let record = call(&fake, event("a")).await.unwrap();
    assert_eq!((&record["srcMediainfo"], &record["outputBytes"]), (&json!("{}"), &json!(2)));
    assert_eq!(fake.lines()[..3], [GET, FILE, LIST]);
}

#[tokio::test]
async fn any_name_is_found_and_has_an_address() {
    let long = "k".repeat(1024 - "g/thumbnails/.0000002.jpg".len());
    for name in [NASTY, long.as_str()] {
        let fake = complete(name);
        let record = call(&fake, event(name)).await.unwrap();
        assert_eq!(record["thumbNails"][0], format!("s3://dest/g/thumbnails/{name}.0000002.jpg"));
        assert_eq!(record["frameCaptures"][0]["count"], 3, "{name}");
    }
    let fake = complete(NASTY);
    assert_eq!(
        call(&fake, event(NASTY)).await.unwrap()["hlsUrl"],
        "https://d.cloudfront.net/g/hls/.a%20b%2Bc%2520%26%3C%C3%B6%3E%F0%9F%8E%AC%01.m3u8"
    );
}

#[tokio::test]
async fn a_listing_in_plain_is_taken_as_it_is() {
    let fake = Fake::start();
    fake.always(GET, item());
    let keys = "<Contents><Key>g/hls/a+b%20.m3u8</Key><Size>1</Size></Contents>\
                <Contents><Key>g/thumbnails/a+b%20.0000002.jpg</Key><Size>1</Size></Contents>";
    fake.once(LIST, Answer::text(&format!("<ListBucketResult>{keys}</ListBucketResult>")));
    fake.below(PICTURES, Answer::text(""));
    assert_eq!(call(&fake, event("a+b%20")).await.unwrap()["outputBytes"], 2);
}

#[tokio::test]
async fn what_is_complete_has_nothing_of_a_former_failure_or_job() {
    let Answer::Reply(_, _, stored) = item() else { panic!("the record is a reply") };
    let mut stored: Value = serde_json::from_slice(&stored).unwrap();
    for (name, value) in [
        ("workflowErrorAt", "archive-source"),
        ("errorMessage", "TooManyTags"),
        ("errorDetails", "https://console"),
        ("encodeJobId", "0-of-before"),
        ("jobTemplate", "of before"),
        ("dashUrl", "https://of-before"),
        ("mediaPackageResourceId", "of before"),
    ] {
        stored["Item"][name] = json!({ "S": value });
    }
    stored["Item"]["encodingJob"] = json!({"M": {}});
    let fake = complete("a");
    fake.always(GET, Answer::json(&stored));
    let record = call(&fake, event("a")).await.unwrap();
    for name in [
        "workflowErrorAt",
        "errorMessage",
        "errorDetails",
        "jobTemplate",
        "dashUrl",
        "mediaPackageResourceId",
        "encodingJob",
        "encodeSubmitTime",
    ] {
        assert_eq!(record.get(name), None, "{name}");
    }
    assert_eq!(record["encodeJobId"], "1-a", "the job of the event");
}

#[tokio::test]
async fn missing_and_empty_outputs_fail() {
    let fake = Fake::start();
    fake.always(GET, item());
    fake.once(LIST, page(&[("g/hls/a.m3u8".to_owned(), 0)], None));
    let failure = call(&fake, event("a")).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::OutputMissing);
    assert!(
        failure.to_string().ends_with("empty: s3://dest/g/hls/a.m3u8, s3://dest/g/thumbnails/a.0000002.jpg"),
        "{failure}"
    );
}

#[tokio::test]
async fn other_events_touch_nothing() {
    let fake = Fake::start();
    let mut running = event("a");
    running["detail"]["status"] = "PROGRESSING".into();
    let mut foreign = event("a");
    foreign["detail"]["userMetadata"] = json!({});
    for other in [running, foreign, json!({}), json!({"guid": "g"}), Value::Null] {
        assert_eq!(call(&fake, other).await.unwrap_err().name(), ErrorName::InvalidEvent);
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn an_unknown_workflow_fails() {
    let fake = Fake::start();
    fake.once(GET, Answer::json(&json!({})));
    assert_eq!(call(&fake, event("a")).await.unwrap_err().name(), ErrorName::RecordMissing);
}

#[tokio::test]
async fn throttling_passes() {
    let fake = Fake::start();
    fake.once(GET, Answer::error(400, "ThrottlingException", "slowly"));
    fake.once(GET, item());
    fake.once(LIST, Answer::xml_error(503, "SlowDown", "slowly"));
    let mut objects = images("a", 2..3);
    objects.push(("g/hls/a.m3u8".to_owned(), 1));
    fake.once(LIST, page(&objects, None));
    fake.below(PICTURES, Answer::text(""));
    call(&fake, event("a")).await.unwrap();
    assert_eq!(fake.lines()[..4], [GET, GET, LIST, LIST]);
}

#[tokio::test]
async fn failures_have_names() {
    for (answer, name) in [
        (Answer::xml_error(403, "AccessDenied", "no"), ErrorName::Refused),
        (Answer::xml_error(503, "SlowDown", "slowly"), ErrorName::Throttled),
        (Answer::xml_error(500, "InternalError", "oh"), ErrorName::Unavailable),
        (Answer::Hang, ErrorName::Unreachable),
        (Answer::text("<ListBucket"), ErrorName::Unavailable),
    ] {
        let fake = Fake::start();
        fake.always(GET, item());
        fake.always(LIST, answer.clone());
        let failure = call(&fake, event("a")).await.unwrap_err();
        assert_eq!(failure.name(), name, "{answer:?}: {failure}");
        assert!(failure.to_string().starts_with("cannot list the outputs in the bucket `dest`: "), "{failure}");
    }
}

#[tokio::test]
async fn a_missing_variable_is_named() {
    let fake = Fake::start();
    let failure = fake.call(Handler::OutputValidate, &[], event("a")).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::Misconfigured);
}
