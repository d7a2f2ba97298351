//! A track entry: its codec, its language and what it looks or sounds like.

use pipeline::mediainfo::{Audio, MediaInfo, PixelAspect, Rotation, Text, Video};

use super::{
    super::{audio_config, video_config},
    ebml::{child, float, nested, text, unsigned},
};

const NUMBER: u32 = 0xD7;
const TYPE: u32 = 0x83;
const CODEC_ID: u32 = 0x86;
const CODEC_PRIVATE: u32 = 0x63A2;
const DEFAULT_DURATION: u32 = 0x23_E383;
const LANGUAGE: u32 = 0x22_B59C;
const LANGUAGE_BCP47: u32 = 0x22_B59D;
const VIDEO: u32 = 0xE0;
const FLAG_INTERLACED: u32 = 0x9A;
const PIXEL_WIDTH: u32 = 0xB0;
const PIXEL_HEIGHT: u32 = 0xBA;
const PIXEL_CROPS: [u32; 4] = [0x54CC, 0x54DD, 0x54BB, 0x54AA];
const DISPLAY_WIDTH: u32 = 0x54B0;
const DISPLAY_HEIGHT: u32 = 0x54BA;
const DISPLAY_UNIT: u32 = 0x54B2;
const COLOUR: u32 = 0x55B0;
const BITS_PER_CHANNEL: u32 = 0x55B2;
const PROJECTION: u32 = 0x7670;
const POSE_ROLL: u32 = 0x7675;
const AUDIO: u32 = 0xE1;
const SAMPLING_FREQUENCY: u32 = 0xB5;
const CHANNELS: u32 = 0x9F;

/// The names of codecs by the start of their ids
/// (<https://www.matroska.org/technical/codec_specs.html>); longer starts come first.
const CODECS: [(&str, &str); 32] = [
    ("V_MPEG4/ISO/AVC", "AVC"),
    ("V_MPEGH/ISO/HEVC", "HEVC"),
    ("V_AV1", "AV1"),
    ("V_VP8", "VP8"),
    ("V_VP9", "VP9"),
    ("V_MPEG4/ISO", "MPEG-4 Visual"),
    ("V_MPEG1", "MPEG Video"),
    ("V_MPEG2", "MPEG Video"),
    ("V_PRORES", "ProRes"),
    ("V_MJPEG", "JPEG"),
    ("V_THEORA", "Theora"),
    ("V_FFV1", "FFV1"),
    ("V_UNCOMPRESSED", "YUV"),
    ("A_AAC", "AAC"),
    ("A_AC3", "AC-3"),
    ("A_EAC3", "E-AC-3"),
    ("A_OPUS", "Opus"),
    ("A_VORBIS", "Vorbis"),
    ("A_FLAC", "FLAC"),
    ("A_ALAC", "ALAC"),
    ("A_MPEG/", "MPEG Audio"),
    ("A_PCM/", "PCM"),
    ("A_DTS", "DTS"),
    ("A_TRUEHD", "MLP FBA"),
    ("S_TEXT/UTF8", "UTF-8"),
    ("S_TEXT/ASS", "ASS"),
    ("S_TEXT/SSA", "SSA"),
    ("S_TEXT/WEBVTT", "WebVTT"),
    ("D_WEBVTT", "WebVTT"),
    ("S_HDMV/PGS", "PGS"),
    ("S_VOBSUB", "VobSub"),
    ("S_DVBSUB", "DVB Subtitle"),
];

/// Adds a track to what is known of the file.
pub(super) fn describe(entry: &[u8], duration: Option<f64>, info: &mut MediaInfo) {
    let id = text(entry, CODEC_ID).unwrap_or_default();
    let named = CODECS.iter().find(|(start, _)| id.starts_with(start));
    let codec = named.map_or_else(|| id.clone(), |(_, name)| (*name).to_owned());
    // What has no language is English (RFC 9559, 5.1.4.1.19).
    let language = text(entry, LANGUAGE_BCP47).or_else(|| text(entry, LANGUAGE)).or_else(|| Some("eng".to_owned()));
    match unsigned(entry, TYPE) {
        Some(1) => info.video.push(video(entry, codec, duration)),
        Some(2) => info.audio.push(Audio { language, duration, ..audio(entry, codec, &id) }),
        Some(17) => info.text.push(Text {
            id: unsigned(entry, NUMBER).map(|number| number.to_string()),
            format: codec,
            duration,
            language,
            ..Text::default()
        }),
        _ => {}
    }
}

