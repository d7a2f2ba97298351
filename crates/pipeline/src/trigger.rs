//! What an event starts: the ingest of an arrived file, another encoding, or the publication of a finished job.

mod name;
mod retry;
mod shape;

use serde_json::{Value, json};

pub use self::name::Names;
pub use self::retry::{Retry, RetryError, encode};
use self::{
    name::{ATTEMPTS, is_guid},
    shape::shape,
};
use crate::{
    arrival::Arrival,
    contract::Workflow,
    errors::ErrorName,
    ingest::Request,
    media_types::FileKind,
    record::{StartedBy, table},
    uploads::{Skipped, Uploads},
};

/// One execution to start.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// Of which state machine.
    pub workflow: Workflow,
    /// The id of the workflow that the execution belongs to.
    pub guid: String,
    pub names: Names,
    pub input: Value,
}

impl Start {
    /// The same under a name that no ended execution has.
    fn again(self) -> Self {
        let names = match &self.names {
            Names::One(name) | Names::Attempts(name) => Names::again(name),
        };
        Self { names, ..self }
    }

    /// What it means that every name is taken: nothing is left to do, or the video was tried too often.
    pub fn exhausted(&self) -> Result<(), TriggerError> {
        match self.names {
            Names::One(_) => Ok(()),
            Names::Attempts(_) => Err(TriggerError::TooOften { guid: self.guid.clone() }),
        }
    }
}

/// Why an event, or one of its records, starts nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TriggerError {
    #[error(
        "the event is none of these: an object created in S3, a complete job of MediaConvert, the guid of a \
         workflow; its shape is {shape}"
    )]
    Unknown { shape: String },
    #[error("the event names no bucket or no key; its shape is {shape}")]
    NoKey { shape: String },
    #[error("the job names no workflow (`guid` in its user metadata); the event's shape is {shape}")]
    NoGuid { shape: String },
    #[error("`guid` is not 1 to 64 letters, digits, hyphens and underscores")]
    InvalidGuid,
    #[error("the workflow `{guid}` was tried {ATTEMPTS} times, which is enough")]
    TooOften { guid: String },
    #[error(
        "`{}` is neither a video or audio file ({}) nor a metadata file ({})",
        .arrival.key, FileKind::Video.suffixes().join(", "), FileKind::Metadata.suffixes().join(", ")
    )]
    UnsupportedFile { arrival: Box<Arrival> },
    /// The deployment lets the file be.
    #[error("`{key}` starts nothing: {why}")]
    Skipped { key: String, why: Skipped },
}

impl TriggerError {
    /// What state machines would know the error by.
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::UnsupportedFile { .. } => ErrorName::UnsupportedFile,
            Self::TooOften { .. } => ErrorName::Refused,
            _ => ErrorName::InvalidEvent,
        }
    }
}

/// What an event starts in a deployment that takes these uploads; an event with several records starts something, or says
/// why not, for each.
pub fn starts(event: &Value, uploads: &Uploads) -> Vec<Result<Start, TriggerError>> {
    match event.get("Records").and_then(Value::as_array) {
        Some(records) if !records.is_empty() => records.iter().map(|record| of_notification(record, uploads)).collect(),
        _ => vec![of_event(event, uploads)],
    }
}

fn of_notification(record: &Value, uploads: &Uploads) -> Result<Start, TriggerError> {
    let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("eventSource") != "aws:s3" || !text("eventName").starts_with("ObjectCreated:") {
        return Err(TriggerError::Unknown { shape: shape(record) });
    }
    ingest(Arrival::of_notification(record).ok_or_else(|| TriggerError::NoKey { shape: shape(record) })?, uploads)
}

fn of_event(event: &Value, uploads: &Uploads) -> Result<Start, TriggerError> {
    let text = |path: &str| event.pointer(path).and_then(Value::as_str);
    match (text("/source"), text("/detail-type"), text("/detail/status")) {
        (Some("aws.s3"), Some("Object Created"), _) => {
            let arrival = Arrival::of_event_bridge(event);
            ingest(arrival.ok_or_else(|| TriggerError::NoKey { shape: shape(event) })?, uploads)
        }
        (Some("aws.mediaconvert"), _, Some("COMPLETE")) => publish(event),
        (None, None, None) => process(text("/guid").ok_or_else(|| TriggerError::Unknown { shape: shape(event) })?),
        _ => Err(TriggerError::Unknown { shape: shape(event) }),
    }
}

/// A new video; its execution is named by the guid, so that a repeated event starts nothing.
fn ingest(arrival: Arrival, uploads: &Uploads) -> Result<Start, TriggerError> {
    if let Some(why) = uploads.skip(&arrival.key) {
        return Err(TriggerError::Skipped { key: arrival.key, why });
    }
    let workflow_trigger = match FileKind::of(&arrival.key) {
        Some(FileKind::Video) => StartedBy::Video,
        Some(FileKind::Metadata) => StartedBy::Metadata,
        None => return Err(TriggerError::UnsupportedFile { arrival: Box::new(arrival) }),
    };
    let guid = arrival.guid();
    let request = Request { guid: guid.clone(), workflow_trigger, arrival };
    Ok(Start { workflow: Workflow::Ingest, names: Names::one(&guid), guid, input: json!(request) })
}

/// Another attempt at a recorded video.
fn process(guid: &str) -> Result<Start, TriggerError> {
    if !is_guid(guid) {
        return Err(TriggerError::InvalidGuid);
    }
    let input = json!({ table::GUID: guid });
    Ok(Start { workflow: Workflow::Process, guid: guid.to_owned(), names: Names::again(guid), input })
}

/// A finished job; its execution is named by guid and job, so that a repeated event starts nothing but the job of
/// another attempt is published as well.
fn publish(event: &Value) -> Result<Start, TriggerError> {
    let text = |path: &str| event.pointer(path).and_then(Value::as_str);
    let guid = text("/detail/userMetadata/guid").ok_or_else(|| TriggerError::NoGuid { shape: shape(event) })?;
    if !is_guid(guid) {
        return Err(TriggerError::InvalidGuid);
    }
    let job = text("/detail/jobId").or_else(|| text("/id"));
    let job = job.ok_or_else(|| TriggerError::Unknown { shape: shape(event) })?;
    let names = Names::one(&format!("{guid}-{job}"));
    Ok(Start { workflow: Workflow::Publish, guid: guid.to_owned(), names, input: event.clone() })
}

#[cfg(test)]
mod tests;
