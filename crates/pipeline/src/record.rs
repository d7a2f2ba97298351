//! The workflow record and the table that holds it.
//!
//! Field names are those of the AWS solution SO0021, version 6 ("Video on Demand on AWS"), so that its users can move
//! over. Members that this program does not know, as a metadata file may bring, are kept.

mod members;
mod outputs;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;
use strum::{Display, IntoStaticStr, VariantArray};

pub use self::members::{members, names_of};
pub use self::outputs::{FrameCaptures, Outputs, Packaging, Rendition};
use crate::{
    contract::Handler,
    errors::ErrorName,
    settings::{Acceleration, ArchiveClass, InputRotate, StatusUpdateInterval, Tier},
    state::clipped,
};

/// The attribute names and the index of the workflow table.
pub mod table {
    /// The table's key, a string.
    pub const GUID: &str = "guid";
    /// The index of the records of a source bucket by time.
    pub const SOURCE_INDEX: &str = "srcBucket-startTime-index";
    /// The index's partition key, a string.
    pub const SRC_BUCKET: &str = "srcBucket";
    /// The index's sort key, a string (RFC 3339, UTC).
    pub const START_TIME: &str = "startTime";
}

/// The field with the key of the source.
pub const SRC_VIDEO: &str = "srcVideo";

/// The field that says what is in the source.
pub const SRC_MEDIAINFO: &str = "srcMediainfo";

/// The field with the key of the metadata file that named the source.
pub const SRC_METADATA_FILE: &str = "srcMetadataFile";

/// The field with a [`WorkflowStatus`].
pub const WORKFLOW_STATUS: &str = "workflowStatus";

/// The field with what did not succeed of a published video.
pub const WORKFLOW_WARNINGS: &str = "workflowWarnings";

/// The field with the title, as a metadata file or an edit gives it.
pub const TITLE: &str = "title";

/// The field that keeps a video out of the player's library where it is `false`; its page and its outputs stay as they are.
pub const LISTED: &str = "listed";

/// The field with the place of a picture that stands for the video instead of one of its own.
pub const POSTER: &str = "poster";

/// The field with the time that a workflow ended.
pub const END_TIME: &str = "endTime";

/// How far a workflow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[derive(Display, IntoStaticStr, VariantArray)]
#[strum(const_into_str)]
pub enum WorkflowStatus {
    /// The source has arrived and is looked at.
    Ingest,
    /// The job is submitted.
    Encoding,
    /// The outputs are published.
    Complete,
    /// The workflow failed or its job was canceled.
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StartedBy {
    Video,
    Metadata,
}

/// One video's way through the platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The workflow's id: the table's key, and the folder of its outputs.
    pub guid: String,
    /// When the workflow started (RFC 3339, UTC).
    pub start_time: String,
    /// When the workflow ended (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    pub workflow_trigger: StartedBy,
    pub workflow_status: WorkflowStatus,
    pub workflow_name: String,
    #[serde(flatten)]
    pub source: Source,
    #[serde(flatten)]
    pub options: Options,
    #[serde(flatten)]
    pub encoding: Encoding,
    /// What the job wrote.
    #[serde(flatten)]
    pub outputs: Outputs,
    #[serde(flatten)]
    pub packaging: Packaging,
    /// What went wrong.
    #[serde(flatten)]
    pub failure: Failure,
    /// Where members are in full that the record only summarizes or leaves out: the place of the file, by member. SO0021
    /// has no such member.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stored_in_full: BTreeMap<String, String>,
    /// What did not succeed and withholds the published video from nobody; SO0021 has no such member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workflow_warnings: Vec<Warning>,
    /// Everything else, as a metadata file brought it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// As much of a stored record as is looked at from outside; one that failed early has little.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Stored {
    pub guid: String,
    /// When the workflow started (RFC 3339, UTC).
    pub start_time: String,
    /// When the workflow ended (RFC 3339, UTC).
    pub end_time: Option<String>,
    pub workflow_status: Option<WorkflowStatus>,
    #[serde(flatten)]
    pub source: Source<Option<String>>,
    #[serde(flatten)]
    pub encoding: Encoding,
    /// What the job wrote.
    #[serde(flatten)]
    pub outputs: Outputs,
    #[serde(flatten)]
    pub packaging: Packaging,
    /// What went wrong.
    #[serde(flatten)]
    pub failure: Failure,
    /// What did not succeed and withholds the published video from nobody.
    pub workflow_warnings: Vec<Warning>,
}

