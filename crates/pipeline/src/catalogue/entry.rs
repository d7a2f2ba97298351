//! One video of the catalogue, from what its workflow knows.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::skip_serializing_none;

use crate::{
    location::Location,
    outputs,
    record::{LISTED, Outputs, POSTER, Record, Rendition, SRC_METADATA_FILE, SRC_VIDEO, TITLE, WorkflowStatus},
    state::clipped,
};

/// How much of a title is kept, in characters.
const MAX_TITLE: usize = 160;

/// What the player knows of a video. Addresses are paths below the distribution's root, without a slash in front.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub id: String,
    /// What the video is called; empty where nobody knows.
    pub title: String,
    pub status: WorkflowStatus,
    /// When the workflow started (RFC 3339, UTC).
    pub added: String,
    /// When the status became known, in milliseconds since 1970.
    pub changed: i64,
    /// How long it plays.
    pub seconds: Option<f64>,
    /// The width of its largest picture in pixels.
    pub width: Option<u32>,
    /// The height of its largest picture in pixels.
    pub height: Option<u32>,
    /// A still picture of it.
    pub poster: Option<String>,
    /// Its still pictures.
    pub storyboard: Option<Storyboard>,
    #[serde(default)]
    pub streams: Streams,
}

/// Still pictures at equal distances, numbered from 0: `<before><number><after>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Storyboard {
    /// The path up to the number.
    pub before: String,
    /// The path behind the number.
    pub after: String,
    /// How many digits a number has, with zeros in front.
    pub digits: usize,
    /// How many pictures there are.
    pub count: usize,
    /// The seconds from one to the next.
    pub seconds: f64,
}

/// The manifests of a video.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Streams {
    pub hls: Option<String>,
    pub dash: Option<String>,
    pub cmaf_hls: Option<String>,
    pub cmaf_dash: Option<String>,
    /// A single file, for browsers that can play nothing else.
    pub mp4: Option<String>,
}

impl Entry {
    /// The entry of a record, as far as its workflow is; `None` of a video that is not to be listed, and for outputs in a
    /// bucket other than the catalogue's.
    ///
    /// `changed` are the milliseconds from 1970 to the change.
    pub fn of_record(record: &Record, bucket: &str, changed: i64) -> Option<Self> {
        if record.options.dest_bucket != bucket || !is_listed(record.extra.get(LISTED)) {
            return None;
        }
        let outputs = &record.outputs;
        let path = |place: &Option<String>| path(place.as_deref()?, bucket, &record.guid);
        let largest = outputs.renditions.iter().filter_map(|output| Some((output.width?, output.height?)));
        let (width, height) = largest.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height)).unzip();
        let seconds = seconds(outputs);
        let storyboard = storyboard(record, bucket, seconds);
        let own_poster = record.extra.get(POSTER).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            id: record.guid.clone(),
            title: title(record.extra.get(TITLE), Some(&record.source.src_video)),
            status: record.workflow_status,
            added: record.start_time.clone(),
            changed,
            seconds,
            width,
            height,
            // Many a video begins in black.
            poster: path(&own_poster).or(storyboard.as_ref().map(|pictures| pictures.path(pictures.count / 5))),
            storyboard,
            streams: Streams {
                hls: path(&outputs.hls_playlist),
                dash: path(&outputs.dash_playlist),
                cmaf_hls: path(&outputs.cmaf_hls_playlist),
                cmaf_dash: path(&outputs.cmaf_dash_playlist),
                mp4: path(&outputs.mp4_outputs.first().cloned()),
            },
        })
    }

    /// The entry of a workflow that failed, from what its error report (or its job's event) says of the video.
    ///
    /// `now` is the time (RFC 3339, UTC), and `changed` the same in milliseconds since 1970.
    pub fn of_failure(guid: &str, event: &Value, now: &str, changed: i64) -> Self {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        Self {
            id: guid.to_owned(),
            title: title(event.get(TITLE), text(SRC_VIDEO).or(text(SRC_METADATA_FILE))),
            status: WorkflowStatus::Error,
            added: text("startTime").unwrap_or(now).to_owned(),
            changed,
            seconds: None,
            width: None,
            height: None,
            poster: None,
            storyboard: None,
            streams: Streams::default(),
        }
    }

    /// What two entries of one video say together: published outputs stay published, else the later word counts.
    pub(super) fn merge(self, other: Self) -> Self {
        let rank = |entry: &Self| (entry.status == WorkflowStatus::Complete, entry.changed, entry.status as u8);
        let (mut newer, older) = if rank(&other) >= rank(&self) { (other, self) } else { (self, other) };
        if newer.title.is_empty() {
            newer.title = older.title;
        }
        newer.added = newer.added.min(older.added);
        newer
    }
}

