//! What the event `INPUT_INFORMATION` tells of an input.

use super::{AudioTrack, Scan, Source, VideoTrack, names};
use crate::work::{InputAudio, InputDetail, InputVideo};

/// The part of the event about the input with this index (from 0) and address.
pub(crate) fn input_detail(index: usize, uri: &str, source: &Source) -> InputDetail {
    InputDetail {
        id: index + 1,
        uri: uri.to_owned(),
        audio: source.audio.iter().map(audio).collect(),
        video: source.video.iter().map(video).collect(),
    }
}

fn audio(track: &AudioTrack) -> InputAudio {
    InputAudio {
        channels: track.channels,
        codec: names::event_codec(&track.codec).to_owned(),
        language: track.language.as_str().to_ascii_uppercase(),
        sample_rate: track.sample_rate,
        stream_id: track.index + 1,
    }
}

fn video(track: &VideoTrack) -> InputVideo {
    InputVideo {
        bit_depth: track.bit_depth,
        codec: names::event_codec(&track.codec).to_owned(),
        color_format: track.chroma.map_or("UNKNOWN".to_owned(), |chroma| format!("YUV_{}", chroma.replace(':', ""))),
        four_cc: track.four_cc.clone(),
        frame_rate: track.frame_rate.map_or(0.0, |rate| (rate.value() * 1000.0).round() / 1000.0),
        height: track.height,
        interlace_mode: if track.scan == Scan::Progressive { "PROGRESSIVE" } else { "INTERLACED" }.to_owned(),
        sar: format!("{}:{}", track.sample_aspect.numerator, track.sample_aspect.denominator),
        standard: "UNSPECIFIED".to_owned(),
        stream_id: track.index + 1,
        width: track.width,
    }
}
