//! The events that AWS publishes as samples, read by this platform's code.
//!
//! Each file in `tests/events` holds one sample and the page that it is from: one for every state of a job of
//! `MediaConvert`, one for every kind of output group, S3's "Object Created", and Step Functions' change of status. The
//! transcoder's tests hold what it sends against the same files.

#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use pipeline::{
    contract::Workflow,
    job_event::JobEvent,
    outputs::{GroupType, JobComplete, complete},
    record::Record,
    report::Report,
    trigger::{self, TriggerError},
    uploads::Uploads,
};
use serde::Deserialize as _;
use serde_json::{Value, json};
use strum::VariantArray as _;

const GUID: &str = "0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11";

/// Every sample whose name begins so, by name.
fn samples(start: &str) -> BTreeMap<String, Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    let mut samples = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut sample: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert!(sample["source"].as_str().unwrap().starts_with("https://docs.aws.amazon.com/"), "{name}");
        if let Some(name) = name.strip_prefix(start) {
            samples.insert(name.to_owned(), sample["event"].take());
        }
    }
    samples
}

/// The samples of jobs; the jobs of the samples have no metadata, those of this platform do.
fn jobs() -> BTreeMap<String, Value> {
    let mut samples = samples("mediaconvert-");
    for event in samples.values_mut() {
        event["detail"]["userMetadata"] = json!({ "guid": GUID, "workflow": "vod" });
    }
    samples
}

fn record() -> Record {
    serde_json::from_value(json!({
        "guid": GUID, "startTime": "2026-01-02T03:04:05Z", "workflowTrigger": "Video", "workflowStatus": "Encoding",
        "workflowName": "vod", "srcBucket": "source", "srcVideo": "a.mp4", "destBucket": "destination",
        "cloudFront": "d.cloudfront.net", "frameCapture": true, "archiveSource": "DISABLED", "jobTemplate_2160p": "u",
        "jobTemplate_1080p": "f", "jobTemplate_720p": "h", "inputRotate": "AUTO", "acceleratedTranscoding": "DISABLED",
        "enableSns": true, "enableSqs": true, "enableMediaPackage": false,
    }))
    .unwrap()
}

#[test]
fn every_state_of_a_job_is_read() {
    let states: Vec<String> = jobs()
        .iter()
        .map(|(name, event)| {
            assert!(JobEvent::is_one(event), "{name}");
            let JobEvent { region, detail } =
                JobEvent::deserialize(event).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(region, "us-west-2", "{name}");
            assert_eq!(detail.user_metadata.guid.as_deref(), Some(GUID), "{name}");
            assert!(detail.timestamp > 1_500_000_000_000 && detail.job_id.contains('-'), "{name}");
            assert_eq!(detail.progress().is_some(), detail.status == "STATUS_UPDATE", "{name}");
            detail.status
        })
        .collect();
    for state in [
        "PROGRESSING",
        "STATUS_UPDATE",
        "INPUT_INFORMATION",
        "COMPLETE",
        "ERROR",
        "CANCELED",
        "NEW_WARNING",
        "QUEUE_HOP",
    ] {
        assert!(states.iter().any(|read| read == state), "no sample of {state}");
    }
}

#[test]
fn the_progress_of_a_job_is_read() {
    let event = &jobs()["status-update"];
    let detail = JobEvent::deserialize(event).unwrap().detail;
    let progress = detail.progress().unwrap();
    assert_eq!((progress.percent, progress.phase), (Some(7), Some("TRANSCODING")));
    assert_eq!((progress.job, progress.millis), ("1671477617078-2886ye", 1_671_477_681_737));
}

#[test]
fn only_failed_and_canceled_jobs_are_reported_as_failures() {
    for (name, event) in jobs() {
        let report = Report::of(&event);
        assert_eq!(report.is_some(), matches!(name.as_str(), "error" | "canceled"), "{name}");
        if let Some(report) = report {
            assert_eq!(report.guid.as_deref(), Some(GUID), "{name}");
            assert_eq!(report.job.as_deref(), event["detail"]["jobId"].as_str(), "{name}");
        }
    }
    let error = Report::of(&jobs()["error"]).unwrap().failure.error_message.unwrap();
    assert!(error.contains("1040") && error.contains("Example error message"), "{error}");
}

