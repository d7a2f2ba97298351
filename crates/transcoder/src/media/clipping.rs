//! Which parts of an input are taken: `InputClippings`.
//!
//! Each part becomes an input of ffmpeg, whose arguments begin with those of [`Clip::arguments`]; the parts
//! then follow each other as several inputs do.
//! Source: the reference of `InputClippings`, `TimecodeSource` and `TimecodeStart`
//! (<https://docs.aws.amazon.com/mediaconvert/latest/ug/assembling-multiple-inputs-and-input-clips.html>).

use std::ffi::OsString;

use mediaconvert::settings::{Input, TimecodeSource};

use super::{
    probe::Source,
    timecode::{FrameRate, Timecode, TimecodeError},
};
use crate::work::{ErrorCode, JobFailure};

/// A part of an input, in seconds from its first frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Clip {
    pub(crate) start: f64,
    /// Where it ends; none for the input's end.
    pub(crate) end: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum ClippingError {
    #[error(transparent)]
    Timecode(#[from] TimecodeError),
    #[error("the clipping from {start} to {end} ends before it begins")]
    Reversed { start: String, end: String },
    #[error("the clipping {0} is outside of the input; its time codes begin at {1}")]
    Outside(String, String),
}

impl From<ClippingError> for JobFailure {
    fn from(error: ClippingError) -> Self {
        Self::new(ErrorCode::Clipping, error.to_string())
    }
}

/// By which time codes count where an input has no video: hundredths of a second
/// (<https://docs.aws.amazon.com/mediaconvert/latest/ug/setting-up-timecode.html>).
const HUNDREDTHS: FrameRate = FrameRate::whole(100);

/// The parts of an input to take, in the order of the settings; the whole input where they name none.
pub(crate) fn clips(input: &Input, source: &Source) -> Result<Vec<Clip>, ClippingError> {
    let rate = rate(source);
    let first = first_timecode(input, source);
    let zero = zero(input, source)?;
    let mut clips = Vec::new();
    for clipping in &input.input_clippings {
        let (start_text, end_text) = (clipping.start_timecode.as_deref(), clipping.end_timecode.as_deref());
        let start = start_text.map(|text| Timecode::parse(text, rate)).transpose()?;
        let end = end_text.map(|text| Timecode::parse(text, rate)).transpose()?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let outside = |at: Option<&str>| ClippingError::Outside(text(at), first.clone());
        let frame = 1.0 / rate.per_second();
        // A hair is left for what rounding takes.
        let hair = frame / 100.0;
        // Without what sums of fractions leave at the end.
        let to_microseconds = |seconds: f64| (seconds * 1e6).round() / 1e6;
        let begin = start.map_or(0.0, |start| to_microseconds(start.seconds() - zero));
        // The frame at the end time code is the last one of the clip.
        let finish = end.map(|end| to_microseconds(end.seconds() - zero + frame));
        if begin < -hair || source.duration.is_some_and(|duration| begin > duration - hair) {
            return Err(outside(start_text));
        }
        if finish.is_some_and(|finish| finish < hair) {
            return Err(outside(end_text));
        }
        if finish.is_some_and(|finish| finish < begin + hair) {
            return Err(ClippingError::Reversed { start: text(start_text), end: text(end_text) });
        }
        // What is asked for beyond the input's end is what there is.
        let finish = finish.filter(|finish| source.duration.is_none_or(|duration| *finish < duration - hair));
        clips.push(Clip { start: begin.max(0.0), end: finish });
    }
    if clips.is_empty() {
        clips.push(Clip { start: 0.0, end: None });
    }
    Ok(clips)
}

/// The time code of the input's first frame, in seconds.
pub(crate) fn zero(input: &Input, source: &Source) -> Result<f64, TimecodeError> {
    Ok(Timecode::parse(&first_timecode(input, source), rate(source))?.seconds())
}

fn rate(source: &Source) -> FrameRate {
    let video = source.video.first();
    video.map_or(HUNDREDTHS, |video| video.frame_rate.unwrap_or(FrameRate::DEFAULT))
}

fn first_timecode(input: &Input, source: &Source) -> String {
    const ZERO: &str = "00:00:00:00";
    let specified = || input.timecode_start.clone();
    let first = match input.timecode_source {
        Some(TimecodeSource::Zerobased) => None,
        Some(TimecodeSource::Specifiedstart) => specified(),
        Some(TimecodeSource::Embedded) | None => source.timecode().map(str::to_owned),
    };
    first.unwrap_or_else(|| ZERO.to_owned())
}

impl Clip {
    /// How long it plays, in seconds, in an input of this duration.
    pub(crate) fn duration(&self, input: f64) -> f64 {
        (self.end.unwrap_or(input).min(input) - self.start).max(0.0)
    }

    /// The options of ffmpeg that open this part only, to stand before the input's others.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        if self.start > 0.0 {
            arguments.extend(["-ss".into(), format!("{:.6}", self.start).into()]);
        }
        if let Some(end) = self.end {
            arguments.extend(["-t".into(), format!("{:.6}", end - self.start).into()]);
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use mediaconvert::settings::InputClipping;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::media::probe::samples;

    fn input(source: &str, clippings: &[(Option<&str>, Option<&str>)]) -> Input {
        let mut input: Input = serde_json::from_value(json!({"TimecodeSource": source})).unwrap();
        let clipping = |(start, end): &(Option<&str>, Option<&str>)| InputClipping {
            start_timecode: start.map(str::to_owned),
            end_timecode: end.map(str::to_owned),
        };
        input.input_clippings = clippings.iter().map(clipping).collect();
        input
    }

    #[test]
    fn parts_of_an_input() {
        let mut source = samples::video(25, 1, 60.0);
        let parts = |input: &Input, source: &Source| {
            let clips = clips(input, source).map_err(|error| error.to_string())?;
            Ok(clips.iter().map(|clip| (clip.start, clip.end)).collect::<Vec<_>>())
        };
        let whole: Result<_, String> = Ok(vec![(0.0, None)]);
        assert_eq!(parts(&input("ZEROBASED", &[]), &source), whole);
        let two = [(Some("00:00:01:00"), Some("00:00:01:24")), (Some("00:00:10:05"), None)];
        assert_eq!(parts(&input("ZEROBASED", &two), &source), Ok(vec![(1.0, Some(2.0)), (10.2, None)]));
        assert_eq!(parts(&input("ZEROBASED", &[(None, Some("00:00:01:24"))]), &source), Ok(vec![(0.0, Some(2.0))]));
        assert_eq!(parts(&input("ZEROBASED", &[(None, Some("00:02:00:00"))]), &source), whole);
        let outside = parts(&input("ZEROBASED", &[(Some("00:01:00:00"), None)]), &source).unwrap_err();
        assert_eq!(outside, "the clipping 00:01:00:00 is outside of the input; its time codes begin at 00:00:00:00");
        let reversed = parts(&input("ZEROBASED", &[(Some("00:00:02:00"), Some("00:00:01:00"))]), &source).unwrap_err();
        assert_eq!(reversed, "the clipping from 00:00:02:00 to 00:00:01:00 ends before it begins");

        let hour = [(Some("01:00:01:00"), Some("01:00:01:24"))];
        assert_eq!(parts(&input("EMBEDDED", &two), &source), Ok(vec![(1.0, Some(2.0)), (10.2, None)]));
        source.video[0].timecode = Some("01:00:00:00".to_owned());
        assert_eq!(parts(&input("EMBEDDED", &hour), &source), Ok(vec![(1.0, Some(2.0))]));
        assert!(parts(&input("EMBEDDED", &two), &source).is_err());
        let mut specified = input("SPECIFIEDSTART", &hour);
        specified.timecode_start = Some("00:59:59:00".to_owned());
        assert_eq!(parts(&specified, &source), Ok(vec![(2.0, Some(3.0))]));
        source.video.clear();
        assert_eq!(parts(&input("ZEROBASED", &[(Some("00:00:30:75"), None)]), &source), Ok(vec![(30.75, None)]));
    }

    #[test]
    fn arguments_are_to_the_microsecond() {
        let clip = Clip { start: 1.001, end: Some(2.5) };
        assert_eq!(clip.arguments(), ["-ss", "1.001000", "-t", "1.499000"]);
        assert!(Clip { start: 0.0, end: None }.arguments().is_empty());
    }

    proptest! {
        #[test]
        fn parts_are_in_the_input_and_not_empty(
            times in proptest::collection::vec((proptest::option::of(0_u32..2000), proptest::option::of(0_u32..2000)), 0..4)
        ) {
            let source = samples::video(25, 1, 60.0);
            let code = |frame: Option<u32>| frame.map(|frame| format!("00:{:02}:{:02}:{:02}", frame / 1500, frame / 25 % 60, frame % 25));
            let texts: Vec<_> = times.iter().map(|(start, end)| (code(*start), code(*end))).collect();
            let texts: Vec<_> = texts.iter().map(|(start, end)| (start.as_deref(), end.as_deref())).collect();
            if let Ok(clips) = clips(&input("ZEROBASED", &texts), &source) {
                prop_assert_eq!(clips.len(), texts.len().max(1));
                for clip in clips {
                    prop_assert!(clip.start >= 0.0 && clip.start < 60.0);
                    prop_assert!(clip.duration(60.0) >= 0.0399, "{:?}", clip);
                    prop_assert!(clip.end.is_none_or(|end| end < 60.0));
                }
            }
        }
    }
}
