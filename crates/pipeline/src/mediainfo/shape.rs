//! The shape of pictures: pixels that are not square, and pictures that are turned.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use strum::VariantArray;

/// How far a picture is turned clockwise to be upright.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Rotation {
    #[default]
    None,
    Quarter,
    /// Upside down.
    Half,
    ThreeQuarters,
}

impl Rotation {
    /// The angle in degrees, clockwise: 0, 90, 180 or 270.
    pub const fn degrees(self) -> u16 {
        match self {
            Self::None => 0,
            Self::Quarter => 90,
            Self::Half => 180,
            Self::ThreeQuarters => 270,
        }
    }

    /// The rotation by an angle in degrees, clockwise; nothing for an angle that is no multiple of 90.
    pub fn of_degrees(degrees: i64) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|rotation| i64::from(rotation.degrees()) == degrees.rem_euclid(360))
    }

    /// The rotation of an MP4 track's matrix, of which `a` and `b` are the first row and `c` and `d` the second.
    ///
    /// A mirroring or skewing matrix is no rotation, for `MediaConvert` too
    /// (<https://docs.aws.amazon.com/mediaconvert/latest/apireference/probe.html>).
    pub fn of_matrix([a, b, c, d]: [i32; 4]) -> Self {
        match [a, b, c, d].map(i32::signum) {
            [0, 1, -1, 0] => Self::Quarter,
            [-1, 0, 0, -1] => Self::Half,
            [0, -1, 1, 0] => Self::ThreeQuarters,
            _ => Self::None,
        }
    }

    /// Whether width and height change places.
    pub const fn swaps_sides(self) -> bool {
        matches!(self, Self::Quarter | Self::ThreeQuarters)
    }
}

impl Serialize for Rotation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.degrees())
    }
}

impl<'de> Deserialize<'de> for Rotation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let degrees = i64::deserialize(deserializer)?;
        Self::of_degrees(degrees).ok_or_else(|| D::Error::custom(format!("{degrees} is no multiple of 90 degrees")))
    }
}

/// The width of a pixel by its height, in lowest terms; written as "4:3".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelAspect {
    width: u32,
    height: u32,
}

impl PixelAspect {
    /// A pixel of this shape; nothing for one without area, or beyond every format (1:64 to 64:1).
    pub fn new(width: u64, height: u64) -> Option<Self> {
        let divisor = greatest_common_divisor(width, height);
        if width == 0 || height == 0 || width / height > 64 || height / width > 64 {
            return None;
        }
        let (width, height) = (width / divisor, height / divisor);
        Some(Self { width: u32::try_from(width).ok()?, height: u32::try_from(height).ok()? })
    }

    /// Width by height.
    pub fn ratio(self) -> f64 {
        f64::from(self.width) / f64::from(self.height)
    }
}

impl Default for PixelAspect {
    fn default() -> Self {
        Self { width: 1, height: 1 }
    }
}

impl Serialize for PixelAspect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}:{}", self.width, self.height))
    }
}

impl<'de> Deserialize<'de> for PixelAspect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let sides = text.split_once(':').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
        sides
            .and_then(|(width, height)| Self::new(width, height))
            .ok_or_else(|| D::Error::custom(format!("`{text}` is not the shape of a pixel, like `4:3`")))
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
