//! The size of a rendition, and how the source's picture gets there.
//!
//! Source: the reference of `Width`, `Height` and `ScalingBehavior` of `VideoDescription`.

use mediaconvert::settings::ScalingBehavior;

use crate::media::probe::Size;

/// The way from a source's picture to a rendition's: scaled, then padded or cropped to the size where that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    /// What the picture is scaled to.
    pub(crate) scaled: Size,
    /// What the rendition has: larger than `scaled` means black bars, smaller means cutting off.
    pub(crate) size: Size,
}

/// What the settings ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    pub(super) scaling: ScalingBehavior,
}

/// The frame for a picture of this size, which is upright and has square pixels.
pub(super) fn frame(picture: Size, wanted: Wanted) -> Frame {
    let aspect = f64::from(picture.width) / f64::from(picture.height);
    let size = match (wanted.width, wanted.height) {
        (Some(width), Some(height)) => return both(picture, Size { width, height }, wanted.scaling),
        (Some(width), None) => Size { width, height: even(f64::from(width) / aspect) },
        (None, Some(height)) => Size { width: even(f64::from(height) * aspect), height },
        (None, None) => picture,
    };
    let size = match wanted.scaling {
        ScalingBehavior::FitNoUpscale if size.width > picture.width => picture,
        _ => size,
    };
    Frame::plain(size)
}

fn both(picture: Size, size: Size, scaling: ScalingBehavior) -> Frame {
    let across = f64::from(size.width) / f64::from(picture.width);
    let down = f64::from(size.height) / f64::from(picture.height);
    let by = |factor: f64| Size {
        width: even(f64::from(picture.width) * factor),
        height: even(f64::from(picture.height) * factor),
    };
    match scaling {
        ScalingBehavior::StretchToOutput => Frame::plain(size),
        ScalingBehavior::Default => Frame { scaled: within(by(across.min(down)), size), size }.even(),
        ScalingBehavior::Fit => Frame::plain(within(by(across.min(down)), size)),
        ScalingBehavior::FitNoUpscale => Frame::plain(within(by(across.min(down).min(1.0)), size)),
        ScalingBehavior::Fill | ScalingBehavior::SmartCrop => {
            let large = by(across.max(down));
            let scaled = Size { width: large.width.max(size.width), height: large.height.max(size.height) };
            Frame { scaled, size }.even()
        }
    }
}

/// Rounding up to an even number must not leave the frame.
fn within(scaled: Size, size: Size) -> Size {
    Size { width: scaled.width.min(size.width), height: scaled.height.min(size.height) }
}

impl Frame {
    fn plain(size: Size) -> Self {
        Self { scaled: size, size }.even()
    }

    fn even(self) -> Self {
        let even = |size: Size| Size { width: (size.width & !1).max(2), height: (size.height & !1).max(2) };
        Self { scaled: even(self.scaled), size: even(self.size) }
    }
}

/// The nearest even number of pixels: the encoders' colours are sampled for two pixels at once.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a frame can be")]
fn even(pixels: f64) -> u32 {
    ((pixels / 2.0).round().clamp(1.0, 16_384.0) as u32) * 2
}

#[cfg(test)]
mod tests {
    use mediaconvert::settings::ScalingBehavior::{self, Default, Fill, Fit, FitNoUpscale, StretchToOutput};

    use super::*;

    #[test]
    fn follows_the_scaling_behaviour() {
        type Row = ((u32, u32), (Option<u32>, Option<u32>), ScalingBehavior, (u32, u32), (u32, u32));
        let table: &[Row] = &[
            // picture, width and height wanted, scaling -> scaled, size
            ((1920, 1080), (None, None), Default, (1920, 1080), (1920, 1080)),
            ((1921, 1081), (None, None), Default, (1920, 1080), (1920, 1080)),
            ((1920, 1080), (Some(1280), None), Default, (1280, 720), (1280, 720)),
            ((1080, 1920), (None, Some(640)), Default, (360, 640), (360, 640)),
            ((1920, 1080), (Some(1280), Some(720)), Default, (1280, 720), (1280, 720)),
            ((1440, 1080), (Some(1280), Some(720)), Default, (960, 720), (1280, 720)),
            ((1440, 1080), (Some(1280), Some(720)), Fit, (960, 720), (960, 720)),
            ((1440, 1080), (Some(1280), Some(720)), StretchToOutput, (1280, 720), (1280, 720)),
            ((1440, 1080), (Some(1280), Some(720)), Fill, (1280, 960), (1280, 720)),
            ((640, 480), (Some(1280), Some(720)), Fit, (960, 720), (960, 720)),
            ((640, 480), (Some(1280), Some(720)), FitNoUpscale, (640, 480), (640, 480)),
            ((640, 480), (None, Some(720)), FitNoUpscale, (640, 480), (640, 480)),
            ((1080, 1920), (Some(640), Some(360)), Default, (202, 360), (640, 360)),
            ((1999, 1125), (Some(640), Some(360)), Default, (640, 360), (640, 360)),
        ];
        for &(picture, (width, height), scaling, scaled, size) in table {
            let of = |(width, height)| Size { width, height };
            let expected = Frame { scaled: of(scaled), size: of(size) };
            assert_eq!(frame(of(picture), Wanted { width, height, scaling }), expected, "{picture:?} {scaling}");
        }
    }
}