impl Stored {
    pub fn read(record: &Value) -> serde_json::Result<Self> {
        Self::deserialize(record)
    }

    /// Whether a workflow or a job of the video may run.
    pub fn is_at_work(&self) -> bool {
        matches!(self.workflow_status, Some(WorkflowStatus::Ingest | WorkflowStatus::Encoding))
    }
}

/// The source of a workflow. Of one that failed early, bucket and key may not be known.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source<T = String> {
    pub src_bucket: T,
    /// The key of the source.
    pub src_video: T,
    /// The version of the source that was looked at, where the bucket keeps versions; SO0021 has no such member.
    pub src_version_id: Option<String>,
    /// The version that a newer upload under the same key left there before this one was looked at; that upload has its own
    /// workflow. SO0021 has no such member.
    pub superseded_by: Option<String>,
    /// The key of the metadata file.
    pub src_metadata_file: Option<String>,
    /// What is in the source, as JSON text.
    pub src_mediainfo: Option<String>,
    /// The height of the source's picture in pixels.
    pub src_height: Option<u32>,
    /// The width of the source's picture in pixels.
    pub src_width: Option<u32>,
}

/// The choices of a workflow: the deployment's, or those of the metadata file.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "SO0021's record holds these as JSON booleans")]
pub struct Options {
    pub dest_bucket: String,
    /// The domain name that viewers use.
    pub cloud_front: String,
    pub frame_capture: bool,
    pub archive_source: ArchiveClass,
    /// The job template for 2160p sources, where the metadata file names one.
    #[serde(rename = "jobTemplate_2160p")]
    pub job_template_2160p: Option<String>,
    /// The job template for 1080p sources, where the metadata file names one.
    #[serde(rename = "jobTemplate_1080p")]
    pub job_template_1080p: Option<String>,
    /// The job template for 720p sources, where the metadata file names one.
    #[serde(rename = "jobTemplate_720p")]
    pub job_template_720p: Option<String>,
    pub input_rotate: InputRotate,
    pub accelerated_transcoding: Acceleration,
    /// The job's priority in its queue, where the metadata file gives one; SO0021 has no such member.
    pub job_priority: Option<i8>,
    /// How often the job's progress is reported, where the metadata file says; SO0021 has no such member.
    pub job_status_update_interval: Option<StatusUpdateInterval>,
    /// Whether the workflow is announced on the topic.
    pub enable_sns: bool,
    /// Whether the finished workflow is sent to the queue.
    pub enable_sqs: bool,
    /// Whether the outputs become an asset of `MediaPackage`.
    pub enable_media_package: bool,
    /// Captions to add, as the metadata file gives them.
    pub captions: Option<Value>,
    /// The names of the fields that the metadata file set; every other choice is the deployment's. SO0021 has no such
    /// member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_by_metadata: Vec<String>,
}

impl Record {
    /// Takes out the warnings about a former job; what its metadata file does not get stays true.
    pub(crate) fn forget_job_warnings(&mut self) {
        self.workflow_warnings.retain(|warning| warning.at == Handler::InputValidate.into_str());
    }
}

impl Options {
    /// The job template that the record names for a tier.
    pub fn template_of(&self, tier: Tier) -> Option<&str> {
        match tier {
            Tier::P2160 => self.job_template_2160p.as_deref(),
            Tier::P1080 => self.job_template_1080p.as_deref(),
            Tier::P720 => self.job_template_720p.as_deref(),
        }
    }
}

#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Encoding {
    /// The height of the chosen tier.
    pub encoding_profile: Option<u32>,
    pub job_template: Option<String>,
    /// Whether the metadata file chose the job template.
    pub is_custom_template: Option<bool>,
    /// The height of thumbnails in pixels.
    pub frame_capture_height: Option<u32>,
    /// The width of thumbnails in pixels.
    pub frame_capture_width: Option<u32>,
    pub encoding_job: Option<Value>,
    pub encode_job_id: Option<String>,
    /// When the job was submitted (RFC 3339, UTC); SO0021 has no such member.
    pub encode_submit_time: Option<String>,
    /// The event of the job's end.
    pub encoding_output: Option<Value>,
}