fn video(entry: &[u8], codec: String, duration: Option<f64>) -> Video {
    let picture = child(entry, VIDEO).unwrap_or_default();
    let pixels = |id| unsigned(picture, id).filter(|pixels| *pixels > 0);
    let cropped = |length: Option<u64>, sides: &[u32]| {
        let cropped = sides.iter().filter_map(|side| unsigned(picture, *side)).fold(0, u64::saturating_add);
        length.map(|length| length.saturating_sub(cropped))
    };
    let width = cropped(pixels(PIXEL_WIDTH), &PIXEL_CROPS[..2]);
    let height = cropped(pixels(PIXEL_HEIGHT), &PIXEL_CROPS[2..]);
    // In units other than pixels, the sizes are still a shape; only 4 stands for "unknown".
    let shown = pixels(DISPLAY_WIDTH).zip(pixels(DISPLAY_HEIGHT));
    let shown = shown.filter(|_| unsigned(picture, DISPLAY_UNIT) != Some(4));
    let shape = shown.zip(width.zip(height)).and_then(|((wide, high), (width, height))| {
        PixelAspect::new(wide.checked_mul(height)?, high.checked_mul(width)?)
    });
    let scan = match unsigned(picture, FLAG_INTERLACED) {
        Some(1) => Some("Interlaced"),
        Some(2) => Some("Progressive"),
        _ => None,
    };
    #[expect(clippy::cast_precision_loss, reason = "the durations of pictures are small")]
    let framerate = unsigned(entry, DEFAULT_DURATION).filter(|nanos| *nanos > 0).map(|nanos| 1e9 / nanos as f64);
    let mut video = Video {
        codec,
        duration,
        framerate,
        width: width.and_then(|width| u32::try_from(width).ok()),
        height: height.and_then(|height| u32::try_from(height).ok()),
        scan_type: scan.map(str::to_owned),
        pixel_aspect_ratio: shape,
        rotation: rotation(picture),
        ..Video::default()
    };
    let config = child(entry, CODEC_PRIVATE).unwrap_or_default();
    match video.codec.as_str() {
        "AVC" => video_config::avc_record(config, &mut video),
        "HEVC" => video_config::hevc_record(config, &mut video),
        "AV1" => video_config::av1_record(config, &mut video),
        _ => {}
    }
    let bits = nested(picture, COLOUR, BITS_PER_CHANNEL).and_then(|bits| u32::try_from(bits).ok());
    video.bit_depth = video.bit_depth.or(bits.filter(|bits| *bits > 0));
    video
}

/// The roll of a picture, which the file counts against the clock.
fn rotation(picture: &[u8]) -> Rotation {
    let roll = child(picture, PROJECTION).and_then(|projection| float(projection, POSE_ROLL));
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
    let degrees = roll.map_or(0, |roll| -roll.round() as i64);
    Rotation::of_degrees(degrees).unwrap_or_default()
}

fn audio(entry: &[u8], codec: String, id: &str) -> Audio {
    let sound = child(entry, AUDIO).unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    let rate = float(sound, SAMPLING_FREQUENCY).map(|rate| rate.round() as u32).filter(|rate| *rate > 0);
    let channels = unsigned(sound, CHANNELS).unwrap_or(1);
    let mut audio = Audio { codec, sampling_rate: rate, channels: u32::try_from(channels).ok(), ..Audio::default() };
    if id == "A_AAC"
        && let Some(config) = child(entry, CODEC_PRIVATE)
    {
        audio_config::aac(config, &mut audio);
    }
    audio
}
