//! Which captions an output has.

use mediaconvert::settings::{
    BurninDestinationSettings, CaptionDescription, HlsCaptionSegmentLengthControl, Output, OutputGroup,
};

use super::{Planner, Rendition, place};
use crate::media::captions::{
    CaptionSource, CaptionTarget, Cue, Label, joined, label, selector, source, target, write_srt,
};

/// Captions of an output, in files beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Subtitles {
    /// The number among the captions of its output.
    pub(crate) number: usize,
    pub(crate) format: SubtitleFormat,
    pub(crate) label: Label,
    pub(crate) cues: Vec<Cue>,
    /// How long their segments are: `CaptionSegmentLengthControl`.
    pub(crate) length: HlsCaptionSegmentLengthControl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubtitleFormat {
    WebVtt,
    Srt,
}

/// Captions that become part of a picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BurntIn {
    /// The place in the plan's list of files.
    pub(crate) file: usize,
    pub(crate) style: BurninDestinationSettings,
}

impl Planner<'_> {
    /// The captions of an output; those that are burnt in go into its rendition.
    pub(super) fn subtitles(
        &mut self,
        output: &Output,
        group: &OutputGroup,
        mut rendition: Option<&mut Rendition>,
    ) -> Vec<Subtitles> {
        let length = group.output_group_settings.hls_group_settings.caption_segment_length_control;
        let mut found = Vec::new();
        for (number, description) in output.caption_descriptions.iter().enumerate() {
            let target = target(description);
            if let CaptionTarget::Unsupported(kind) = target {
                self.warnings.add(format!("captions of the type {kind} cannot be written here and are left out"));
                continue;
            }
            let cues = self.cues(description);
            if cues.is_empty() {
                continue;
            }
            let format = match target {
                CaptionTarget::BurnIn(style) => {
                    if let Some(rendition) = rendition.as_deref_mut() {
                        // Outputs with the same captions share a file, so that they can share a rendition.
                        let file = place(&mut self.plan.burnt_in, write_srt(&cues));
                        rendition.burnt_in.push(BurntIn { file, style: *style });
                    }
                    continue;
                }
                CaptionTarget::Srt => SubtitleFormat::Srt,
                CaptionTarget::WebVtt | CaptionTarget::Unsupported(_) => SubtitleFormat::WebVtt,
            };
            let length = length.unwrap_or(HlsCaptionSegmentLengthControl::LargeSegments);
            found.push(Subtitles { number, format, label: self.label(description), cues, length });
        }
        found
    }

    /// The captions of a description on the time line of the output.
    fn cues(&mut self, description: &CaptionDescription) -> Vec<Cue> {
        let mut clips = Vec::new();
        for clip in self.clips {
            let mut cues: &[Cue] = &[];
            if let Some((name, selector)) = selector(self.settings, clip.input, description) {
                if let CaptionSource::Nothing(reason) = source(selector, &clip.source) {
                    self.warnings.add(reason);
                }
                cues = self.captions.get(&(clip.input, name.to_owned())).map_or(&[], Vec::as_slice);
            } else {
                self.warnings.add("a caption description names a selector that its input does not have");
            }
            clips.push((cues, clip.clip, clip.duration));
        }
        joined(&clips)
    }

    fn label(&self, description: &CaptionDescription) -> Label {
        let selector = selector(self.settings, 0, description).map(|(_, selector)| selector);
        let track = selector.and_then(|selector| match source(selector, self.source) {
            CaptionSource::Track(index) => self.source.text.iter().find(|track| track.index == index),
            _ => None,
        });
        label(description, selector, track)
    }
}
