//! What a finished job wrote: which files it promised, whether they are there, and where viewers find them.

mod capture;
mod event;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use self::event::{GroupType, JobComplete};
use self::{
    capture::captures,
    event::{Group, JobOutput},
};
use crate::{
    contract::OVERFLOW_FOLDER,
    errors::ErrorName,
    job::THUMBNAIL_FOLDER,
    location::{Location, LocationError},
    record::{Failure, FrameCaptures, Outputs, Packaging, Record, Rendition, WorkflowStatus},
    state::{self, File},
};

/// The suffixes of what the record calls MP4.
const MP4: [&str; 2] = ["mp4", "m4v"];
/// The record's members for pictures; a film of an hour has thousands, which only a file lists.
const THUMBNAILS: &str = "thumbNails";
const THUMBNAIL_URLS: &str = "thumbNailsUrls";
/// The members that a finished job decides.
pub(crate) const COMPLETED: [&str; 6] =
    [THUMBNAILS, THUMBNAIL_URLS, "encodingOutput", "renditions", "mp4Urls", "mp4Outputs"];
/// How many captures the record summarizes; a job has one, seldom two.
const MAX_CAPTURES: usize = 4;

/// Why a finished job completes no workflow.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("the event is not a MediaConvert job's")]
    NotAJob(#[source] serde_json::Error),
    #[error("the job's status is {status}, not COMPLETE")]
    NotComplete { status: String },
    #[error("the job carries no guid in its user metadata")]
    NoGuid,
    #[error("the job's output `{path}` cannot be looked up")]
    Path { path: String, source: LocationError },
    /// An output is where no other workflow expects it, and no viewer can see it.
    #[error("the job's output `{path}` is not in the workflow's folder `{folder}`")]
    Elsewhere { path: String, folder: String },
    #[error("the job is complete, but these outputs are missing or empty: {}", .files.join(", "))]
    Missing { files: Vec<String> },
    #[error("the record cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl OutputError {
    /// The name that state machines know the error by.
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::Missing { .. } => ErrorName::OutputMissing,
            _ => ErrorName::InvalidEvent,
        }
    }
}

/// The folder of a workflow's outputs.
pub fn folder(guid: &str) -> String {
    format!("{guid}/")
}

/// What a finished job makes of its workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    pub record: Record,
    /// What it only summarizes.
    pub files: Vec<File>,
}

/// The record of a workflow whose job is complete.
///
/// `objects` are the sizes in bytes of all keys in the workflow's [`folder`]; `end_time` is RFC 3339 in UTC. Output
/// groups of types that this program does not know stay in the record as the event has them.
pub fn complete(
    mut record: Record,
    job: &JobComplete,
    event: Value,
    objects: &BTreeMap<String, u64>,
    end_time: String,
) -> Result<Completed, OutputError> {
    // The event may be of another job than the record's: it came before that was stored, or a later one was.
    if let Some(id) = &job.id {
        let stored = record.encoding.encode_job_id.replace(id.clone());
        if stored.is_some_and(|stored| stored != *id) {
            record.encoding.forget_request();
            record.stored_in_full.remove("encodingJob");
        }
    }
    let mut found = Found::new(&record, objects);
    for group in &job.groups {
        found.add(group)?;
    }
    found.add_captures(&record);
    if job.groups.is_empty() {
        found.missing.push("every output".to_owned());
    }
    if !found.missing.is_empty() {
        return Err(OutputError::Missing { files: found.missing });
    }
    let (mut outputs, pictures) = found.outputs();
    let overflow = format!("{}{OVERFLOW_FOLDER}/", folder(&record.guid));
    outputs.output_bytes =
        Some(objects.iter().filter(|(key, _)| !key.starts_with(&overflow)).map(|(_, bytes)| bytes).sum());
    let mut record = Record {
        end_time: Some(end_time),
        workflow_status: WorkflowStatus::Complete,
        outputs,
        packaging: Packaging::default(),
        failure: Failure::default(),
        ..record
    };
    record.encoding.encoding_output = Some(event);
    record.forget_job_warnings();
    record.stored_in_full.retain(|member, _| !COMPLETED.contains(&member.as_str()));
    let mut files = Vec::new();
    if !pictures.is_empty() {
        let file = File::new(&record.guid, pictures);
        record.point_to(&file, [THUMBNAILS, THUMBNAIL_URLS]);
        files.push(file);
    }
    let (record, file) = state::fitted(record)?;
    files.extend(file);
    Ok(Completed { record, files })
}

