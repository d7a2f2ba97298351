//! `MediaConvert`'s Probe answer, read from the wire.
//!
//! <https://docs.aws.amazon.com/mediaconvert/latest/apireference/probe.html>. Every member may be missing, and the
//! order of tracks is not promised: their index counts.

use serde::Deserialize;
use serde_json::Value;

use super::{Audio, Container, MediaInfo, PixelAspect, Rotation, Text, Video, names};
use crate::wire::with_first;

/// An answer that says nothing about a source.
#[derive(Debug, thiserror::Error)]
pub enum ProbeProblem {
    #[error("the answer of MediaConvert's Probe is malformed")]
    Malformed(#[from] serde_json::Error),
    #[error("MediaConvert's Probe found no container that it knows")]
    NoContainer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    probe_results: Vec<ProbeResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProbeResult {
    container: Option<ProbedContainer>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    mime_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProbedContainer {
    format: Option<String>,
    duration: Option<f64>,
    bit_rate: Option<f64>,
    tracks: Option<Vec<Track>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Track {
    index: Option<i64>,
    #[serde(rename = "trackType")]
    kind: Option<String>,
    codec: Option<String>,
    duration: Option<f64>,
    video_properties: Option<VideoProperties>,
    audio_properties: Option<AudioProperties>,
    data_properties: Option<DataProperties>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VideoProperties {
    bit_depth: Option<u32>,
    bit_rate: Option<f64>,
    width: Option<u32>,
    height: Option<u32>,
    frame_rate: Option<Fraction>,
    rotation: Option<i64>,
    sample_aspect_ratio: Option<Fraction>,
    codec_metadata: Option<CodecMetadata>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CodecMetadata {
    bit_depth: Option<u32>,
    chroma_subsampling: Option<String>,
    coded_frame_rate: Option<Fraction>,
    width: Option<u32>,
    height: Option<u32>,
    profile: Option<String>,
    level: Option<String>,
    rotation: Option<i64>,
    sample_aspect_ratio: Option<Fraction>,
    scan_type: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AudioProperties {
    bit_rate: Option<f64>,
    channels: Option<u32>,
    sample_rate: Option<u32>,
    language_code: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DataProperties {
    language_code: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
struct Fraction {
    numerator: Option<u64>,
    denominator: Option<u64>,
}

impl Fraction {
    #[expect(clippy::cast_precision_loss, reason = "frame rates are small")]
    fn number(self) -> Option<f64> {
        let denominator = self.denominator.unwrap_or(1);
        (denominator > 0).then_some(self.numerator? as f64 / denominator as f64)
    }

    fn pixel(self) -> Option<PixelAspect> {
        PixelAspect::new(self.numerator?, self.denominator?)
    }
}

/// What Probe found in a file of this key and size.
pub fn read(filename: &str, file_size: u64, answer: &Value) -> Result<MediaInfo, ProbeProblem> {
    let result = Answer::deserialize(answer)?.probe_results.into_iter().next().ok_or(ProbeProblem::NoContainer)?;
    let container = result.container.ok_or(ProbeProblem::NoContainer)?;
    let mut tracks = container.tracks.unwrap_or_default();
    if container.format.is_none() && tracks.is_empty() {
        return Err(ProbeProblem::NoContainer);
    }
    tracks.sort_by_key(|track| track.index.unwrap_or(i64::MAX));
    let mut info = MediaInfo {
        filename: filename.to_owned(),
        container: Container {
            format: names::container(container.format.as_deref().unwrap_or_default()).to_owned(),
            mime_type: result.metadata.and_then(|metadata| metadata.mime_type),
            file_size,
            duration: container.duration,
            total_bitrate: bits(container.bit_rate),
        },
        ..MediaInfo::default()
    };
    for track in tracks {
        match track.kind() {
            Kind::Video => info.video.push(video(track)),
            Kind::Audio => info.audio.push(audio(track)),
            Kind::Text => info.text.push(text(track)),
            Kind::Other => {}
        }
    }
    Ok(info.derived())
}

enum Kind {
    Video,
    Audio,
    Text,
    Other,
}

impl Track {
    fn kind(&self) -> Kind {
        match self.kind.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("video") => Kind::Video,
            Some("audio") => Kind::Audio,
            // Data without a caption format is time code and the like.
            Some("data") if self.codec.is_some() => Kind::Text,
            None if self.video_properties.is_some() => Kind::Video,
            None if self.audio_properties.is_some() => Kind::Audio,
            _ => Kind::Other,
        }
    }

    fn name(&self) -> String {
        names::codec(self.codec.as_deref().unwrap_or_default()).to_owned()
    }
}

fn video(track: Track) -> Video {
    let codec = track.name();
    let properties = track.video_properties.unwrap_or_default();
    let essence = properties.codec_metadata.unwrap_or_default();
    let level = essence.level.map(|level| format!("L{}", level.trim_start_matches(['L', 'l'])));
    let profile: Vec<String> = essence.profile.into_iter().chain(level).collect();
    let rotation = properties.rotation.or(essence.rotation).and_then(Rotation::of_degrees);
    Video {
        codec,
        profile: (!profile.is_empty()).then(|| profile.join("@")),
        bitrate: bits(properties.bit_rate),
        duration: track.duration,
        width: properties.width.or(essence.width),
        height: properties.height.or(essence.height),
        framerate: properties.frame_rate.or(essence.coded_frame_rate).and_then(Fraction::number),
        scan_type: essence.scan_type.map(|scan| with_first(&scan.to_ascii_lowercase(), char::to_ascii_uppercase)),
        bit_depth: properties.bit_depth.or(essence.bit_depth),
        color_space: essence.chroma_subsampling.map(|sampling| format!("YUV {sampling}")),
        pixel_aspect_ratio: properties.sample_aspect_ratio.or(essence.sample_aspect_ratio).and_then(Fraction::pixel),
        rotation: rotation.unwrap_or_default(),
        ..Video::default()
    }
}

fn audio(track: Track) -> Audio {
    let codec = track.name();
    let properties = track.audio_properties.unwrap_or_default();
    Audio {
        codec,
        bitrate: bits(properties.bit_rate),
        duration: track.duration,
        language: properties.language_code,
        channels: properties.channels,
        sampling_rate: properties.sample_rate,
        ..Audio::default()
    }
}

fn text(track: Track) -> Text {
    Text {
        id: track.index.map(|index| index.to_string()),
        format: track.name(),
        duration: track.duration,
        language: track.data_properties.and_then(|properties| properties.language_code),
        ..Text::default()
    }
}

fn bits(rate: Option<f64>) -> Option<u64> {
    super::known(rate).map(super::whole)
}
