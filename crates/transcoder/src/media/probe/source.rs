//! What is known of an input.

use crate::media::timecode::FrameRate;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    /// Its container by the name that MediaConvert's Probe has for it, if any.
    pub(crate) container: Option<&'static str>,
    /// How long it plays, in seconds, where it says so.
    pub(crate) duration: Option<f64>,
    pub(crate) size: Option<u64>,
    /// All its bits per second, where known.
    pub(crate) bitrate: Option<u64>,
    /// Its video tracks; cover pictures are none.
    pub(crate) video: Vec<VideoTrack>,
    pub(crate) audio: Vec<AudioTrack>,
    pub(crate) text: Vec<TextTrack>,
    pub(crate) timecodes: Vec<TimecodeTrack>,
}

impl Source {
    /// The time code of its first frame (`HH:MM:SS:FF`, with `;` when frames are dropped), where it has one.
    pub(crate) fn timecode(&self) -> Option<&str> {
        self.video
            .iter()
            .find_map(|track| track.timecode.as_deref())
            .or_else(|| self.timecodes.iter().find_map(|track| track.timecode.as_deref()))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VideoTrack {
    /// Its place among all streams of the file, from 0, as ffmpeg's `-map 0:n` counts.
    pub(crate) index: u32,
    /// Its codec by ffmpeg's name, such as `h264`.
    pub(crate) codec: String,
    /// Its four-character code, such as `avc1`, where it has one.
    pub(crate) four_cc: Option<String>,
    pub(crate) profile: Option<String>,
    /// Its level as the codec counts, such as 31 for H.264's 3.1.
    pub(crate) level: Option<u32>,
    /// The size of its stored pictures, before turning.
    pub(crate) size: Size,
    pub(crate) sample_aspect: Ratio,
    pub(crate) rotation: Rotation,
    pub(crate) frame_rate: Option<FrameRate>,
    pub(crate) scan: Scan,
    pub(crate) bit_depth: u32,
    /// How colours are sampled, such as `4:2:0`, where known.
    pub(crate) chroma: Option<&'static str>,
    pub(crate) colour: Colour,
    /// Its bits per second, where known.
    pub(crate) bitrate: Option<u64>,
    /// How long it plays, in seconds, where known.
    pub(crate) duration: Option<f64>,
    pub(crate) timecode: Option<String>,
}

impl VideoTrack {
    /// The size in square pixels as a viewer sees it: stretched and turned.
    pub(crate) fn display_size(&self) -> Size {
        let Ratio { numerator, denominator } = self.sample_aspect;
        let wide =
            (u64::from(self.size.width) * u64::from(numerator) + u64::from(denominator) / 2) / u64::from(denominator);
        let width = u32::try_from(wide).unwrap_or(u32::MAX).max(1);
        Size { width, height: self.size.height }.turned(self.rotation)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AudioTrack {
    /// Its place among all streams of the file, from 0.
    pub(crate) index: u32,
    /// Its codec by ffmpeg's name, such as `aac`.
    pub(crate) codec: String,
    pub(crate) channels: u32,
    /// What the channels are, such as `5.1`, where known.
    pub(crate) layout: Option<String>,
    pub(crate) sample_rate: u32,
    /// Bits per sample, for codecs where that means something.
    pub(crate) bit_depth: Option<u32>,
    /// Its bits per second, where known.
    pub(crate) bitrate: Option<u64>,
    /// How long it plays, in seconds, where known.
    pub(crate) duration: Option<f64>,
    pub(crate) language: Language,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TextTrack {
    /// Its place among all streams of the file, from 0.
    pub(crate) index: u32,
    /// Its format by ffmpeg's name, such as `mov_text`.
    pub(crate) codec: String,
    pub(crate) language: Language,
    pub(crate) title: Option<String>,
}

impl TextTrack {
    /// Whether it is made of letters; other captions are pictures, which cannot become WebVTT.
    pub(crate) fn is_text(&self) -> bool {
        super::names::TEXT_CODECS.contains(&self.codec.as_str())
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TimecodeTrack {
    /// Its place among all streams of the file, from 0.
    pub(crate) index: u32,
    pub(crate) timecode: Option<String>,
}

/// A language as the file names it: usually ISO 639-2, `und` where it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Language(String);

impl Language {
    /// The language with this name, in lower case; nothing but letters, digits and `-` counts.
    pub(crate) fn new(name: Option<&str>) -> Self {
        let plain = |name: &&str| {
            !name.is_empty() && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
        };
        Self(name.filter(plain).unwrap_or("und").to_ascii_lowercase())
    }

    /// Its name, unless the file says nothing.
    pub(crate) fn known(&self) -> Option<&str> {
        Some(self.as_str()).filter(|name| *name != "und")
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the numbers of a picture mean, by ffmpeg's names; none where the file says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Colour {
    pub(crate) primaries: Option<String>,
    pub(crate) transfer: Option<String>,
    pub(crate) matrix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    Progressive,
    TopFirst,
    BottomFirst,
}

impl Scan {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Progressive => "PROGRESSIVE",
            Self::TopFirst | Self::BottomFirst => "INTERLACED",
        }
    }
}

/// How far players turn the pictures, clockwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Rotation {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Rotation {
    /// The quarter turn nearest to this many degrees clockwise.
    pub(crate) fn of_degrees(degrees: i64) -> Self {
        match (degrees.rem_euclid(360) + 45) / 90 % 4 {
            1 => Self::Quarter,
            2 => Self::Half,
            3 => Self::ThreeQuarters,
            _ => Self::None,
        }
    }

    pub(crate) fn degrees(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Quarter => 90,
            Self::Half => 180,
            Self::ThreeQuarters => 270,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Size {
    pub(crate) fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    pub(crate) fn turned(self, rotation: Rotation) -> Self {
        match rotation {
            Rotation::Quarter | Rotation::ThreeQuarters => Self { width: self.height, height: self.width },
            Rotation::None | Rotation::Half => self,
        }
    }
}

/// A positive fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ratio {
    pub(crate) numerator: u32,
    pub(crate) denominator: u32,
}

impl Ratio {
    pub(crate) const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// The fraction, when both parts are more than nothing.
    pub(crate) fn new(numerator: u32, denominator: u32) -> Option<Self> {
        (numerator > 0 && denominator > 0).then_some(Self { numerator, denominator })
    }

    pub(crate) fn value(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }
}
