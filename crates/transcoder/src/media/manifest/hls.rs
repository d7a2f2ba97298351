//! HLS playlists (RFC 8216).

use m3u8_rs::{
    AlternativeMedia, AlternativeMediaType, ByteRange, Map, MasterPlaylist, MediaPlaylist, MediaPlaylistType,
    MediaSegment, Resolution, VariantStream,
};

use super::{
    measured::{Bytes, Measured},
    text::{address, quotable, rounded},
};
use crate::media::plan::{Durations, Mention, Playlists, Rate, Size};

/// Where the segments of a playlist are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SegmentNames {
    /// Each in its own file.
    Each(Vec<String>),
    /// All in one file.
    Single(String),
}

/// Where the initialization section of fragmented MP4 is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Initialization {
    /// The file.
    pub(crate) name: String,
    /// The part of it, when it is not all.
    pub(crate) bytes: Option<Bytes>,
}

/// What of each segment a playlist is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// Its key frames, for fast forward.
    KeyFrames,
}

/// The playlist of one track, or of a video with its audio.
pub(crate) fn media_playlist(
    measured: &Measured,
    names: &SegmentNames,
    initialization: Option<&Initialization>,
    extent: Extent,
    settings: &Playlists,
) -> Vec<u8> {
    let base = &settings.base_url;
    let range = |bytes: Bytes| ByteRange { length: bytes.size, offset: Some(bytes.offset) };
    let (pieces, places) = match extent {
        Extent::Whole => (measured.clone(), (0..measured.segments.len()).collect()),
        Extent::KeyFrames => measured.key_frames(),
    };
    let segments = pieces.segments.iter().zip(places).enumerate().map(|(at, (piece, place))| {
        let (name, is_whole_file) = match names {
            SegmentNames::Each(names) => (names.get(place).map_or("", String::as_str), extent == Extent::Whole),
            SegmentNames::Single(name) => (name.as_str(), false),
        };
        let map = initialization.filter(|_| at == 0).map(|initialization| Map {
            uri: address(base, &initialization.name),
            byte_range: initialization.bytes.map(range),
            ..Map::default()
        });
        MediaSegment {
            uri: address(base, name),
            duration: duration(pieces.seconds(piece.duration), settings.durations),
            byte_range: (!is_whole_file).then(|| range(piece.bytes)),
            map,
            ..MediaSegment::default()
        }
    });
    let playlist = MediaPlaylist {
        version: Some(version(names, initialization, extent)),
        target_duration: target(pieces.longest()),
        segments: segments.collect(),
        end_list: true,
        playlist_type: Some(MediaPlaylistType::Vod),
        i_frames_only: extent == Extent::KeyFrames,
        independent_segments: true,
        ..MediaPlaylist::default()
    };
    let mut text = Vec::new();
    // Writing into memory cannot fail.
    let _ = playlist.write_to(&mut text);
    text
}

/// The lowest version of the protocol that has what the playlist uses (RFC 8216, section 7).
fn version(names: &SegmentNames, initialization: Option<&Initialization>, extent: Extent) -> usize {
    match (names, initialization, extent) {
        (_, Some(_), Extent::Whole) => 6,
        (_, Some(_), Extent::KeyFrames) => 5,
        (SegmentNames::Single(_), None, _) | (_, None, Extent::KeyFrames) => 4,
        (SegmentNames::Each(_), None, Extent::Whole) => 3,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "durations are short")]
fn duration(seconds: f64, durations: Durations) -> f32 {
    match durations {
        Durations::Exact => ((seconds * 1e6).round() / 1e6) as f32,
        Durations::Whole => seconds.round() as f32,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "durations are positive and short")]
fn target(longest: f64) -> u64 {
    longest.round().max(1.0) as u64
}

/// One variant of a film.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variant {
    /// Its playlist.
    pub(crate) playlist: String,
    /// The peak of its own segments, in bits per second.
    pub(crate) peak: u64,
    /// The average of its own segments, in bits per second.
    pub(crate) average: u64,
    /// Its own codecs.
    pub(crate) codecs: Vec<String>,
    /// The picture, for variants with video.
    pub(crate) picture: Option<(Size, Rate)>,
    /// The groups of audio tracks that go with it.
    pub(crate) audio_groups: Vec<String>,
    /// Its playlist of key frames, and their peak.
    pub(crate) key_frames: Option<(String, u64)>,
}

/// An audio track beside the variants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AudioRendition {
    /// Its playlist.
    pub(crate) playlist: String,
    /// The group.
    pub(crate) group: String,
    /// What players show.
    pub(crate) name: String,
    /// The language.
    pub(crate) language: Option<String>,
    /// The number of channels.
    pub(crate) channels: u32,
    /// When it is chosen.
    pub(crate) choice: Choice,
    /// The peak of its segments, in bits per second.
    pub(crate) peak: u64,
    /// Their average, in bits per second.
    pub(crate) average: u64,
    /// Its codec.
    pub(crate) codec: Option<String>,
}

/// When players choose a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// By default.
    Default,
    /// When it fits what the user prefers.
    Automatic,
    /// On request.
    Manual,
}

/// Captions beside the variants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubtitleRendition {
    /// Its playlist.
    pub(crate) playlist: String,
    /// What players show.
    pub(crate) name: String,
    /// The language.
    pub(crate) language: Option<String>,
    /// When it is chosen.
    pub(crate) choice: Choice,
}

/// Everything that a master playlist lists.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Presentation {
    /// The variants.
    pub(crate) variants: Vec<Variant>,
    /// The audio tracks beside them.
    pub(crate) audio: Vec<AudioRendition>,
    /// The captions beside them.
    pub(crate) subtitles: Vec<SubtitleRendition>,
    /// Further lines, which tell of images.
    pub(crate) images: Vec<String>,
}

/// The group of all captions.
const SUBTITLES: &str = "subs";

/// The master playlist.
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
        let peak = tracks().map(|audio| audio.peak).max().unwrap_or(0);
        let average = tracks().map(|audio| audio.average).max().unwrap_or(0);
        let mut codecs = variant.codecs.clone();
        for codec in tracks().filter_map(|audio| audio.codec.as_ref()) {
            if !codecs.contains(codec) {
                codecs.push(codec.clone());
            }
        }
        VariantStream {
            uri: address(&settings.base_url, &variant.playlist),
            bandwidth: variant.peak + peak,
            average_bandwidth: Some(variant.average + average),
            codecs: (!codecs.is_empty()).then(|| codecs.join(",")),
            resolution: resolution(variant, settings),
            frame_rate: variant.picture.map(|(_, rate)| rounded(rate.per_second())),
            audio: group.map(|group| quotable(group)),
            subtitles: (!presentation.subtitles.is_empty()).then(|| SUBTITLES.to_owned()),
            ..VariantStream::default()
        }
    };
    groups.into_iter().map(stream).collect()
}

fn resolution(variant: &Variant, settings: &Playlists) -> Option<Resolution> {
    let (size, _) = variant.picture.filter(|_| settings.resolution == Mention::Included)?;
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
