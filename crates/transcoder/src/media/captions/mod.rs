//! Captions: read from sidecar files and tracks, brought onto the output's time line, and written as WebVTT or SRT, or
//! burnt into the picture.

mod burn_in;
mod formats;
mod load;
mod settings;

pub(crate) use burn_in::burn_in_filter;
pub(crate) use formats::{read_srt, read_webvtt, write_cues, write_srt, write_webvtt};
pub(crate) use load::Loader;
pub(crate) use settings::{CaptionSource, CaptionTarget, Label, SidecarFormat, label, selector, source, target};

use std::collections::BTreeMap;

use super::{clipping::Clip, whole};

/// The captions of inputs, by the input's place and the selector's name.
pub(crate) type InputCaptions = BTreeMap<(usize, String), Vec<Cue>>;

/// A text and when it is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cue {
    /// When it comes, in milliseconds.
    pub(crate) start: u64,
    /// When it goes, in milliseconds; later than it comes.
    pub(crate) end: u64,
    /// Where it is, as WebVTT's cue settings say; empty for the usual place.
    pub(crate) settings: String,
    /// The text as WebVTT has it, with lines between newlines, none of them empty.
    pub(crate) text: String,
}

impl Cue {
    /// A caption, unless it is never shown or says nothing.
    pub(crate) fn new(start: u64, end: u64, settings: String, text: &str) -> Option<Self> {
        // An empty line would end the caption, and an arrow would begin another.
        let lines: Vec<String> = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.replace("-->", "→"))
            .collect();
        (start < end && !lines.is_empty()).then(|| Self { start, end, settings, text: lines.join("\n") })
    }
}

/// Captions that come so many milliseconds later, or earlier; what would be before the beginning goes.
pub(crate) fn shifted(cues: &[Cue], milliseconds: i64) -> Vec<Cue> {
    let moved = |time: u64| time.saturating_add_signed(milliseconds);
    cues.iter().filter_map(|cue| Cue::new(moved(cue.start), moved(cue.end), cue.settings.clone(), &cue.text)).collect()
}

/// The captions of an output in which these clips of inputs follow each other, each with the captions of its input.
pub(crate) fn joined(clips: &[(&[Cue], Clip, f64)]) -> Vec<Cue> {
    let mut all = Vec::new();
    let milliseconds = |seconds: f64| whole((seconds * 1000.0).round());
    let mut at = 0.0;
    for (cues, clip, duration) in clips {
        let (from, to) = (milliseconds(clip.start), milliseconds(clip.start + duration));
        let offset = milliseconds(at);
        all.extend(cues.iter().filter_map(|cue| {
            let (start, end) = (cue.start.max(from), cue.end.min(to));
            // What is not in the clip would end before it begins.
            let on = |time: u64| time.saturating_sub(from) + offset;
            if start < end { Cue::new(on(start), on(end), cue.settings.clone(), &cue.text) } else { None }
        }));
        at += duration;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(start: u64, end: u64, text: &str) -> Cue {
        Cue::new(start, end, String::new(), text).unwrap()
    }

    #[test]
    fn shifting_drops_what_is_over() {
        let cues = [cue(0, 1000, "a"), cue(1000, 3000, "b")];
        assert_eq!(shifted(&cues, -1500), [cue(0, 1500, "b")]);
        assert_eq!(shifted(&cues, 500), [cue(500, 1500, "a"), cue(1500, 3500, "b")]);
    }

    #[test]
    fn clips_follow_each_other() {
        let cues = vec![cue(0, 2000, "a"), cue(5000, 7000, "b"), cue(9000, 9500, "c")];
        let clip = |start, end: f64| (cues.as_slice(), Clip { start, end: Some(end) }, end - start);
        assert_eq!(
            joined(&[clip(6.0, 9.0), clip(1.0, 6.0)]),
            [cue(0, 1000, "b"), cue(3000, 4000, "a"), cue(7000, 8000, "b")]
        );
    }
}