impl Storyboard {
    pub fn path(&self, number: usize) -> String {
        format!("{}{number:0digits$}{}", self.before, self.after, digits = self.digits)
    }
}

/// The path of an output below the distribution's root.
fn path(place: &str, bucket: &str, guid: &str) -> Option<String> {
    let place: Location = place.parse().ok()?;
    place.is_within(bucket, &outputs::folder(guid)).then(|| place.path())
}

/// The title that the metadata gives, or the name of the file.
fn title(given: Option<&Value>, file: Option<&str>) -> String {
    given_title(given).unwrap_or_else(|| {
        let name = file.unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem });
        tidy(&stem.replace('_', " "))
    })
}

/// Whether the library shows a video, by the field [`LISTED`] of its record.
pub fn is_listed(field: Option<&Value>) -> bool {
    field != Some(&Value::Bool(false))
}

/// The title that a record or its metadata file gives in the member `title`, as viewers see it.
pub fn given_title(title: Option<&Value>) -> Option<String> {
    title.and_then(Value::as_str).map(tidy).filter(|title| !title.is_empty())
}

/// One line of a bearable length.
fn tidy(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    clipped(&plain.split_whitespace().collect::<Vec<_>>().join(" "), MAX_TITLE)
}

/// How long the longest output plays.
fn seconds(outputs: &Outputs) -> Option<f64> {
    Some(Rendition::longest(&outputs.renditions)?.as_secs_f64())
}

/// The pictures of the first capture, if they are numbered from 0 without a gap.
fn storyboard(record: &Record, bucket: &str, seconds: Option<f64>) -> Option<Storyboard> {
    let captures = record.outputs.frame_captures.first()?;
    let place = |name: &str| path(&format!("{}{name}", captures.folder), bucket, &record.guid);
    let (first, last) = (place(&captures.first)?, place(&captures.last)?);
    let (rest, suffix) = first.rsplit_once('.')?;
    let digits = rest.len() - rest.trim_end_matches(|last: char| last.is_ascii_digit()).len();
    let (before, after) = (rest[..rest.len() - digits].to_owned(), format!(".{suffix}"));
    let count = captures.count;
    let mut pictures = Storyboard { before, after, digits, count, seconds: 0.0 };
    if digits == 0 || first != pictures.path(0) || last != pictures.path(count.checked_sub(1)?) {
        return None;
    }
    let distance = record.encoding.encoding_job.as_ref().and_then(distance);
    #[expect(clippy::cast_precision_loss, reason = "nobody captures as many pictures")]
    let spread = || seconds.map(|seconds| seconds / count as f64);
    pictures.seconds = distance.or_else(spread).filter(|distance| distance.is_finite() && *distance > 0.0)?;
    Some(pictures)
}

/// The seconds between captures, from the settings of the job, wherever its capture is.
fn distance(job: &Value) -> Option<f64> {
    match job {
        Value::Object(members) => match members.get("FrameCaptureSettings") {
            Some(settings) => {
                let number = |name: &str| settings.get(name).and_then(Value::as_f64);
                Some(number("FramerateDenominator").unwrap_or(1.0) / number("FramerateNumerator").unwrap_or(1.0))
            }
            None => members.values().find_map(distance),
        },
        Value::Array(items) => items.iter().find_map(distance),
        _ => None,
    }
}
