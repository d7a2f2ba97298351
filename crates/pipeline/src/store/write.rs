//! What each change writes.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    Change, Expression,
    expression::{JOB, PROGRESS_TIME, STATUS},
};
use crate::{
    contract::OVERFLOW_FOLDER,
    overflow::{MAX_EXTRA_FIELDS, MAX_ITEM_BYTES, is_name, split},
    record::{Record, WorkflowStatus, members, table},
};

/// The field with the address (`s3://bucket/key`) of the file that holds what does not fit.
pub const POINTER: &str = "recordOverflow";

/// How large the request of a job may be that is added to a finished record, in bytes; `DynamoDB` takes 400 KB.
const MAX_LATE_REQUEST_BYTES: usize = 32 * 1024;

const PROGRESS: &str = "encodeProgress";
const PHASE: &str = "encodePhase";
const FAILURE_FIELDS: [&str; 3] = ["workflowErrorAt", "errorMessage", "errorDetails"];
/// The fields of a job's progress, which are in the table and in no record.
pub(crate) const PROGRESS_FIELDS: [&str; 3] = [PROGRESS, PHASE, PROGRESS_TIME];

/// Fields that keys, indexes and conditions need in the item itself.
const PINNED: [&str; 4] = [table::SRC_BUCKET, table::START_TIME, STATUS, JOB];

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The update of the item.
    pub expression: Expression,
    /// The file to write before it, if not all fits.
    pub overflow: Option<Overflow>,
}

/// The file that holds what does not fit into the item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overflow {
    /// The file's key; it follows from the content, so that a late write never changes a newer record's file.
    pub key: String,
    pub body: String,
    pub fields: usize,
}

/// A job's progress, as `MediaConvert` reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    pub job: &'a str,
    /// How much of the job is done, in percent.
    pub percent: Option<u64>,
    /// The phase that the job is in (`PROBING`, `TRANSCODING` or `UPLOADING`).
    pub phase: Option<&'a str>,
    /// When that was, in Unix milliseconds.
    pub millis: u64,
}

/// What went wrong, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault<'a> {
    pub failure: &'a crate::record::Failure,
    /// The job that failed, if it was one.
    pub job: Option<&'a str>,
}

/// How a step stores a record; files go to the bucket `destination`.
///
/// Whatever a former attempt left (its failure, its progress, its outputs) is removed.
pub fn step(record: &Record, destination: &str) -> serde_json::Result<Write> {
    let mut fields: Map<String, Value> = serde_json::from_value(serde_json::to_value(record)?)?;
    fields.shift_remove(table::GUID);
    let failed = record.workflow_status == WorkflowStatus::Error;
    let mut stale = PROGRESS_FIELDS.to_vec();
    if !failed {
        stale.extend(FAILURE_FIELDS);
    }
    for name in &stale {
        fields.shift_remove(*name);
    }
    // The id of a former job stays until there is another: it distinguishes their requests and reports.
    let known = members().filter(|name| ![table::GUID, JOB].contains(name) && !FAILURE_FIELDS.contains(name));
    for name in known.filter(|name| !fields.contains_key(*name)) {
        stale.push(name);
    }

    let users_own = fields.shift_remove(POINTER).map(|value| (POINTER.to_owned(), value));
    let is_extra = |name: &str| record.extra.contains_key(name);
    let mut divided = split(fields, is_extra, |name| PINNED.contains(&name), MAX_ITEM_BYTES);
    divided.file.extend(users_own);

    let crowded = record.extra.len() > MAX_EXTRA_FIELDS;
    let moved = divided.file.keys().map(String::as_str);
    stale.extend(moved.filter(|name| is_name(name) && *name != POINTER && !(crowded && is_extra(name))));
    let overflow = (!divided.file.is_empty()).then(|| overflow(&record.guid, &divided.file));
    match &overflow {
        Some(file) => {
            divided.item.insert(POINTER.to_owned(), json!(format!("s3://{destination}/{}", file.key)));
        }
        None => stale.push(POINTER),
    }
    let set = divided.item.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let job = record.encoding.encode_job_id.as_deref();
    let change = Change::to(record.workflow_status);
    Ok(Write { expression: Expression::new(set, stale, change, job), overflow })
}

