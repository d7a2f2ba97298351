//! The options of ffmpeg's audio encoders.

use mediaconvert::settings::AudioCodec;

use crate::media::plan::AudioEncoding;

/// The options for a track, except for its filters.
pub(super) fn options(encoding: &AudioEncoding) -> Vec<String> {
    let encoder = match encoding.codec {
        AudioCodec::Ac3 => "ac3",
        AudioCodec::Eac3 => "eac3",
        AudioCodec::Mp3 => "libmp3lame",
        AudioCodec::Mp2 => "mp2",
        AudioCodec::Opus => "libopus",
        AudioCodec::Flac => "flac",
        AudioCodec::Wav => "pcm_s16le",
        _ => "aac",
    };
    let mut options = vec!["-c:a".to_owned(), encoder.to_owned()];
    if let Some(bitrate) = encoding.bitrate {
        options.extend(["-b:a".to_owned(), bitrate.to_string()]);
    }
    if encoding.codec == AudioCodec::Flac {
        // FLAC in MP4 is new to ffmpeg.
        options.extend(["-strict".to_owned(), "experimental".to_owned()]);
    }
    options
}
