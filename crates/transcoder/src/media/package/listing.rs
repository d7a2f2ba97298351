//! How the tracks of a group are listed in its manifests.

use super::track::Track;
use crate::media::{
    manifest::{codec_name, hls},
    plan::{AudioRole, OutputAudio, PlannedOutput},
};

/// The codec of a track as manifests name it.
pub(super) fn codec(track: &Track) -> Option<String> {
    codec_name(track.codec())
}

/// The group of audio tracks that have none of their own.
const USUAL_GROUP: &str = "program_audio";

/// A list of audio tracks whose names differ and of which at most one is each group's default.
#[derive(Default)]
pub(super) struct AudioList {
    pub(super) list: Vec<hls::AudioRendition>,
}

impl AudioList {
    /// Lists the audio of an output; `role` is the output's.
    pub(super) fn add(
        &mut self,
        role: &AudioRole,
        output: &PlannedOutput,
        audio: &OutputAudio,
        playlist: String,
        (peak, average): (u64, u64),
        codec: Option<String>,
    ) {
        let group = role.group().unwrap_or(USUAL_GROUP).to_owned();
        let plain = || output.modifier.trim_start_matches(['_', '-', ' ']).to_owned();
        let name = audio.name.clone().or_else(|| audio.language.clone()).unwrap_or_else(plain);
        let name = if name.is_empty() { "audio".to_owned() } else { name };
        let mates = || self.list.iter().filter(|other| other.group == group);
        let has_default = mates().any(|other| other.choice == hls::Choice::Default);
        let choice = match role {
            AudioRole::Default(_) | AudioRole::Variant if !has_default => hls::Choice::Default,
            AudioRole::Default(_) | AudioRole::Variant | AudioRole::Choosable(_) => hls::Choice::Automatic,
            AudioRole::OnRequest(_) => hls::Choice::Manual,
        };
        let mut unique = name.clone();
        let mut number = 1;
        while mates().any(|other| other.name == unique) {
            number += 1;
            unique = format!("{name} {number}");
        }
        self.list.push(hls::AudioRendition {
            playlist,
            group,
            name: unique,
            language: audio.language.clone(),
            channels: audio.channels,
            choice,
            peak,
            average,
            codec,
        });
    }

    /// The groups that a video goes with: those it names, or all.
    pub(super) fn groups_for(&self, output: &PlannedOutput) -> Vec<String> {
        if !output.audio_groups.is_empty() {
            return output.audio_groups.clone();
        }
        let mut groups: Vec<String> = self.list.iter().map(|audio| audio.group.clone()).collect();
        groups.dedup();
        groups
    }
}

/// An audio track that is a variant of its own.
pub(super) fn variant(audio: hls::AudioRendition) -> hls::Variant {
    hls::Variant {
        playlist: audio.playlist,
        peak: audio.peak,
        average: audio.average,
        codecs: audio.codec.into_iter().collect(),
        picture: None,
        audio_groups: Vec::new(),
        key_frames: None,
    }
}
