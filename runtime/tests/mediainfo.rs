//! The mediainfo handler against the wire of S3 and of `MediaConvert`'s Probe.

use std::sync::Arc;

use crate::support::{Answer, Fake};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
    mediainfo::{MediaInfo, Rotation},
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const PROBE: &str = "POST /2017-08-29/probe";
const HEAD: &str = "HEAD /source/a.mp4";
const GET: &str = "GET /source/a.mp4";

fn record(key: &str) -> Value {
    json!({
        "guid": "g", "startTime": "2026-01-02T03:04:05Z", "workflowTrigger": "Video", "workflowStatus": "Ingest",
        "workflowName": "vod", "srcBucket": "source", "srcVideo": key,
        "destBucket": "destination", "cloudFront": "d.cloudfront.net", "frameCapture": true,
        "archiveSource": "DISABLED", "jobTemplate_2160p": "uhd", "jobTemplate_1080p": "fhd",
        "jobTemplate_720p": "hd", "inputRotate": "AUTO", "acceleratedTranscoding": "PREFERRED",
        "enableSns": true, "enableSqs": false, "enableMediaPackage": false, "mine": {"kept": [1]},
    })
}

/// What Probe tells of a phone's video: nothing of its rotation.
fn probed() -> Value {
    json!({"probeResults": [{
        "container": {"format": "mp4", "duration": 10.0, "newer": 1, "tracks": [
            {"index": 2, "trackType": "audio", "codec": "AAC", "audioProperties": {"channels": 2}},
            {"index": 1, "trackType": "video", "codec": "AVC",
                "videoProperties": {"width": 640, "height": 360, "frameRate": {"numerator": 25, "denominator": 1}}},
        ]},
        "metadata": {"mimeType": "video/mp4", "fileSize": 3},
    }]})
}

