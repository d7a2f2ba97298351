//! The catalogue that `dynamo-update` and `error-handler` write, against a bucket with conditional writes.

use crate::support::{Bucket, NAME};
use futures_util::future::join_all;
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const ENVIRONMENT: [(Variable, &str); 5] = [
    (Variable::WorkflowTable, "table"),
    (Variable::DestinationBucket, NAME),
    (Variable::CatalogueBucket, NAME),
    (Variable::WorkflowName, "vod"),
    (Variable::TopicArn, "arn:aws:sns:eu-west-1:111122223333:vod"),
];

fn record(guid: &str, status: &str) -> Value {
    json!({
        "guid": guid, "startTime": "2026-01-02T03:04:05Z", "workflowTrigger": "Video", "workflowStatus": status,
        "workflowName": "vod", "srcBucket": "source", "srcVideo": format!("in/film {guid}.mp4"), "destBucket": NAME,
        "cloudFront": "d.cloudfront.net", "frameCapture": true, "archiveSource": "DISABLED",
        "jobTemplate_2160p": "uhd", "jobTemplate_1080p": "fhd", "jobTemplate_720p": "hd", "inputRotate": "DEGREE_0",
        "acceleratedTranscoding": "PREFERRED", "enableSns": true, "enableSqs": true, "enableMediaPackage": false,
        "hlsPlaylist": format!("s3://{NAME}/{guid}/hls/film.m3u8"),
    })
}

async fn store(bucket: &Bucket, guid: &str, status: &str) -> Result<Value, Failure> {
    bucket.call(Handler::DynamoUpdate, &ENVIRONMENT, record(guid, status)).await
}

fn videos(bucket: &Bucket, key: &str) -> Vec<Value> {
    bucket.object(key).unwrap().json()["videos"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_video_is_entered_and_grows() {
    let bucket = Bucket::start();
    for status in ["Ingest", "Encoding", "Complete"] {
        store(&bucket, "5d8c", status).await.unwrap();
        let entries = videos(&bucket, "catalogue/5.json");
        assert_eq!(entries.len(), 1);
        assert_eq!((&entries[0]["status"], &entries[0]["title"]), (&json!(status), &json!("film 5d8c")));
    }
    assert_eq!(bucket.keys(), ["catalogue/5.json"]);
    let file = bucket.object("catalogue/5.json").unwrap();
    assert_eq!(file.json()["videos"][0]["streams"], json!({"hls": "5d8c/hls/film.m3u8"}));
    assert_eq!((file.header("content-type"), file.header("cache-control")), ("application/json", "public, max-age=5"));
    assert!(!String::from_utf8(file.bytes).unwrap().contains("source"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_at_once_lose_nothing() {
    let bucket = Bucket::start();
    let guids: Vec<String> = (0..100_u32).map(|number| format!("{:x}{number:03}", number % 16)).collect();
    let all = guids.iter().map(|guid| async {
        for status in ["Ingest", "Encoding", "Complete"] {
            store(&bucket, guid, status).await.unwrap();
        }
    });
    join_all(all).await;
    let found: usize = bucket.keys().iter().map(|key| videos(&bucket, key).len()).sum();
    assert_eq!((bucket.keys().len(), found), (16, 100));
    let complete = |key: &String| videos(&bucket, key).iter().all(|video| video["status"] == "Complete");
    assert!(bucket.keys().iter().all(complete));
    assert!(bucket.s3().lost > 0, "some met");
}

#[tokio::test]
async fn a_failure_is_entered_with_what_its_report_says() {
    let bucket = Bucket::start();
    let report = json!({
        "guid": "a1", "function": "mediainfo", "srcVideo": "in/letter.mp4", "startTime": "2026-01-02T03:04:05Z",
        "error": {"Error": "InvalidMedia", "Cause": "s3://source/in/letter.mp4 is no video"},
        "execution": "arn:aws:states:eu-west-1:111122223333:execution:vod-ingest:a1",
    });
    bucket.fail("catalogue/a.json", 409, "ConditionalRequestConflict");
    bucket.call(Handler::ErrorHandler, &ENVIRONMENT, report).await.unwrap();
    let file = bucket.object("catalogue/a.json").unwrap();
    let entry = &file.json()["videos"][0];
    assert_eq!((&entry["status"], &entry["title"]), (&json!("Error"), &json!("letter")));
    assert!(!String::from_utf8(file.bytes).unwrap().contains("s3://"));
}

#[tokio::test]
async fn a_file_that_is_deleted_in_between_is_written_anew() {
    let bucket = Bucket::start();
    store(&bucket, "5d8c", "Ingest").await.unwrap();
    bucket.s3().vanishing.insert(format!("/{NAME}/catalogue/5.json"));
    store(&bucket, "5d8d", "Ingest").await.unwrap();
    assert_eq!(bucket.s3().lost, 1);
    assert_eq!(videos(&bucket, "catalogue/5.json").len(), 1);
}

#[tokio::test]
async fn without_a_player_there_is_no_catalogue() {
    let bucket = Bucket::start();
    bucket.call(Handler::DynamoUpdate, &ENVIRONMENT[..2], record("5d8c", "Complete")).await.unwrap();
    let elsewhere = json!({"destBucket": "other"}).as_object().unwrap().clone();
    let mut other = record("5d8c", "Complete");
    other.as_object_mut().unwrap().extend(elsewhere);
    bucket.call(Handler::DynamoUpdate, &ENVIRONMENT, other).await.unwrap();
    assert!(bucket.keys().is_empty());
}

#[tokio::test]
async fn a_damaged_file_is_begun_anew_and_a_refusal_is_reported() {
    let bucket = Bucket::start();
    store(&bucket, "5d8c", "Ingest").await.unwrap();
    bucket.s3().objects.get_mut(&format!("/{NAME}/catalogue/5.json")).unwrap()[0].bytes = b"<html>".to_vec();
    store(&bucket, "5d8c", "Encoding").await.unwrap();
    assert_eq!(videos(&bucket, "catalogue/5.json").len(), 1);

    bucket.fail("catalogue/5.json", 403, "Fault");
    let failure = store(&bucket, "5d8c", "Complete").await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::Refused);
    assert!(failure.to_string().starts_with("cannot write catalogue/5.json"), "{failure}");
}
