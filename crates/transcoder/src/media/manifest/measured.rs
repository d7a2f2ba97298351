//! What was measured while segments were written.

use crate::media::{as_f64, bits_per_second, whole};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes {
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MeasuredSegment {
    /// When it begins, in the clock of its track.
    pub(crate) start: u64,
    /// How long it lasts, in the clock of its track.
    pub(crate) duration: u64,
    pub(crate) bytes: Bytes,
    /// Its key frames that can be fetched alone, in their order; none for audio.
    pub(crate) key_frames: Vec<KeyFrame>,
}

/// A key frame that can be fetched alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyFrame {
    /// When it begins, in the clock of its track.
    pub(crate) start: u64,
    /// Where it is in the file of its segment, with what is needed to decode it besides the initialization section.
    pub(crate) bytes: Bytes,
}

/// Bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rates {
    pub(crate) peak: u64,
    pub(crate) average: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Measured {
    /// What the times are counted in: so many in a second.
    pub(crate) timescale: u32,
    pub(crate) segments: Vec<MeasuredSegment>,
}

impl Measured {
    /// A time of the track's clock, in seconds.
    pub(crate) fn seconds(&self, time: u64) -> f64 {
        as_f64(time) / f64::from(self.timescale)
    }

    /// How long all segments last, in seconds.
    pub(crate) fn duration(&self) -> f64 {
        self.seconds(self.segments.iter().map(|segment| segment.duration).sum())
    }

    pub(crate) fn longest(&self) -> f64 {
        self.seconds(self.segments.iter().map(|segment| segment.duration).max().unwrap_or(0))
    }

    pub(crate) fn rates(&self) -> Rates {
        Rates { peak: self.peak(), average: self.average() }
    }

    pub(crate) fn average(&self) -> u64 {
        rate(self.segments.iter().map(|segment| segment.bytes.size).sum(), self.duration())
    }

    /// The peak bitrate, in bits per second: the largest of any run of segments that lasts between half and one and a
    /// half times the target duration (RFC 8216, section 4.1).
    pub(crate) fn peak(&self) -> u64 {
        let target = self.longest().round().max(1.0);
        let mut peak = None;
        for first in 0..self.segments.len() {
            let (mut size, mut duration) = (0, 0.0);
            for segment in &self.segments[first..] {
                size += segment.bytes.size;
                duration += self.seconds(segment.duration);
                if duration > 1.5 * target {
                    break;
                }
                if duration >= 0.5 * target {
                    peak = peak.max(Some(rate(size, duration)));
                }
            }
        }
        // A film that is shorter than half a target duration has no such run.
        peak.unwrap_or_else(|| self.average())
    }

    /// The key frames as segments, each of which lasts until the next or the end (RFC 8216, section
    /// 4.3.3.6), and beside them the places of the segments in which they are.
    pub(crate) fn key_frames(&self) -> (Self, Vec<usize>) {
        let all = self.segments.iter().enumerate();
        let all = all.flat_map(|(at, segment)| segment.key_frames.iter().map(move |frame| (*frame, at)));
        let (frames, places): (Vec<KeyFrame>, Vec<usize>) = all.unzip();
        let end = self.segments.last().map_or(0, |last| last.start + last.duration);
        let ends = frames.iter().skip(1).map(|next| next.start).chain([end]);
        let segments = frames.iter().zip(ends).map(|(frame, end)| MeasuredSegment {
            start: frame.start,
            duration: end.saturating_sub(frame.start),
            bytes: frame.bytes,
            key_frames: Vec::new(),
        });
        (Self { timescale: self.timescale, segments: segments.collect() }, places)
    }
}

/// Bits per second, rounded up.
fn rate(size: u64, seconds: f64) -> u64 {
    if seconds > 0.0 { whole(bits_per_second(size, seconds).ceil()) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peak_is_that_of_runs_near_the_target() {
        let of = |segments: &[(u64, u64)]| {
            let mut start = 0;
            let measured = segments.iter().map(|&(duration, size)| {
                let bytes = Bytes { offset: 0, size };
                let segment = MeasuredSegment { start, duration, bytes, key_frames: Vec::new() };
                start += duration;
                segment
            });
            let measured = Measured { timescale: 10, segments: measured.collect() };
            (measured.average(), measured.peak())
        };
        // Duration in tenths of a second, size in bytes -> average, peak.
        assert_eq!(of(&[(60, 6000), (60, 12_000)]), (12_000, 16_000));
        // The short one at the end does not count by itself, but it does with the one before it.
        assert_eq!(of(&[(60, 6000), (10, 6000)]), (13_715, 13_715));
        assert_eq!(of(&[(2, 100)]), (4000, 4000));
        assert_eq!(of(&[]), (0, 0));
    }

    #[test]
    fn key_frames_last_until_the_next() {
        let key_frame = |start, size| KeyFrame { start, bytes: Bytes { offset: start, size } };
        let segment = |start, duration, key_frames: &[KeyFrame]| MeasuredSegment {
            start,
            duration,
            bytes: Bytes { offset: 0, size: 900 },
            key_frames: key_frames.to_vec(),
        };
        let first = [key_frame(0, 100), key_frame(20, 50)];
        let segments = vec![segment(0, 40, &first), segment(40, 40, &[]), segment(80, 10, &[key_frame(80, 10)])];
        let (found, places) = Measured { timescale: 10, segments }.key_frames();
        let durations: Vec<u64> = found.segments.iter().map(|frame| frame.duration).collect();
        assert_eq!((durations, places), (vec![20, 60, 10], vec![0, 0, 2]));
    }
}