impl Encoding {
    /// Takes out what is known of one job alone, but for its id.
    pub(crate) fn forget_request(&mut self) {
        (self.encoding_job, self.encode_submit_time, self.encoding_output) = (None, None, None);
        self.job_template = self.job_template.take().filter(|_| self.is_custom_template == Some(true));
    }
}

#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The function that failed, or the encoding.
    pub workflow_error_at: Option<String>,
    pub error_message: Option<String>,
    /// Where to read more: a link to the console.
    pub error_details: Option<String>,
}

/// What did not succeed of a published video, or what a metadata file asks for in vain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// The function that did not succeed.
    pub at: String,
    /// The error's name.
    pub error: ErrorName,
    pub message: String,
}

impl Warning {
    /// How long a message is kept, in characters.
    const MAX_MESSAGE: usize = 1024;

    /// The warning of a function, with as much of the message as a record carries.
    pub fn new(at: Handler, error: ErrorName, message: &str) -> Self {
        Self { at: at.into_str().to_owned(), error, message: clipped(message, Self::MAX_MESSAGE) }
    }
}

/// The guid of the workflow that an event or a record belongs to, where it names one.
pub fn guid_of(event: &Value) -> Option<&str> {
    event.get(table::GUID).or_else(|| event.pointer("/detail/userMetadata/guid"))?.as_str()
}

