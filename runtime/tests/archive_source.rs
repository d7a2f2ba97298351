//! `archive-source` against a stand-in for the source bucket.

use crate::support::{Answer, Fake};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pipeline::{contract::Handler, errors::ErrorName};
use runtime::failure::Failure;
use serde_json::{Value, json};

const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

async fn call(fake: &Fake, event: Value) -> Result<Value, Failure> {
    fake.call(Handler::ArchiveSource, &[], event).await
}

fn record(key: &str, class: &str) -> Value {
    json!({
        "guid": "5d8c", "startTime": "2026-01-02T03:04:05Z", "workflowTrigger": "Video", "workflowStatus": "Complete",
        "workflowName": "vod", "srcBucket": "source", "srcVideo": key, "destBucket": "destination",
        "cloudFront": "d.cloudfront.net", "frameCapture": true, "archiveSource": class,
        "jobTemplate_2160p": "uhd", "jobTemplate_1080p": "fhd", "jobTemplate_720p": "hd", "inputRotate": "DEGREE_0",
        "acceleratedTranscoding": "PREFERRED", "enableSns": true, "enableSqs": true, "enableMediaPackage": false,
    })
}

fn tags(count: usize) -> Answer {
    let tags: Vec<String> =
        (0..count).map(|n| format!("<Tag><Key>own {n}</Key><Value>a&amp;b {n}</Value></Tag>")).collect();
    Answer::text(&format!("<Tagging><TagSet>{}</TagSet></Tagging>", tags.concat()))
}

#[tokio::test]
async fn tags_are_added_to_those_that_are_there() {
    let fake = Fake::start();
    let long = "k".repeat(1024);
    for key in ["a.mp4", "a b+c%25/ü 🎬?x=#1.mp4", "./.hidden/..mp4", "a//b.mp4", &long] {
        let path = format!("/source/{}", utf8_percent_encode(key, PATH));
        let (get, put) = (format!("GET {path}"), format!("PUT {path}"));
        fake.once(&get, tags(2));
        fake.once(&put, Answer::text(""));
        let event = record(key, "GLACIER");
        assert_eq!(call(&fake, event.clone()).await.unwrap(), event);
        let (read, written) = (&fake.seen_of(&get)[0], &fake.seen_of(&put)[0]);
        for seen in [read, written] {
            assert!(seen.query.split('&').any(|part| part.trim_end_matches('=') == "tagging"), "{}", seen.query);
            assert!(!seen.query.contains("versionId"), "{}", seen.query);
        }
        let body = written.text();
        for tag in [
            "<Tag><Key>own 0</Key><Value>a&amp;b 0</Value></Tag>",
            "<Tag><Key>own 1</Key><Value>a&amp;b 1</Value></Tag>",
            "<Tag><Key>vod-archive</Key><Value>GLACIER</Value></Tag>",
            "<Tag><Key>guid</Key><Value>5d8c</Value></Tag>",
        ] {
            assert!(body.contains(tag), "{body}");
        }
    }
}

#[tokio::test]
async fn a_version_is_tagged_where_the_record_names_one() {
    let fake = Fake::start();
    fake.once("GET /source/a.mp4", tags(0));
    fake.once("PUT /source/a.mp4", Answer::text(""));
    let mut event = record("a.mp4", "DEEP_ARCHIVE");
    event["srcVersionId"] = json!("v.1_a");
    call(&fake, event).await.unwrap();
    assert!(fake.seen().iter().all(|seen| seen.query.contains("versionId=v.1_a")));
    assert!(fake.seen()[1].text().contains("<Value>DEEP_ARCHIVE</Value>"));
}

#[tokio::test]
async fn nothing_happens_to_a_source_that_stays() {
    let fake = Fake::start();
    let event = record("a.mp4", "DISABLED");
    assert_eq!(call(&fake, event.clone()).await.unwrap(), event);
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn a_source_that_cannot_be_archived_withholds_no_video() {
    let s3 = Answer::xml_error;
    for (get, put, name, said) in [
        (tags(9), Answer::Hang, "TooManyTags", "own 0, own 1"),
        (s3(404, "NoSuchKey", "no key"), Answer::Hang, "SourceMissing", "there is no object `a.mp4`"),
        (s3(404, "NoSuchVersion", "no version"), Answer::Hang, "SourceMissing", "there is no object `a.mp4`"),
        (s3(405, "MethodNotAllowed", "a delete marker"), Answer::Hang, "SourceMissing", "there is no object `a.mp4`"),
        (s3(404, "NoSuchBucket", "no bucket"), Answer::Hang, "Refused", "NoSuchBucket: no bucket"),
        (s3(403, "AccessDenied", "not you"), Answer::Hang, "SourceMissing", "S3's answer: not you"),
        (tags(1), s3(403, "AccessDenied", "not you"), "SourceMissing", "S3's answer: not you"),
        (tags(1), s3(404, "NoSuchKey", "no key"), "SourceMissing", "there is no object `a.mp4`"),
        (tags(1), s3(400, "InvalidTag", "a bad tag"), "Refused", "cannot tag the source: InvalidTag: a bad tag"),
    ] {
        let fake = Fake::start();
        fake.once("GET /source/a.mp4", get);
        fake.once("PUT /source/a.mp4", put);
        let mut event = record("a.mp4", "GLACIER");
        event["mine"] = json!({ "a.b": [1] });
        let mut answer = call(&fake, event.clone()).await.unwrap();
        let warnings = answer.as_object_mut().unwrap().shift_remove("workflowWarnings").unwrap();
        assert_eq!(answer, event, "nothing else changes");
        assert_eq!((&warnings[0]["at"], &warnings[0]["error"]), (&json!("archive-source"), &json!(name)));
        assert!(warnings[0]["message"].as_str().unwrap().contains(said), "{warnings}");
    }
}

#[tokio::test]
async fn what_may_pass_is_a_failure() {
    for (get, put, said, name) in [
        (Answer::Hang, Answer::Hang, "read the source's tags", ErrorName::Unreachable),
        (Answer::text("no XML"), Answer::Hang, "read the source's tags", ErrorName::Unavailable),
        (tags(1), Answer::xml_error(409, "OperationAborted", "later"), "tag the source", ErrorName::Throttled),
        (tags(1), Answer::xml_error(503, "SlowDown", "slow"), "tag the source", ErrorName::Throttled),
        (tags(1), Answer::xml_error(500, "InternalError", "oops"), "tag the source", ErrorName::Unavailable),
        (tags(1), Answer::Hang, "tag the source", ErrorName::Unreachable),
    ] {
        let fake = Fake::start();
        fake.always("GET /source/a.mp4", get);
        fake.always("PUT /source/a.mp4", put);
        let failure = call(&fake, record("a.mp4", "GLACIER")).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        assert!(failure.to_string().starts_with(&format!("cannot {said}: ")), "{failure}");
    }
    let fake = Fake::start();
    fake.once("GET /source/a.mp4", Answer::xml_error(503, "SlowDown", "slow"));
    fake.once("GET /source/a.mp4", tags(0));
    fake.once("PUT /source/a.mp4", Answer::xml_error(503, "SlowDown", "slow"));
    fake.once("PUT /source/a.mp4", Answer::text(""));
    call(&fake, record("a.mp4", "GLACIER")).await.unwrap();
}

#[tokio::test]
async fn other_events_are_refused() {
    let fake = Fake::start();
    let failure = call(&fake, json!({"guid": "5d8c"})).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::InvalidEvent);
}
