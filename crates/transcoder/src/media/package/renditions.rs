//! The audio renditions of a master playlist.

use crate::media::{
    manifest::{
        Rates,
        hls::{AudioRendition, Choice},
    },
    plan::{AudioRole, OutputAudio, PlannedOutput},
};

/// Audio renditions whose names differ and of which at most one is each group's default.
#[derive(Default)]
pub(super) struct AudioRenditions {
    pub(super) list: Vec<AudioRendition>,
}

impl AudioRenditions {
    pub(super) fn add(
        &mut self,
        output: &PlannedOutput,
        audio: &OutputAudio,
        playlist: String,
        rates: Rates,
        codec: Option<String>,
    ) {
        let group = output.role.group().to_owned();
        let plain = || output.modifier.trim_start_matches(['_', '-', ' ']).to_owned();
        let name = audio.name.clone().or_else(|| audio.language.clone()).unwrap_or_else(plain);
        let name = if name.is_empty() { "audio".to_owned() } else { name };
        let mates = || self.list.iter().filter(|other| other.group == group);
        let has_default = mates().any(|other| other.choice == Choice::Default);
        let choice = match output.role {
            AudioRole::Default(_) | AudioRole::Variant if !has_default => Choice::Default,
            AudioRole::Default(_) | AudioRole::Variant | AudioRole::Choosable(_) => Choice::Automatic,
            AudioRole::OnRequest(_) => Choice::Manual,
        };
        let mut unique = name.clone();
        let mut number = 1;
        while mates().any(|other| other.name == unique) {
            number += 1;
            unique = format!("{name} {number}");
        }
        self.list.push(AudioRendition {
            playlist,
            group,
            name: unique,
            language: audio.language.clone(),
            channels: audio.channels,
            choice,
            rates,
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
