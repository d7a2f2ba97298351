//! Sizes of pictures, and how a picture fits a rendition without being enlarged or distorted.

/// The smallest and the largest width or height that `MediaConvert` encodes, in pixels
/// (service model, `VideoDescription.width`).
const MIN_SIDE: u32 = 32;
const MAX_SIDE: u32 = 8192;

/// The size of a picture in square pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

/// The room for a picture whichever way it stands; a side that is not given is as large as it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Frame {
    pub long: Option<u32>,
    pub short: Option<u32>,
}

impl Size {
    pub fn long(self) -> u32 {
        self.width.max(self.height)
    }

    pub fn short(self) -> u32 {
        self.width.min(self.height)
    }

    /// The size after a quarter turn.
    pub const fn turned(self) -> Self {
        Self { width: self.height, height: self.width }
    }

    /// Whether the picture fills the frame in at least one dimension, so that fitting it in does not enlarge it.
    pub fn fills(self, frame: Frame) -> bool {
        let given = [(self.long(), frame.long), (self.short(), frame.short)];
        let mut sides = given.into_iter().filter_map(|(side, room)| Some(side >= room?)).peekable();
        sides.peek().is_none() || sides.any(|fills| fills)
    }

    /// The picture's size in the frame, turned as the picture is: its aspect kept, never enlarged, both sides even.
    ///
    /// Only a side below the service's least of 32 pixels becomes larger.
    pub fn fit(self, frame: Frame) -> Self {
        let (long, short) = (self.long(), self.short());
        let long_room = even(frame.long.unwrap_or(MAX_SIDE).min(long).min(MAX_SIDE));
        let short_room = even(frame.short.unwrap_or(MAX_SIDE).min(short).min(MAX_SIDE));
        let limited_by_long = u64::from(long_room) * u64::from(short) <= u64::from(short_room) * u64::from(long);
        let (long, short) = if limited_by_long {
            (long_room, share(short, long_room, long).min(short_room))
        } else {
            (share(long, short_room, short).min(long_room), short_room)
        };
        let (long, short) = (long.max(MIN_SIDE), short.max(MIN_SIDE));
        if self.width >= self.height {
            Self { width: long, height: short }
        } else {
            Self { width: short, height: long }
        }
    }
}

impl Frame {
    /// The frame of a rendition whose width or height may be left to the service.
    pub fn new(width: Option<u32>, height: Option<u32>) -> Self {
        match (width, height) {
            (Some(width), Some(height)) if height > width => Self { long: Some(height), short: Some(width) },
            _ => Self { long: width, short: height },
        }
    }

    /// How much picture the frame holds, to compare frames by.
    pub fn area(self) -> u64 {
        u64::from(self.long.unwrap_or(MAX_SIDE)) * u64::from(self.short.unwrap_or(MAX_SIDE))
    }
}

/// The even number at or below.
const fn even(pixels: u32) -> u32 {
    pixels / 2 * 2
}

/// `side * part / whole`, to the nearest even number.
fn share(side: u32, part: u32, whole: u32) -> u32 {
    let (product, whole) = (u64::from(side) * u64::from(part), u64::from(whole.max(1)));
    u32::try_from((product + whole) / (2 * whole) * 2).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FULL_HD: Frame = Frame { long: Some(1920), short: Some(1080) };

    #[test]
    fn pictures_in_full_hd() {
        for ((width, height), fills, fitted) in [
            ((1920, 1080), true, (1920, 1080)),
            ((3840, 2160), true, (1920, 1080)),
            ((1080, 1920), true, (1080, 1920)),
            ((1920, 800), true, (1920, 800)),
            ((1440, 1080), true, (1440, 1080)),
            ((1080, 1080), true, (1080, 1080)),
            ((1919, 1079), false, (1918, 1078)),
            ((1921, 1081), true, (1920, 1080)),
            ((4000, 100), true, (1920, 48)),
            ((320, 240), false, (320, 240)),
            ((10, 20_000), true, (32, 1920)),
            ((1, 1), false, (32, 32)),
            ((0, 0), false, (32, 32)),
        ] {
            let size = Size { width, height };
            assert_eq!(size.fills(FULL_HD), fills, "{size:?}");
            let (width, height) = fitted;
            assert_eq!(size.fit(FULL_HD), Size { width, height }, "{size:?}");
        }
    }

    #[test]
    fn frames_with_a_side_left_to_the_service() {
        let picture = Size { width: 1080, height: 1920 };
        for (frame, fills, (width, height)) in [
            (Frame::new(None, Some(720)), true, (720, 1280)),
            (Frame::new(Some(1280), None), true, (720, 1280)),
            (Frame::new(None, Some(2160)), false, (1080, 1920)),
            (Frame::new(None, None), true, (1080, 1920)),
            (Frame::new(Some(720), Some(1280)), true, (720, 1280)),
        ] {
            assert_eq!(picture.fills(frame), fills, "{frame:?}");
            assert_eq!(picture.fit(frame), Size { width, height }, "{frame:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_enlarged_or_turned(
            width in 1..20_000_u32, height in 1..20_000_u32,
            long in prop::option::of(32..8000_u32), short in prop::option::of(32..8000_u32),
        ) {
            let (size, frame) = (Size { width, height }, Frame::new(long, short));
            let fitted = size.fit(frame);
            prop_assert!(fitted.width <= width.max(32) && fitted.height <= height.max(32));
            prop_assert!(fitted.width % 2 == 0 && fitted.height % 2 == 0);
            prop_assert!(fitted.long() <= 8192 && fitted.short() >= 32);
            prop_assert!(fitted.width == fitted.height || (fitted.width > fitted.height) == (width > height));
            if size.short() >= 64 && fitted.short() > 32 {
                // Even numbers are at most a pixel away, and odd room takes another.
                let exact = f64::from(fitted.long()) * f64::from(size.short()) / f64::from(size.long());
                prop_assert!((exact - f64::from(fitted.short())).abs() <= 2.0, "{size:?} {fitted:?}");
            }
        }
    }
}
