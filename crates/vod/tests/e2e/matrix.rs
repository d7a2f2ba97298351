//! Real videos through the deployed platform: the functions and state machines of the template, our transcoder on ffmpeg, and
//! policies enforced. What must be shown of the platform, and the test that shows it:
//!
//! | what | test |
//! | --- | --- |
//! | the family `qvbr`, with MP4 | [`videos_of_every_kind`] |
//! | the family `mvod`; an asset in MediaPackage; the source to the archive | [`the_family_for_packaging_with_an_archive`] |
//! | the family `cmaf`; a template of one's own; two languages; a clip; an overlay | [`the_universal_family_and_a_template_of_ones_own`] |
//! | started by a video; portrait; no sound; sound only | [`videos_of_every_kind`] |
//! | started by a metadata file; captions beside the picture, and burnt in | [`videos_of_every_kind`] |
//! | messages on the topic and in the queue, of good ends and of bad ones | [`videos_of_every_kind`] |
//! | a corrupt file: recorded, announced, nothing hangs | [`videos_of_every_kind`] |
//! | a job that fails, and one that is canceled: recorded, announced, nothing hangs | [`crate::e2e::mishaps::jobs_without_a_good_end`] |
//! | an event that comes twice: one job | [`crate::e2e::mishaps::a_repeated_arrival_is_one_job`] |
//! | the transcoder killed at work: it leaves no process, and its job ends | [`crate::e2e::mishaps::a_transcoder_that_dies_loses_nothing`] |
//! | the policies are enforced | [`crate::e2e::mishaps::a_function_without_its_permissions_fails`] |

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::e2e::assembly::Configuration;
use crate::e2e::own_template::own_template;
use crate::e2e::samples::{self, Picture};
use crate::e2e::studio::{Studio, resolutions};
use crate::e2e::workflow::{messages, records, text, wait_for};

const SUBTITLES: &[u8] = b"1\n00:00:00,500 --> 00:00:02,500\nHello there\n";

/// Videos that arrive by themselves or by a metadata file, all at once, on one deployment.
#[tokio::test(flavor = "multi_thread")]
async fn videos_of_every_kind() {
    let studio = Studio::open(Configuration::Set(&[
        "source.trigger=both",
        "source.metadata_wait_seconds=10",
        "encoding.mp4=true",
    ]))
    .await;
    let queue = studio.platform.output("QueueUrl").await;
    studio.upload("plain.mp4", &samples::plain());
    studio.upload("portrait.mp4", &samples::portrait());
    studio.upload("silent.mp4", &samples::silent());
    studio.upload("sound.m4v", &samples::sound());
    studio.upload("podcast.mp3", &samples::podcast());
    studio.upload("broken.mp4", &samples::plain()[..200]);
    studio.upload("with/captions.srt", SUBTITLES);
    for (mode, video) in [("sidecar", samples::plain()), ("burn-in", samples::dark())] {
        studio.upload(&format!("with/{mode}.bin"), &video);
        let captions = json!([{ "file": "with/captions.srt", "language": "en", "label": "English", "mode": mode }]);
        let metadata = json!({ "srcVideo": format!("with/{mode}.bin"), "captions": captions, "title": "Captions" });
        studio.upload(&format!("{mode}.json"), metadata.to_string().as_bytes());
    }

    let plain = studio.completed("plain.mp4");
    let playlist = studio.watch(&plain, "hlsUrl");
    assert!(!resolutions(&playlist).is_empty() && playlist.contains("AVERAGE-BANDWIDTH"), "{playlist}");
    for (width, height) in resolutions(&playlist) {
        assert!(width <= 640 && height <= 360, "{width}x{height} is upscaled");
    }
    assert!(studio.watch(&plain, "dashUrl").contains("<MPD"));
    let first = |member: &str| studio.fetch(plain[member]["L"][0]["S"].as_str().unwrap_or_else(|| panic!("{plain:#}")));
    assert!(first("thumbNailsUrls").starts_with(&[0xff, 0xd8]), "a JPEG picture");
    assert_eq!(&first("mp4Urls")[4..8], b"ftyp");

    let playlist = studio.watch(&studio.completed("portrait.mp4"), "hlsUrl");
    assert!(!resolutions(&playlist).is_empty(), "{playlist}");
    for (width, height) in resolutions(&playlist) {
        assert!(width < height, "{width}x{height} is not upright");
    }
    let playlist = studio.watch(&studio.completed("silent.mp4"), "hlsUrl");
    assert!(!resolutions(&playlist).is_empty() && !playlist.contains("mp4a"), "{playlist}");
    for sound in ["sound.m4v", "podcast.mp3"] {
        let playlist = studio.watch(&studio.completed(sound), "hlsUrl");
        assert!(playlist.contains("mp4a") && resolutions(&playlist).is_empty(), "{playlist}");
        assert!(playlist.contains("_audio_"), "{playlist}");
    }

    assert!(studio.first_captions(&studio.completed("with/sidecar.bin")).contains("Hello there"));
    let burnt = studio.completed("with/burn-in.bin");
    assert!(!studio.watch(&burnt, "hlsUrl").contains("TYPE=SUBTITLES"));
    let segment = studio.first_segment(&burnt);
    let brightest = |second| Picture::of(&segment, second).bytes.into_iter().max().unwrap();
    assert!(brightest("0.1") < 60 && brightest("1.5") > 180, "{} then {}", brightest("0.1"), brightest("1.5"));

    let broken = studio.failed("broken.mp4");
    assert!(broken.contains("moov") || broken.to_lowercase().contains("no video"), "{broken}");

    everybody_is_notified(&studio, &queue);
    studio.settle();
    assert_eq!(studio.transcoder.jobs().len(), 7, "one video is one job, and a broken one none");
}

