//! The images of a job: over the picture, captured from it, and storyboards.

use mediaconvert::settings::{Input, JobSettings, OutputGroup, ScalingBehavior, TimecodeSource, VideoDescription};

use super::{PlannedOutput, Planner};
use crate::media::{
    capture::{Cadence, Storyboard, captured_frames, storyboards},
    clipping,
    filter::Filter,
    inspect::InputClip,
    overlay::Overlay,
    timecode::{FrameRate, Timecode, TimecodeError},
};

/// Images of the picture that the run writes as JPEG files.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImageOutput {
    pub(crate) filters: Vec<Filter>,
    /// From 1, poor, to 100.
    pub(crate) quality: u32,
    pub(crate) max: Option<u64>,
}

/// The sheets of a storyboard, and the image output that writes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PlannedStoryboard {
    pub(crate) images: usize,
    pub(crate) storyboard: Storyboard,
}

impl Planner<'_> {
    /// The images over the picture of the first input.
    pub(super) fn input_overlays(&mut self) -> Result<Vec<Overlay>, TimecodeError> {
        let mut others = self.settings.inputs.iter().skip(1);
        if others.any(|input| input.image_inserter.given().is_some()) {
            self.warnings.add("ImageInserter of other inputs than the first one has no effect here");
        }
        let Some(settings) = self.input.image_inserter.given().filter(|_| self.picture.is_some()) else {
            return Ok(Vec::new());
        };
        let zero = clipping::zero(self.input, self.source)? + self.clip.clip.start;
        Overlay::all(settings, self.rate, zero, &mut self.plan.images)
    }

    pub(super) fn output_overlays(&mut self, video: &VideoDescription) -> Result<Vec<Overlay>, TimecodeError> {
        match video.video_preprocessors.image_inserter.given() {
            Some(settings) => Overlay::all(settings, self.rate, self.zero, &mut self.plan.images),
            None => Ok(Vec::new()),
        }
    }

    /// The storyboards of a group, which are made as large as its largest video allows.
    pub(super) fn storyboards(
        &mut self,
        group: &OutputGroup,
        outputs: &[PlannedOutput],
        segment_length: f64,
    ) -> Vec<PlannedStoryboard> {
        let renditions = outputs.iter().filter_map(PlannedOutput::rendition).map(|video| &self.plan.renditions[video]);
        let largest = renditions.max_by_key(|rendition| rendition.frame.size.height);
        let Some(rendition) = largest else { return Vec::new() };
        let rate = rendition.rate.per_second();
        let key_frames = f64::from(rendition.key_frames.every) / rate;
        let segments = if segment_length > 0.0 { segment_length } else { key_frames };
        let cadence = Cadence { key_frames, segments, frames: 1.0 / rate };
        let boards = storyboards(&group.output_group_settings, cadence, rendition.frame.size);
        let planned = boards.into_iter().map(|storyboard| {
            self.plan.image_outputs.push(storyboard.output());
            PlannedStoryboard { images: self.plan.image_outputs.len() - 1, storyboard }
        });
        planned.collect()
    }
}

/// The time code of the outputs' first frame, in seconds: `TimecodeConfig`.
pub(super) fn zero(
    settings: &JobSettings,
    input: &Input,
    clip: &InputClip,
    rate: FrameRate,
) -> Result<f64, TimecodeError> {
    let config = &settings.timecode_config;
    match config.source {
        Some(TimecodeSource::Zerobased) => Ok(0.0),
        Some(TimecodeSource::Specifiedstart) => {
            let start = config.start.as_deref().unwrap_or("00:00:00:00");
            Timecode::parse(start, rate).map(Timecode::seconds)
        }
        Some(TimecodeSource::Embedded) | None => Ok(clipping::zero(input, &clip.source)? + clip.clip.start),
    }
}

pub(super) fn capture(video: &VideoDescription) -> ImageOutput {
    let pixels = |length: Option<u32>| length.filter(|length| *length > 1);
    // As wide as a viewer sees it: pixels that are not square are made so.
    let mut scaling = vec!["scale=trunc(iw*sar/2+0.5)*2:ih".to_owned(), "setsar=1".to_owned()];
    let sized: &[String] = &match (pixels(video.width), pixels(video.height)) {
        (None, None) => vec![],
        (Some(width), None) => vec![format!("scale={width}:-2")],
        (None, Some(height)) => vec![format!("scale=-2:{height}")],
        (Some(width), Some(height)) => match video.scaling_behavior {
            Some(ScalingBehavior::StretchToOutput) => vec![format!("scale={width}:{height}")],
            Some(ScalingBehavior::Fill | ScalingBehavior::SmartCrop) => vec![
                format!("scale={width}:{height}:force_original_aspect_ratio=increase"),
                format!("crop={width}:{height}"),
            ],
            Some(ScalingBehavior::Fit | ScalingBehavior::FitNoUpscale) => {
                vec![format!("scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2")]
            }
            _ => vec![
                format!("scale={width}:{height}:force_original_aspect_ratio=decrease"),
                format!("pad={width}:{height}:(ow-iw)/2:(oh-ih)/2"),
            ],
        },
    };
    if !sized.is_empty() {
        scaling.extend(sized.iter().cloned().chain(["setsar=1".to_owned()]));
    }
    let scaling = scaling.into_iter().map(Filter::new).collect();
    captured_frames(&video.codec_settings.frame_capture_settings, scaling)
}
