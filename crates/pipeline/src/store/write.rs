//! What each change writes.

use serde_json::{Map, Value, json};

use super::{
    Change, Expression,
    expression::{JOB, PROGRESS_TIME},
};
use crate::{
    overflow::{MAX_EXTRA_FIELDS, MAX_ITEM_BYTES, is_name, split},
    record::{Failure, Record, WORKFLOW_STATUS, WorkflowStatus, members, names_of, table},
    state::File,
};

/// The field with the address (`s3://bucket/key`) of the file that holds what does not fit.
pub const POINTER: &str = "recordOverflow";

/// How large the request of a job may be that is added to a finished record, in bytes; `DynamoDB` takes 400 KB.
const MAX_LATE_REQUEST_BYTES: usize = 32 * 1024;

const PROGRESS: &str = "encodeProgress";
const PHASE: &str = "encodePhase";
/// The fields of a job's progress, which are in the table and in no record.
pub(crate) const PROGRESS_FIELDS: [&str; 3] = [PROGRESS, PHASE, PROGRESS_TIME];

/// Fields that keys, indexes and conditions need in the item itself.
const PINNED: [&str; 4] = [table::SRC_BUCKET, table::START_TIME, WORKFLOW_STATUS, JOB];

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The update of the item.
    pub expression: Expression,
    /// The file to write before it, if not all fits.
    pub overflow: Option<File>,
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
    pub failure: &'a Failure,
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
        stale.extend(names_of::<Failure>());
    }
    for name in &stale {
        fields.shift_remove(*name);
    }
    // The id of a former job stays until there is another: it distinguishes their requests and reports.
    let known = members().filter(|name| ![table::GUID, JOB].contains(name) && !names_of::<Failure>().contains(name));
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
    let overflow = (!divided.file.is_empty()).then(|| File::new(&record.guid, divided.file.clone()));
    match &overflow {
        Some(file) => {
            divided.item.insert(POINTER.to_owned(), file.place(destination).into());
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
    let texts = json!(fault.failure);
    let (given, missing): (Vec<&str>, Vec<&str>) =
        names_of::<Failure>().iter().copied().partition(|name| texts.get(name).is_some());
    let mut set = vec![(WORKFLOW_STATUS, json!(WorkflowStatus::Error))];
    set.extend(fault.job.map(|job| (JOB, json!(job))));
    set.extend(given.into_iter().map(|name| (name, texts[name].clone())));
    let known = fields
        .iter()
        .filter(|(name, _)| is_name(name) && *name != table::GUID && set.iter().all(|(other, _)| other != name));
    let known: Vec<_> = known.map(|(name, value)| (name.as_str(), value.clone())).collect();
    let change = match fault.job {
        Some(_) => Change::JobFailed,
        None if fields.contains_key(table::SRC_BUCKET) => Change::SourceFailed,
        None => Change::StepFailed,
    };
    Expression::new(set.into_iter().chain(known), missing, change, fault.job)
}

/// Whether this very failure is stored in an item.
pub fn is_known(fault: Fault<'_>, item: &Map<String, Value>) -> bool {
    let texts = json!(fault.failure);
    let is = |name: &str, text: Option<&Value>| item.get(name).filter(|known| known.is_string()) == text;
    is(WORKFLOW_STATUS, Some(&json!(WorkflowStatus::Error)))
        && names_of::<Failure>().iter().all(|name| is(name, texts.get(name)))
        && fault.job.is_none_or(|job| is(JOB, Some(&job.into())))
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
