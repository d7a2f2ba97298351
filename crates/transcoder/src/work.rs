//! What stands between the service and the media part: one job to carry out, what is reported of it, and the trait
//! [`Engine`], which the service's tests implement with a script.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use futures_util::future::BoxFuture;
use mediaconvert::settings::JobSettings;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

pub trait Engine: Send + Sync + 'static {
    /// Carries out one job; ends soon after `work.cancel` is canceled.
    fn run(&self, work: Work) -> BoxFuture<'_, Result<Completed, JobFailure>>;

    /// Inspects a file, and returns Probe's `ProbeResult` as it is on the wire.
    fn probe<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<serde_json::Value, JobFailure>>;
}

#[derive(Debug)]
pub struct Work {
    /// The job's id, which is safe as a file name.
    pub id: String,
    /// The job's settings, with its template and all presets merged into them.
    pub settings: JobSettings,
    /// An empty folder for this job's work files; whoever called removes it.
    pub scratch: PathBuf,
    /// Where progress and warnings go while the job runs. Nobody listening is no error.
    pub updates: UnboundedSender<Update>,
    /// Canceled when the job is to stop; every process that the job started is then killed.
    pub cancel: CancellationToken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub duration: Duration,
    /// How large a job's work files may become, in bytes.
    pub scratch: u64,
    /// How many threads one ffmpeg may use.
    pub threads: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    Inputs(Vec<InputDetail>),
    Progress {
        phase: Phase,
        /// How much of this phase is done, in percent from 0 to 100.
        percent: u8,
    },
    /// Something was done otherwise than the settings ask.
    Warning(Warning),
}

/// The phases of a job, as MediaConvert names them in `currentPhase`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::Display, strum::EnumIter)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Phase {
    Probing,
    Transcoding,
    /// Packaging and putting files into their places.
    Uploading,
}

/// A warning with MediaConvert's number where it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    pub code: u32,
    /// What was done instead, and why.
    pub message: String,
}

/// One input of a job, in the shape of the event `INPUT_INFORMATION`
/// (<https://docs.aws.amazon.com/mediaconvert/latest/ug/ev_status_input_information.html>).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputDetail {
    /// The number of the input, from 1.
    pub id: usize,
    /// The input's address as the job gives it.
    pub uri: String,
    pub audio: Vec<InputAudio>,
    pub video: Vec<InputVideo>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputAudio {
    pub channels: u32,
    /// The codec, such as `AAC`.
    pub codec: String,
    /// The language as an ISO 639-2 code, `UND` where the file says nothing.
    pub language: String,
    pub sample_rate: u32,
    /// The number of the track in the file, from 1.
    pub stream_id: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputVideo {
    pub bit_depth: u32,
    /// The codec, such as `H_264`.
    pub codec: String,
    /// How colours are sampled, such as `YUV_420`.
    pub color_format: String,
    /// The file's own name of the codec, such as `avc1`.
    #[serde(rename = "fourCC", default, skip_serializing_if = "Option::is_none")]
    pub four_cc: Option<String>,
    pub frame_rate: f64,
    pub height: u32,
    /// `PROGRESSIVE` or `INTERLACED`.
    pub interlace_mode: String,
    /// The shape of a pixel, such as `1:1`.
    pub sar: String,
    /// The television standard, such as `UNSPECIFIED`.
    pub standard: String,
    /// The number of the track in the file, from 1.
    pub stream_id: u32,
    pub width: u32,
}

/// A finished job, in the shape of the event COMPLETE.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Completed {
    /// One for each output group, in the order of the settings.
    pub output_group_details: Vec<OutputGroupDetail>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputGroupDetail {
    /// One for each output, in the order of the settings.
    pub output_details: Vec<OutputDetail>,
    /// The top manifests: one for HLS and DASH, `.mpd` then `.m3u8` for CMAF, none for files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub playlist_file_paths: Vec<String>,
    /// The type, such as `HLS_GROUP`.
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputDetail {
    pub duration_in_ms: u64,
    /// Its playlist or file; none for DASH and CMAF.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output_file_paths: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_details: Option<VideoDetail>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoDetail {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_bitrate: Option<u64>,
    pub height_in_px: u32,
    pub width_in_px: u32,
    /// Further members that only some encodings have, such as `qvbrAvgQuality`.
    #[serde(flatten)]
    pub more: BTreeMap<String, serde_json::Value>,
}

/// A job that failed, with MediaConvert's number for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message} (error {code})")]
pub struct JobFailure {
    /// MediaConvert's error code, such as 1404 for a missing input.
    pub code: u32,
    pub message: String,
}

/// The error codes of MediaConvert that have no HTTP status in them
/// (<https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    /// An input clipping that does not fit the input.
    Clipping = 1010,
    /// An input that cannot be read, or settings that contradict it.
    Input = 1040,
    /// What MediaConvert has no code for.
    Unknown = 1999,
}

impl JobFailure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code: code as u32, message: message.into() }
    }

    pub(crate) fn unknown(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unknown, message)
    }
}
