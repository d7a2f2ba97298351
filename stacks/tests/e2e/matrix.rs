//! Real videos through the deployed platform: the functions and state machines of the template, and our transcoder on ffmpeg.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    assembly::Configuration,
    emulator::{ACCOUNT, REGION},
    platform::Platform,
    samples,
    transcoder::Transcoder,
    workflow::{messages, records, text, wait_for},
};

/// A deployed platform with a transcoder that works.
struct Studio {
    platform: Platform,
    transcoder: Transcoder,
    source: String,
    table: String,
}

impl Studio {
    async fn open(configuration: Configuration) -> Self {
        let (platform, transcoder) = Platform::deploy_with_transcoder(configuration).await;
        let (source, table) = (platform.output("SourceBucket").await, platform.output("WorkflowTable").await);
        Self { platform, transcoder, source, table }
    }

    fn upload(&self, key: &str, content: &[u8]) {
        self.platform.emulator.put_object(&self.source, key, content);
    }

    /// The record of a video in one of these states.
    fn reached(&self, key: &str, states: &[&str]) -> Value {
        wait_for(&format!("{states:?} of {key}"), &self.platform, || {
            let found =
                records(&self.platform, &self.table).into_iter().find(|item| text(item, "srcVideo") == Some(key));
            found.filter(|item| states.contains(&text(item, "workflowStatus").unwrap_or_default()))
        })
    }

    /// The record of a video whose workflow is over, and must have come to a good end.
    fn completed(&self, key: &str) -> Value {
        let record = self.reached(key, &["Complete", "Error"]);
        assert_eq!(text(&record, "workflowStatus"), Some("Complete"), "{key}: {:?}", text(&record, "errorMessage"));
        record
    }

