//! What a deployment is going to do in a month.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use pipeline::size::Size;
use serde::{Deserialize, Serialize};

/// The resolution of a source: `1080p` (at 16:9) or `1920x800`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Resolution {
    height: u32,
    width: u32,
}

/// A text that is no resolution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no resolution; use a height such as `1080p`, or a size such as `1920x800`")]
pub struct NotAResolution(String);

impl Resolution {
    /// The size of the picture.
    pub const fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }
}

impl FromStr for Resolution {
    type Err = NotAResolution;

    fn from_str(text: &str) -> Result<Self, NotAResolution> {
        let pixels = |text: &str| text.parse().ok().filter(|pixels| (1..=8192).contains(pixels));
        let size = match (text.strip_suffix('p'), text.split_once('x')) {
            (Some(height), _) => pixels(height).map(|height: u32| (height * 16 / 9, height)),
            (None, Some((width, height))) => pixels(width).zip(pixels(height)),
            (None, None) => None,
        };
        size.map(|(width, height)| Self { height, width }).ok_or_else(|| NotAResolution(text.to_owned()))
    }
}

impl TryFrom<String> for Resolution {
    type Error = NotAResolution;

    fn try_from(text: String) -> Result<Self, NotAResolution> {
        text.parse()
    }
}

impl From<Resolution> for String {
    fn from(resolution: Resolution) -> Self {
        resolution.to_string()
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.width == self.height * 16 / 9 {
            write!(f, "{}p", self.height)
        } else {
            write!(f, "{}x{}", self.width, self.height)
        }
    }
}

/// What a deployment is going to do in a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workload {
    /// Videos that arrive.
    pub videos: f64,
    /// Minutes that arrive, by the sources' resolution.
    pub minutes: BTreeMap<Resolution, f64>,
    /// Frames a second of the sources.
    pub frame_rate: f64,
    /// Megabits a second of the sources.
    pub source_mbps: f64,
    /// The share of its maximum bitrate that a rendition takes: QVBR takes less than the maximum.
    pub bitrate_share: f64,
    /// How often a video is watched.
    pub views: f64,
    /// Minutes of a video that a viewer watches.
    pub watch_minutes: f64,
    /// Megabits a second that a viewer gets.
    pub delivered_mbps: f64,
    /// The share of requests that CloudFront has to pass on.
    pub cache_misses: f64,
    /// Where viewers are: `north-america`, or a region of `cloudfront-transfer` in `templates/prices.toml`.
    pub viewers: String,
    /// How many months of videos are kept.
    pub storage_months: f64,
    /// Gigabytes that come back from the archive.
    pub restored_gb: f64,
    /// Seconds that a function takes.
    pub function_seconds: f64,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            videos: 100.0,
            minutes: BTreeMap::from([(Resolution { height: 1080, width: 1920 }, 1000.0)]),
            frame_rate: 30.0,
            source_mbps: 20.0,
            bitrate_share: 1.0,
            views: 10_000.0,
            watch_minutes: 5.0,
            delivered_mbps: 5.0,
            cache_misses: 0.1,
            viewers: "north-america".to_owned(),
            storage_months: 12.0,
            restored_gb: 0.0,
            function_seconds: 0.5,
        }
    }
}

/// Why a workload cannot be computed with.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    #[error("this is not a workload: {}", .0.message())]
    Toml(#[from] toml::de::Error),
    #[error("`{name}` is {value}; use {hint}")]
    Number {
        /// The key.
        name: String,
        value: f64,
        /// What to use instead.
        hint: &'static str,
    },
}

/// A file with a workload; a `[workload]` table, so that other tables may stand beside it.
#[derive(Deserialize)]
struct File {
    workload: Workload,
}

impl Workload {
    /// Reads the table `[workload]`.
    pub fn from_toml(text: &str) -> Result<Self, WorkloadError> {
        Ok(toml::from_str::<File>(text)?.workload)
    }

    /// Checks every number.
    pub fn check(&self) -> Result<(), WorkloadError> {
        let amounts = [
            ("videos", self.videos),
            ("source_mbps", self.source_mbps),
            ("views", self.views),
            ("watch_minutes", self.watch_minutes),
            ("delivered_mbps", self.delivered_mbps),
            ("storage_months", self.storage_months),
            ("restored_gb", self.restored_gb),
            ("function_seconds", self.function_seconds),
        ];
        let minutes = self.minutes.iter().map(|(resolution, minutes)| (format!("minutes.{resolution}"), *minutes));
        let amounts = amounts.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(minutes);
        let shares = [("bitrate_share", self.bitrate_share), ("cache_misses", self.cache_misses)];
        let wrong = |name: String, value: f64, hint| WorkloadError::Number { name, value, hint };
        for (name, value) in amounts {
            if !value.is_finite() || value < 0.0 {
                return Err(wrong(name, value, "a number that is not negative"));
            }
        }
        for (name, value) in shares {
            if !(0.0..=1.0).contains(&value) {
                return Err(wrong(name.to_owned(), value, "a number from 0 to 1"));
            }
        }
        if !(1.0..=120.0).contains(&self.frame_rate) {
            return Err(wrong("frame_rate".to_owned(), self.frame_rate, "a number from 1 to 120"));
        }
        Ok(())
    }

    /// Minutes that arrive, of whatever resolution.
    pub fn total_minutes(&self) -> f64 {
        self.minutes.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolutions_are_read_and_written() {
        for (text, width, height) in [("1080p", 1920, 1080), ("360p", 640, 360), ("1920x800", 1920, 800)] {
            let resolution: Resolution = text.parse().unwrap();
            assert_eq!((resolution.size(), resolution.to_string()), (Size { width, height }, text.to_owned()));
        }
        for wrong in ["", "p", "1080", "0p", "9000p", "axb", "1920x", "HD"] {
            assert!(wrong.parse::<Resolution>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(Workload::default().check().is_ok());
        for (text, expected) in [
            ("[workload]\nviews = -1", "`views` is -1; use a number that is not negative"),
            ("[workload]\nminutes = { 720p = -2 }", "`minutes.720p` is -2; use a number that is not negative"),
            ("[workload]\ncache_misses = 2", "`cache_misses` is 2; use a number from 0 to 1"),
            ("[workload]\nframe_rate = 0", "`frame_rate` is 0; use a number from 1 to 120"),
            ("[workload]\nvideos = nan", "`videos` is NaN; use a number that is not negative"),
        ] {
            let result_of = Workload::from_toml(text).unwrap().check().unwrap_err().to_string();
            assert_eq!(result_of, expected);
        }
        for wrong in ["[workload]\nview = 1", "[workload]\nminutes = { tall = 1 }", "", "views = 1"] {
            assert!(matches!(Workload::from_toml(wrong), Err(WorkloadError::Toml(_))), "{wrong}");
        }
    }
}