/// How the request of a job is added to its outputs, if they were stored before it: `COMPLETE` may overtake the step that
/// records the job. Without a job there is nothing to add.
pub fn request(record: &Record) -> Option<Expression> {
    let encoding = &record.encoding;
    let job = encoding.encode_job_id.as_deref()?;
    // An item has room for this much beside what a step may store in it.
    let fits = |request: &&Value| request.to_string().len() <= MAX_LATE_REQUEST_BYTES;
    let fields = [
        ("jobTemplate", encoding.job_template.clone().map(Value::from)),
        ("encodeSubmitTime", encoding.encode_submit_time.clone().map(Value::from)),
        ("encodingJob", encoding.encoding_job.as_ref().filter(fits).cloned()),
    ];
    let set = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Some(Expression::new(set, [], Change::Request, Some(job)))
}

fn overflow(guid: &str, fields: &Map<String, Value>) -> Overflow {
    let body = json!(fields).to_string();
    let digest = Sha256::digest(body.as_bytes());
    let name = digest.iter().take(8).fold(0_u64, |name, byte| name << 8 | u64::from(*byte));
    Overflow { key: format!("{guid}/{OVERFLOW_FOLDER}/{name:016x}.json"), body, fields: fields.len() }
}

/// How a job's progress is stored: only while the job is being encoded, and only if it is newer.
pub fn progress(progress: Progress<'_>) -> Expression {
    let fields = [
        (PROGRESS, progress.percent.map(Value::from)),
        (PHASE, progress.phase.map(Value::from)),
        (PROGRESS_TIME, Some(progress.millis.into())),
    ];
    let set = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Expression::new(set, [], Change::Progress, Some(progress.job)).newer_than_stored(progress.millis)
}

/// How a failure is stored, beside `fields` that are known of the workflow; where there is no record, one is made if these
/// name the source's bucket, without which nobody would find it.
pub fn failure(fault: Fault<'_>, fields: &Map<String, Value>) -> Expression {
    let stored = fault.failure;
    let texts = [&stored.workflow_error_at, &stored.error_message, &stored.error_details];
    let texts_given =
        FAILURE_FIELDS.into_iter().zip(texts).filter_map(|(name, text)| Some((name, json!(text.as_ref()?))));
    let state = [(STATUS, json!(WorkflowStatus::Error))].into_iter().chain(fault.job.map(|job| (JOB, json!(job))));
    let set: Vec<(&str, Value)> = state.chain(texts_given).collect();
    let known = fields
        .iter()
        .filter(|(name, _)| is_name(name) && *name != table::GUID && set.iter().all(|(other, _)| other != name));
    let known: Vec<_> = known.map(|(name, value)| (name.as_str(), value.clone())).collect();
    let unsaid = FAILURE_FIELDS.into_iter().filter(|name| set.iter().all(|(other, _)| other != name));
    let unsaid: Vec<_> = unsaid.collect();
    let change = match fault.job {
        Some(_) => Change::JobFailed,
        None if fields.contains_key(table::SRC_BUCKET) => Change::SourceFailed,
        None => Change::StepFailed,
    };
    Expression::new(set.into_iter().chain(known), unsaid, change, fault.job)
}

/// Whether this very failure is stored in an item.
pub fn is_known(fault: Fault<'_>, item: &Map<String, Value>) -> bool {
    let is = |name: &str, text: Option<&str>| item.get(name).and_then(Value::as_str) == text;
    let Fault { failure, job } = fault;
    let texts = [&failure.workflow_error_at, &failure.error_message, &failure.error_details];
    is(STATUS, Some(WorkflowStatus::Error.into_str()))
        && FAILURE_FIELDS.iter().zip(texts).all(|(name, text)| is(name, text.as_deref()))
        && job.is_none_or(|job| is(JOB, Some(job)))
}

/// The bucket and the key of the file that an item points to.
pub fn overflow_of(item: &Map<String, Value>) -> Option<(&str, &str)> {
    item.get(POINTER)?.as_str()?.strip_prefix("s3://")?.split_once('/')
}

/// The record's fields from an item and the file that it points to, without the progress of a job.
pub fn join(mut item: Map<String, Value>, file: Map<String, Value>) -> Map<String, Value> {
    for name in PROGRESS_FIELDS.iter().chain([&POINTER]) {
        item.shift_remove(*name);
    }
    item.extend(file);
    item
}

#[cfg(test)]
mod tests;
