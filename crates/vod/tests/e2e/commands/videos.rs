//! Every command that looks after videos, on videos that fail.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::User;
use crate::e2e::emulator::Emulator;
use crate::e2e::media_fake::MediaFake;
use crate::e2e::samples;

/// How long a workflow may take here.
const TIMEOUT: Duration = Duration::from_mins(2);

/// A letter that is no video, and a video whose job fails, each to its end.
pub(super) fn looks_after(user: &User<'_>, emulator: &Emulator, fake: &MediaFake) {
    assert!(user.aws(0, &["videos", "list"]).starts_with("There is no video yet"));
    let quiet = user.aws(0, &["status"]);
    assert!(quiet.ends_with("\n  no alarm is raised\n  no workflow runs\n  no videos yet\n"), "{quiet}");
    let bucket = user.aws(0, &["outputs", "SourceBucket"]).trim().to_owned();
    a_letter(user, emulator, &bucket);
    a_failed_job(user, emulator, fake, &bucket);
    assert!(user.aws(0, &["videos", "list"]).starts_with("There is no video yet"));
}

fn a_letter(user: &User<'_>, emulator: &Emulator, bucket: &str) {
    emulator.put_object(bucket, "letter.mp4", b"Dear Sir or Madam, this is no video.");
    let guid = newest(user, |video| video["workflowStatus"] == "Error");
    let listed = user.aws(0, &["videos", "list"]);
    assert!(listed.starts_with("Error\tletter.mp4\t") && listed.contains(&guid), "{listed}");
    let shown = user.aws(0, &["videos", "show", &guid]);
    assert!(shown.contains("Failed at mediainfo") && shown.contains("/letter.mp4"), "{shown}");
    assert!(user.aws(2, &["videos", "show", "nobody"]).contains("there is no video nobody"));
    let status = user.aws(0, &["status"]);
    let failed = "letter.mp4 failed at mediainfo";
    assert!(status.contains("of the newest 1: 1 error") && status.contains(failed), "{status}");
    let logged = user.aws(0, &["logs", "mediainfo", "--guid", &guid]);
    assert!(logged.contains(&format!("guid={guid}")), "{logged}");

    // Once more, with the input that it had: it is still no video.
    let before = record(user, &guid);
    let printed = user.aws(0, &["videos", "retry", &guid]);
    assert!(printed.ends_with(&format!("\nStarted the ingest workflow again, as {guid}-2.\n")), "{printed}");
    assert!(printed.starts_with("account  000000000000\ncaller   arn:aws:"), "{printed}");
    let after =
        until(user, &guid, |record| record["workflowStatus"] == "Error" && record["endTime"] != before["endTime"]);
    assert_eq!((&after["workflowErrorAt"], &after["srcVideo"]), (&before["workflowErrorAt"], &before["srcVideo"]));
    assert!(user.aws(2, &["videos", "cancel", &guid]).contains("nothing is done for the video"));
    an_edit(user, emulator, &guid);
    delete(user, emulator, &guid);
}

/// A title of one's own, and a video that leaves the library and comes back; its first characters name it.
fn an_edit(user: &User<'_>, emulator: &Emulator, guid: &str) {
    let destination = user.aws(0, &["outputs", "DestinationBucket"]).trim().to_owned();
    let library = || emulator.get_object(&destination, &pipeline::catalogue::key(guid)).unwrap();
    user.aws(0, &["videos", "edit", &guid[..6], "--title", "A letter"]);
    assert!(library().contains("A letter"), "{}", library());
    assert!(user.aws(0, &["videos", "list", "--search", "a LETTER"]).starts_with("Error\tA letter\t"));
    user.aws(0, &["videos", "edit", guid, "--listed", "no"]);
    assert!(!library().contains(guid), "{}", library());
    // Its next failure does not list it again.
    let before = record(user, guid);
    user.aws(0, &["videos", "retry", guid]);
    until(user, guid, |record| record["workflowStatus"] == "Error" && record["endTime"] != before["endTime"]);
    assert!(!library().contains(guid), "{}", library());
    user.aws(0, &["videos", "edit", guid, "--listed", "yes"]);
    assert!(library().contains(guid), "{}", library());
}

