//! What MediaConvert's operation Probe answers about one file
//! (<https://docs.aws.amazon.com/mediaconvert/latest/apireference/probe.html>), and what the event `INPUT_INFORMATION`
//! reports of an input.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{AudioTrack, Ratio, Source, TextTrack, VideoTrack, names};
use crate::{
    media::storage::Readable,
    work::{InputAudio, InputDetail, InputVideo},
};

/// One element of `probeResults`, in the wire's form. Indexes of tracks count from 1.
pub(crate) fn answer(source: &Source, file: &Readable) -> Value {
    let video = source.video.iter().map(|track| (track.index + 1, video(track))).collect::<BTreeMap<_, _>>();
    let audio = source.audio.iter().map(|track| (track.index + 1, audio(track))).collect::<BTreeMap<_, _>>();
    let text = source.text.iter().map(|track| (track.index + 1, text(track)));
    let timecodes = source.timecodes.iter().map(|track| (track.index + 1, json!({"trackType": "data"})));
    let data = text.chain(timecodes).collect::<BTreeMap<_, _>>();
    let mappings = json!([{
        "videoTrackIndexes": video.keys().collect::<Vec<_>>(),
        "audioTrackIndexes": audio.keys().collect::<Vec<_>>(),
        "dataTrackIndexes": data.keys().collect::<Vec<_>>(),
    }]);
    let mut tracks: BTreeMap<u32, Value> = video.into_iter().chain(audio).chain(data).collect();
    for (index, track) in &mut tracks {
        track["index"] = json!(index);
    }
    without_nulls(json!({
        "container": {
            "format": source.container,
            "duration": source.duration,
            "bitRate": source.bitrate,
            "startTimecode": source.timecode(),
            "tracks": tracks.into_values().collect::<Value>(),
        },
        "metadata": {
            "eTag": file.etag,
            "fileSize": file.size.or(source.size),
            "lastModified": file.modified,
            "mimeType": file.mime_type,
        },
        "trackMappings": mappings,
    }))
}

fn video(track: &VideoTrack) -> Value {
    let rate = track.frame_rate.map(|rate| fraction(rate.0));
    // How wide a picture is against its height, as it is stored but with the true shape of its pixels.
    let wide = u64::from(track.size.width) * u64::from(track.sample_aspect.numerator);
    let high = u64::from(track.size.height) * u64::from(track.sample_aspect.denominator);
    let divisor = common_divisor(wide, high);
    let aspect = u32::try_from(wide / divisor).ok().zip(u32::try_from(high / divisor).ok());
    let shared = json!({
        "bitDepth": track.bit_depth,
        "width": track.size.width,
        "height": track.size.height,
        "sampleAspectRatio": fraction(track.sample_aspect),
        "displayAspectRatio": aspect.and_then(|(wide, high)| Ratio::new(wide, high)).map(fraction),
        "colorPrimaries": names::colour(&names::PRIMARIES, track.colour.primaries.as_deref()),
        "matrixCoefficients": names::colour(&names::MATRICES, track.colour.matrix.as_deref()),
        "transferCharacteristics": names::colour(&names::TRANSFERS, track.colour.transfer.as_deref()),
    });
    let mut essence = shared.clone();
    essence["chromaSubsampling"] = json!(track.chroma);
    essence["codedFrameRate"] = json!(rate);
    essence["profile"] = json!(track.profile);
    essence["level"] = json!(track.level.map(|level| level.to_string()));
    essence["scanType"] = json!(track.scan.name());
    let mut properties = shared;
    properties["bitRate"] = json!(track.bitrate);
    properties["frameRate"] = json!(rate);
    properties["rotation"] = json!(track.rotation.degrees());
    properties["codecMetadata"] = essence;
    json!({
        "trackType": "video",
        "codec": names::codec(&track.codec),
        "duration": track.duration,
        "videoProperties": properties,
    })
}

fn audio(track: &AudioTrack) -> Value {
    json!({
        "trackType": "audio",
        "codec": names::codec(&track.codec),
        "duration": track.duration,
        "audioProperties": {
            "bitDepth": track.bit_depth,
            "bitRate": track.bitrate,
            "channelLayout": track.layout,
            "channels": track.channels,
            "languageCode": track.language.as_str(),
            "sampleRate": track.sample_rate,
        },
    })
}

/// A format that Probe has no name for is left out.
fn text(track: &TextTrack) -> Value {
    let codec = Some(names::codec(&track.codec)).filter(|codec| codec != "UNKNOWN");
    json!({
        "trackType": "data",
        "codec": codec,
        "dataProperties": { "languageCode": track.language.as_str() },
    })
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { common_divisor(b, a % b) }
}

fn fraction(ratio: Ratio) -> Value {
    json!({ "numerator": ratio.numerator, "denominator": ratio.denominator })
}

/// The service leaves out what it does not know.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        plain => plain,
    }
}

/// The part of the event about the input with this index (from 0) and address.
pub(crate) fn input_detail(index: usize, uri: &str, source: &Source) -> InputDetail {
    let audio = source.audio.iter().map(|track| InputAudio {
        channels: track.channels,
        codec: names::event_codec(&track.codec),
        language: track.language.as_str().to_ascii_uppercase(),
        sample_rate: track.sample_rate,
        stream_id: track.index + 1,
    });
    let video = source.video.iter().map(|track| InputVideo {
        bit_depth: track.bit_depth,
        codec: names::event_codec(&track.codec),
        color_format: track.chroma.map_or("UNKNOWN".to_owned(), |chroma| format!("YUV_{}", chroma.replace(':', ""))),
        four_cc: track.four_cc.clone(),
        frame_rate: track.frame_rate.map_or(0.0, |rate| (rate.per_second() * 1000.0).round() / 1000.0),
        height: track.size.height,
        interlace_mode: track.scan.name().to_owned(),
        sar: format!("{}:{}", track.sample_aspect.numerator, track.sample_aspect.denominator),
        standard: "UNSPECIFIED".to_owned(),
        stream_id: track.index + 1,
        width: track.size.width,
    });
    InputDetail { id: index + 1, uri: uri.to_owned(), audio: audio.collect(), video: video.collect() }
}
