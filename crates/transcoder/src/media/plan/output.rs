//! One output of a group: what is in it, and how it is announced to players.

use mediaconvert::settings::{
    CmfcAudioTrackType, CmfcIFrameOnlyManifest, ContainerType, HlsAudioTrackType, HlsIFrameOnlyManifest,
    Mp4MoovPlacement, Output,
};

use super::{OutputAudio, group::Mention};

/// One output of a group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlannedOutput {
    /// Its place in the settings of its group.
    pub(crate) index: usize,
    /// What goes between the group's base name and the rest of each file's name.
    pub(crate) modifier: String,
    /// What is in it.
    pub(crate) content: Content,
    /// The container, for file groups.
    pub(crate) container: ContainerType,
    /// The extension, where the settings give one.
    pub(crate) extension: Option<String>,
    /// Where the index of an MP4 file is.
    pub(crate) index_place: IndexPlace,
    /// How players choose it among audio tracks.
    pub(crate) role: AudioRole,
    /// The audio groups that a video goes with, by name.
    pub(crate) audio_groups: Vec<String>,
    /// Whether there is a playlist of key frames.
    pub(crate) key_frame_playlist: Mention,
}

/// What an output holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    /// Video and audio, at least one of them.
    Media {
        /// The place in the plan's list of renditions.
        video: Option<usize>,
        /// The audio tracks.
        audio: Vec<OutputAudio>,
    },
    /// Captured frames.
    Captures,
    /// Captions alone.
    Captions,
    /// Nothing: what it should hold is not in the inputs.
    Nothing,
}

/// Where the index of an MP4 file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexPlace {
    /// Before the media, so that players can begin at once.
    Front,
    /// After the media.
    End,
}

/// How players choose an output that is audio alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AudioRole {
    /// One of the audio tracks of a group; players choose it by themselves, and by default.
    Default(String),
    /// One of the audio tracks of a group; players may choose it by themselves.
    Choosable(String),
    /// One of the audio tracks of a group; only on request.
    OnRequest(String),
    /// A variant of its own.
    Variant,
}

/// The group of audio tracks that have no group in the settings.
const USUAL_GROUP: &str = "program_audio";

impl PlannedOutput {
    /// An output with its settings, around what it holds.
    pub(super) fn new(index: usize, output: &Output, content: Content) -> Self {
        let container = output.container_settings.as_deref();
        let hls = output.output_settings.as_deref().and_then(|settings| settings.hls_settings.as_deref());
        let cmfc = container.and_then(|container| container.cmfc_settings.as_deref());
        let mp4 = container.and_then(|container| container.mp4_settings.as_deref());
        let group = hls.and_then(|hls| hls.audio_group_id.clone()).or_else(|| cmfc?.audio_group_id.clone());
        let sets = hls.and_then(|hls| hls.audio_rendition_sets.as_deref());
        let sets = sets.or_else(|| cmfc?.audio_rendition_sets.as_deref()).unwrap_or_default();
        let in_hls = matches!(
            hls.and_then(|hls| hls.i_frame_only_manifest),
            Some(HlsIFrameOnlyManifest::Include | HlsIFrameOnlyManifest::IncludeAsTs)
        );
        let in_cmaf = cmfc.and_then(|cmfc| cmfc.i_frame_only_manifest) == Some(CmfcIFrameOnlyManifest::Include);
        let kind = hls.and_then(|hls| hls.audio_track_type).map(Track::from);
        let kind = kind.or_else(|| cmfc?.audio_track_type.map(Track::from));
        Self {
            index,
            modifier: output.name_modifier.clone().unwrap_or_default(),
            content,
            container: container.and_then(|container| container.container).unwrap_or(ContainerType::Mp4),
            extension: output.extension.clone(),
            index_place: match mp4.and_then(|mp4| mp4.moov_placement) {
                Some(Mp4MoovPlacement::Normal) => IndexPlace::End,
                _ => IndexPlace::Front,
            },
            role: role(kind, group),
            audio_groups: sets.split(',').map(str::trim).filter(|set| !set.is_empty()).map(str::to_owned).collect(),
            key_frame_playlist: if in_hls || in_cmaf { Mention::Included } else { Mention::Excluded },
        }
    }
}

/// The same choice of HLS and CMAF outputs.
enum Track {
    Default,
    Choosable,
    OnRequest,
    Variant,
}

macro_rules! track {
    ($($type:ident),*) => {$(
        impl From<$type> for Track {
            fn from(kind: $type) -> Self {
                match kind {
                    $type::AlternateAudioAutoSelectDefault => Self::Default,
                    $type::AlternateAudioAutoSelect => Self::Choosable,
                    $type::AlternateAudioNotAutoSelect => Self::OnRequest,
                    $type::AudioOnlyVariantStream => Self::Variant,
                }
            }
        }
    )*};
}
track!(HlsAudioTrackType, CmfcAudioTrackType);

fn role(kind: Option<Track>, group: Option<String>) -> AudioRole {
    match (kind, group) {
        (None, None) | (Some(Track::Variant), _) => AudioRole::Variant,
        (None | Some(Track::Default), group) => AudioRole::Default(group.unwrap_or_else(|| USUAL_GROUP.to_owned())),
        (Some(Track::Choosable), group) => AudioRole::Choosable(group.unwrap_or_else(|| USUAL_GROUP.to_owned())),
        (Some(Track::OnRequest), group) => AudioRole::OnRequest(group.unwrap_or_else(|| USUAL_GROUP.to_owned())),
    }
}

impl AudioRole {
    /// The group of audio tracks that it is in.
    pub(crate) fn group(&self) -> Option<&str> {
        match self {
            Self::Default(group) | Self::Choosable(group) | Self::OnRequest(group) => Some(group),
            Self::Variant => None,
        }
    }
}
