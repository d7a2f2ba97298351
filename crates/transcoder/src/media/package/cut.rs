//! Where a track is cut into segments, and segments into fragments.

use std::ops::Range;

use super::track::{Sample, Sync, Track};

/// A segment: its fragments, each a range of the track's samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The fragments, of which there is at least one.
    pub(crate) fragments: Vec<Range<usize>>,
}

impl Segment {
    /// All samples.
    pub(crate) fn samples(&self) -> Range<usize> {
        let start = self.fragments.first().map_or(0, |first| first.start);
        start..self.fragments.last().map_or(start, |last| last.end)
    }
}

/// Cuts a track before the first frame at which decoding can begin in each multiple of these lengths, in seconds.
pub(crate) fn cut(track: &Track, segment: f64, fragment: f64) -> Vec<Segment> {
    let all = 0..track.samples.len();
    let segments = pieces(track, all, segment);
    segments.into_iter().map(|samples| Segment { fragments: pieces(track, samples, fragment) }).collect()
}

fn pieces(track: &Track, samples: Range<usize>, length: f64) -> Vec<Range<usize>> {
    let Some(first) = track.samples.get(samples.start) else { return Vec::new() };
    let since = |sample: &Sample| {
        let half = u64::from(sample.duration / 2);
        track.in_seconds(sample.time - first.time + half) / length
    };
    let mut pieces = Vec::new();
    let mut start = samples.start;
    let mut number = 1.0;
    for at in samples.clone().skip(1) {
        let sample = &track.samples[at];
        let passed = since(sample);
        if sample.sync == Sync::Yes && passed >= number {
            pieces.push(start..at);
            start = at;
            number = passed.floor() + 1.0;
        }
    }
    pieces.push(start..samples.end);
    pieces
}
