//! What MediaConvert's operation Probe answers about one file
//! (<https://docs.aws.amazon.com/mediaconvert/latest/apireference/probe.html>), and what the event `INPUT_INFORMATION`
//! reports of an input.

use serde_json::{Map, Value, json};

use super::{AudioTrack, Ratio, Scan, Source, TextTrack, VideoTrack, names};
use crate::{
    media::storage::Readable,
    work::{InputAudio, InputDetail, InputVideo},
};

/// One element of `probeResults`, in the wire's form. Indexes of tracks count from 1.
pub(crate) fn answer(source: &Source, file: &Readable) -> Value {
    let mut tracks: Vec<(u32, Value)> = Vec::new();
    tracks.extend(source.video.iter().map(|track| (track.index, video(track))));
    tracks.extend(source.audio.iter().map(|track| (track.index, audio(track))));
    tracks.extend(source.text.iter().map(|track| (track.index, text(track))));
    tracks.extend(source.timecodes.iter().map(|track| (track.index, json!({"trackType": "data"}))));
    tracks.sort_by_key(|(index, _)| *index);
    let tracks: Vec<Value> = tracks.into_iter().map(|(index, track)| numbered(index, track)).collect();
    let text = source.text.iter().map(|track| track.index).chain(source.timecodes.iter().map(|track| track.index));
    let mut data: Vec<u32> = text.map(|index| index + 1).collect();
    data.sort_unstable();
    without_nulls(json!({
        "container": {
            "format": source.container,
            "duration": source.duration,
            "bitRate": source.bitrate,
            "startTimecode": source.timecode(),
            "tracks": tracks,
        },
        "metadata": {
            "eTag": file.etag,
            "fileSize": file.size.or(source.size),
            "lastModified": file.modified,
            "mimeType": file.mime_type,
        },
        "trackMappings": [{
            "videoTrackIndexes": source.video.iter().map(|track| track.index + 1).collect::<Vec<_>>(),
            "audioTrackIndexes": source.audio.iter().map(|track| track.index + 1).collect::<Vec<_>>(),
            "dataTrackIndexes": data,
        }],
    }))
}

fn numbered(index: u32, mut track: Value) -> Value {
    track["index"] = (index + 1).into();
    track
}

fn video(track: &VideoTrack) -> Value {
    let rate = track.frame_rate.map(|rate| fraction(rate.0));
    let aspect = display_aspect(track).map(fraction);
    let colours = json!({
        "colorPrimaries": names::colour(&names::PRIMARIES, track.colour.primaries.as_deref()),
        "matrixCoefficients": names::colour(&names::MATRICES, track.colour.matrix.as_deref()),
        "transferCharacteristics": names::colour(&names::TRANSFERS, track.colour.transfer.as_deref()),
    });
    let shared = json!({
        "bitDepth": track.bit_depth,
        "width": track.size.width,
        "height": track.size.height,
        "sampleAspectRatio": fraction(track.sample_aspect),
        "displayAspectRatio": aspect,
    });
    let essence = json!({
        "chromaSubsampling": track.chroma,
        "codedFrameRate": rate,
        "profile": track.profile,
        "level": track.level.map(|level| level.to_string()),
        "scanType": if track.scan == Scan::Progressive { "PROGRESSIVE" } else { "INTERLACED" },
    });
    let properties = json!({
        "bitRate": track.bitrate,
        "frameRate": rate,
        "rotation": track.rotation.degrees(),
        "codecMetadata": together([shared.clone(), colours.clone(), essence]),
    });
    json!({
        "trackType": "video",
        "codec": names::codec(&track.codec),
        "duration": track.duration,
        "videoProperties": together([shared, colours, properties]),
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

/// How wide a picture is against its height, as it is stored but with the true shape of its pixels.
fn display_aspect(track: &VideoTrack) -> Option<Ratio> {
    let wide = u64::from(track.size.width) * u64::from(track.sample_aspect.numerator);
    let high = u64::from(track.size.height) * u64::from(track.sample_aspect.denominator);
    let divisor = common_divisor(wide, high);
    Ratio::new(u32::try_from(wide / divisor).ok()?, u32::try_from(high / divisor).ok()?)
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { common_divisor(b, a % b) }
}

fn fraction(ratio: Ratio) -> Value {
    json!({ "numerator": ratio.numerator, "denominator": ratio.denominator })
}

/// The members of all objects.
fn together<const N: usize>(objects: [Value; N]) -> Value {
    let members = objects.into_iter().filter_map(|object| match object {
        Value::Object(members) => Some(members),
        _ => None,
    });
    members.flatten().collect::<Map<_, _>>().into()
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
        interlace_mode: if track.scan == Scan::Progressive { "PROGRESSIVE" } else { "INTERLACED" }.to_owned(),
        sar: format!("{}:{}", track.sample_aspect.numerator, track.sample_aspect.denominator),
        standard: "UNSPECIFIED".to_owned(),
        stream_id: track.index + 1,
        width: track.size.width,
    });
    InputDetail { id: index + 1, uri: uri.to_owned(), audio: audio.collect(), video: video.collect() }
}
