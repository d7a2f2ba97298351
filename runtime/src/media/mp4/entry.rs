//! Sample entries: what codec a track has, and how it is set up.

use mp4_atom::{Ac3SpecificBox, Atom, Ec3SpecificBox, Esds, Fiel, Pasp};
use pipeline::mediainfo::{Audio, PixelAspect, Text, Video};

use super::{
    super::{audio_config, video_config},
    boxes::{Children, child},
};

/// The names of pictures' sample entries; `ProRes` has its profile there.
const VIDEO: [(&[u8; 4], &str, Option<&str>); 27] = [
    (b"avc1", "AVC", None),
    (b"avc3", "AVC", None),
    (b"dva1", "AVC", None),
    (b"dvav", "AVC", None),
    (b"hvc1", "HEVC", None),
    (b"hev1", "HEVC", None),
    (b"dvh1", "HEVC", None),
    (b"dvhe", "HEVC", None),
    (b"av01", "AV1", None),
    (b"vp08", "VP8", None),
    (b"vp09", "VP9", None),
    (b"apco", "ProRes", Some("422 Proxy")),
    (b"apcs", "ProRes", Some("422 LT")),
    (b"apcn", "ProRes", Some("422")),
    (b"apch", "ProRes", Some("422 HQ")),
    (b"ap4h", "ProRes", Some("4444")),
    (b"ap4x", "ProRes", Some("4444 XQ")),
    (b"mp4v", "MPEG-4 Visual", None),
    (b"AVdn", "VC-3", None),
    (b"AVdh", "VC-3", None),
    (b"jpeg", "JPEG", None),
    (b"mjpa", "JPEG", None),
    (b"mjpb", "JPEG", None),
    (b"mjp2", "JPEG 2000", None),
    (b"rle ", "RLE", None),
    (b"vc-1", "VC-1", None),
    (b"s263", "H.263", None),
];

/// The names of sounds' sample entries.
const AUDIO: [(&[u8; 4], &str); 27] = [
    (b"mp4a", "AAC"),
    (b"ac-3", "AC-3"),
    (b"ec-3", "E-AC-3"),
    (b"ac-4", "AC-4"),
    (b"Opus", "Opus"),
    (b"fLaC", "FLAC"),
    (b"alac", "ALAC"),
    (b".mp3", "MPEG Audio"),
    (b"samr", "AMR"),
    (b"sawb", "AMR"),
    (b"dtsc", "DTS"),
    (b"dtsh", "DTS"),
    (b"dtsl", "DTS"),
    (b"mlpa", "MLP FBA"),
    (b"sowt", "PCM"),
    (b"twos", "PCM"),
    (b"lpcm", "PCM"),
    (b"in24", "PCM"),
    (b"in32", "PCM"),
    (b"fl32", "PCM"),
    (b"fl64", "PCM"),
    (b"ipcm", "PCM"),
    (b"fpcm", "PCM"),
    (b"s16l", "PCM"),
    (b"raw ", "PCM"),
    (b"ulaw", "PCM"),
    (b"alaw", "PCM"),
];

/// The names of texts' sample entries.
const TEXT: [(&[u8; 4], &str); 6] = [
    (b"tx3g", "Timed Text"),
    (b"text", "Timed Text"),
    (b"wvtt", "WebVTT"),
    (b"stpp", "TTML"),
    (b"c608", "EIA-608"),
    (b"c708", "EIA-708"),
];

/// The codecs that MPEG-4's object type indications name (<https://mp4ra.org/registered-types/object-types>).
const OBJECT_TYPES: [(u8, &str); 19] = [
    (0x20, "MPEG-4 Visual"),
    (0x40, "AAC"),
    (0x60, "MPEG Video"),
    (0x61, "MPEG Video"),
    (0x62, "MPEG Video"),
    (0x63, "MPEG Video"),
    (0x64, "MPEG Video"),
    (0x65, "MPEG Video"),
    (0x66, "AAC"),
    (0x67, "AAC"),
    (0x68, "AAC"),
    (0x69, "MPEG Audio"),
    (0x6A, "MPEG Video"),
    (0x6B, "MPEG Audio"),
    (0x6C, "JPEG"),
    (0xA5, "AC-3"),
    (0xA6, "E-AC-3"),
    (0xAD, "Opus"),
    (0xDD, "Vorbis"),
];

/// Where the boxes of a picture's entry start.
const VIDEO_BOXES: usize = 78;

fn first(stsd: &[u8]) -> Option<([u8; 4], &[u8])> {
    Children::of(stsd).next()
}

