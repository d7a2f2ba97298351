//! The encoding job of a source: a job template's settings, fitted to the source and the deployment.
//!
//! Settings travel as JSON in the wire's spelling, so that what is newer than this program survives. The job does not
//! name its template: the service would merge the renditions that were left out back in.

mod attempt;
mod destinations;
mod names;
mod outputs;

use std::str::FromStr;

use serde_json::{Map, Value, json};

pub use attempt::{Attempt, FoundJob, JobStatus, may_exist, search_term};
pub(crate) use destinations::THUMBNAILS as THUMBNAIL_FOLDER;
pub use names::template_candidates;
pub use outputs::kept_renditions;

use crate::{
    captions::{Captions, CaptionsError},
    errors::ErrorName,
    profile::{Tracks, TracksError},
    record::{Failure, Record, WorkflowStatus},
    state::{self, File},
    wire::{from_wire, to_wire},
};

/// How often the service reports how far a job is, where the template does not say.
const STATUS_UPDATE_INTERVAL: &str = "SECONDS_60";

/// The selector that templates take audio from.
const AUDIO_SELECTOR: &str = "Audio Selector 1";

/// What a deployment gives to each of its jobs.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// The ARN of the role that reads the source and writes the outputs.
    pub role: String,
    /// The ARN of the queue.
    pub queue: String,
    /// Which jobs go first: the higher, the sooner.
    pub priority: Priority,
    /// The queues that a waiting job moves to.
    pub hops: Hops,
    pub tags: Tags,
}

/// A job's priority in its queue, -50 to 50 (service model, `CreateJobRequest.priority`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Priority(i8);

/// Queues that a waiting job moves to, as JSON in either spelling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hops(Vec<Value>);

/// Tags, from a JSON object of texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(Map<String, Value>);

/// Why a variable for jobs is wrong.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    #[error("`{0}` is no priority; use a whole number from -50 to 50")]
    Priority(String),
    #[error("this is not {expected}")]
    Json {
        /// What belongs there, with its article.
        expected: &'static str,
        source: serde_json::Error,
    },
}

impl FromStr for Priority {
    type Err = DeploymentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let priority = text.parse().ok().filter(|priority| (-50..=50).contains(priority));
        priority.map(Self).ok_or_else(|| DeploymentError::Priority(text.to_owned()))
    }
}

impl FromStr for Hops {
    type Err = DeploymentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hops: Vec<Map<String, Value>> = serde_json::from_str(text)
            .map_err(|source| DeploymentError::Json { expected: "a JSON list of hop destinations", source })?;
        Ok(Self(hops.into_iter().map(|hop| to_wire(hop.into())).collect()))
    }
}

impl Hops {
    /// The queues, by name or ARN.
    fn queues(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|hop| hop["queue"].as_str())
    }
}

impl Deployment {
    /// The queues that a job of this deployment may be in.
    pub fn queues(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.queue.as_str()).chain(self.hops.queues())
    }
}

impl FromStr for Tags {
    type Err = DeploymentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let tags: std::collections::BTreeMap<String, String> = serde_json::from_str(text)
            .map_err(|source| DeploymentError::Json { expected: "a JSON object of texts", source })?;
        Ok(Self(tags.into_iter().map(|(key, value)| (key, value.into())).collect()))
    }
}

/// Why a template makes no job for a source.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error(transparent)]
    Tracks(#[from] TracksError),
    #[error(transparent)]
    Captions(#[from] CaptionsError),
    #[error("the job template `{template}` has no output for a source with {tracks}")]
    NothingLeft { template: String, tracks: &'static str },
}

impl JobError {
    /// What state machines know the error by.
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::Tracks(error) => error.name(),
            Self::Captions(_) => ErrorName::InvalidMetadata,
            Self::NothingLeft { .. } => ErrorName::NoUsableTrack,
        }
    }
}

/// What the parts of a job go by.
struct Subject<'a> {
    record: &'a Record,
    tracks: Tracks,
    captions: Vec<Captions>,
}

