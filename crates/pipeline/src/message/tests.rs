//! Messages of small, large and odd records.

use proptest::prelude::*;

use super::*;
use crate::{
    outputs::COMPLETED,
    record::{members, sample},
    state::DISPENSABLE,
};

fn record(status: &str, more: &Value) -> Record {
    let mut members = json!({
        "guid": "5d8c", "workflowStatus": status, "jobTemplate_2160p": "uhd", "jobTemplate_1080p": "fhd",
        "jobTemplate_720p": "hd", "inputRotate": "DEGREE_0", "acceleratedTranscoding": "PREFERRED",
    });
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    sample(&members)
}

#[test]
fn every_field_that_is_spelled_out_is_a_records() {
    let known: Vec<_> = members().collect();
    for name in BULKY.iter().chain(&CHOICES).chain(&SUPERSEDED).chain(&PINNED).chain(&DISPENSABLE).chain(&COMPLETED) {
        assert!(known.contains(name), "{name}");
    }
}

#[test]
fn a_start() {
    let message = announcement(&record("Ingest", &json!({"title": "not announced"}))).unwrap();
    assert_eq!(message.subject, "Workflow Status:: Ingest:: 5d8c");
    insta::assert_snapshot!(message.body, @r#"
        {
          "status": "Ingest",
          "guid": "5d8c",
          "srcBucket": "source",
          "srcVideo": "a b.mp4"
        }
    "#);
}

#[test]
fn an_end() {
    let more = json!({
        "srcMediainfo": "{}", "encodingJob": {}, "encodingOutput": {}, "hlsPlaylist": "s3://d/h.m3u8",
        "hlsUrl": "https://d/h.m3u8", "mp4Urls": ["https://d/1.mp4"], "thumbNailsUrls": ["https://d/t.jpg"],
        "title": "A title",
    });
    let message = announcement(&record("Complete", &more)).unwrap();
    assert_eq!(message.subject, "Workflow Status:: Complete:: 5d8c");
    insta::assert_snapshot!(message.body, @r#"
        {
          "guid": "5d8c",
          "startTime": "2026-01-02T03:04:05Z",
          "workflowTrigger": "Video",
          "workflowStatus": "Complete",
          "workflowName": "vod",
          "srcBucket": "source",
          "srcVideo": "a b.mp4",
          "destBucket": "destination",
          "cloudFront": "d.cloudfront.net",
          "frameCapture": true,
          "archiveSource": "DISABLED",
          "inputRotate": "DEGREE_0",
          "acceleratedTranscoding": "PREFERRED",
          "enableSns": true,
          "enableSqs": true,
          "enableMediaPackage": false,
          "hlsPlaylist": "s3://d/h.m3u8",
          "hlsUrl": "https://d/h.m3u8",
          "mp4Urls": [
            "https://d/1.mp4"
          ],
          "thumbNailsUrls": [
            "https://d/t.jpg"
          ],
          "title": "A title"
        }
    "#);

    let mut packaged = record("Complete", &more);
    packaged.options.enable_media_package = true;
    packaged.packaging.egress_endpoints.insert("HLS".to_owned(), "https://d/asset/h.m3u8".to_owned());
    let announced: Value = serde_json::from_str(&announcement(&packaged).unwrap().body).unwrap();
    for name in ["hlsPlaylist", "hlsUrl", "mp4Urls", "srcMediainfo"] {
        assert_eq!(announced.get(name), None, "{name}");
    }
    assert_eq!(announced["egressEndpoints"]["HLS"], "https://d/asset/h.m3u8");
    assert_eq!(announced["thumbNailsUrls"], json!(["https://d/t.jpg"]));

    let queued: Value = serde_json::from_str(&queued(&packaged).unwrap()).unwrap();
    assert_eq!(queued, json!(packaged), "the queue gets all of it");
}

#[test]
fn other_states_are_not_announced() {
    for status in ["Encoding", "Error"] {
        let error = announcement(&record(status, &json!({}))).unwrap_err().to_string();
        assert_eq!(error, format!("a workflow with the status {status} is not announced; Ingest and Complete are"));
    }
}

#[test]
fn subjects_are_short_and_plain() {
    let mut odd = record("Ingest", &json!({}));
    odd.guid = format!("ü\n🎬\u{7f}{}", "x".repeat(200));
    let subject = announcement(&odd).unwrap().subject;
    assert_eq!(subject.len(), MAX_SUBJECT);
    assert!(subject.starts_with("Workflow Status:: Ingest:: ????xxx"), "{subject}");
}

#[test]
fn what_is_too_long_loses_its_largest_extra_fields() {
    let more = json!({
        "srcMediainfo": "m".repeat(1000), "small": "s", "large": "l".repeat(200_000), "larger": "l".repeat(210_000),
        "hlsUrl": "h".repeat(10_000),
    });
    let record = record("Complete", &more);
    let announced: Value = serde_json::from_str(&announcement(&record).unwrap().body).unwrap();
    assert_eq!(announced["omittedFields"], json!(["larger"]));
    assert!(announced.get("large").is_some() && announced.get("small").is_some() && announced.get("hlsUrl").is_some());
    let queued: Value = serde_json::from_str(&queued(&record).unwrap()).unwrap();
    assert_eq!(queued["omittedFields"], json!(["srcMediainfo", "larger"]));
}

#[test]
fn ten_thousand_fields_and_long_names() {
    let mut more = Map::new();
    more.extend((0..10_000).map(|index| (format!("field {index} {}", "n".repeat(40)), json!("v".repeat(10)))));
    more.insert("ä".repeat(100_000), json!(1));
    let body = announcement(&record("Complete", &more.into())).unwrap().body;
    assert!(body.len() <= MAX_BYTES && body.len() > 200_000, "{}", body.len());
    let announced: Value = serde_json::from_str(&body).unwrap();
    let omitted = announced["omittedFields"].as_array().unwrap();
    assert_eq!(omitted.len(), 51);
    assert_eq!(omitted[0], "ä".repeat(60));
    assert!(omitted[50].as_str().unwrap().starts_with("and "));
}

#[test]
fn a_failure() {
    let event = json!({"guid": "5d8c", "function": "encode", "error": {"Error": "Refused", "Cause": "no"}});
    let message = alarm(&Report::of(&event).unwrap());
    assert_eq!(message.subject, "Workflow Status:: Error:: 5d8c");
    insta::assert_snapshot!(message.body, @r#"
        {
          "guid": "5d8c",
          "workflowStatus": "Error",
          "workflowErrorAt": "encode",
          "errorMessage": "Refused: no",
          "errorDetails": null
        }
    "#);
    let nobodys = alarm(&Report::of(&json!({"error": "x"})).unwrap());
    assert_eq!(nobodys.subject, "Workflow Status:: Error:: unknown");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever a record holds, its messages fit and say which workflow it was.
    #[test]
    fn messages_fit(
        extra in prop::collection::btree_map("\\PC{0,8}", (any::<String>(), 0_usize..60_000), 0..30),
        url in 0_usize..300_000,
    ) {
        let mut more = json!({"hlsUrl": "h".repeat(url), "mp4Urls": vec!["\n"; url / 8], "odd": "\u{ffff}\u{fffe}"});
        let extra = extra.into_iter().map(|(name, (text, count))| (name, json!([text, "\"".repeat(count)])));
        more.as_object_mut().unwrap().extend(extra);
        let record = record("Complete", &more);
        for text in [announcement(&record).unwrap().body, queued(&record).unwrap()] {
            prop_assert!(text.len() <= MAX_BYTES);
            let forbidden = text.contains(['\u{fffe}', '\u{ffff}']);
            prop_assert!(!forbidden);
            let announced: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&announced["guid"], "5d8c");
        }
    }
}
