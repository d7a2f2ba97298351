//! The first record of a video: the deployment's defaults, and what a metadata file changes of them.

mod field;
mod metadata;
mod source;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::field::FIELDS;
pub use self::metadata::{MAX_METADATA_BYTES, Metadata, MetadataError};
pub use self::source::{Availability, SourceProblem};
use crate::{
    arrival::Arrival,
    job_event::ENVELOPE,
    record::{Options, Record, Source, StartedBy, WorkflowStatus, members},
    store::PROGRESS_FIELDS,
    wire::with_first,
};

/// The extra field of a record that lists the fields of the metadata file that were not taken over.
pub const IGNORED: &str = "ignoredMetadata";

/// How large a record may be at the start, as JSON, in bytes.
///
/// The rest of what a state machine carries ([`crate::state`]) is for the media information, the job and the outputs.
pub const MAX_FIRST_RECORD_BYTES: usize = 160 * 1024;

/// What the ingest workflow is started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    pub guid: String,
    /// Whether the file is the video or names one.
    pub workflow_trigger: StartedBy,
    #[serde(flatten)]
    pub arrival: Arrival,
}

/// What a deployment does with videos that say nothing else.
///
/// The job templates are no part of it: their names change with their content, so they are looked up when the job is
/// made ([`crate::profile::Templates`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    pub workflow_name: String,
    pub source_bucket: String,
    /// How videos are encoded.
    pub options: Options,
}

/// The answer of an ingest's first step where there is no video to encode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NothingToDo {
    pub guid: String,
    /// Why; the state machine ends by it.
    pub nothing_to_do: String,
}

/// A file in a bucket that is not the deployment's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file arrived in the bucket `{bucket}`; the deployment takes files from `{own}` only")]
pub struct ForeignBucket {
    pub bucket: String,
    pub own: String,
}

impl Defaults {
    /// Rules out a file of another bucket.
    pub fn check(&self, request: &Request) -> Result<(), ForeignBucket> {
        if request.arrival.bucket == self.source_bucket {
            return Ok(());
        }
        Err(ForeignBucket { bucket: request.arrival.bucket.clone(), own: self.source_bucket.clone() })
    }

    /// The record of a video that arrived by itself.
    pub fn of_video(&self, request: &Request, start_time: String) -> Record {
        self.record(request, start_time, &request.arrival.key)
    }

    /// The record of the video that a metadata file names.
    ///
    /// A field with `null` counts as not given. Fields of the record that are not the file's to set keep their value
    /// and are listed in [`IGNORED`].
    pub fn of_metadata(
        &self,
        request: &Request,
        start_time: String,
        metadata: Metadata,
    ) -> Result<Record, MetadataError> {
        let mut record = self.record(request, start_time, "");
        record.source.src_metadata_file = Some(request.arrival.key.clone());
        let (mut ignored, mut own) = (Vec::new(), Vec::new());
        for (given, value) in metadata.fields {
            let name = with_first(&given, char::to_ascii_lowercase);
            if let Some(field) = FIELDS.iter().find(|field| field.name == name) {
                if !value.is_null() {
                    field.set(&mut record, &value)?;
                    let set = &mut record.options.set_by_metadata;
                    if !set.contains(&name) {
                        set.push(name);
                    }
                }
            } else if is_ours(&name) {
                if !ignored.contains(&name) {
                    ignored.push(name);
                }
            } else {
                record.extra.insert(name, value);
                own.push(given);
            }
        }
        record.workflow_warnings.extend(field::unapplied(own.iter().map(String::as_str)));
        if record.source.src_video.is_empty() {
            return Err(MetadataError::NoVideo);
        }
        if !ignored.is_empty() {
            record.extra.insert(IGNORED.to_owned(), json!(ignored));
        }
        let bytes = json!(record).to_string().len();
        if bytes > MAX_FIRST_RECORD_BYTES {
            return Err(MetadataError::TooMuch { bytes, fields: record.extra.len() });
        }
        Ok(record)
    }

    fn record(&self, request: &Request, start_time: String, video: &str) -> Record {
        Record {
            guid: request.guid.clone(),
            start_time,
            end_time: None,
            workflow_trigger: request.workflow_trigger,
            workflow_status: WorkflowStatus::Ingest,
            workflow_name: self.workflow_name.clone(),
            source: Source { src_bucket: self.source_bucket.clone(), src_video: video.to_owned(), ..Source::default() },
            options: self.options.clone(),
            encoding: crate::record::Encoding::default(),
            outputs: crate::record::Outputs::default(),
            packaging: crate::record::Packaging::default(),
            failure: crate::record::Failure::default(),
            stored_in_full: std::collections::BTreeMap::default(),
            workflow_warnings: Vec::new(),
            extra: Map::new(),
        }
    }
}

/// The record with the version of the source that was found, which is the newest.
///
/// A video that arrived by itself in another version is superseded by the newer upload, whose own event has a workflow.
/// (A metadata file is read in the version that arrived: two of them under one key may name two videos.)
pub fn of_version(mut record: Record, arrival: &Arrival, found: Option<String>) -> Record {
    if record.workflow_trigger == StartedBy::Video
        && let (Some(arrived), Some(newest)) = (&arrival.version_id, &found)
        && arrived != newest
    {
        record.source.superseded_by = Some(newest.clone());
    }
    record.source.src_version_id = found;
    record
}

/// The fields that were not taken over from a record's metadata file.
pub fn ignored(record: &Record) -> Option<&Value> {
    record.extra.get(IGNORED)
}

/// Whether a field is the platform's to write, or would make the record look like an event.
fn is_ours(name: &str) -> bool {
    name == IGNORED
        || ENVELOPE.contains(&name)
        || PROGRESS_FIELDS.contains(&name)
        || members().any(|member| member == name)
}

#[cfg(test)]
mod tests;
