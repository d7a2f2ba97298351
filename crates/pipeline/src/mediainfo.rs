//! What is in a source: its container and its tracks.
//!
//! Member names, units and the names of formats are those of SO0021's `srcMediainfo`, which come from the program
//! `MediaInfo`: seconds, bits a second, pixels, "AVC", "MPEG-4". `pixelAspectRatio`, `displayWidth`, `displayHeight`,
//! `rotation`, `mimeType` and `omitted` are ours.

mod merge;
pub mod names;
pub mod probe;
mod shape;
mod summary;

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

pub use self::{
    shape::{PixelAspect, Rotation},
    summary::{MAX_SUMMARY_BYTES, describe},
};

/// A source, as looked at from outside.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MediaInfo {
    /// The key of the source.
    pub filename: String,
    pub container: Container,
    /// The pictures, in the order of the file.
    pub video: Vec<Video>,
    /// The sounds, in the order of the file.
    pub audio: Vec<Audio>,
    /// The subtitles and captions, in the order of the file.
    pub text: Vec<Text>,
    /// How many tracks are left out here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub omitted: Option<Omitted>,
}

/// How many tracks of each kind are left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Omitted {
    pub video: usize,
    pub audio: usize,
    pub text: usize,
}

/// A file that holds tracks.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// The container's format, as "MPEG-4".
    pub format: String,
    /// The file's MIME type, where somebody knows it.
    pub mime_type: Option<String>,
    /// The size of the file in bytes.
    pub file_size: u64,
    /// How long the file plays, in seconds.
    pub duration: Option<f64>,
    /// The bits of the file by the seconds that it plays.
    pub total_bitrate: Option<u64>,
}

/// A track of pictures.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Video {
    /// The codec, as "AVC".
    pub codec: String,
    /// Profile, level and tier, as "High@L4".
    pub profile: Option<String>,
    /// Bits a second.
    pub bitrate: Option<u64>,
    /// How long the track plays, in seconds, after its edit list.
    pub duration: Option<f64>,
    /// The number of pictures; where the file does not say it, what duration and frame rate make.
    pub frame_count: Option<u64>,
    /// The width as it is coded, in pixels.
    pub width: Option<u32>,
    /// The height as it is coded, in pixels.
    pub height: Option<u32>,
    /// Pictures a second, to three digits.
    pub framerate: Option<f64>,
    /// "Progressive" or "Interlaced".
    pub scan_type: Option<String>,
    /// The shape of the picture before it is turned, as "1.778".
    pub aspect_ratio: Option<String>,
    /// Bits of a colour component.
    pub bit_depth: Option<u32>,
    /// Colour model and subsampling, as "YUV 4:2:0".
    pub color_space: Option<String>,
    /// The shape of a pixel, where it is known.
    pub pixel_aspect_ratio: Option<PixelAspect>,
    /// The width that a viewer sees: upright, with square pixels.
    pub display_width: Option<u32>,
    /// The height that a viewer sees: upright, with square pixels.
    pub display_height: Option<u32>,
    /// How far a player turns the picture clockwise.
    pub rotation: Rotation,
}

/// A track of sound.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Audio {
    /// The codec, as "AAC".
    pub codec: String,
    /// The profile, as "LC".
    pub profile: Option<String>,
    /// Bits a second.
    pub bitrate: Option<u64>,
    /// How long the track plays, in seconds, after its edit list.
    pub duration: Option<f64>,
    /// The number of coded frames.
    pub frame_count: Option<u64>,
    /// "CBR" or "VBR", where the file says so.
    pub bitrate_mode: Option<String>,
    /// The language, as the file names it (mostly ISO 639-2); nothing where that is "undetermined".
    pub language: Option<String>,
    pub channels: Option<u32>,
    /// Samples a second.
    pub sampling_rate: Option<u32>,
}

/// A track of subtitles or captions.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Text {
    /// The track's number in the file.
    pub id: Option<String>,
    /// The format, as "Timed Text".
    pub format: String,
    /// How long the track plays, in seconds.
    pub duration: Option<f64>,
    /// The number of samples.
    pub frame_count: Option<u64>,
    /// The language, as the file names it.
    pub language: Option<String>,
}

impl MediaInfo {
    /// Whether there is anything to see, to hear or to read.
    pub fn has_tracks(&self) -> bool {
        !(self.video.is_empty() && self.audio.is_empty() && self.text.is_empty())
    }

    /// How long the longest video or audio track plays, in seconds.
    pub fn longest_track(&self) -> Option<f64> {
        let video = self.video.iter().map(|track| track.duration);
        video.chain(self.audio.iter().map(|track| track.duration)).flatten().reduce(f64::max)
    }

    /// Fills in what follows from the rest: total bit rate, aspect ratios, sizes as displayed, frame counts.
    pub fn derived(mut self) -> Self {
        let longest = self.longest_track();
        let container = &mut self.container;
        container.duration = known(container.duration).or(longest).and_then(|seconds| known(Some(millis(seconds))));
        if let (None, Some(seconds)) = (container.total_bitrate, container.duration) {
            container.total_bitrate = rate(container.file_size, seconds);
        }
        for video in &mut self.video {
            video.derive();
        }
        for audio in &mut self.audio {
            audio.duration = known(audio.duration.map(millis));
            audio.language = language(audio.language.take());
        }
        for text in &mut self.text {
            text.duration = known(text.duration.map(millis));
            text.language = language(text.language.take());
        }
        self
    }
}

impl Video {
    fn derive(&mut self) {
        self.duration = known(self.duration.map(millis));
        self.framerate = known(self.framerate.map(millis));
        if let (None, Some(seconds), Some(rate)) = (self.frame_count, self.duration, self.framerate) {
            self.frame_count = Some(whole(seconds * rate));
        }
        (self.width, self.height) = (self.width.filter(|pixels| *pixels > 0), self.height.filter(|pixels| *pixels > 0));
        let (Some(width), Some(height)) = (self.width, self.height) else { return };
        let shape = self.pixel_aspect_ratio.unwrap_or_default();
        let wide = f64::from(width) * shape.ratio();
        self.aspect_ratio = Some(format!("{:.3}", wide / f64::from(height)));
        let shown = (u32::try_from(whole(wide)).unwrap_or(u32::MAX).max(1), height);
        let (width, height) = if self.rotation.swaps_sides() { (shown.1, shown.0) } else { shown };
        (self.display_width, self.display_height) = (Some(width), Some(height));
    }
}

/// Bits a second.
pub fn rate(bytes: u64, seconds: f64) -> Option<u64> {
    #[expect(clippy::cast_precision_loss, reason = "a bit rate needs no 53 bits")]
    known(Some(seconds)).map(|seconds| whole(bytes as f64 * 8.0 / seconds))
}

/// A number that says something: finite and above zero.
fn known(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite() && *number > 0.0)
}

/// Rounded to three digits.
fn millis(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// Rounded to a whole number that is not negative.
fn whole(number: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, which is meant")]
    let whole = number.round() as u64;
    whole
}

fn language(name: Option<String>) -> Option<String> {
    name.filter(|name| !matches!(name.as_str(), "" | "und" | "mis" | "zxx" | "```"))
}

#[cfg(test)]
mod tests;
