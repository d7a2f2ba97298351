//! Captured frames: outputs with the codec `FRAME_CAPTURE`.
//!
//! Source: the reference of `FrameCaptureSettings`.

use mediaconvert::settings::FrameCaptureSettings;

use super::one_each;
use crate::media::{filter::Filter, plan::ImageOutput};

/// The quality where the settings have none, in percent.
const USUAL_QUALITY: u32 = 80;
/// How many images there may be where the settings have no limit.
const USUAL_MAX: u64 = 10_000_000;

/// An output of captured frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FrameCapture {
    /// The seconds from one frame to the next.
    interval: f64,
    /// How many at most.
    max: u64,
    /// From 1, poor, to 100.
    quality: u32,
}

impl FrameCapture {
    /// What the settings ask for: one frame a second where they say nothing.
    pub(crate) fn new(settings: &FrameCaptureSettings) -> Self {
        let number = |value: Option<u32>| value.filter(|value| *value > 0);
        let frames = number(settings.framerate_numerator).unwrap_or(1);
        let seconds = number(settings.framerate_denominator).unwrap_or(1);
        Self {
            interval: f64::from(seconds) / f64::from(frames),
            max: number(settings.max_captures).map_or(USUAL_MAX, u64::from),
            quality: number(settings.quality).unwrap_or(USUAL_QUALITY).min(100),
        }
    }

    /// The output: its frames, brought to size by these filters.
    pub(crate) fn output(&self, scaling: Vec<Filter>) -> ImageOutput {
        let mut filters = vec![one_each(self.interval)];
        filters.extend(scaling);
        filters.extend(["scale=out_range=pc", "format=yuvj420p"].map(Filter::new));
        ImageOutput { filters, quality: self.quality, max: Some(self.max) }
    }

    /// The name of the image with this number, from 0.
    pub(crate) fn file_name(base: &str, modifier: &str, number: usize) -> String {
        format!("{base}{modifier}.{number:07}.jpg")
    }
}
