//! Where key frames and segments are.
//!
//! Source: the reference of `GopSize`, `GopSizeUnits` and `SegmentLengthControl`.

use mediaconvert::settings::SegmentLengthControl;

use crate::media::timecode::FrameRate;

/// How long a group of pictures is when the settings leave it to the service, in seconds.
const USUAL_GOP: f64 = 2.0;

/// How long a group of pictures is to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum GopLength {
    /// So many frames.
    Frames(f64),
    /// So many seconds.
    Seconds(f64),
    /// What suits the segments.
    Automatic,
}

/// The segments that a group of outputs wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Segments {
    /// The length of a segment, in seconds.
    pub(crate) length: f64,
    /// The length of the fragments that it consists of, in seconds.
    pub(crate) fragment: f64,
    /// How strictly they keep to their length.
    pub(crate) control: SegmentLengthControl,
}

/// Where an encoder puts its key frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct KeyFrames {
    /// One every so many frames.
    pub(crate) every: u32,
    /// One at each multiple of so many frames as well, which need not be whole.
    pub(crate) also_every: Option<f64>,
}

impl KeyFrames {
    pub(super) fn new(gop: GopLength, rate: FrameRate, segments: Option<Segments>) -> Self {
        let frames = |seconds: f64| whole(seconds * rate.per_second());
        let every = match (gop, segments) {
            (GopLength::Frames(count), _) => whole(count),
            (GopLength::Seconds(length), _) => frames(length),
            (GopLength::Automatic, Some(Segments { length, .. })) => frames(length / (length / USUAL_GOP).ceil()),
            (GopLength::Automatic, None) => frames(USUAL_GOP),
        };
        let exact = segments
            .filter(|segments| segments.control == SegmentLengthControl::Exact)
            .map(|segments| segments.length * rate.per_second());
        // Whether key frames are where segments begin.
        let aligned = |grid: f64| (grid / f64::from(every)).fract().min(1.0 - (grid / f64::from(every)).fract()) < 1e-9;
        Self { every, also_every: exact.filter(|grid| !aligned(*grid)) }
    }

    /// How long a segment really becomes, in seconds.
    pub(super) fn segment_length(self, rate: FrameRate, segments: Segments) -> f64 {
        let gop = f64::from(self.every) / rate.per_second();
        match segments.control {
            SegmentLengthControl::Exact => segments.length,
            SegmentLengthControl::GopMultiple | SegmentLengthControl::Match => {
                (segments.length / gop - 0.01).ceil().max(1.0) * gop
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a group of pictures can be"
)]
fn whole(frames: f64) -> u32 {
    frames.round().clamp(1.0, 100_000.0) as u32
}

#[cfg(test)]
mod tests {
    use mediaconvert::settings::SegmentLengthControl::{Exact, GopMultiple};

    use super::*;
    use crate::media::probe::Ratio;

    const NTSC: FrameRate = FrameRate(Ratio { numerator: 30_000, denominator: 1001 });
    const PAL: FrameRate = FrameRate::whole(25);

    type Row = (GopLength, FrameRate, Option<Segments>, u32, Option<f64>, f64);

    #[test]
    fn key_frames_are_on_a_grid() {
        let of = |length, control| Some(Segments { length, fragment: length, control });
        let table: [Row; 8] = [
            (GopLength::Seconds(2.0), PAL, of(6.0, GopMultiple), 50, None, 6.0),
            (GopLength::Seconds(2.0), NTSC, of(6.0, GopMultiple), 60, None, 6.006),
            (GopLength::Frames(90.0), PAL, of(6.0, GopMultiple), 90, None, 7.2),
            (GopLength::Frames(90.0), PAL, of(6.0, Exact), 90, Some(150.0), 6.0),
            (GopLength::Seconds(3.0), PAL, of(6.0, Exact), 75, None, 6.0),
            (GopLength::Seconds(12.0), PAL, of(6.0, GopMultiple), 300, None, 12.0),
            (GopLength::Automatic, PAL, of(5.0, GopMultiple), 42, None, 5.04),
            (GopLength::Automatic, PAL, None, 50, None, 0.0),
        ];
        for (gop, rate, segments, every, also_every, length) in table {
            let key_frames = KeyFrames::new(gop, rate, segments);
            assert_eq!(key_frames, KeyFrames { every, also_every }, "{gop:?} {segments:?}");
            let found = segments.map_or(0.0, |segments| key_frames.segment_length(rate, segments));
            assert!((found - length).abs() < 1e-3, "{gop:?} {segments:?}: {found}");
        }
    }
}
