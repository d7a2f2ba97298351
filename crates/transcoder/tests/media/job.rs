//! Jobs to try: a settings tree in, the finished files in a folder.

use std::{path::PathBuf, time::Duration};

use aws_sdk_s3::config::BehaviorVersion;
use aws_types::SdkConfig;
use mediaconvert::settings::JobSettings;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;
use transcoder::{
    Config, Engine as _, Events, Ffmpeg, Pace,
    work::{Completed, JobFailure, Limits, Update, Warning, Work},
};

/// What a job left behind.
pub(crate) struct Done {
    /// The folder with everything: the sources, and outputs below `out/`.
    folder: tempfile::TempDir,
    pub(crate) result: Result<Completed, JobFailure>,
    updates: Vec<Update>,
}

impl Done {
    pub(crate) fn completed(&self) -> &Completed {
        self.result.as_ref().unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// A finished file by its name below `out/`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    /// A source by its name.
    pub(crate) fn source(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn warnings(&self) -> Vec<&Warning> {
        self.updates
            .iter()
            .filter_map(|update| if let Update::Warning(warning) = update { Some(warning) } else { None })
            .collect()
    }
}

/// Runs a job in a folder that has the sources. Every address in the settings that begins with `file:///here/` is
/// in it.
pub(crate) async fn run_in(folder: tempfile::TempDir, settings: Value) -> Done {
    let root = folder.path().canonicalize().expect("the folder is there");
    let here = format!("file://{}/", root.display());
    let settings = settings.to_string().replace("file:///here/", &here);
    let settings: JobSettings = serde_json::from_str(&settings).expect("the settings fit the model");
    let scratch = root.join("scratch");
    std::fs::create_dir(&scratch).expect("work files can be made");
    let (sender, receiver) = unbounded_channel();
    let work = Work { id: "job".to_owned(), settings, scratch, updates: sender, cancel: CancellationToken::new() };
    let config = Config {
        state: root.join("state"),
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
        credentials: None,
        files: Some(root.clone()),
        s3_endpoint: None,
        events: Events::Nobody,
        token: None,
        concurrency: 1,
        limits: Limits { duration: Duration::from_mins(10), scratch: 4 << 30, threads: 2 },
        pace: Pace::REAL,
    };
    let sdk = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
    let sdk = sdk.http_client(transcoder::https_client()).build();
    let result = Ffmpeg::new(&config, &sdk).run(work).await;
    Done { folder, result, updates: drained(receiver) }
}

fn drained(mut receiver: UnboundedReceiver<Update>) -> Vec<Update> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

/// A job for one source with these output groups.
pub(crate) fn job(source: &str, groups: &[Value]) -> Value {
    json!({
        "Inputs": [{
            "FileInput": format!("file:///here/{source}"),
            "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}},
            "VideoSelector": {"Rotate": "AUTO"},
        }],
        "OutputGroups": groups,
    })
}

/// H.264 in this size with a limit in bits per second.
pub(crate) fn h264(width: u32, height: u32, max: u32) -> Value {
    json!({
        "Width": width, "Height": height,
        "CodecSettings": {"Codec": "H_264", "H264Settings": {
            "RateControlMode": "QVBR", "QvbrSettings": {"QvbrQualityLevel": 8}, "MaxBitrate": max,
            "GopSize": 2, "GopSizeUnits": "SECONDS", "GopClosedCadence": 1, "SceneChangeDetect": "DISABLED",
            "QualityTuningLevel": "SINGLE_PASS", "FramerateControl": "INITIALIZE_FROM_SOURCE",
        }},
    })
}

/// AAC in stereo.
pub(crate) fn aac() -> Value {
    json!({
        "AudioSourceName": "Audio Selector 1",
        "CodecSettings": {"Codec": "AAC", "AacSettings": {
            "Bitrate": 96000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48000,
        }},
    })
}

/// An HLS group of these outputs.
pub(crate) fn hls(outputs: &[Value]) -> Value {
    json!({
        "OutputGroupSettings": {"Type": "HLS_GROUP_SETTINGS", "HlsGroupSettings": {
            "Destination": "file:///here/out/hls/", "SegmentLength": 4, "SegmentLengthControl": "GOP_MULTIPLE",
            "MinSegmentLength": 0,
        }},
        "Outputs": outputs,
    })
}

/// A DASH group of these outputs.
pub(crate) fn dash(outputs: &[Value]) -> Value {
    json!({
        "OutputGroupSettings": {"Type": "DASH_ISO_GROUP_SETTINGS", "DashIsoGroupSettings": {
            "Destination": "file:///here/out/dash/", "SegmentLength": 4, "FragmentLength": 2,
            "SegmentLengthControl": "GOP_MULTIPLE",
        }},
        "Outputs": outputs,
    })
}

/// A CMAF group of these outputs.
pub(crate) fn cmaf(outputs: &[Value]) -> Value {
    json!({
        "OutputGroupSettings": {"Type": "CMAF_GROUP_SETTINGS", "CmafGroupSettings": {
            "Destination": "file:///here/out/cmaf/", "SegmentLength": 4, "FragmentLength": 2,
            "SegmentLengthControl": "GOP_MULTIPLE",
        }},
        "Outputs": outputs,
    })
}

/// A group for Microsoft Smooth Streaming of these outputs.
pub(crate) fn smooth(outputs: &[Value]) -> Value {
    json!({
        "OutputGroupSettings": {"Type": "MS_SMOOTH_GROUP_SETTINGS", "MsSmoothGroupSettings": {
            "Destination": "file:///here/out/smooth/", "FragmentLength": 2, "FragmentLengthControl": "EXACT",
            "ManifestEncoding": "UTF8",
        }},
        "Outputs": outputs,
    })
}

/// A group of plain files.
pub(crate) fn files(outputs: &[Value]) -> Value {
    json!({
        "OutputGroupSettings": {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {
            "Destination": "file:///here/out/files/",
        }},
        "Outputs": outputs,
    })
}

/// An output with video, audio or both.
pub(crate) fn output(modifier: &str, container: &str, video: Option<Value>, audio: &[Value]) -> Value {
    let mut output = json!({"NameModifier": modifier, "ContainerSettings": {"Container": container}});
    if let Some(video) = video {
        output["VideoDescription"] = video;
    }
    if !audio.is_empty() {
        output["AudioDescriptions"] = audio.into();
    }
    output
}