fn atom(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap();
    [&size.to_be_bytes(), &kind[..], body].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A film of 640x360 pixels, turned by a quarter, whose index is at the end, behind this much media.
fn film(padding: usize) -> Vec<u8> {
    let one = 0x1_0000;
    let matrix = [0, one, 0, u32::MAX - one + 1, 0, 0, 0, 0, 0x4000_0000];
    let movie =
        atom(*b"mvhd", &numbers(&[&[0, 0, 0, 1000, 10_000, one, 0, 0, 0][..], &matrix, &[0; 6], &[2]].concat()));
    let track = atom(
        *b"tkhd",
        &numbers(&[&[7, 0, 0, 1, 0, 10_000, 0, 0, 0, 0][..], &matrix, &[640 * one, 360 * one]].concat()),
    );
    let media = atom(*b"mdhd", &numbers(&[0, 0, 0, 1000, 10_000, 0x55C4_0000]));
    let handler = atom(*b"hdlr", &[&numbers(&[0, 0]), &b"vide"[..], &[0; 13]].concat());
    let entry = [&[0; 24][..], &[2, 128, 1, 104], &[0; 50]].concat();
    let entries = atom(*b"stsd", &[numbers(&[0, 1]), atom(*b"apch", &entry)].concat());
    let times = atom(*b"stts", &numbers(&[0, 1, 250, 40]));
    let samples = atom(*b"stbl", &[entries, times, atom(*b"stsz", &numbers(&[0, 1000, 250]))].concat());
    let inside = atom(*b"mdia", &[media, handler, atom(*b"minf", &samples)].concat());
    let index = atom(*b"moov", &[movie, atom(*b"trak", &[track, inside].concat())].concat());
    [atom(*b"ftyp", b"qt  \0\0\0\0"), atom(*b"mdat", &vec![0; padding]), index].concat()
}

fn reply(status: u16, headers: Vec<(&'static str, String)>) -> Answer {
    Answer::Reply(status, headers, Vec::new())
}

/// A fake with this source.
fn with_source(bytes: Vec<u8>) -> Fake {
    let fake = Fake::start();
    fake.always(HEAD, reply(200, vec![("content-length", bytes.len().to_string())]));
    fake.always(GET, Answer::Bytes(Arc::new(bytes)));
    fake
}

async fn call(fake: &Fake, key: &str) -> Result<Value, Failure> {
    fake.call(Handler::Mediainfo, &[(Variable::MediaConvertEndpoint, "https://unused")], record(key)).await
}

async fn info(fake: &Fake) -> MediaInfo {
    let record = call(fake, "a.mp4").await.unwrap();
    serde_json::from_str(record["srcMediainfo"].as_str().unwrap()).unwrap()
}

async fn failure(fake: &Fake) -> (ErrorName, String) {
    let failure = call(fake, "a.mp4").await.unwrap_err();
    (failure.name(), failure.to_string())
}

#[tokio::test]
async fn probe_tells_and_the_boxes_complete() {
    let film = film(300_000);
    let length = film.len();
    let fake = with_source(film);
    fake.once(PROBE, Answer::json(&probed()));
    let answer = call(&fake, "a.mp4").await.unwrap();

    let info: MediaInfo = serde_json::from_str(answer["srcMediainfo"].as_str().unwrap()).unwrap();
    let video = &info.video[0];
    assert_eq!((info.filename.as_str(), info.container.file_size), ("a.mp4", length as u64));
    assert_eq!((video.codec.as_str(), video.rotation, video.frame_count), ("AVC", Rotation::Quarter, Some(250)));
    assert_eq!((video.display_width, video.display_height), (Some(360), Some(640)));
    assert_eq!(info.audio[0].channels, Some(2));

    let mut expected = record("a.mp4");
    expected["srcMediainfo"] = answer["srcMediainfo"].clone();
    assert_eq!(answer, expected, "everything else stays");

    assert_eq!(fake.lines(), [HEAD, PROBE, GET, GET]);
    assert_eq!(fake.seen_of(PROBE)[0].json(), json!({"inputFiles": [{"fileUrl": "s3://source/a.mp4"}]}));
    let ranges: Vec<_> =
        fake.seen_of(GET).iter().map(|get| get.headers["range"].to_str().unwrap().to_owned()).collect();
    assert_eq!(ranges, ["bytes=0-65535".to_owned(), format!("bytes=300024-{}", length - 1)]);
}

#[tokio::test]
async fn what_has_no_boxes_is_probed_only() {
    let fake = with_source(b"MXF, perhaps".to_vec());
    let mut answer = probed();
    answer["probeResults"][0]["container"]["format"] = json!("mxf");
    fake.once(PROBE, Answer::json(&answer));
    assert_eq!(info(&fake).await.container.format, "MXF");
    assert_eq!(fake.lines(), [HEAD, PROBE]);
}

#[tokio::test]
async fn without_probe_the_file_speaks_for_itself() {
    let answers = [
        Answer::error(403, "AccessDeniedException", "not you"),
        Answer::error(400, "BadRequestException", "no"),
        Answer::error(404, "UnknownOperationException", "what?"),
        Answer::Reply(404, Vec::new(), Vec::new()),
        Answer::error(429, "TooManyRequestsException", "slowly"),
        Answer::error(503, "ServiceUnavailable", "later"),
        Answer::text("no JSON"),
        Answer::json(&json!({"probeResults": []})),
        Answer::json(&json!({"probeResults": [{"container": {"format": "mp4", "tracks": []}}]})),
        Answer::Hang,
    ];
    for answer in answers {
        let fake = with_source(film(10));
        fake.always(PROBE, answer.clone());
        let info = info(&fake).await;
        assert_eq!((info.filename.as_str(), info.video[0].codec.as_str()), ("a.mp4", "ProRes"), "{answer:?}");
        assert_eq!(info.video[0].rotation, Rotation::Quarter);
    }
}

#[tokio::test]
async fn throttling_passes() {
    let fake = with_source(film(10));
    fake.once(HEAD, reply(503, Vec::new()));
    fake.once(PROBE, Answer::error(429, "TooManyRequestsException", "slowly"));
    fake.once(PROBE, Answer::json(&probed()));
    fake.once(GET, Answer::xml_error(503, "SlowDown", "slowly"));
    assert_eq!(info(&fake).await.video[0].codec, "AVC");
    assert_eq!(fake.lines(), [HEAD, HEAD, PROBE, PROBE, GET, GET]);
}

#[tokio::test]
async fn files_that_are_no_media() {
    let cut = film(100_000);
    for (bytes, said) in [
        (Vec::new(), "the file is empty"),
        (b"<html>hello</html>".to_vec(), "no video or audio file"),
        (cut[..90_000].to_vec(), "breaks off before it says what is in it"),
        (atom(*b"moov", &[]), "no video, audio or text track"),
        (b"RIFF\0\0\0\0AVI LIST".to_vec(), "files of the kind AVI"),
    ] {
        let fake = with_source(bytes);
        fake.always(PROBE, Answer::error(400, "BadRequestException", "cannot be probed"));
        let (name, message) = failure(&fake).await;
        assert_eq!(name, ErrorName::InvalidMedia, "{message}");
        assert!(message.contains("`a.mp4`") && message.contains(said), "{message}");
        assert!(message.contains("cannot be probed") != said.contains("empty"), "{message}");
    }
}

#[tokio::test]
async fn when_only_probe_could_tell_its_failure_counts() {
    for (answer, name) in [
        (Answer::error(429, "TooManyRequestsException", "slowly"), ErrorName::Throttled),
        (Answer::error(503, "ServiceUnavailable", "later"), ErrorName::Unavailable),
        (Answer::Hang, ErrorName::Unreachable),
        (Answer::error(403, "AccessDeniedException", "not you"), ErrorName::Refused),
    ] {
        let fake = with_source([&[0x06, 0x0E, 0x2B, 0x34, 0x02, 0x05, 0x01, 0x01][..], &[0; 100]].concat());
        fake.always(PROBE, answer);
        assert_eq!(failure(&fake).await.0, name);
    }
}

#[tokio::test]
async fn sources_that_cannot_be_read() {
    for (status, name) in
        [(404, ErrorName::SourceMissing), (403, ErrorName::SourceMissing), (500, ErrorName::Unavailable)]
    {
        let fake = Fake::start();
        fake.always(HEAD, reply(status, Vec::new()));
        let (found, message) = failure(&fake).await;
        assert_eq!(found, name, "{message}");
        assert!(fake.seen_of(PROBE).is_empty());
    }
    for (answer, name) in [
        (Answer::xml_error(403, "InvalidObjectState", "archived"), ErrorName::Refused),
        (Answer::xml_error(503, "SlowDown", "slowly"), ErrorName::Throttled),
        (Answer::text("the whole file"), ErrorName::Unreachable),
        (Answer::Reply(206, vec![("content-range", "bytes 0-1/2".to_owned())], vec![0; 2]), ErrorName::Unreachable),
        (Answer::Hang, ErrorName::Unreachable),
    ] {
        let fake = with_source(film(10));
        fake.always(GET, answer.clone());
        fake.always(PROBE, Answer::error(403, "AccessDeniedException", "not you"));
        assert_eq!(failure(&fake).await.0, name);
    }
}

#[tokio::test]
async fn one_version_is_read_and_no_other() {
    let film = film(300_000);
    for (version, etag) in [(Some("v.1_a"), Some("\"1\"")), (Some("v.1_a"), None), (None, Some("\"1\""))] {
        let fake = Fake::start();
        let length = ("content-length", film.len().to_string());
        let headers = std::iter::once(length).chain(etag.map(|etag| ("etag", etag.to_owned()))).collect();
        fake.always(HEAD, reply(200, headers));
        fake.always(GET, Answer::Bytes(Arc::new(film.clone())));
        fake.always(PROBE, Answer::json(&probed()));
        let mut event = record("a.mp4");
        event["srcVersionId"] = json!(version);
        fake.call(Handler::Mediainfo, &[(Variable::MediaConvertEndpoint, "https://unused")], event).await.unwrap();
        let reads = fake.seen_of(GET);
        assert!(reads.len() > 1, "in parts");
        for seen in reads.iter().chain(&fake.seen_of(HEAD)) {
            assert_eq!(seen.query.contains("versionId=v.1_a"), version.is_some(), "{}", seen.query);
        }
        for seen in reads {
            assert_eq!(seen.headers.get("if-match").map(|value| value.to_str().unwrap()), etag);
        }
    }
}

#[tokio::test]
async fn a_source_that_is_replaced_while_it_is_read_is_looked_into_anew() {
    let fake = Fake::start();
    let film = film(400_000);
    let headers = vec![("content-length", film.len().to_string()), ("etag", "\"1\"".to_owned())];
    fake.always(HEAD, reply(200, headers));
    fake.once(GET, Answer::Bytes(Arc::new(film)));
    fake.always(GET, Answer::xml_error(412, "PreconditionFailed", "another"));
    fake.always(PROBE, Answer::json(&probed()));
    let (name, message) = failure(&fake).await;
    assert_eq!(name, ErrorName::Unavailable, "the step is tried again");
    assert_eq!(message, "cannot read a part of the source: another upload replaced it in the meantime");
}

#[tokio::test]
async fn a_source_that_is_gone_is_distinguished_from_one_that_may_not_be_read() {
    for (status, said) in [(404, "there is no object `a.mp4`"), (403, "`a.mp4` in the bucket `source` may not be read")]
    {
        let fake = Fake::start();
        fake.always(HEAD, reply(status, Vec::new()));
        let (name, message) = failure(&fake).await;
        assert_eq!(name, ErrorName::SourceMissing);
        assert!(message.contains(said), "{message}");
    }
}

#[tokio::test]
async fn what_probe_reported_stays_when_the_boxes_cannot_be_read() {
    for answer in [Answer::xml_error(403, "AccessDenied", "no"), Answer::Bytes(Arc::new(vec![0; 2000]))] {
        let fake = with_source(film(10));
        fake.always(GET, answer);
        fake.always(PROBE, Answer::json(&probed()));
        assert_eq!(info(&fake).await.video[0].display_width, Some(640));
    }
    let fake = with_source(film(10));
    fake.always(GET, Answer::xml_error(503, "SlowDown", "slowly"));
    fake.always(PROBE, Answer::json(&probed()));
    assert_eq!(failure(&fake).await.0, ErrorName::Throttled, "trying again may tell more");
}

#[tokio::test]
async fn tracks_without_number_are_summarized_in_the_record_and_listed_beside_the_outputs() {
    let tracks = |count: usize| {
        let track =
            |index| json!({"index": index, "trackType": "audio", "codec": "AAC", "audioProperties": {"channels": 2}});
        let container =
            json!({"format": "matroska", "duration": 10.0, "tracks": (0..count).map(track).collect::<Vec<_>>()});
        json!({"probeResults": [{"container": container, "metadata": {"mimeType": "video/x-matroska"}}]})
    };
    let mut fake = with_source(vec![0; 9]);
    fake.attempt_timeout = std::time::Duration::from_mins(1);
    fake.always(PROBE, Answer::json(&tracks(10_000)));
    fake.below("PUT /destination/g/.workflow/", Answer::text(""));
    let record = call(&fake, "a.mp4").await.unwrap();
    let summary: MediaInfo = serde_json::from_str(record["srcMediainfo"].as_str().unwrap()).unwrap();
    assert_eq!((summary.audio.len(), summary.omitted.unwrap().audio), (32, 10_000 - 32));
    let file = fake.seen().pop().unwrap();
    assert_eq!(record["storedInFull"]["srcMediainfo"], file.line.replace("PUT /", "s3://"));
    let whole: MediaInfo = serde_json::from_str(file.json()["srcMediainfo"].as_str().unwrap()).unwrap();
    assert_eq!(whole.audio.len(), 10_000);

    let few = with_source(vec![0; 9]);
    few.always(PROBE, Answer::json(&tracks(32)));
    assert_eq!(call(&few, "a.mp4").await.unwrap().get("storedInFull"), None);
}

#[tokio::test]
async fn keys_of_all_kinds() {
    let long = format!("{}.mp4", "k".repeat(1020));
    for (key, path) in [
        ("a b+c%20d.mp4", "a%20b%2Bc%2520d.mp4"),
        ("ordner/größe 🎬.mp4", "ordner/gr%C3%B6%C3%9Fe%20%F0%9F%8E%AC.mp4"),
        (".hidden/..mp4", ".hidden/..mp4"),
        ("a?b=c&d#e.mp4", "a%3Fb%3Dc%26d%23e.mp4"),
        (long.as_str(), long.as_str()),
    ] {
        let (fake, film) = (Fake::start(), film(10));
        let length = film.len().to_string();
        fake.always(&format!("HEAD /source/{path}"), reply(200, vec![("content-length", length)]));
        fake.always(&format!("GET /source/{path}"), Answer::Bytes(Arc::new(film)));
        fake.always(PROBE, Answer::json(&probed()));
        let answer = call(&fake, key).await.unwrap_or_else(|error| panic!("{key}: {error}; {:?}", fake.lines()));
        assert_eq!(answer["srcVideo"], key);
        assert_eq!(fake.seen_of(PROBE)[0].json()["inputFiles"][0]["fileUrl"], format!("s3://source/{key}"));
    }
}

#[tokio::test]
async fn only_records_are_taken() {
    let fake = Fake::start();
    for event in [json!(null), json!({"guid": "g"})] {
        let variables = [(Variable::MediaConvertEndpoint, "https://unused")];
        let failure = fake.call(Handler::Mediainfo, &variables, event).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::InvalidEvent);
    }
    assert!(fake.seen().is_empty());
}