/// The outputs found so far, and those that are not there.
struct Found<'a> {
    bucket: &'a str,
    domain: &'a str,
    folder: String,
    objects: &'a BTreeMap<String, u64>,
    outputs: Outputs,
    captures: Vec<Captures>,
    /// How many groups of files name none.
    nameless: usize,
    missing: Vec<String>,
}

/// The keys of the pictures of one capture, in the order in which they were taken.
type Captures = Vec<String>;

impl<'a> Found<'a> {
    fn new(record: &'a Record, objects: &'a BTreeMap<String, u64>) -> Self {
        Self {
            bucket: &record.options.dest_bucket,
            domain: &record.options.cloud_front,
            folder: folder(&record.guid),
            objects,
            outputs: Outputs::default(),
            captures: Vec::new(),
            nameless: 0,
            missing: Vec::new(),
        }
    }

    fn add(&mut self, group: &Group) -> Result<(), OutputError> {
        self.outputs.renditions.extend(group.output_details.iter().map(|output| rendition(group, output)));
        let Ok(kind) = group.kind.parse::<GroupType>() else { return Ok(()) };
        let playlists = self.promised(group.playlist_file_paths.iter())?;
        let files = self.promised(group.output_details.iter().flat_map(|output| &output.output_file_paths))?;
        match kind {
            GroupType::FileGroup if files.is_empty() => self.nameless += 1,
            GroupType::FileGroup => {}
            _ if playlists.is_empty() => self.missing.push(format!("every file of {kind}")),
            _ => {}
        }
        for playlist in &playlists {
            self.publish_playlist(kind, playlist);
        }
        if kind == GroupType::FileGroup {
            for file in &files {
                self.publish_file(file);
            }
        }
        Ok(())
    }

    /// Finds the captures that the event does not name, as it does not where the job was accelerated: there, the group of
    /// the pictures names no file, or there is none
    /// (<https://github.com/aws-solutions/video-on-demand-on-aws/issues/40>).
    fn add_captures(&mut self, record: &Record) {
        let named = self.captures.len();
        let starts = match &record.encoding.encoding_job {
            Some(job) => capture::starts(record, job),
            None if record.options.frame_capture && named == 0 => vec![format!("{}{THUMBNAIL_FOLDER}/", self.folder)],
            None => Vec::new(),
        };
        for start in starts {
            for picture in capture::sets(&start, self.objects) {
                let captures = captures(picture, self.objects);
                if !self.captures.contains(&captures) {
                    self.captures.push(captures);
                }
            }
        }
        let found = self.captures.len() - named;
        let missing = (found..self.nameless).map(|_| format!("every file of {}", GroupType::FileGroup));
        self.missing.extend(missing);
    }

