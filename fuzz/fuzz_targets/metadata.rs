//! Any metadata file either makes a record that keeps the file's own fields and the deployment's, or is a typed error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::{
    arrival::Arrival,
    ingest::{Defaults, MAX_FIRST_RECORD_BYTES, Metadata, Request},
    job_event::ENVELOPE,
    record::{Options, Record, StartedBy, WorkflowStatus, members},
    settings::{Acceleration, ArchiveClass, InputRotate},
};
use serde_json::{Value, json};

fuzz_target!(|bytes: &[u8]| {
    let metadata = match Metadata::parse(bytes) {
        Ok(Some(metadata)) => metadata,
        Ok(None) => return,
        Err(error) => return drop(error.to_string()),
    };
    let record = match defaults().of_metadata(&request(), "2026-01-02T03:04:05Z".to_owned(), metadata) {
        Ok(record) => record,
        Err(error) => return drop(error.to_string()),
    };
    assert!(!record.source.src_video.is_empty());
    assert_eq!((record.guid.as_str(), record.workflow_name.as_str()), ("g", "vod"));
    assert_eq!(record.workflow_status, WorkflowStatus::Ingest);
    assert_eq!((record.source.src_bucket.as_str(), record.options.dest_bucket.as_str()), ("source", "destination"));
    assert!(!record.options.enable_media_package);

    let written = json!(record);
    assert!(written.to_string().len() <= MAX_FIRST_RECORD_BYTES);
    let file: Value = serde_json::from_slice(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).expect("JSON");
    for name in file.as_object().expect("an object").keys() {
        let ours = ["ignoredMetadata", "accelerationSettings", "priority", "statusUpdateInterval"];
        let known = members().chain(ENVELOPE).chain(ours).any(|member| member.eq_ignore_ascii_case(name));
        let mut letters = name.chars();
        let first = letters.next().expect("a name").to_ascii_lowercase();
        assert!(known || written.get(format!("{first}{}", letters.as_str())).is_some(), "{name} is lost");
    }
    let again: Record = serde_json::from_value(written.clone()).expect("what is written can be read");
    assert_eq!(json!(again), written);
});

fn request() -> Request {
    let arrival = Arrival {
        bucket: "source".to_owned(),
        key: "a.json".to_owned(),
        version_id: None,
        sequencer: None,
        event_time: None,
    };
    Request { guid: "g".to_owned(), workflow_trigger: StartedBy::Metadata, arrival }
}

fn defaults() -> Defaults {
    Defaults {
        workflow_name: "vod".to_owned(),
        source_bucket: "source".to_owned(),
        options: Options {
            dest_bucket: "destination".to_owned(),
            cloud_front: "d.cloudfront.net".to_owned(),
            archive_source: ArchiveClass::Glacier,
            frame_capture: true,
            accelerated_transcoding: Acceleration::Preferred,
            input_rotate: InputRotate::Auto,
            enable_sns: true,
            ..Options::default()
        },
    }
}