/// The body of the request that creates the job, in the wire's spelling.
///
/// `template` is the job template as the service returns it; the request is known by the [attempt](Attempt)'s `token`.
pub fn build(record: &Record, template: &Value, deployment: &Deployment, token: &str) -> Result<Value, JobError> {
    let captions = record.options.captions.as_ref().map_or(Ok(Vec::new()), crate::captions::parse)?;
    let subject = Subject { record, tracks: Tracks::of(record)?, captions };
    let mut settings = template["settings"].as_object().cloned().unwrap_or_default();
    let groups = outputs::groups(&subject, settings.get("outputGroups"));
    if groups.is_empty() {
        let template = template["name"].as_str().unwrap_or_default().to_owned();
        let tracks = match (subject.tracks.picture, subject.tracks.sound) {
            (Some(_), true) => "picture and sound",
            (Some(_), false) => "picture and no sound",
            (None, _) => "sound and no picture",
        };
        return Err(JobError::NothingLeft { template, tracks });
    }
    let input = input(&subject, settings.get("inputs").and_then(|inputs| inputs.get(0)));
    settings.insert("inputs".to_owned(), json!([input]));
    settings.insert("outputGroups".to_owned(), groups.into());
    // Timecodes count from zero: a source need not have any, and acceleration does not read them.
    let timecodes = settings.entry("timecodeConfig").or_insert_with(|| json!({}));
    match timecodes["source"].as_str() {
        None => *timecodes = json!({ "source": "ZEROBASED" }),
        Some("EMBEDDED") => timecodes["source"] = "ZEROBASED".into(),
        Some(_) => {}
    }

    let interval: Option<&str> = record.options.job_status_update_interval.map(Into::into);
    let interval = interval.or(template["statusUpdateInterval"].as_str()).unwrap_or(STATUS_UPDATE_INTERVAL);
    let mut job = json!({
        "role": deployment.role,
        "queue": deployment.queue,
        "priority": record.options.job_priority.unwrap_or(deployment.priority.0),
        "clientRequestToken": token,
        "accelerationSettings": { "mode": record.options.accelerated_transcoding },
        "billingTagsSource": "JOB",
        "statusUpdateInterval": interval,
        "userMetadata": { "guid": record.guid, "workflow": record.workflow_name },
        "tags": deployment.tags.0,
        "settings": settings,
    });
    if !deployment.hops.0.is_empty() {
        job["hopDestinations"] = json!(deployment.hops.0);
    }
    Ok(job)
}

#[derive(Debug, Clone, PartialEq)]
pub struct Submitted {
    /// The name of the job template that it was made of.
    pub template: String,
    /// The request that created it, in the wire's spelling.
    pub job: Value,
    pub id: String,
    /// When it was submitted (RFC 3339, UTC).
    pub time: String,
}

impl Submitted {
    /// The record with the job, spelled as SO0021 has it, and without the failure of a former attempt. A request that
    /// would make it too large goes to a file.
    pub fn record(self, mut record: Record) -> serde_json::Result<(Record, Option<File>)> {
        record.workflow_status = WorkflowStatus::Encoding;
        record.end_time = None;
        record.failure = Failure::default();
        record.forget_job_warnings();
        record.encoding.job_template = Some(self.template);
        record.encoding.encode_job_id = Some(self.id);
        record.encoding.encode_submit_time = Some(self.time);
        record.encoding.encoding_job = Some(from_wire(self.job));
        record.stored_in_full.remove("encodingJob");
        state::fitted(record)
    }
}

/// The source as an input, with what the template says of its first input.
///
/// Audio is the track that the source marks as its default, else the first.
fn input(subject: &Subject<'_>, of_template: Option<&Value>) -> Value {
    let mut input = of_template.and_then(Value::as_object).cloned().unwrap_or_default();
    let source = &subject.record.source;
    input.insert("fileInput".to_owned(), format!("s3://{}/{}", source.src_bucket, source.src_video).into());
    input.insert("timecodeSource".to_owned(), "ZEROBASED".into());
    if subject.tracks.sound {
        change(&mut input, "audioSelectors", |selectors| {
            selectors.entry(AUDIO_SELECTOR).or_insert_with(|| json!({ "defaultSelection": "DEFAULT" }));
        });
    } else {
        for selectors in ["audioSelectors", "audioSelectorGroups", "dynamicAudioSelectors"] {
            input.shift_remove(selectors);
        }
    }
    if subject.tracks.picture.is_none() {
        input.shift_remove("videoSelector");
        return input.into();
    }
    change(&mut input, "videoSelector", |selector| {
        selector.insert("rotate".to_owned(), json!(subject.record.options.input_rotate));
    });
    if !subject.captions.is_empty() {
        change(&mut input, "captionSelectors", |selectors| {
            selectors.extend(subject.captions.iter().enumerate().map(|(at, captions)| {
                let file = format!("s3://{}/{}", source.src_bucket, captions.file);
                let source =
                    json!({ "sourceType": captions.source_type(), "fileSourceSettings": { "sourceFile": file } });
                (selector_name(at), json!({ "sourceSettings": source }))
            }));
        });
    }
    input.into()
}

/// Changes the object that is a member; it is made if need be.
fn change(members: &mut Map<String, Value>, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut object = match members.get_mut(name).map(Value::take) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    change(&mut object);
    members.insert(name.to_owned(), object.into());
}

/// The name of the selector of the captions at this place in the metadata file.
fn selector_name(at: usize) -> String {
    format!("Metadata captions {}", at + 1)
}

/// A group's type, such as `HLS_GROUP_SETTINGS`; empty if the job does not say.
fn group_type(group: &Value) -> String {
    group["outputGroupSettings"]["type"].as_str().unwrap_or_default().to_owned()
}

/// Whether an output takes still pictures.
fn is_capture(output: &Value) -> bool {
    output["videoDescription"]["codecSettings"]["codec"] == "FRAME_CAPTURE"
}

/// Whether a member is there and holds something.
fn has(object: &Value, member: &str) -> bool {
    match &object[member] {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests;