/// A record for tests: of a video that has just arrived, but for these members.
#[cfg(test)]
pub(crate) fn sample(members: &Value) -> Record {
    let mut record = serde_json::json!({
        "guid": "g", "startTime": "2026-01-02T03:04:05Z", "workflowTrigger": "Video", "workflowStatus": "Ingest",
        "workflowName": "vod", "srcBucket": "source", "srcVideo": "a b.mp4", "destBucket": "destination",
        "cloudFront": "d.cloudfront.net", "frameCapture": true, "archiveSource": "DISABLED", "inputRotate": "AUTO",
        "acceleratedTranscoding": "DISABLED", "enableSns": true, "enableSqs": true, "enableMediaPackage": false,
    });
    record.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    serde_json::from_value(record).unwrap()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A record with every member of SO0021's that this program knows.
    fn full() -> Value {
        serde_json::from_str(
            r#"{
            "guid": "g", "startTime": "2026-01-02T03:04:05Z", "endTime": "2026-01-02T03:14:05Z",
            "workflowTrigger": "Metadata", "workflowStatus": "Complete", "workflowName": "vod",
            "srcBucket": "source", "srcVideo": "a b.mp4", "srcVersionId": "v1", "supersededBy": "v2", "srcMetadataFile": "a.json",
            "srcMediainfo": "{}", "srcHeight": 1080, "srcWidth": 1920,
            "destBucket": "destination", "cloudFront": "d.cloudfront.net", "frameCapture": true,
            "archiveSource": "DEEP_ARCHIVE", "jobTemplate_2160p": "uhd", "jobTemplate_1080p": "fhd",
            "jobTemplate_720p": "hd", "inputRotate": "DEGREES_90", "acceleratedTranscoding": "PREFERRED",
            "jobPriority": 50, "jobStatusUpdateInterval": "SECONDS_10",
            "enableSns": true, "enableSqs": true, "enableMediaPackage": true, "captions": [{"language": "en"}],
            "setByMetadata": ["captions", "jobTemplate_1080p"],
            "encodingProfile": 1080, "jobTemplate": "fhd", "isCustomTemplate": false, "frameCaptureHeight": 1080,
            "frameCaptureWidth": 1920, "encodingJob": {"Role": "r"}, "encodeJobId": "1-a",
            "encodeSubmitTime": "2026-01-02T03:05:05Z",
            "encodingOutput": {"detail": {}},
            "hlsPlaylist": "s3://d/h", "hlsUrl": "https://h", "dashPlaylist": "s3://d/d", "dashUrl": "https://d",
            "cmafDashPlaylist": "s3://d/cd", "cmafDashUrl": "https://cd", "cmafHlsPlaylist": "s3://d/ch",
            "cmafHlsUrl": "https://ch", "mssPlaylist": "s3://d/m", "mssUrl": "https://m",
            "mp4Outputs": ["s3://d/1.mp4"], "mp4Urls": ["https://1.mp4"], "thumbNails": ["s3://d/t.jpg"],
            "thumbNailsUrls": ["https://t.jpg"],
            "frameCaptures": [{"folder": "s3://d/", "count": 1, "first": "t.jpg", "last": "t.jpg"}],
            "storedInFull": {"thumbNails": "s3://d/.workflow/1.json"},
            "renditions": [{"group": "HLS_GROUP", "files": ["s3://d/v"], "durationInMs": 10000, "width": 1920,
                "height": 1080, "averageBitrate": 4000000, "qvbrAvgQuality": 7.4, "qvbrMinQuality": 7.0,
                "qvbrMaxQuality": 8.0}],
            "outputBytes": 12345,
            "mediaPackageResourceId": "asset", "egressEndpoints": {"HLS": "https://hls"},
            "workflowErrorAt": "encode", "errorMessage": "no", "errorDetails": "https://console",
            "workflowWarnings": [{"at": "archive-source", "error": "TooManyTags", "message": "nine"}]}"#,
        )
        .unwrap()
    }

    #[test]
    fn every_member_is_known_and_written_as_it_was_read() {
        let record: Record = serde_json::from_value(full()).unwrap();
        assert!(record.extra.is_empty(), "unknown: {:?}", record.extra);
        let members: std::collections::BTreeSet<_> = members().collect();
        assert_eq!(members, full().as_object().unwrap().keys().map(String::as_str).collect());
        assert_eq!(json!(record), full());
        assert_eq!(record.options.template_of(Tier::P1080), Some("fhd"));
    }

    #[test]
    fn a_new_record_holds_what_is_known_and_no_more() {
        let mut members = full();
        let later = ["endTime", "srcMetadataFile", "captions", "jobTemplate_2160p", "jobPriority", "setByMetadata"];
        let known: Record = serde_json::from_value(full()).unwrap();
        let record = Record {
            end_time: None,
            source: Source { src_metadata_file: None, ..known.source.clone() },
            options: Options {
                captions: None,
                job_priority: None,
                job_template_2160p: None,
                set_by_metadata: Vec::new(),
                ..known.options.clone()
            },
            ..known
        };
        for name in later {
            members.as_object_mut().unwrap().shift_remove(name);
        }
        assert_eq!(json!(record), members);
    }

    #[test]
    fn a_wrong_type_is_an_error() {
        let mut members = full();
        members["archiveSource"] = json!("FREEZER");
        let error = serde_json::from_value::<Record>(members).unwrap_err().to_string();
        assert!(error.contains("FREEZER") && error.contains("DEEP_ARCHIVE"), "{error}");
    }

    #[test]
    fn guids_of_events() {
        assert_eq!(guid_of(&full()), Some("g"));
        assert_eq!(guid_of(&json!({"detail": {"userMetadata": {"guid": "h"}}})), Some("h"));
        for event in [json!(null), json!([]), json!({"guid": 3}), json!({"detail": {}})] {
            assert_eq!(guid_of(&event), None);
        }
    }

    proptest! {
        /// Members may be missing, null or unknown; what is read is written, and unknown members stay.
        #[test]
        fn records_survive_a_round_trip(
            dropped in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
            extra in prop::collection::btree_map("x[a-zA-Z.$ ]{0,12}", "[^\\x00]{0,12}", 0..8),
            height in any::<u32>(),
        ) {
            let optional = ["endTime", "srcVersionId", "srcMetadataFile", "srcMediainfo", "srcWidth", "captions", "encodingJob",
                "hlsUrl", "mp4Urls", "thumbNails", "egressEndpoints", "errorMessage"];
            let mut members = full();
            let object = members.as_object_mut().unwrap();
            for index in dropped {
                object.shift_remove(optional[index.index(optional.len())]);
            }
            object.insert("srcHeight".to_owned(), height.into());
            object.extend(extra.iter().map(|(key, value)| (key.clone(), json!({ "deep": [value] }))));
            let record: Record = serde_json::from_value(members.clone()).unwrap();
            prop_assert_eq!(record.extra.len(), extra.len());
            prop_assert_eq!(record.source.src_height, Some(height));
            let written = json!(record);
            prop_assert_eq!(&written, &members);
            prop_assert_eq!(serde_json::from_value::<Record>(written).unwrap(), record);
        }
    }
}
