//! What `MediaConvert` reports of a job, as EventBridge brings it.
//!
//! <https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_event_list.html>

use serde::Deserialize;
use serde_json::Value;

use crate::{record::WORKFLOW_STATUS, store::Progress};

/// The `source` of the events of `MediaConvert`.
pub const SOURCE: &str = "aws.mediaconvert";

/// The `detail-type` of these events.
pub const DETAIL_TYPE: &str = "MediaConvert Job State Change";

/// The members of an event's envelope that could be taken for it in a record.
pub const ENVELOPE: [&str; 3] = ["source", "detail-type", "detail"];

/// A change of a job's state.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct JobEvent {
    /// The region that the job ran in.
    #[serde(default)]
    pub region: String,
    pub detail: Detail,
}

/// What happened to a job.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// The state that the job is in now.
    pub status: String,
    pub job_id: String,
    /// When that was, in Unix milliseconds.
    #[serde(default)]
    pub timestamp: u64,
    /// What the job was submitted with.
    #[serde(default)]
    pub user_metadata: UserMetadata,
    /// How far the job is (`STATUS_UPDATE`).
    #[serde(default)]
    pub job_progress: JobProgress,
    /// The number of the error (`ERROR`).
    pub error_code: Option<u32>,
    /// What went wrong (`ERROR`).
    pub error_message: Option<String>,
}

/// What `encode` submits a job with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct UserMetadata {
    pub guid: Option<String>,
    pub workflow: Option<String>,
}

/// How far a job is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobProgress {
    /// How much of the job is done, in percent.
    pub job_percent_complete: Option<u64>,
    /// The phase that the job is in (`PROBING`, `TRANSCODING` or `UPLOADING`).
    pub current_phase: Option<String>,
}

impl JobEvent {
    /// Whether `MediaConvert` sent this event, judged by its envelope. What has a workflow's status is a record, whatever
    /// else a metadata file has put into it.
    pub fn is_one(event: &Value) -> bool {
        let is = |member: &str, text: &str| event.get(member).and_then(Value::as_str) == Some(text);
        let is_change = event.get("detail-type").is_none() || is("detail-type", DETAIL_TYPE);
        is("source", SOURCE) && is_change && event.get(WORKFLOW_STATUS).is_none()
    }
}

impl Detail {
    /// The job's progress, where the event has it.
    pub fn progress(&self) -> Option<Progress<'_>> {
        let JobProgress { job_percent_complete: percent, current_phase: phase } = &self.job_progress;
        (percent.is_some() || phase.is_some()).then_some(Progress {
            job: &self.job_id,
            percent: *percent,
            phase: phase.as_deref(),
            millis: self.timestamp,
        })
    }
}