    /// What CloudFront answers for the address in a member of a record.
    fn watch(&self, record: &Value, member: &str) -> String {
        let url = text(record, member).unwrap_or_else(|| panic!("no {member} in {record:#}"));
        let rest = url.strip_prefix("https://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        let request = ureq::get(format!("{}/{path}", self.platform.emulator.url()));
        let answer = request.header("Host", host).header("X-Forwarded-Proto", "https").call();
        answer.unwrap_or_else(|error| panic!("{url}: {error}")).body_mut().read_to_string().unwrap()
    }
}

/// The sizes in a multivariant playlist.
fn resolutions(playlist: &str) -> Vec<&str> {
    let sizes = playlist.split("RESOLUTION=").skip(1);
    sizes.map(|rest| rest.split(|end: char| end == ',' || end.is_whitespace()).next().unwrap()).collect()
}

/// Videos that arrive by themselves or by a metadata file, all at once, on one deployment.
#[tokio::test(flavor = "multi_thread")]
async fn videos_of_every_kind() {
    let studio = Studio::open(Configuration::Set(&["source.trigger=both"])).await;
    let queue = studio.platform.output("QueueUrl").await;
    studio.upload("plain.mp4", &samples::plain());
    studio.upload("portrait.mp4", &samples::portrait());
    studio.upload("silent.mp4", &samples::silent());
    studio.upload("sound.m4v", &samples::sound());
    studio.upload("broken.mp4", &samples::plain()[..200]);
    studio.upload("with/captions.srt", b"1\n00:00:00,500 --> 00:00:02,000\nHello there\n");
    studio.upload("with/captions.bin", &samples::plain());
    let captions = json!([{ "file": "with/captions.srt", "language": "en", "label": "English" }]);
    let metadata = json!({ "srcVideo": "with/captions.bin", "captions": captions, "title": "Captions" });
    studio.upload("captions.json", metadata.to_string().as_bytes());

    let plain = studio.completed("plain.mp4");
    let playlist = studio.watch(&plain, "hlsUrl");
    assert!(!resolutions(&playlist).is_empty() && playlist.contains("AVERAGE-BANDWIDTH"), "{playlist}");
    for size in resolutions(&playlist) {
        let (width, height) = size.split_once('x').unwrap();
        assert!(width.parse::<u32>().unwrap() <= 640 && height.parse::<u32>().unwrap() <= 360, "{size} is upscaled");
    }
    assert!(studio.watch(&plain, "dashUrl").contains("<MPD"));
    assert!(plain["thumbNailsUrls"]["L"].as_array().is_some_and(|images| !images.is_empty()), "{plain:#}");

    let playlist = studio.watch(&studio.completed("portrait.mp4"), "hlsUrl");
    for size in resolutions(&playlist) {
        let (width, height) = size.split_once('x').unwrap();
        assert!(width.parse::<u32>().unwrap() < height.parse::<u32>().unwrap(), "{size} is not upright");
    }
    let playlist = studio.watch(&studio.completed("silent.mp4"), "hlsUrl");
    assert!(!playlist.contains("mp4a"), "{playlist}");
    let playlist = studio.watch(&studio.completed("sound.m4v"), "hlsUrl");
    assert!(playlist.contains("mp4a") && resolutions(&playlist).is_empty(), "{playlist}");
    let playlist = studio.watch(&studio.completed("with/captions.bin"), "hlsUrl");
    assert!(playlist.contains("TYPE=SUBTITLES"), "{playlist}");

    let broken = studio.reached("broken.mp4", &["Complete", "Error"]);
    assert_eq!(text(&broken, "workflowStatus"), Some("Error"));
    assert!(text(&broken, "errorMessage").is_some_and(|message| !message.is_empty()));

    // Each finished video was sent to the queue once.
    let mut told = BTreeMap::new();
    wait_for("five messages", &studio.platform, || {
        for message in messages(&studio.platform, &queue) {
            let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            *told.entry(body["srcVideo"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        (told.len() == 5).then_some(())
    });
    assert!(told.values().all(|times| *times == 1), "{told:?}");
    assert_eq!(studio.transcoder.jobs().len(), 5, "one video is one job, and a broken one none");
}

/// S3 delivers an event at least once.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_arrival_is_one_job() {
    let studio = Studio::open(Configuration::Default).await;
    studio.upload("twice.mp4", &samples::plain());
    let event = json!({
        "source": "aws.s3", "detail-type": "Object Created", "time": "2026-01-02T03:04:05Z", "region": REGION,
        "account": ACCOUNT,
        "detail": {
            "bucket": { "name": studio.source },
            "object": { "key": "again.mp4", "sequencer": "0061", "version-id": "v1" },
        },
    });
    studio.platform.emulator.put_object(&studio.source, "again.mp4", &samples::plain());
    let first = studio.platform.emulator.invoke("vod-step-functions", &event);
    let second = studio.platform.emulator.invoke("vod-step-functions", &event);
    assert_eq!(first["executions"][0]["guid"], second["executions"][0]["guid"], "{first} {second}");
    assert_eq!(
        (&first["executions"][0]["started"], &second["executions"][0]["started"]),
        (&json!(true), &json!(false))
    );
    studio.completed("twice.mp4");
    let mut tokens: Vec<_> =
        studio.transcoder.jobs().into_iter().map(|job| job["userMetadata"]["guid"].clone()).collect();
    let all = tokens.len();
    tokens.sort_by_key(Value::to_string);
    tokens.dedup();
    assert_eq!(tokens.len(), all, "no video has two jobs");
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
    let address = format!("{}/{}/film.mp4?tagging", studio.platform.emulator.url(), studio.source);
    let tags = ureq::get(address).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(tags.contains("GLACIER") && tags.contains(text(&record, "guid").unwrap()), "{tags}");
}

/// One set of segments for HLS and DASH; and a template of the user's own, with two languages, a clip and an overlay.
#[tokio::test(flavor = "multi_thread")]
async fn the_universal_family_and_a_template_of_ones_own() {
    let studio = Studio::open(Configuration::Set(&["encoding.family=cmaf", "source.trigger=both"])).await;
    studio.upload("one.mp4", &samples::plain());
    studio.upload("overlay.png", &samples::image());
    studio.transcoder.create_template(&own_template(&studio.source));
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
}

/// HLS with a rendition of 180 lines and sound in two languages, of the source's second second, with an overlay.
fn own_template(source: &str) -> Value {
    let audio = |selector: &str, modifier: &str, language: &str| {
        json!({
            "nameModifier": modifier,
            "containerSettings": { "container": "M3U8" },
            "outputSettings": { "hlsSettings": {
                "audioGroupId": "audio", "audioTrackType": "ALTERNATE_AUDIO_AUTO_SELECT",
            } },
            "audioDescriptions": [{
                "audioSourceName": selector, "languageCode": language, "languageCodeControl": "USE_CONFIGURED",
                "codecSettings": { "codec": "AAC", "aacSettings": {
                    "bitrate": 96000, "codingMode": "CODING_MODE_2_0", "sampleRate": 48000,
                } },
            }],
        })
    };
    let picture = json!({
        "nameModifier": "_180p",
        "containerSettings": { "container": "M3U8" },
        "outputSettings": { "hlsSettings": { "audioRenditionSets": "audio" } },
        "videoDescription": {
            "width": 320, "height": 180,
            "codecSettings": { "codec": "H_264", "h264Settings": {
                "rateControlMode": "QVBR", "maxBitrate": 500_000, "qvbrSettings": { "qvbrQualityLevel": 7 },
                "gopSize": 1.0, "gopSizeUnits": "SECONDS",
            } },
        },
    });
    let language = |code: &str| json!({ "selectorType": "LANGUAGE_CODE", "languageCode": code });
    json!({
        "name": "own",
        "settings": {
            "inputs": [{
                "timecodeSource": "ZEROBASED",
                "audioSelectors": { "English": language("ENG"), "German": language("DEU") },
                "inputClippings": [{ "startTimecode": "00:00:01:00", "endTimecode": "00:00:02:00" }],
                "imageInserter": { "insertableImages": [{
                    "imageInserterInput": format!("s3://{source}/overlay.png"),
                    "imageX": 0, "imageY": 0, "layer": 1, "opacity": 100,
                }] },
            }],
            "outputGroups": [{
                "outputGroupSettings": { "type": "HLS_GROUP_SETTINGS", "hlsGroupSettings": {
                    "segmentLength": 1, "minSegmentLength": 0,
                } },
                "outputs": [picture, audio("English", "_en", "ENG"), audio("German", "_de", "DEU")],
            }],
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_job_is_recorded() {
    let studio = Studio::open(Configuration::Default).await;
    studio.upload("long.mp4", &samples::long());
    studio.reached("long.mp4", &["Encoding"]);
    let job = studio.transcoder.jobs().remove(0);
    studio.transcoder.cancel(job["id"].as_str().unwrap());
    let record = studio.reached("long.mp4", &["Error", "Complete"]);
    assert_eq!(text(&record, "errorMessage"), Some("the job was canceled"), "{record:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcoder_that_dies_loses_nothing() {
    let mut studio = Studio::open(Configuration::Default).await;
    studio.upload("plain.mp4", &samples::full_hd());
    studio.reached("plain.mp4", &["Encoding"]);
    studio.transcoder.kill();
    studio.transcoder = studio.transcoder.again(&studio.platform.emulator);
    let record = studio.reached("plain.mp4", &["Error", "Complete"]);
    if text(&record, "workflowStatus") == Some("Error") {
        assert!(text(&record, "errorMessage").is_some_and(|message| message.contains("restart")), "{record:#}");
    }
}