    /// The places of files, each looked up.
    fn promised<'p>(&mut self, paths: impl Iterator<Item = &'p String>) -> Result<Vec<Location>, OutputError> {
        let mut places = Vec::new();
        for path in paths {
            let place: Location = path.parse().map_err(|source| OutputError::Path { path: path.clone(), source })?;
            if !place.is_within(self.bucket, &self.folder) {
                let folder = format!("s3://{}/{}", self.bucket, self.folder);
                return Err(OutputError::Elsewhere { path: path.clone(), folder });
            }
            if self.objects.get(&place.key).is_none_or(|bytes| *bytes == 0) {
                self.missing.push(path.clone());
            }
            places.push(place);
        }
        Ok(places)
    }

    /// Enters a playlist by what it is, not by where it stands; the first of a kind is the master.
    fn publish_playlist(&mut self, kind: GroupType, playlist: &Location) {
        let outputs = &mut self.outputs;
        let (path, url) = match (kind, playlist.suffix().as_str()) {
            (GroupType::HlsGroup, "m3u8") => (&mut outputs.hls_playlist, &mut outputs.hls_url),
            (GroupType::DashIsoGroup, "mpd") => (&mut outputs.dash_playlist, &mut outputs.dash_url),
            (GroupType::CmafGroup, "mpd") => (&mut outputs.cmaf_dash_playlist, &mut outputs.cmaf_dash_url),
            (GroupType::CmafGroup, "m3u8") => (&mut outputs.cmaf_hls_playlist, &mut outputs.cmaf_hls_url),
            (GroupType::MsSmoothGroup, "ism") => (&mut outputs.mss_playlist, &mut outputs.mss_url),
            _ => return,
        };
        if path.is_none() {
            *url = Some(playlist.address(self.domain));
            *path = Some(playlist.to_string());
        }
    }

    fn publish_file(&mut self, file: &Location) {
        let suffix = file.suffix();
        if capture::IMAGES.contains(&suffix.as_str()) {
            let captures = captures(&file.key, self.objects);
            if !self.captures.contains(&captures) {
                self.captures.push(captures);
            }
        } else if MP4.contains(&suffix.as_str()) {
            self.outputs.mp4_urls.push(file.address(self.domain));
            self.outputs.mp4_outputs.push(file.to_string());
        }
    }

    /// The outputs as the record has them, which is a summary of the captures; and the members that list every picture.
    fn outputs(mut self) -> (Outputs, Map<String, Value>) {
        let image = |key: &String| Location { bucket: self.bucket.to_owned(), key: key.clone() };
        let outputs = &mut self.outputs;
        for captures in self.captures.iter().take(MAX_CAPTURES) {
            let Some(((folder, first), (_, last))) = Option::zip(captures.first(), captures.last())
                .and_then(|(first, last)| Some((first.rsplit_once('/')?, last.rsplit_once('/')?)))
            else {
                continue;
            };
            outputs.frame_captures.push(FrameCaptures {
                folder: format!("s3://{}/{folder}/", self.bucket),
                count: captures.len(),
                first: first.to_owned(),
                last: last.to_owned(),
            });
        }
        for last in self.captures.iter().take(MAX_CAPTURES).filter_map(|captures| captures.last()).map(image) {
            outputs.thumb_nails_urls.push(last.address(self.domain));
            outputs.thumb_nails.push(last.to_string());
        }
        let all: Vec<Location> = self.captures.iter().flatten().map(image).collect();
        let mut members = Map::new();
        if !all.is_empty() {
            let places: Vec<String> = all.iter().map(Location::to_string).collect();
            let addresses: Vec<String> = all.iter().map(|image| image.address(self.domain)).collect();
            members.insert(THUMBNAILS.to_owned(), places.into());
            members.insert(THUMBNAIL_URLS.to_owned(), addresses.into());
        }
        (self.outputs, members)
    }
}

fn rendition(group: &Group, output: &JobOutput) -> Rendition {
    let video = &output.video_details;
    let [average, lowest, highest] = video.qualities();
    Rendition {
        group: group.kind.clone(),
        files: output.output_file_paths.clone(),
        duration_in_ms: output.duration_in_ms,
        width: video.width_in_px.filter(|pixels| *pixels > 0),
        height: video.height_in_px.filter(|pixels| *pixels > 0),
        average_bitrate: video.average_bitrate,
        qvbr_avg_quality: average,
        qvbr_min_quality: lowest,
        qvbr_max_quality: highest,
    }
}
