//! What is said about a workflow on the topic and in the queue, as JSON that is easy to read in a mail.

use serde_json::{Map, Value, json};

use crate::{
    record::{Failure, Record, SRC_MEDIAINFO, SRC_VIDEO, WORKFLOW_STATUS, WorkflowStatus, table},
    report::Report,
};

/// How large a message may be, in bytes (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>).
pub const MAX_BYTES: usize = 256 * 1024;

/// How long a subject may be, in characters: less than 100, all of them ASCII (same page).
pub const MAX_SUBJECT: usize = 99;

/// The field that names what did not fit.
pub const OMITTED: &str = "omittedFields";

/// How many names [`OMITTED`] has, and how much of each; what remains is their number.
const MAX_OMITTED: usize = 50;
const MAX_NAME: usize = 60;

/// What [`OMITTED`] takes at most, in bytes.
const OMITTED_BYTES: usize = 32 * 1024;

/// Fields that serve the workflow itself and are long: the first to go where something must.
pub const BULKY: [&str; 3] = [SRC_MEDIAINFO, "encodingJob", "encodingOutput"];

/// Whose job templates are used, which says nothing of a video.
const CHOICES: [&str; 4] = ["jobTemplate_2160p", "jobTemplate_1080p", "jobTemplate_720p", "setByMetadata"];

/// Fields that a packaged asset supersedes.
const SUPERSEDED: [&str; 12] = [
    "mp4Outputs",
    "mp4Urls",
    "hlsPlaylist",
    "hlsUrl",
    "dashPlaylist",
    "dashUrl",
    "mssPlaylist",
    "mssUrl",
    "cmafDashPlaylist",
    "cmafDashUrl",
    "cmafHlsPlaylist",
    "cmafHlsUrl",
];

/// Fields without which a message says nothing.
const PINNED: [&str; 4] = [table::GUID, WORKFLOW_STATUS, table::SRC_BUCKET, SRC_VIDEO];

/// A message on the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub subject: String,
    pub body: String,
}

/// Why a record is not announced.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    #[error(
        "a workflow with the status {status} is not announced; {} and {} are",
        WorkflowStatus::Ingest,
        WorkflowStatus::Complete
    )]
    Status { status: WorkflowStatus },
    #[error("the record cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The message about a workflow that started or is complete.
pub fn announcement(record: &Record) -> Result<Message, MessageError> {
    let body = match record.workflow_status {
        WorkflowStatus::Ingest => pretty(&json!({
            "status": record.workflow_status,
            "guid": record.guid,
            "srcBucket": record.source.src_bucket,
            "srcVideo": record.source.src_video,
        })),
        WorkflowStatus::Complete => {
            let mut fields = fields_of(record)?;
            let packaged = record.options.enable_media_package && !record.packaging.egress_endpoints.is_empty();
            let superseded: &[&str] = if packaged { &SUPERSEDED } else { &[] };
            for name in BULKY.iter().chain(&CHOICES).chain(superseded) {
                fields.shift_remove(*name);
            }
            fitting(fields, |name| record.extra.contains_key(name))
        }
        status @ (WorkflowStatus::Encoding | WorkflowStatus::Error) => return Err(MessageError::Status { status }),
    };
    Ok(Message { subject: subject(record.workflow_status, Some(&record.guid)), body })
}

/// The text about a finished workflow in the queue: its whole record.
pub fn queued(record: &Record) -> Result<String, MessageError> {
    Ok(fitting(fields_of(record)?, |name| record.extra.contains_key(name)))
}

/// The message about a failure, with SO0021's field names. (Of a start it says `status`, as that one does.)
pub fn alarm(report: &Report) -> Message {
    let Failure { workflow_error_at, error_message, error_details } = &report.failure;
    let body = pretty(&json!({
        "guid": report.guid,
        "workflowStatus": WorkflowStatus::Error,
        "workflowErrorAt": workflow_error_at,
        "errorMessage": error_message,
        "errorDetails": error_details,
    }));
    Message { subject: subject(WorkflowStatus::Error, report.guid.as_deref()), body }
}

fn fields_of(record: &Record) -> serde_json::Result<Map<String, Value>> {
    serde_json::from_value(serde_json::to_value(record)?)
}

/// SO0021's subject; what is no printable ASCII becomes a question mark.
fn subject(status: WorkflowStatus, guid: Option<&str>) -> String {
    let text = format!("Workflow Status:: {status}:: {}", guid.unwrap_or("unknown"));
    text.chars().take(MAX_SUBJECT).map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}

/// The fields as text; if that is too long, without the workflow's own bulky fields, then without the largest `extra`
/// ones, then without the largest of the others.
fn fitting(mut fields: Map<String, Value>, extra: impl Fn(&str) -> bool) -> String {
    let text = pretty(&json!(fields));
    if text.len() <= MAX_BYTES {
        return text;
    }
    let mut candidates: Vec<(bool, bool, usize, String)> = fields
        .iter()
        .filter(|(name, _)| !PINNED.contains(&name.as_str()))
        .map(|(name, value)| {
            // A field alone stands between braces and line ends that the others share.
            let bytes = pretty(&json!({ name.as_str(): value })).len() - "{\n\n}".len() + ",\n".len();
            (BULKY.contains(&name.as_str()), extra(name), bytes, name.clone())
        })
        .collect();
    candidates.sort();
    let mut length = text.len();
    let mut omitted = Vec::new();
    while length > MAX_BYTES - OMITTED_BYTES
        && let Some((_, _, bytes, name)) = candidates.pop()
    {
        fields.shift_remove(&name);
        length -= bytes;
        omitted.push(name);
    }
    let unnamed = omitted.len().saturating_sub(MAX_OMITTED);
    let mut names: Vec<String> =
        omitted.iter().take(MAX_OMITTED).map(|name| name.chars().take(MAX_NAME).collect()).collect();
    if unnamed > 0 {
        names.push(format!("and {unnamed} more"));
    }
    fields.insert(OMITTED.to_owned(), json!(names));
    pretty(&json!(fields))
}

/// JSON in lines; the two code points that no message may hold
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>) are escaped.
fn pretty(value: &Value) -> String {
    format!("{value:#}").replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
}

#[cfg(test)]
mod tests;
