//! What a plan must know of an input.

/// A frame rate in frames per second, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The frames.
    pub frames: u32,
    /// In so many seconds; never 0.
    pub seconds: u32,
}

impl Rate {
    /// The frames per second.
    #[must_use]
    pub fn per_second(self) -> f64 {
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
pub struct Size {
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

/// How far a picture must be turned clockwise to stand upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Turn {
    /// Not at all.
    #[default]
    None,
    /// By 90 degrees.
    Quarter,
    /// By 180 degrees.
    Half,
    /// By 270 degrees.
    ThreeQuarters,
}

impl Turn {
    /// The turn by so many degrees clockwise, to the nearest quarter.
    #[must_use]
    pub fn clockwise(degrees: i32) -> Self {
        match (degrees.rem_euclid(360) + 45) / 90 % 4 {
            1 => Self::Quarter,
            2 => Self::Half,
            3 => Self::ThreeQuarters,
            _ => Self::None,
        }
    }

    /// The size of a picture after this turn.
    #[must_use]
    pub fn of(self, size: Size) -> Size {
        match self {
            Self::None | Self::Half => size,
            Self::Quarter | Self::ThreeQuarters => Size { width: size.height, height: size.width },
        }
    }
}

/// One input as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its name without folder and extension, which names outputs that have no name of their own.
    pub name: String,
    /// How long it plays, in seconds.
    pub duration: f64,
    /// Its first video track.
    pub video: Option<SourceVideo>,
    /// Its audio tracks.
    pub audio: Vec<SourceAudio>,
}

/// The video track of an input.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceVideo {
    /// The stream's index in the file.
    pub stream: u32,
    /// The size as it is stored.
    pub size: Size,
    /// The width of a pixel over its height.
    pub pixel_aspect: f64,
    /// What the file says about turning it.
    pub turn: Turn,
    /// The frame rate.
    pub rate: Rate,
}

/// An audio track of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceAudio {
    /// The stream's index in the file.
    pub stream: u32,
    /// The number that a transport stream has for it.
    pub pid: Option<u32>,
    /// The number of channels.
    pub channels: u32,
    /// The sampling rate in hertz.
    pub sample_rate: u32,
    /// The language as an ISO 639-2 code in capitals, where the file says one.
    pub language: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_to_the_nearest_quarter() {
        let table = [(0, Turn::None), (90, Turn::Quarter), (-90, Turn::ThreeQuarters), (180, Turn::Half), (-179, Turn::Half)];
        for (degrees, turn) in table {
            assert_eq!(Turn::clockwise(degrees), turn, "{degrees}");
        }
    }
}
