use proptest::prelude::*;

use super::*;
use crate::settings::WorkflowTrigger;

fn created(key: &str) -> Value {
    json!({
        "version": "0", "id": "e", "source": "aws.s3", "detail-type": "Object Created", "time": "2026-01-02T03:04:05Z",
        "detail": {"bucket": {"name": "source"}, "object": {"key": key, "sequencer": "1", "version-id": "v"}},
    })
}

fn record(key: &str) -> Value {
    json!({
        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-01-02T03:04:05Z",
        "s3": {"bucket": {"name": "source"}, "object": {"key": key, "sequencer": "1", "versionId": "v"}},
    })
}

fn complete(guid: &str, job: &str) -> Value {
    json!({
        "id": "event-1", "source": "aws.mediaconvert", "detail-type": "MediaConvert Job State Change",
        "detail": {"status": "COMPLETE", "jobId": job, "userMetadata": {"guid": guid, "workflow": "vod"}},
    })
}

/// What starts where videos and metadata files do.
fn all(event: &Value) -> Vec<Result<Start, TriggerError>> {
    starts(event, &Uploads { trigger: WorkflowTrigger::Both, ..Uploads::default() })
}

fn one(event: &Value) -> Result<Start, TriggerError> {
    let mut starts = all(event);
    assert_eq!(starts.len(), 1);
    starts.remove(0)
}

#[test]
fn a_file_starts_its_ingest() {
    for (key, trigger) in [("a b+c%20é.MP4", "Video"), ("folder/a.Json", "Metadata")] {
        let start = one(&created(key)).unwrap();
        assert_eq!(start.workflow, Workflow::Ingest);
        assert_eq!(start.names, Names::One(start.guid.clone()));
        assert_eq!(
            start.input,
            json!({
                "guid": start.guid, "workflowTrigger": trigger, "bucket": "source", "key": key, "versionId": "v",
                "sequencer": "1", "eventTime": "2026-01-02T03:04:05Z",
            })
        );
        assert_eq!(serde_json::from_value::<Request>(start.input).unwrap().guid, start.guid);
    }
    assert_eq!(one(&created("a b+ü.mp4")), one(&json!({"Records": [record("a+b%2B%C3%BC.mp4")]})));
}

#[test]
fn every_record_is_seen_to() {
    let event = json!({"Records": [record("a.mp4"), record("notes.txt"), {"eventSource": "aws:sqs"}, record("b.mp4")]});
    let starts = all(&event);
    assert!(starts[0].is_ok() && starts[3].is_ok());
    assert_ne!(starts[0], starts[3]);
    assert_eq!(starts[1].as_ref().unwrap_err().name(), ErrorName::UnsupportedFile);
    assert_eq!(starts[2].as_ref().unwrap_err().name(), ErrorName::InvalidEvent);
}

#[test]
fn what_a_deployment_lets_be_starts_nothing_by_either_kind_of_event() {
    let uploads = Uploads { folder: Some("in/".to_owned()), ..Uploads::default() };
    let skipped =
        |key: &str| [created(key), json!({"Records": [record(key)]})].map(|event| starts(&event, &uploads).remove(0));
    for start in skipped("out/a.mp4").into_iter().chain(skipped("in/a.json")).chain(skipped("in/notes.txt")) {
        assert!(matches!(start, Err(TriggerError::Skipped { .. })), "{start:?}");
    }
    assert!(skipped("in/a.mp4").iter().all(Result::is_ok));
    assert!(starts(&complete("g", "j"), &uploads)[0].is_ok(), "a job is no upload");
}

#[test]
fn a_guid_starts_another_attempt() {
    let start = one(&json!({"guid": "0b1c-2", "hlsUrl": "https://x"})).unwrap();
    assert_eq!((start.workflow, start.input), (Workflow::Process, json!({"guid": "0b1c-2"})));
    assert_eq!(start.names, Names::Attempts("0b1c-2".to_owned()));
}