fn big_endian(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// The code itself where it has no name.
fn code(kind: [u8; 4]) -> String {
    String::from_utf8_lossy(&kind).trim().to_owned()
}

/// The pictures that the sample entries describe.
pub(super) fn video(stsd: &[u8]) -> Option<Video> {
    let (kind, entry) = first(stsd)?;
    let named = VIDEO.iter().find(|(code, ..)| **code == kind);
    let size = |offset| big_endian(entry, offset).map(u32::from).filter(|pixels| *pixels > 0);
    let mut video = Video {
        codec: named.map_or_else(|| code(kind), |(_, name, _)| (*name).to_owned()),
        profile: named.and_then(|(.., profile)| profile.map(str::to_owned)),
        width: size(24),
        height: size(26),
        ..Video::default()
    };
    for (kind, mut body) in Children::of(entry.get(VIDEO_BOXES..).unwrap_or_default()) {
        match &kind {
            b"avcC" => video_config::avc_record(body, &mut video),
            b"hvcC" => video_config::hevc_record(body, &mut video),
            b"av1C" => video_config::av1_record(body, &mut video),
            b"vpcC" => video_config::vp_record(body, &mut video),
            b"pasp" => {
                let shape = Pasp::decode_body(&mut body).ok();
                let shape = shape.and_then(|pasp| PixelAspect::new(pasp.h_spacing.into(), pasp.v_spacing.into()));
                video.pixel_aspect_ratio = shape.or(video.pixel_aspect_ratio);
            }
            b"fiel" => {
                let fields = Fiel::decode_body(&mut body).map_or(1, |fields| fields.field_count);
                video.scan_type = Some(if fields == 2 { "Interlaced" } else { "Progressive" }.to_owned());
            }
            b"esds" => {
                let object = Esds::decode_body(&mut body).ok().map(|esds| esds.es_desc.dec_config);
                if let Some(name) = object.and_then(|config| object_type(config.object_type_indication)) {
                    name.clone_into(&mut video.codec);
                }
            }
            _ => {}
        }
    }
    Some(video)
}

/// The sound that the sample entries describe.
pub(super) fn audio(stsd: &[u8]) -> Option<Audio> {
    let (kind, entry) = first(stsd)?;
    let named = AUDIO.iter().find(|(code, _)| **code == kind);
    // QuickTime's versions 1 and 2 of the entry are longer (QuickTime File Format, "Sound sample descriptions").
    let version = big_endian(entry, 8).unwrap_or_default();
    let boxes = match version {
        1 => 44,
        2 => 64,
        _ => 28,
    };
    let mut audio = Audio {
        codec: named.map_or_else(|| code(kind), |(_, name)| (*name).to_owned()),
        channels: big_endian(entry, 16).map(u32::from).filter(|channels| *channels > 0),
        sampling_rate: big_endian(entry, 24).map(u32::from).filter(|rate| *rate > 1),
        ..Audio::default()
    };
    if version == 2 {
        let rate = entry.get(32..).and_then(|bytes| bytes.first_chunk()).map(|bytes| f64::from_be_bytes(*bytes));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
        let rate = rate.filter(|rate| *rate > 0.0).map(|rate| rate as u32);
        audio.sampling_rate = rate.or(audio.sampling_rate);
        let channels = entry.get(40..).and_then(|bytes| bytes.first_chunk());
        audio.channels =
            channels.map(|bytes| u32::from_be_bytes(*bytes)).filter(|channels| (1..=64).contains(channels));
    }
    let boxes = entry.get(boxes..).unwrap_or_default();
    configure(boxes, &mut audio);
    // QuickTime puts the configuration into another box.
    if let Some(wave) = child(boxes, *b"wave") {
        configure(wave, &mut audio);
    }
    Some(audio)
}

fn configure(boxes: &[u8], audio: &mut Audio) {
    for (kind, mut body) in Children::of(boxes) {
        match &kind {
            b"esds" => {
                let Ok(esds) = Esds::decode_body(&mut body) else { continue };
                let config = esds.es_desc.dec_config;
                if let Some(name) = object_type(config.object_type_indication) {
                    name.clone_into(&mut audio.codec);
                }
                audio.bitrate = Some(u64::from(config.avg_bitrate)).filter(|rate| *rate > 0);
                if let (Some(specific), "AAC") = (config.dec_specific, audio.codec.as_str()) {
                    audio_config::aac(&specific.raw, audio);
                }
            }
            b"dac3" => {
                let Ok(config) = Ac3SpecificBox::decode_body(&mut body) else { continue };
                audio.channels = audio_config::ac3_channels(config.acmod, config.lfeon);
                audio.bitrate = audio_config::ac3_rate(config.bit_rate_code);
            }
            b"dec3" => {
                let Ok(config) = Ec3SpecificBox::decode_body(&mut body) else { continue };
                audio.bitrate = Some(u64::from(config.data_rate) * 1000);
                if let Some(main) = config.substreams.first() {
                    audio.channels = audio_config::ac3_channels(main.acmod, main.lfeon);
                }
            }
            b"dOps" => audio.channels = body.get(1).map(|channels| u32::from(*channels)).or(audio.channels),
            _ => {}
        }
    }
}

/// The text that the sample entries describe.
pub(super) fn text(stsd: &[u8]) -> Option<Text> {
    let (kind, _) = first(stsd)?;
    let named = TEXT.iter().find(|(code, _)| **code == kind);
    let format = named.map_or_else(|| code(kind), |(_, name)| (*name).to_owned());
    Some(Text { format, ..Text::default() })
}

fn object_type(number: u8) -> Option<&'static str> {
    OBJECT_TYPES.iter().find(|(indication, _)| *indication == number).map(|(_, name)| *name)
}
