//! What of a source can be encoded, from its media information.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use crate::{errors::ErrorName, record::Record, settings::InputRotate, size::Size};

/// The tracks of a source, as far as encoding goes by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tracks {
    /// The picture as it is encoded: in square pixels, after the job's rotation.
    pub picture: Option<Size>,
    pub sound: bool,
}

/// Why a source cannot be encoded.
#[derive(Debug, thiserror::Error)]
pub enum TracksError {
    #[error("`{source_key}` has no media information")]
    Uninspected { source_key: String },
    #[error("the media information of `{source_key}` is not JSON")]
    Unreadable { source_key: String, source: serde_json::Error },
    #[error("`{source_key}` has no video track with a size and no audio track")]
    Nothing { source_key: String },
}

impl TracksError {
    /// What state machines know the error by.
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::Uninspected { .. } | Self::Unreadable { .. } => ErrorName::InvalidMedia,
            Self::Nothing { .. } => ErrorName::NoUsableTrack,
        }
    }
}

impl Tracks {
    /// The tracks of a record's source.
    pub fn of(record: &Record) -> Result<Self, TracksError> {
        let source_key = || record.source.src_video.clone();
        let text = record.source.src_mediainfo.as_deref();
        let text = text.ok_or_else(|| TracksError::Uninspected { source_key: source_key() })?;
        let info: Value = serde_json::from_str(text)
            .map_err(|source| TracksError::Unreadable { source_key: source_key(), source })?;
        let info = Inspected::deserialize(info).unwrap_or_default();
        let picture = info.video.iter().find_map(|track| track.picture(record.options.input_rotate));
        let sound = !info.audio.is_empty();
        if picture.is_none() && !sound {
            return Err(TracksError::Nothing { source_key: source_key() });
        }
        Ok(Self { picture, sound })
    }
}

/// The media information, as far as it is needed here: also that of SO0021's records, which has numbers as texts.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Inspected {
    video: Vec<Video>,
    audio: Vec<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Video {
    width: Number,
    height: Number,
    display_width: Number,
    display_height: Number,
    rotation: Number,
}

/// A number, or text that is one.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(f64),
    Text(String),
    #[default]
    None,
}

impl Number {
    fn get(&self) -> Option<f64> {
        match self {
            Self::Plain(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::None => None,
        }
    }
}

impl Video {
    /// The picture after the job's rotation.
    ///
    /// A fixed rotation counts from the picture as it is stored, whatever the file says of it
    /// (<https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html>, `InputRotate`).
    fn picture(&self, rotate: InputRotate) -> Option<Size> {
        let pair = |width: &Number, height: &Number| {
            Some(Size { width: pixels(width.get()?)?, height: pixels(height.get()?)? })
        };
        // A quarter turn either way, within the degree that the service allows.
        let lies = self.rotation.get().is_some_and(|degrees| (degrees.rem_euclid(180.0) - 90.0).abs() <= 1.0);
        let stored = match pair(&self.display_width, &self.display_height) {
            Some(shown) if lies => shown.turned(),
            Some(shown) => shown,
            None => pair(&self.width, &self.height)?,
        };
        let turns = match rotate {
            InputRotate::Auto => lies,
            InputRotate::Degrees90 | InputRotate::Degrees270 => true,
            InputRotate::Degree0 | InputRotate::Degrees180 => false,
        };
        Some(if turns { stored.turned() } else { stored })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
fn pixels(number: f64) -> Option<u32> {
    (1.0..=65_536.0).contains(&number).then_some(number.round() as u32)
}
