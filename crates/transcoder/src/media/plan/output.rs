//! One output of a group: what is in it, and how it is announced to players.

use mediaconvert::settings::{AudioTrackType, ContainerType, HlsIFrameOnlyManifest, MoovPlacement, Output, Presence};

use super::{OutputAudio, Subtitles};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlannedOutput {
    /// Its place in the settings of its group.
    pub(crate) index: usize,
    /// What goes between the group's base name and the rest of each file's name.
    pub(crate) modifier: String,
    pub(crate) content: Content,
    pub(crate) container: ContainerType,
    pub(crate) extension: Option<String>,
    pub(crate) moov_placement: MoovPlacement,
    /// How players choose it among audio tracks.
    pub(crate) role: AudioTrackType,
    /// The audio group that it is in when it is audio alone.
    pub(crate) audio_group: String,
    /// The audio groups that a video goes with, by name.
    pub(crate) audio_groups: Vec<String>,
    pub(crate) key_frame_playlist: bool,
    pub(crate) subtitles: Vec<Subtitles>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    /// Video and audio, at least one of them.
    Media {
        /// The place in the plan's list of renditions.
        video: Option<usize>,
        audio: Vec<OutputAudio>,
    },
    /// Captured frames: the place in the plan's list of image outputs.
    Captures(usize),
    Captions,
    /// Nothing: what it should hold is not in the inputs.
    Nothing,
}

/// The group of audio tracks that have no group in the settings.
const DEFAULT_AUDIO_GROUP: &str = "program_audio";

impl PlannedOutput {
    /// An output with its settings, around what it holds.
    pub(super) fn new(index: usize, output: &Output, content: Content, subtitles: Vec<Subtitles>) -> Self {
        let container = &output.container_settings;
        let (hls, cmfc) = (&output.output_settings.hls_settings, &container.cmfc_settings);
        let group = hls.audio_group_id.as_ref().or(cmfc.audio_group_id.as_ref());
        let role = hls.audio_track_type.or(cmfc.audio_track_type).unwrap_or(match group {
            Some(_) => AudioTrackType::AlternateAudioAutoSelectDefault,
            None => AudioTrackType::AudioOnlyVariantStream,
        });
        let group = group.filter(|_| role != AudioTrackType::AudioOnlyVariantStream);
        let sets = hls.audio_rendition_sets.as_deref().or(cmfc.audio_rendition_sets.as_deref()).unwrap_or_default();
        let in_hls = matches!(
            hls.i_frame_only_manifest,
            Some(HlsIFrameOnlyManifest::Include | HlsIFrameOnlyManifest::IncludeAsTs)
        );
        let in_cmaf = cmfc.i_frame_only_manifest == Some(Presence::Include);
        Self {
            index,
            modifier: output.name_modifier.clone().unwrap_or_default(),
            content,
            container: container.container.unwrap_or(ContainerType::Mp4),
            extension: output.extension.clone(),
            moov_placement: container.mp4_settings.moov_placement.unwrap_or(MoovPlacement::ProgressiveDownload),
            role,
            audio_group: group.map_or(DEFAULT_AUDIO_GROUP, String::as_str).to_owned(),
            audio_groups: sets.split(',').map(str::trim).filter(|set| !set.is_empty()).map(str::to_owned).collect(),
            key_frame_playlist: in_hls || in_cmaf,
            subtitles,
        }
    }

    pub(crate) fn rendition(&self) -> Option<usize> {
        match self.content {
            Content::Media { video, .. } => video,
            _ => None,
        }
    }
}