fn a_failed_job(user: &User<'_>, emulator: &Emulator, fake: &MediaFake, bucket: &str) {
    emulator.put_object(bucket, "films/holiday%20%2B1.mp4", &samples::full_hd());
    let guid = newest(user, |video| video["workflowStatus"] == "Encoding");
    let job = fake.jobs().pop().unwrap();
    assert!(user.aws(2, &["videos", "delete", &guid, "--yes"]).contains("is in progress"));
    tell(emulator, &job, &json!({ "status": "ERROR", "errorCode": 1404, "errorMessage": "no access" }));
    until(user, &guid, |record| record["workflowStatus"] == "Error");

    // Another job, and not the failed one by another name; the record forgets the failure.
    let printed = user.aws(0, &["videos", "retry", &guid]);
    assert!(printed.ends_with(&format!("\nStarted the process workflow again, as {guid}-2.\n")), "{printed}");
    let again = until(user, &guid, |record| record["workflowStatus"] == "Encoding");
    let second = fake.jobs().pop().unwrap();
    assert_ne!(second["id"], job["id"]);
    assert_eq!(again["encodeJobId"], second["id"]);
    for member in ["workflowErrorAt", "errorMessage", "errorDetails", "endTime"] {
        assert!(again.get(member).is_none(), "{member} is left: {again:#}");
    }
    // What the failed job still has to say comes too late.
    tell(emulator, &job, &json!({ "status": "ERROR", "errorCode": 1404, "errorMessage": "no access" }));

    let printed = user.aws(0, &["videos", "cancel", &guid]);
    assert!(printed.contains(second["id"].as_str().unwrap()), "{printed}");
    assert_eq!(fake.canceled(), [second["id"].as_str().unwrap()]);
    assert_eq!(record(user, &guid)["workflowStatus"], "Encoding");
    tell(emulator, &second, &json!({ "status": "CANCELED" }));
    let canceled = until(user, &guid, |record| record["workflowStatus"] == "Error");
    assert_eq!(canceled["errorMessage"], "the job was canceled");

    let destination = user.aws(0, &["outputs", "DestinationBucket"]).trim().to_owned();
    emulator.put_object(&destination, &format!("{guid}/hls/a.ts"), b"1");
    emulator.put_object(&destination, "0000/hls/a.ts", b"another video's");
    delete(user, emulator, &guid);
    assert_eq!(emulator.get_object(&destination, &format!("{guid}/hls/a.ts")), None);
    assert!(emulator.get_object(&destination, "0000/hls/a.ts").is_some());
}

/// Removes a video, which the player's library then does not name any more either.
fn delete(user: &User<'_>, emulator: &Emulator, guid: &str) {
    let destination = user.aws(0, &["outputs", "DestinationBucket"]).trim().to_owned();
    let file = pipeline::catalogue::key(guid);
    let library = || emulator.get_object(&destination, &file).unwrap();
    assert!(library().contains(guid), "{}", library());
    let printed = user.aws(0, &["videos", "delete", guid, "--yes"]);
    assert!(
        printed.contains(&format!("its entry in {file}")) && printed.ends_with(&format!("Removed {guid}.\n")),
        "{printed}"
    );
    assert!(!library().contains(guid), "{}", library());
    assert!(user.aws(2, &["videos", "show", guid]).contains("there is no video"));
}

/// Tells what became of a job, as `MediaConvert` does.
fn tell(emulator: &Emulator, job: &Value, what: &Value) {
    let mut detail = json!({
        "timestamp": 1_700_000_100_000_u64, "accountId": "000000000000", "queue": job["queue"], "jobId": job["id"],
        "userMetadata": job["userMetadata"],
    });
    detail.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    let entry = json!({
        "Source": "aws.mediaconvert", "DetailType": "MediaConvert Job State Change", "Detail": detail.to_string(),
    });
    emulator.call("AWSEvents.PutEvents", &json!({ "Entries": [entry] }));
}

/// The guid of the newest video, once it is as it should be.
pub(super) fn newest(user: &User<'_>, is_ready: impl Fn(&Value) -> bool) -> String {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let videos: Value = serde_json::from_str(&user.aws(0, &["videos", "list", "--json"])).unwrap();
        if is_ready(&videos[0]) {
            return videos[0]["guid"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < deadline, "{videos:#}");
        thread::sleep(Duration::from_millis(250));
    }
}

pub(super) fn record(user: &User<'_>, guid: &str) -> Value {
    serde_json::from_str(&user.aws(0, &["videos", "show", guid, "--json"])).unwrap()
}

/// The record, once it is as it should be.
pub(super) fn until(user: &User<'_>, guid: &str, is_ready: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let record = record(user, guid);
        if is_ready(&record) {
            return record;
        }
        assert!(Instant::now() < deadline, "{record:#}\n{}", user.emulator.log());
        thread::sleep(Duration::from_millis(250));
    }
}