#[test]
fn only_complete_jobs_are_published() {
    for (name, event) in jobs() {
        let start = trigger::starts(&event, &Uploads::default()).remove(0);
        if event["detail"]["status"] == "COMPLETE" {
            let start = start.unwrap();
            assert_eq!((start.workflow, start.guid.as_str()), (Workflow::Publish, GUID), "{name}");
        } else {
            assert!(matches!(start, Err(TriggerError::Unknown { .. })), "{name}");
        }
    }
}

/// The samples' outputs, moved to where this platform's jobs write.
fn moved(event: &Value) -> Value {
    let text = event.to_string();
    let bucket = text.split("s3://").nth(1).map(|rest| rest.split('/').next().unwrap().to_owned());
    let moved = bucket
        .map_or(text.clone(), |bucket| text.replace(&format!("s3://{bucket}/"), &format!("s3://destination/{GUID}/")));
    serde_json::from_str(&moved).unwrap()
}

/// Every file that an event names, as a listing of the bucket has it.
fn files(value: &Value, found: &mut BTreeMap<String, u64>) {
    match value {
        Value::String(text) => {
            found.extend(text.strip_prefix("s3://destination/").map(|key| (key.to_owned(), 1)));
        }
        Value::Array(items) => items.iter().for_each(|item| files(item, found)),
        Value::Object(members) => members.values().for_each(|member| files(member, found)),
        _ => {}
    }
}

#[test]
fn the_outputs_of_every_kind_of_group_are_read() {
    let mut kinds = Vec::new();
    for (name, event) in jobs() {
        if event["detail"]["status"] != "COMPLETE" {
            continue;
        }
        let event = moved(&event);
        let mut objects = BTreeMap::new();
        files(&event, &mut objects);
        let job = JobComplete::read(&event).unwrap();
        assert!(job.output_minutes() > 0.4, "{name}");
        let record = complete(record(), &job, event.clone(), &objects, "2026-01-02T03:14:05Z".to_owned())
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .record;
        let outputs = &record.outputs;
        let groups = event["detail"]["outputGroupDetails"].as_array().unwrap();
        for group in groups {
            let kind: GroupType = group["type"].as_str().unwrap().parse().unwrap();
            let published = match kind {
                GroupType::HlsGroup => outputs.hls_url.is_some(),
                GroupType::DashIsoGroup => outputs.dash_url.is_some(),
                GroupType::CmafGroup => outputs.cmaf_dash_url.is_some() && outputs.cmaf_hls_url.is_some(),
                GroupType::MsSmoothGroup => outputs.mss_url.is_some(),
                GroupType::FileGroup => !outputs.mp4_urls.is_empty(),
            };
            assert!(published, "{name}: {kind}");
            kinds.push(kind);
        }
        let is_capture = |file: &String| file.to_ascii_lowercase().ends_with(".jpg");
        let video = outputs.renditions.iter().filter(|rendition| rendition.width.is_some());
        for rendition in video.filter(|rendition| !rendition.files.iter().any(is_capture)) {
            assert!(
                rendition.duration_in_ms.is_some() && rendition.qvbr_avg_quality.is_some(),
                "{name}: {rendition:?}"
            );
        }
    }
    for kind in GroupType::VARIANTS {
        assert!(kinds.contains(kind), "no sample of {kind}");
    }
}

#[test]
fn an_object_that_was_created_starts_an_ingest() {
    let event = &samples("s3-")["object-created"];
    // The sample's key has no suffix; that of a video does.
    assert!(matches!(trigger::starts(event, &Uploads::default()).remove(0), Err(TriggerError::UnsupportedFile { .. })));
    let mut event = event.clone();
    event["detail"]["object"]["key"] = json!("a b.mp4");
    let start = trigger::starts(&event, &Uploads::default()).remove(0).unwrap();
    assert_eq!(start.workflow, Workflow::Ingest);
    for (member, value) in [
        ("bucket", "amzn-s3-demo-bucket1"),
        ("key", "a b.mp4"),
        ("versionId", "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e"),
        ("sequencer", "617f08299329d189"),
        ("eventTime", "2021-11-12T00:00:00Z"),
    ] {
        assert_eq!(start.input[member], value, "{member}");
    }
}

#[test]
fn a_change_of_an_executions_status_starts_nothing() {
    let samples = samples("states-");
    assert_eq!(samples.len(), 5, "running, succeeded, failed, timed out, aborted");
    for (name, event) in samples {
        assert!(
            matches!(trigger::starts(&event, &Uploads::default()).remove(0), Err(TriggerError::Unknown { .. })),
            "{name}"
        );
        assert!(!JobEvent::is_one(&event), "{name}");
    }
}
