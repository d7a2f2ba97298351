//! What `MediaConvert` says of a finished job
//! (<https://docs.aws.amazon.com/mediaconvert/latest/ug/ev_status_complete.html>).

use serde::Deserialize;
use serde_json::Value;
use strum::{Display, EnumString, VariantArray, VariantNames};

use super::OutputError;
use crate::{record::guid_of, settings::UnknownWord};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString, VariantArray, VariantNames)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum GroupType {
    /// HLS with its own segments.
    HlsGroup,
    /// DASH with its own segments.
    DashIsoGroup,
    /// Segments that DASH and HLS share.
    CmafGroup,
    /// Smooth Streaming.
    MsSmoothGroup,
    /// Single files, among them thumbnails.
    FileGroup,
}

/// The event of a job that came to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct JobComplete {
    pub guid: String,
    /// The job's id, where the event says it.
    pub(super) id: Option<String>,
    /// When the job ended, in milliseconds since 1970, where the event says so.
    pub(super) timestamp: Option<i64>,
    pub(super) groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Event {
    detail: Detail,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    status: String,
    job_id: Option<String>,
    timestamp: Option<i64>,
    #[serde(default)]
    output_group_details: Vec<Group>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) playlist_file_paths: Vec<String>,
    #[serde(default)]
    pub(super) output_details: Vec<JobOutput>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobOutput {
    #[serde(default)]
    pub(super) output_file_paths: Vec<String>,
    pub(super) duration_in_ms: Option<u64>,
    #[serde(default)]
    pub(super) video_details: Video,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Video {
    pub(super) width_in_px: Option<u32>,
    pub(super) height_in_px: Option<u32>,
    pub(super) average_bitrate: Option<u64>,
    qvbr_avg_quality: Option<f64>,
    qvbr_min_quality: Option<f64>,
    qvbr_max_quality: Option<f64>,
    #[serde(rename = "averageQVBRScore")]
    average_qvbr_score: Option<f64>,
    #[serde(rename = "minimumQVBRScore")]
    minimum_qvbr_score: Option<f64>,
    #[serde(rename = "maximumQVBRScore")]
    maximum_qvbr_score: Option<f64>,
}

impl Video {
    /// The average, the lowest and the highest quality that QVBR reached: AWS's samples have other names for DASH, CMAF
    /// and thumbnails than for files (<https://docs.aws.amazon.com/mediaconvert/latest/ug/cmaf-group.html>).
    pub(super) fn qualities(&self) -> [Option<f64>; 3] {
        [
            self.qvbr_avg_quality.or(self.average_qvbr_score),
            self.qvbr_min_quality.or(self.minimum_qvbr_score),
            self.qvbr_max_quality.or(self.maximum_qvbr_score),
        ]
    }
}

impl JobComplete {
    pub fn read(event: &Value) -> Result<Self, OutputError> {
        let Event { detail } = Event::deserialize(event).map_err(OutputError::NotAJob)?;
        if detail.status != "COMPLETE" {
            return Err(OutputError::NotComplete { status: detail.status });
        }
        let guid = guid_of(event).filter(|guid| !guid.is_empty()).ok_or(OutputError::NoGuid)?;
        let (timestamp, groups) = (detail.timestamp, detail.output_group_details);
        Ok(Self { guid: guid.to_owned(), id: detail.job_id, timestamp, groups })
    }

    /// How long all outputs together play, in minutes.
    pub fn output_minutes(&self) -> f64 {
        let outputs = self.groups.iter().flat_map(|group| &group.output_details);
        outputs.filter_map(|output| output.duration_in_ms).map(minutes).sum()
    }

    /// How many seconds the job took, of one submitted at this time (in milliseconds since 1970).
    pub fn seconds_since(&self, submitted: i64) -> Option<f64> {
        let milliseconds = u64::try_from(self.timestamp?.checked_sub(submitted)?).ok()?;
        Some(minutes(milliseconds) * 60.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a duration in milliseconds is far below 2^52")]
fn minutes(milliseconds: u64) -> f64 {
    milliseconds as f64 / 60_000.0
}
