//! Any event of `MediaConvert` either completes a record with outputs in the workflow's folder, or is a typed error.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use pipeline::{
    outputs::{Completed, JobComplete, complete},
    packaging::source_arn,
    record::Record,
};
use serde_json::{Value, json};

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = serde_json::from_slice::<Value>(bytes) else { return };
    let job = match JobComplete::read(&event) {
        Ok(job) => job,
        Err(error) => return drop(error.to_string()),
    };
    assert!(job.output_minutes() >= 0.0);
    assert!(job.seconds_since(1_767_323_045_000).is_none_or(|seconds| seconds >= 0.0));
    let mut objects = BTreeMap::new();
    collect(&event, &mut objects);
    let record = match complete(record(), &job, event, &objects, "2026-01-02T03:04:05Z".to_owned()) {
        Ok(Completed { record, .. }) => record,
        Err(error) => return drop((error.name(), error.to_string())),
    };
    let outputs = &record.outputs;
    let playlists = [&outputs.hls_playlist, &outputs.dash_playlist, &outputs.mss_playlist];
    let playlists = playlists.into_iter().chain([&outputs.cmaf_hls_playlist, &outputs.cmaf_dash_playlist]).flatten();
    for path in playlists.chain(&outputs.mp4_outputs).chain(&outputs.thumb_nails) {
        assert!(path.starts_with("s3://dest/g/"), "{path}");
    }
    let urls = [&outputs.hls_url, &outputs.dash_url, &outputs.mss_url, &outputs.cmaf_hls_url, &outputs.cmaf_dash_url];
    for url in urls.into_iter().flatten().chain(&outputs.mp4_urls).chain(&outputs.thumb_nails_urls) {
        assert!(url.starts_with("https://d.cloudfront.net/g/") && url.is_ascii() && !url.contains(' '), "{url}");
    }
    let _ = source_arn(&record, "arn:aws:iam::111122223333:role/packaging");
    let again: Record = serde_json::from_value(json!(record)).expect("what is written can be read");
    assert_eq!(json!(again), json!(record));
});

/// Every place that the event names, as if there were an object.
fn collect(value: &Value, objects: &mut BTreeMap<String, u64>) {
    match value {
        Value::String(text) => {
            if let Some(key) = text.strip_prefix("s3://dest/") {
                objects.insert(key.to_owned(), 1);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, objects)),
        Value::Object(members) => members.values().for_each(|value| collect(value, objects)),
        _ => {}
    }
}

fn record() -> Record {
    let record = json!({
        "guid": "g", "startTime": "2026-01-02T03:04:05Z", "workflowTrigger": "Video", "workflowStatus": "Encoding",
        "workflowName": "vod", "srcBucket": "source", "srcVideo": "a b.mp4", "destBucket": "dest",
        "cloudFront": "d.cloudfront.net", "frameCapture": true, "archiveSource": "DISABLED", "inputRotate": "DEGREE_0",
        "acceleratedTranscoding": "DISABLED", "enableSns": true, "enableSqs": false, "enableMediaPackage": false
    });
    serde_json::from_value(record).expect("a record")
}