/// A metadata file that comes first, one that comes after its video, a video without one, and JSON that is none.
#[tokio::test(flavor = "multi_thread")]
async fn a_video_with_a_metadata_file_is_encoded_once_whichever_comes_first() {
    let studio = Studio::open(Configuration::Set(&["source.trigger=both", "source.metadata_wait_seconds=10"])).await;
    let metadata = |name: &str| json!({ "srcVideo": format!("{name}.mp4"), "title": name }).to_string();
    studio.upload("early.json", metadata("early").as_bytes());
    studio.upload("late.mp4", &samples::plain());
    studio.upload("late.json", metadata("late").as_bytes());
    studio.upload("alone.mp4", &samples::plain());
    studio.upload("report.json", br#"{ "a": 1 }"#);
    std::thread::sleep(std::time::Duration::from_secs(5));
    studio.upload("early.mp4", &samples::plain());

    for (name, title) in [("early", Some("early")), ("late", Some("late")), ("alone", None)] {
        let record = studio.completed(&format!("{name}.mp4"));
        assert_eq!(text(&record, "title"), title, "{record:#}");
        assert_eq!(text(&record, "srcMetadataFile").is_some(), title.is_some());
    }
    studio.settle();
    assert_eq!(studio.transcoder.jobs().len(), 3, "one video is one job");
    assert_eq!(records(&studio.platform, &studio.table).len(), 3, "and one record; other people's JSON has none");
}

/// Each of seven finished videos was sent to the queue once, and announced when it began and when it was done; the failure too.
fn everybody_is_notified(studio: &Studio, queue: &str) {
    let mut announced = BTreeMap::new();
    wait_for("seven messages", &studio.platform, || {
        for message in messages(&studio.platform, queue) {
            let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            *announced.entry(body["guid"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        (announced.len() == 7).then_some(())
    });
    assert!(announced.values().all(|times| *times == 1), "{announced:?}");
    let guid = |key: &str| text(&studio.reached(key, &["Complete", "Error"]), "guid").unwrap().to_owned();
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finished in announced.into_keys() {
        wanted.insert(finished, ["Ingest", "Complete"].map(str::to_owned).into());
    }
    wanted.insert(guid("broken.mp4"), ["Error".to_owned()].into());
    assert_eq!(studio.announced(15), wanted);
}

/// HLS for MediaPackage, which gets an asset; the source goes to the archive.
#[tokio::test(flavor = "multi_thread")]
async fn the_family_for_packaging_with_an_archive() {
    const SETS: [&str; 3] = ["encoding.family=mvod", "packaging.media_package=true", "source.archive=GLACIER"];
    let studio = Studio::open(Configuration::Set(&SETS)).await;
    studio.upload("film.mp4", &samples::plain());
    let record = studio.completed("film.mp4");
    assert_eq!(studio.platform.fake.assets().len(), 1);
    assert!(record["egressEndpoints"]["M"].as_object().is_some_and(|endpoints| !endpoints.is_empty()), "{record:#}");
    let tags = studio.platform.emulator.ask_s3(&format!("{}/film.mp4?tagging", studio.source));
    assert!(tags.contains("GLACIER") && tags.contains(text(&record, "guid").unwrap()), "{tags}");
    studio.settle();
}

/// One set of segments for HLS and DASH; and a template of the user's own, with two languages, a clip and an overlay.
#[tokio::test(flavor = "multi_thread")]
async fn the_universal_family_and_a_template_of_ones_own() {
    let studio = Studio::open(Configuration::Set(&[
        "encoding.family=cmaf",
        "source.trigger=both",
        "source.metadata_wait_seconds=10",
    ]))
    .await;
    studio.upload("one.mp4", &samples::plain());
    studio.upload("overlay.png", &samples::image());
    studio.transcoder.create_template(&own_template("own", &format!("s3://{}/overlay.png", studio.source)));
    studio.upload("two/languages.bin", &samples::bilingual());
    let metadata = json!({ "srcVideo": "two/languages.bin", "jobTemplate": "own" });
    studio.upload("languages.json", metadata.to_string().as_bytes());

    let record = studio.completed("one.mp4");
    assert!(!resolutions(&studio.watch(&record, "cmafHlsUrl")).is_empty());
    assert!(studio.watch(&record, "cmafDashUrl").contains("<MPD"));

    let record = studio.completed("two/languages.bin");
    let playlist = studio.watch(&record, "hlsUrl");
    assert!(playlist.contains("LANGUAGE=\"en") && playlist.contains("LANGUAGE=\"de"), "{playlist}");
    let durations = &record["renditions"]["L"][0]["M"]["durationInMs"]["N"];
    let duration: u64 = durations.as_str().unwrap().parse().unwrap();
    assert!((900..=1200).contains(&duration), "one second of three was asked for, not {duration} ms");
    // The red square has 64 of the source's 640 columns.
    let picture = Picture::of(&studio.first_segment(&record), "0.5");
    let ([red, green, blue], beside) = (picture.pixel(16, 16), picture.pixel(48, 16));
    assert!(red > 200 && green < 60 && blue < 60, "{red} {green} {blue}");
    assert!(beside[0] < 200 || beside[1] > 60 || beside[2] > 60, "{beside:?}");
    studio.settle();
}
