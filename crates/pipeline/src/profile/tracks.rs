//! What of a source can be encoded, from its media information.

use serde_json::Value;

use crate::{errors::ErrorName, record::Record, settings::InputRotate, size::Size};

/// The tracks of a source, as far as encoding goes by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tracks {
    /// The picture as it is encoded: in square pixels, after the job's rotation.
    pub picture: Option<Size>,
    /// Whether there is sound.
    pub sound: bool,
}

/// Why a source cannot be encoded.
#[derive(Debug, thiserror::Error)]
pub enum TracksError {
    /// Nobody has looked into the source.
    #[error("`{source_key}` has no media information")]
    Uninspected {
        /// The key of the source.
        source_key: String,
    },
    /// The media information is not JSON.
    #[error("the media information of `{source_key}` is not JSON")]
    Unreadable {
        /// The key of the source.
        source_key: String,
        /// Where the JSON breaks.
        source: serde_json::Error,
    },
    /// There is neither picture nor sound.
    #[error("`{source_key}` has no video track with a size and no audio track")]
    Nothing {
        /// The key of the source.
        source_key: String,
    },
}

impl TracksError {
    /// What state machines know the error by.
    #[must_use]
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::Uninspected { .. } | Self::Unreadable { .. } => ErrorName::InvalidMedia,
            Self::Nothing { .. } => ErrorName::NoUsableTrack,
        }
    }
}

impl Tracks {
    /// The tracks of a record's source.
    ///
    /// # Errors
    /// When the record has no readable media information, or the source neither picture nor sound.
    pub fn of(record: &Record) -> Result<Self, TracksError> {
        let source_key = || record.source.src_video.clone();
        let text = record.source.src_mediainfo.as_deref();
        let text = text.ok_or_else(|| TracksError::Uninspected { source_key: source_key() })?;
        let info: Value = serde_json::from_str(text)
            .map_err(|source| TracksError::Unreadable { source_key: source_key(), source })?;
        let rotate = record.options.input_rotate;
        let picture = tracks(&info, "video").iter().find_map(|track| picture(track, rotate));
        let sound = !tracks(&info, "audio").is_empty();
        if picture.is_none() && !sound {
            return Err(TracksError::Nothing { source_key: source_key() });
        }
        Ok(Self { picture, sound })
    }
}

fn tracks<'a>(info: &'a Value, kind: &str) -> &'a [Value] {
    info[kind].as_array().map_or(&[], Vec::as_slice)
}

/// The picture of a video track after the job's rotation.
///
/// A fixed rotation counts from the picture as it is stored, whatever the file says of it
/// (<https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html>, `InputRotate`).
fn picture(track: &Value, rotate: InputRotate) -> Option<Size> {
    let pair = |width: &str, height: &str| {
        let (width, height) = (number(&track[width])?, number(&track[height])?);
        Some(Size { width: pixels(width)?, height: pixels(height)? })
    };
    let lies = number(&track["rotation"]).is_some_and(is_quarter_turn);
    let stored = match pair("displayWidth", "displayHeight") {
        Some(shown) if lies => shown.turned(),
        Some(shown) => shown,
        None => pair("width", "height")?,
    };
    let turns = match rotate {
        InputRotate::Auto => lies,
        InputRotate::Degrees90 | InputRotate::Degrees270 => true,
        InputRotate::Degree0 | InputRotate::Degrees180 => false,
    };
    Some(if turns { stored.turned() } else { stored })
}

/// A number, or text that is one.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
fn pixels(number: f64) -> Option<u32> {
    (1.0..=65_536.0).contains(&number).then_some(number.round() as u32)
}

/// Whether a rotation is a quarter turn either way, within the degree that the service allows.
fn is_quarter_turn(degrees: f64) -> bool {
    (degrees.rem_euclid(180.0) - 90.0).abs() <= 1.0
}
