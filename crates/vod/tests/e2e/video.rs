//! Videos through the deployed workflows: from an upload to a published record, and to a recorded failure.
//!
//! The functions, the state machines and the rules are the template's own; MediaConvert is a fake, whose part the test
//! plays: it puts outputs where the submitted job says, and sends the event that the service would send.

use serde_json::{Value, json};

use crate::e2e::assembly::Configuration;
use crate::e2e::emulator::REGION;
use crate::e2e::platform::Platform;
use crate::e2e::samples;
use crate::e2e::workflow::{messages, record_with_status, records, text, wait_for};

/// The event that MediaConvert sends for a finished job.
fn complete_event(job: &Value, groups: &Value) -> Value {
    let detail = json!({
        "timestamp": 1_700_000_100_000_u64,
        "accountId": "000000000000",
        "queue": job["queue"],
        "jobId": job["id"],
        "status": "COMPLETE",
        "userMetadata": job["userMetadata"],
        "outputGroupDetails": groups,
    });
    json!({
        "Source": "aws.mediaconvert",
        "DetailType": "MediaConvert Job State Change",
        "Detail": detail.to_string(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_is_published() {
    let platform = Platform::deploy(Configuration::Default).await;
    let (source, destination) = (platform.output("SourceBucket").await, platform.output("DestinationBucket").await);
    let (table, queue) = (platform.output("WorkflowTable").await, platform.output("QueueUrl").await);

    // Ingest and process: the upload becomes one job.
    platform.emulator.put_object(&source, "Urlaub%20%26%20Meer/holiday%20%2B1%25.MP4", &samples::full_hd());
    let job = wait_for("job", &platform, || platform.fake.jobs().pop());
    assert_eq!(job["settings"]["inputs"][0]["fileInput"], format!("s3://{source}/Urlaub & Meer/holiday +1%.MP4"));
    let guid = job["userMetadata"]["guid"].as_str().unwrap().to_owned();
    assert_eq!(job["clientRequestToken"], guid.as_str());
    let groups = job["settings"]["outputGroups"].as_array().unwrap();
    let destinations: Vec<&str> = groups.iter().map(|group| destination_of(group).unwrap()).collect();
    for place in &destinations {
        assert!(place.starts_with(&format!("s3://{destination}/{guid}/")), "{place}");
    }
    wait_for("record of the job", &platform, || record_with_status(&platform, &table, "Encoding"));

    // MediaConvert's part: the outputs and the event.
    let master = format!("{guid}/hls/video.m3u8");
    let manifest = format!("{guid}/dash/video.mpd");
    for key in [&master, &manifest, &format!("{guid}/thumbnails/video.0000000.jpg")] {
        platform.emulator.put_object(&destination, key, b"content");
    }
    let output = json!([{ "durationInMs": 1000, "videoDetails": { "widthInPx": 1920, "heightInPx": 1080 } }]);
    let groups = json!([
        { "type": "HLS_GROUP", "playlistFilePaths": [format!("s3://{destination}/{master}")], "outputDetails": output },
        { "type": "DASH_ISO_GROUP", "playlistFilePaths": [format!("s3://{destination}/{manifest}")], "outputDetails": output },
    ]);
    let event = complete_event(&job, &groups);
    // At least once, says the service: twice must be as good as once.
    platform.emulator.call("AWSEvents.PutEvents", &json!({ "Entries": [event.clone(), event] }));

    // Publish: the record is complete, and the queue tells it once.
    let record = wait_for("complete record", &platform, || record_with_status(&platform, &table, "Complete"));
    assert_eq!(text(&record, "guid"), Some(guid.as_str()));
    let url = text(&record, "hlsUrl").unwrap();
    assert!(url.starts_with("https://") && url.ends_with(&format!("/{master}")), "{url}");
    assert!(text(&record, "dashUrl").unwrap().ends_with(&manifest));
    let message = wait_for("message", &platform, || messages(&platform, &queue).pop());
    assert!(message["Body"].as_str().unwrap().contains(&guid), "{message}");
    assert_eq!(platform.fake.jobs().len(), 1, "one upload is one job");
    assert_eq!(records(&platform, &table).len(), 1, "one upload is one record");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_video_is_recorded_as_an_error() {
    let platform =
        Platform::deploy(Configuration::Set(&["source.trigger=both", "source.metadata_wait_seconds=10"])).await;
    let (source, table) = (platform.output("SourceBucket").await, platform.output("WorkflowTable").await);
    platform.emulator.put_object(&source, "letter.mp4", b"Dear Sir or Madam, this is no video.");
    let record = wait_for("recorded error", &platform, || record_with_status(&platform, &table, "Error"));
    assert_eq!(text(&record, "workflowErrorAt"), Some("mediainfo"), "{record:#}");
    assert_eq!(text(&record, "srcBucket"), Some(source.as_str()), "its source is in the index");
    assert_eq!(text(&record, "srcVideo"), Some("letter.mp4"));
    assert!(text(&record, "errorMessage").is_some_and(|message| !message.is_empty()));
    assert!(text(&record, "errorDetails").is_some_and(|link| link.contains(REGION)));

    platform.emulator.put_object(
        &source,
        "note.json",
        br#"{ "frameCapture": true, "title": "of a video that is not named" }"#,
    );
    let of_note = |record: &Value| text(record, "srcMetadataFile") == Some("note.json");
    let record = wait_for("error of the note", &platform, || records(&platform, &table).into_iter().find(of_note));
    assert_eq!(text(&record, "workflowErrorAt"), Some("input-validate"), "{record:#}");
    assert_eq!((text(&record, "srcBucket"), text(&record, "srcVideo")), (Some(source.as_str()), None));
    assert!(platform.fake.jobs().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promised_output_that_is_missing_is_recorded() {
    let platform = Platform::deploy(Configuration::Default).await;
    let (source, table) = (platform.output("SourceBucket").await, platform.output("WorkflowTable").await);
    let destination = platform.output("DestinationBucket").await;
    platform.emulator.put_object(&source, "holiday.mp4", &samples::full_hd());
    let job = wait_for("job", &platform, || platform.fake.jobs().pop());
    wait_for("record of the job", &platform, || record_with_status(&platform, &table, "Encoding"));

    let guid = job["userMetadata"]["guid"].as_str().unwrap();
    let master = format!("s3://{destination}/{guid}/hls/holiday.m3u8");
    let groups = json!([{ "type": "HLS_GROUP", "playlistFilePaths": [master], "outputDetails": [] }]);
    platform.emulator.call("AWSEvents.PutEvents", &json!({ "Entries": [complete_event(&job, &groups)] }));

    let record = wait_for("recorded error", &platform, || record_with_status(&platform, &table, "Error"));
    assert_eq!(text(&record, "guid"), Some(guid));
    assert_eq!(text(&record, "workflowErrorAt"), Some("output-validate"), "{record:#}");
    assert!(text(&record, "errorMessage").unwrap().contains("holiday.m3u8"), "{record:#}");
}

/// Where an output group writes to, whatever its type.
fn destination_of(group: &Value) -> Option<&str> {
    let settings = group["outputGroupSettings"].as_object()?;
    settings.values().find_map(|settings| settings["destination"].as_str())
}
