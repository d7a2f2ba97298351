//! Frame rates, and time codes: `HH:MM:SS:FF`, or `HH:MM:SS;FF` where frame numbers are dropped.
//!
//! Source: the patterns of `StartTimecode` and `StartTime`; SMPTE ST 12-1 for dropping.

use std::fmt;

use super::{as_f64, probe::Ratio};

/// A frame rate, in frames per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameRate(pub(crate) Ratio);

impl FrameRate {
    /// That of video which says none. MediaConvert documents none for that case.
    pub(crate) const DEFAULT: Self = Self::whole(25);

    pub(crate) const fn whole(frames: u32) -> Self {
        Self(Ratio { numerator: frames, denominator: 1 })
    }

    /// So many frames in so many seconds, when both are more than nothing.
    pub(crate) fn new(frames: u32, seconds: u32) -> Option<Self> {
        Ratio::new(frames, seconds).map(Self)
    }

    pub(crate) fn per_second(self) -> f64 {
        self.0.value()
    }
}

impl fmt::Display for FrameRate {
    /// As ffmpeg and DASH write it: `30000/1001`, or `25` for whole numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ratio { numerator, denominator: 1 } => write!(f, "{numerator}"),
            Ratio { numerator, denominator } => write!(f, "{numerator}/{denominator}"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Timecode {
    frame: u64,
    rate: FrameRate,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time code, such as 00:01:30:12")]
pub(crate) struct TimecodeError(String);

impl Timecode {
    /// Reads a time code of a video with this frame rate; another rate may follow after `@`.
    ///
    /// A frame number beyond the last one of its second counts on into the next, as the service has it.
    pub(crate) fn parse(text: &str, rate: FrameRate) -> Result<Self, TimecodeError> {
        Self::read(text, rate).ok_or_else(|| TimecodeError(text.to_owned()))
    }

    fn read(text: &str, rate: FrameRate) -> Option<Self> {
        let (code, rate) = match text.split_once('@') {
            Some((code, own)) => (code, own_rate(own)?),
            None => (text, rate),
        };
        let (rest, frames) = code.rsplit_once([':', ';'])?;
        let drops = code.contains(';');
        let parts: Option<Vec<u64>> = rest.split(':').chain([frames]).map(number).collect();
        let [hours, minutes, seconds, frames] = parts?[..] else { return None };
        if hours > 24 || minutes > 59 || seconds > 59 {
            return None;
        }
        // Frames are numbered by the whole rate: 30 for 29.97.
        let per_second = u64::from(rate.0.numerator.div_ceil(rate.0.denominator));
        let all_minutes = hours * 60 + minutes;
        let counted = (all_minutes * 60 + seconds) * per_second + frames;
        // Two numbers of 30 are left out at the beginning of every minute but each tenth.
        let left_out =
            if drops && per_second % 30 == 0 { per_second / 15 * (all_minutes - all_minutes / 10) } else { 0 };
        Some(Self { frame: counted.saturating_sub(left_out), rate })
    }

    /// When the frame is shown, in seconds from the time code of zero.
    pub(crate) fn seconds(self) -> f64 {
        as_f64(self.frame) * f64::from(self.rate.0.denominator) / f64::from(self.rate.0.numerator)
    }
}

fn number(digits: &str) -> Option<u64> {
    let proper = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if proper { digits.parse().ok() } else { None }
}

/// `29.97`, `25` or `30000:1001`.
fn own_rate(text: &str) -> Option<FrameRate> {
    if let Some((numerator, denominator)) = text.split_once(':') {
        return FrameRate::new(numerator.parse().ok()?, denominator.parse().ok()?);
    }
    let rate: f64 = text.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in the range of frame rates")]
    let thousandths = (1.0..1000.0).contains(&rate).then(|| (rate * 1000.0).round() as u32)?;
    match thousandths {
        23_976 => FrameRate::new(24_000, 1001),
        29_970 => FrameRate::new(30_000, 1001),
        59_940 => FrameRate::new(60_000, 1001),
        other => FrameRate::new(other, 1000),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NTSC: FrameRate = FrameRate(Ratio { numerator: 30_000, denominator: 1001 });

    #[test]
    fn times() {
        let rate = |frames, seconds| FrameRate::new(frames, seconds).unwrap();
        for (text, rate, expected) in [
            ("00:00:00:00", rate(25, 1), Some(0.0)),
            ("01:00:00:00", rate(25, 1), Some(3600.0)),
            ("00:00:01:05", rate(25, 1), Some(1.2)),
            ("00:00:00:30", rate(25, 1), Some(1.2)),
            ("00:00:01:00", NTSC, Some(1.001)),
            ("00:01:00;02", NTSC, Some(60.06)),
            ("00:10:00;00", NTSC, Some(599.9994)),
            ("01:00:00;00", NTSC, Some(3599.9964)),
            ("00:00:01:00@50", rate(25, 1), Some(1.0)),
            ("00:00:01:00@29.97", rate(25, 1), Some(1.001)),
            ("00:00:01:00@30000:1001", rate(25, 1), Some(1.001)),
            ("00:00:01", rate(25, 1), None),
            ("00:00:61:00", rate(25, 1), None),
            ("-1:00:00:00", rate(25, 1), None),
            ("00:00:01:00@0", rate(25, 1), None),
            ("00:00:01:00@30000:0", rate(25, 1), None),
        ] {
            match (Timecode::parse(text, rate).map(Timecode::seconds), expected) {
                (Ok(found), Some(expected)) => assert!((found - expected).abs() < 1e-6, "{text}: {found}"),
                (Err(_), None) => {}
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn anything_can_be_read_or_not(text in ".{0,20}") {
            let _ = Timecode::parse(&text, NTSC);
        }

        /// A dropped time code is never more than two frames from the clock.
        #[test]
        fn dropping_keeps_to_the_clock(minute in 0_u32..1440, second in 0_u32..60) {
            let text = format!("{:02}:{:02}:{second:02};02", minute / 60, minute % 60);
            let time = Timecode::parse(&text, NTSC).unwrap().seconds();
            let clock = f64::from(minute * 60 + second);
            prop_assert!((time - clock).abs() < 0.17, "{} {}", text, time);
        }
    }
}