#[test]
fn a_finished_job_is_published_once_a_job() {
    let event = complete("g", "1700000000000-abc123");
    let start = one(&event).unwrap();
    assert_eq!((start.workflow, start.guid.as_str()), (Workflow::Publish, "g"));
    assert_eq!(start.names, Names::One("g-1700000000000-abc123".to_owned()));
    assert_eq!(start.input, event);
    assert_ne!(one(&complete("g", "other")).unwrap().names, start.names);
    let mut nameless = event;
    nameless["detail"].as_object_mut().unwrap().remove("jobId");
    assert_eq!(one(&nameless).unwrap().names, Names::One("g-event-1".to_owned()));
}

#[test]
fn what_starts_nothing_says_why() {
    let mut keyless = created("");
    keyless["detail"]["object"].as_object_mut().unwrap().remove("size");
    let mut removed = record("a.mp4");
    removed["eventName"] = json!("ObjectRemoved:Delete");
    let mut foreign = complete("g", "j");
    foreign["detail"]["userMetadata"] = json!({});
    let mut failed = complete("g", "j");
    failed["detail"]["status"] = json!("ERROR");
    let messages: Vec<String> = [
        json!({}),
        json!(null),
        json!([{"guid": "g"}]),
        json!({"guid": 3}),
        json!({"Records": []}),
        json!({"guid": "a b"}),
        json!({"guid": "a".repeat(65)}),
        json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "secret"}),
        keyless,
        json!({"Records": [removed]}),
        foreign,
        failed,
        created("folder/.mp4"),
    ]
    .iter()
    .map(|event| one(event).unwrap_err().to_string())
    .collect();
    assert!(!messages.concat().contains("secret"));
    insta::assert_snapshot!(messages.join("\n"), @r#"
        the event is none of these: an object created in S3, a complete job of MediaConvert, the guid of a workflow; its shape is {}
        the event is none of these: an object created in S3, a complete job of MediaConvert, the guid of a workflow; its shape is null
        the event is none of these: an object created in S3, a complete job of MediaConvert, the guid of a workflow; its shape is [{guid: text}; 1]
        the event is none of these: an object created in S3, a complete job of MediaConvert, the guid of a workflow; its shape is {guid: number}
        the event is none of these: an object created in S3, a complete job of MediaConvert, the guid of a workflow; its shape is {Records: [; 0]}
        `guid` is not 1 to 64 letters, digits, hyphens and underscores
        `guid` is not 1 to 64 letters, digits, hyphens and underscores
        the event is none of these: an object created in S3, a complete job of MediaConvert, the guid of a workflow; its shape is {Service: text, Event: text, Bucket: text}
        the event names no bucket or no key; its shape is {version: text, id: text, source: text, detail-type: text, time: text, detail: {bucket: {name: text}, object: {key: text, sequencer: text, version-id: text}}}
        the event is none of these: an object created in S3, a complete job of MediaConvert, the guid of a workflow; its shape is {eventSource: text, eventName: text, eventTime: text, s3: {bucket: {name: text}, object: {key: text, sequencer: text, versionId: text}}}
        the job names no workflow (`guid` in its user metadata); the event's shape is {id: text, source: text, detail-type: text, detail: {status: text, jobId: text, userMetadata: {}}}
        the event is none of these: an object created in S3, a complete job of MediaConvert, the guid of a workflow; its shape is {id: text, source: text, detail-type: text, detail: {status: text, jobId: text, userMetadata: {guid: text, workflow: text}}}
        `folder/.mp4` is neither a video or audio file (mpg, mp4, m4v, mov, m2ts, mts, avi, mkv, wmv, flv, webm, 3gp, asf, vob, mxf, mpeg, m3u8, h264, mp3, wav, m4a, flac, aac, ogg, opus) nor a metadata file (json)
        "#);
}

proptest! {
    #[test]
    fn any_key_starts_something_or_is_refused(key in any::<String>()) {
        match one(&created(&key)) {
            Ok(start) => prop_assert!(FileKind::of(&key).is_some() && is_guid(&start.guid)),
            Err(TriggerError::UnsupportedFile { arrival }) => prop_assert_eq!(&arrival.key, &key),
            Err(error) => prop_assert!(key.is_empty(), "{}", error),
        }
        let _ = all(&json!({"Records": [record(&key), record(&key)]}));
    }
}
