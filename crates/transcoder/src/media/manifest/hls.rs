//! HLS playlists (RFC 8216).

use std::fmt::Write as _;

use m3u8_rs::{AlternativeMedia, AlternativeMediaType, MasterPlaylist, Resolution, VariantStream};
use mediaconvert::settings::ManifestDurationFormat;

use super::{
    address,
    measured::{Bytes, Measured, Rates},
};
use crate::media::{plan::Playlists, probe::Size, timecode::FrameRate};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SegmentNames {
    Each(Vec<String>),
    Single(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InitSegment {
    pub(crate) name: String,
    /// The part of the file, when it is not all.
    pub(crate) bytes: Option<Bytes>,
}

/// What of each segment a playlist is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Whole,
    /// Its key frames, for fast forward.
    KeyFrames,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaylistKind {
    Media(Extent),
    Subtitles,
    Images,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PlaylistSegment {
    /// The lines before `EXTINF`.
    pub(crate) before: String,
    /// In seconds.
    pub(crate) duration: String,
    /// The lines between `EXTINF` and the address.
    pub(crate) after: String,
    pub(crate) uri: String,
}

/// A playlist of segments, of which the longest lasts so many seconds, rounded.
pub(crate) fn playlist(
    kind: PlaylistKind,
    version: u32,
    longest: f64,
    segments: impl IntoIterator<Item = PlaylistSegment>,
) -> String {
    let is_media = matches!(kind, PlaylistKind::Media(_));
    let independent = if is_media { "#EXT-X-INDEPENDENT-SEGMENTS\n" } else { "" };
    let sequence = if is_media { "" } else { "#EXT-X-MEDIA-SEQUENCE:1\n" };
    let only = match kind {
        PlaylistKind::Media(Extent::KeyFrames) => "#EXT-X-I-FRAMES-ONLY\n",
        PlaylistKind::Images => "#EXT-X-IMAGES-ONLY\n",
        PlaylistKind::Media(Extent::Whole) | PlaylistKind::Subtitles => "",
    };
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:{version}\n{independent}#EXT-X-TARGETDURATION:{:.0}\n{sequence}\
         #EXT-X-PLAYLIST-TYPE:VOD\n{only}",
        longest.max(1.0)
    );
    for PlaylistSegment { before, duration, after, uri } in segments {
        // Writing into a String cannot fail.
        let _ = write!(text, "{before}#EXTINF:{duration},\n{after}{uri}\n");
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

/// The playlist of one track, or of a video with its audio.
pub(crate) fn media_playlist(
    measured: &Measured,
    names: &SegmentNames,
    init: Option<&InitSegment>,
    extent: Extent,
    settings: &Playlists,
) -> String {
    let base = &settings.base_url;
    let range = |bytes: Bytes| format!("{}@{}", bytes.size, bytes.offset);
    let (listed, places) = match extent {
        Extent::Whole => (measured.clone(), (0..measured.segments.len()).collect()),
        Extent::KeyFrames => measured.key_frames(),
    };
    let segments = listed.segments.iter().zip(places).enumerate().map(|(at, (segment, place))| {
        let (name, is_whole_file) = match names {
            SegmentNames::Each(names) => (names.get(place).map_or("", String::as_str), extent == Extent::Whole),
            SegmentNames::Single(name) => (name.as_str(), false),
        };
        let mut before = String::new();
        if let Some(init) = init.filter(|_| at == 0) {
            let bytes = init.bytes.map(|bytes| format!(",BYTERANGE=\"{}\"", range(bytes))).unwrap_or_default();
            before = format!("#EXT-X-MAP:URI=\"{}\"{bytes}\n", address(base, &init.name));
        }
        if !is_whole_file {
            let _ = writeln!(before, "#EXT-X-BYTERANGE:{}", range(segment.bytes));
        }
        let seconds = listed.seconds(segment.duration);
        let seconds = match settings.durations {
            ManifestDurationFormat::FloatingPoint => (seconds * 1e6).round() / 1e6,
            ManifestDurationFormat::Integer => seconds.round(),
        };
        #[expect(clippy::cast_possible_truncation, reason = "so many digits are enough")]
        let duration = (seconds as f32).to_string();
        PlaylistSegment { before, duration, after: String::new(), uri: address(base, name) }
    });
    // The lowest version of the protocol that has what the playlist uses (RFC 8216, section 7).
    let version = match (names, init, extent) {
        (_, Some(_), Extent::Whole) => 6,
        (_, Some(_), Extent::KeyFrames) => 5,
        (SegmentNames::Single(_), None, _) | (_, None, Extent::KeyFrames) => 4,
        (SegmentNames::Each(_), None, Extent::Whole) => 3,
    };
    playlist(PlaylistKind::Media(extent), version, listed.longest().round(), segments)
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variant {
    pub(crate) playlist: String,
    /// Those of its own segments.
    pub(crate) rates: Rates,
    pub(crate) codecs: Vec<String>,
    pub(crate) picture: Option<(Size, FrameRate)>,
    pub(crate) audio_groups: Vec<String>,
    /// Its playlist of key frames, and their peak.
    pub(crate) key_frames: Option<(String, u64)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AudioRendition {
    pub(crate) playlist: String,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) language: Option<String>,
    pub(crate) channels: u32,
    pub(crate) choice: Choice,
    pub(crate) rates: Rates,
    pub(crate) codec: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    Default,
    /// When it fits what the user prefers.
    Automatic,
    Manual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubtitleRendition {
    pub(crate) playlist: String,
    pub(crate) name: String,
    pub(crate) language: Option<String>,
    pub(crate) choice: Choice,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Presentation {
    pub(crate) variants: Vec<Variant>,
    pub(crate) audio: Vec<AudioRendition>,
    pub(crate) subtitles: Vec<SubtitleRendition>,
    /// Further lines, about images.
    pub(crate) images: Vec<String>,
}

const SUBTITLES: &str = "subs";

pub(crate) fn master_playlist(presentation: &Presentation, settings: &Playlists) -> Vec<u8> {
    let base = &settings.base_url;
    let audio = presentation.audio.iter().map(|audio| AlternativeMedia {
        media_type: AlternativeMediaType::Audio,
        uri: Some(address(base, &audio.playlist)),
        group_id: quotable(&audio.group),
        language: audio.language.as_deref().map(quotable),
        name: quotable(&audio.name),
        default: audio.choice == Choice::Default,
        autoselect: audio.choice != Choice::Manual,
        channels: Some(audio.channels.to_string()),
        ..AlternativeMedia::default()
    });
    let subtitles = presentation.subtitles.iter().map(|subtitles| AlternativeMedia {
        media_type: AlternativeMediaType::Subtitles,
        uri: Some(address(base, &subtitles.playlist)),
        group_id: SUBTITLES.to_owned(),
        language: subtitles.language.as_deref().map(quotable),
        name: quotable(&subtitles.name),
        default: subtitles.choice == Choice::Default,
        autoselect: subtitles.choice != Choice::Manual,
        ..AlternativeMedia::default()
    });
    let variants = presentation.variants.iter().flat_map(|variant| streams(variant, presentation, settings));
    let key_frames = presentation.variants.iter().filter_map(|variant| key_frames(variant, settings));
    let playlist = MasterPlaylist {
        version: Some(6),
        alternatives: audio.chain(subtitles).collect(),
        variants: variants.chain(key_frames).collect(),
        independent_segments: true,
        ..MasterPlaylist::default()
    };
    let mut text = Vec::new();
    // Writing into memory cannot fail.
    let _ = playlist.write_to(&mut text);
    text.extend(presentation.images.concat().into_bytes());
    text
}

/// A variant for each of its groups of audio tracks, or one without.
fn streams(variant: &Variant, presentation: &Presentation, settings: &Playlists) -> Vec<VariantStream> {
    let is_there = |group: &&String| presentation.audio.iter().any(|audio| audio.group == **group);
    let groups: Vec<Option<&String>> = variant.audio_groups.iter().filter(is_there).map(Some).collect();
    let groups = if groups.is_empty() { vec![None] } else { groups };
    let stream = |group: Option<&String>| {
        let tracks = || presentation.audio.iter().filter(|audio| Some(&audio.group) == group);
        let peak = tracks().map(|audio| audio.rates.peak).max().unwrap_or(0);
        let average = tracks().map(|audio| audio.rates.average).max().unwrap_or(0);
        let mut codecs = variant.codecs.clone();
        for codec in tracks().filter_map(|audio| audio.codec.as_ref()) {
            if !codecs.contains(codec) {
                codecs.push(codec.clone());
            }
        }
        VariantStream {
            uri: address(&settings.base_url, &variant.playlist),
            bandwidth: variant.rates.peak + peak,
            average_bandwidth: Some(variant.rates.average + average),
            codecs: (!codecs.is_empty()).then(|| codecs.join(",")),
            resolution: resolution(variant, settings),
            frame_rate: variant.picture.map(|(_, rate)| (rate.per_second() * 1000.0).round() / 1000.0),
            audio: group.map(|group| quotable(group)),
            subtitles: (!presentation.subtitles.is_empty()).then(|| SUBTITLES.to_owned()),
            ..VariantStream::default()
        }
    };
    groups.into_iter().map(stream).collect()
}

fn resolution(variant: &Variant, settings: &Playlists) -> Option<Resolution> {
    let (size, _) = variant.picture.filter(|_| settings.has_resolution)?;
    Some(Resolution { width: size.width.into(), height: size.height.into() })
}

fn key_frames(variant: &Variant, settings: &Playlists) -> Option<VariantStream> {
    let (playlist, peak) = variant.key_frames.as_ref()?;
    Some(VariantStream {
        is_i_frame: true,
        uri: address(&settings.base_url, playlist),
        bandwidth: *peak,
        codecs: variant.codecs.first().cloned(),
        resolution: resolution(variant, settings),
        ..VariantStream::default()
    })
}

/// A text for an attribute in quotes, without what would end it.
pub(super) fn quotable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control() && *character != '"').collect()
}
