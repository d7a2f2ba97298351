//! What a job wrote and where viewers find it: for each package the path in S3 and the address.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outputs {
    pub hls_playlist: Option<String>,
    pub hls_url: Option<String>,
    pub dash_playlist: Option<String>,
    pub dash_url: Option<String>,
    pub cmaf_dash_playlist: Option<String>,
    pub cmaf_dash_url: Option<String>,
    pub cmaf_hls_playlist: Option<String>,
    pub cmaf_hls_url: Option<String>,
    pub mss_playlist: Option<String>,
    pub mss_url: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mp4_outputs: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mp4_urls: Vec<String>,
    /// The path of the last picture of each capture, as in SO0021.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thumb_nails: Vec<String>,
    /// The addresses of these pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thumb_nails_urls: Vec<String>,
    /// The pictures of each capture; SO0021 has no such member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frame_captures: Vec<FrameCaptures>,
    /// What is known of each output; SO0021 has no such member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<Rendition>,
    /// The size of all outputs in bytes; SO0021 has no such member.
    pub output_bytes: Option<u64>,
}

/// The pictures that one output captured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrameCaptures {
    /// The place of the folder that they are in, with a slash at its end.
    pub folder: String,
    pub count: usize,
    /// The name of the first in the folder.
    pub first: String,
    /// The name of the last.
    pub last: String,
}

/// One output of the job, as `MediaConvert` measured it.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rendition {
    /// The type of its output group, as in `HLS_GROUP`.
    pub group: String,
    /// The paths of its files, where the group names any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// How long it plays, in milliseconds.
    pub duration_in_ms: Option<u64>,
    /// The width of its picture in pixels.
    pub width: Option<u32>,
    /// The height of its picture in pixels.
    pub height: Option<u32>,
    /// Its bits per second.
    pub average_bitrate: Option<u64>,
    /// The quality that QVBR reached on average, 1 to 10.
    pub qvbr_avg_quality: Option<f64>,
    /// The lowest quality that QVBR reached.
    pub qvbr_min_quality: Option<f64>,
    /// The highest quality that QVBR reached.
    pub qvbr_max_quality: Option<f64>,
}

impl Rendition {
    /// How long the longest of some renditions plays, where that is known.
    pub fn longest(renditions: &[Self]) -> Option<Duration> {
        renditions.iter().filter_map(|rendition| rendition.duration_in_ms).max().map(Duration::from_millis)
    }
}

/// The packaged asset of a workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Packaging {
    /// The asset's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_package_resource_id: Option<String>,
    /// The addresses of the asset by packaging (`HLS`, `DASH`, `CMAF`, `MSS`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub egress_endpoints: BTreeMap<String, String>,
}
