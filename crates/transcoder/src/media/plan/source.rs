//! What a plan must know of an input.

use crate::media::probe::{self, Rotation};

/// A frame rate in frames per second, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// The frames.
    pub(crate) frames: u32,
    /// In so many seconds; never 0.
    pub(crate) seconds: u32,
}

impl Rate {
    /// The frames per second.
    pub(crate) fn per_second(self) -> f64 {
        f64::from(self.frames) / f64::from(self.seconds)
    }
}

impl std::fmt::Display for Rate {
    /// As ffmpeg and DASH write it: `30000/1001`, or `25` for whole numbers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.seconds {
            1 => write!(f, "{}", self.frames),
            seconds => write!(f, "{}/{seconds}", self.frames),
        }
    }
}

/// A width and a height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// The width.
    pub(crate) width: u32,
    /// The height.
    pub(crate) height: u32,
}

impl Size {
    /// The size of a picture after this turn.
    pub(crate) fn turned(self, rotation: Rotation) -> Self {
        if rotation.turns_sideways() { Self { width: self.height, height: self.width } } else { self }
    }
}

/// One input as it was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    /// Its name without folder and extension, which names outputs that have no name of their own.
    pub(crate) name: String,
    /// How long it plays, in seconds.
    pub(crate) duration: f64,
    /// Its first video track.
    pub(crate) video: Option<SourceVideo>,
    /// Its audio tracks.
    pub(crate) audio: Vec<SourceAudio>,
}

/// The video track of an input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourceVideo {
    /// The stream's index in the file.
    pub(crate) stream: u32,
    /// The size as it is stored.
    pub(crate) size: Size,
    /// The width of a pixel over its height.
    pub(crate) pixel_aspect: f64,
    /// What the file says about turning it.
    pub(crate) rotation: Rotation,
    /// The frame rate.
    pub(crate) rate: Rate,
}

/// An audio track of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceAudio {
    /// The stream's index in the file.
    pub(crate) stream: u32,
    /// The number that a transport stream has for it.
    pub(crate) pid: Option<u32>,
    /// The number of channels.
    pub(crate) channels: u32,
    /// The sampling rate in hertz.
    pub(crate) sample_rate: u32,
    /// The language as an ISO 639-2 code, where the file says one.
    pub(crate) language: Option<String>,
}

impl Source {
    /// What a plan must know of an input with this name.
    pub(crate) fn of(name: String, found: &probe::Source) -> Self {
        Self {
            name,
            duration: found.duration.unwrap_or(0.0),
            video: found.video.first().map(SourceVideo::of),
            audio: found.audio.iter().map(SourceAudio::of).collect(),
        }
    }
}

/// The frame rate of a video that says none.
const USUAL_RATE: Rate = Rate { frames: 25, seconds: 1 };

impl SourceVideo {
    fn of(track: &probe::VideoTrack) -> Self {
        Self {
            stream: track.index,
            size: Size { width: track.width, height: track.height },
            pixel_aspect: track.sample_aspect.value(),
            rotation: track.rotation,
            rate: track
                .frame_rate
                .map_or(USUAL_RATE, |rate| Rate { frames: rate.numerator, seconds: rate.denominator }),
        }
    }
}

impl SourceAudio {
    fn of(track: &probe::AudioTrack) -> Self {
        Self {
            stream: track.index,
            pid: None,
            channels: track.channels,
            sample_rate: track.sample_rate,
            language: Some(track.language.as_str()).filter(|code| *code != "und").map(str::to_owned),
        }
    }
}
