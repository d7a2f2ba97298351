//! The price table: `templates/prices.toml`, read and looked up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CostError;

/// The table itself.
const TABLE: &str = include_str!("../../../templates/prices.toml");

/// The region whose prices the table has.
pub(super) const PRICED_REGION: &str = "us-east-1";

/// Everything that has a price, by its name in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    MediaconvertBasic,
    MediaconvertProfessional,
    /// Outputs that hold audio alone.
    MediaconvertAudio,
    /// Outputs that hold still pictures.
    MediaconvertFrameCapture,
    StepFunctionsTransition,
    LambdaRequest,
    #[serde(rename = "lambda-x86-64")]
    LambdaX86,
    #[serde(rename = "lambda-arm64")]
    LambdaArm,
    /// What lies in S3.
    S3Standard,
    /// Requests to S3 that write or list.
    S3Put,
    /// Requests to S3 that read.
    S3Get,
    /// What lies in Glacier Flexible Retrieval.
    GlacierStorage,
    /// What lies in Glacier Deep Archive.
    DeepArchiveStorage,
    /// Moving objects into an archive.
    ArchiveTransition,
    /// Getting objects back from Glacier Flexible Retrieval.
    GlacierRetrieval,
    /// Getting objects back from Glacier Deep Archive.
    DeepArchiveRetrieval,
    /// What viewers get from CloudFront.
    CloudfrontTransfer,
    /// What viewers ask of CloudFront.
    CloudfrontRequest,
    DynamodbWrite,
    DynamodbRead,
    MediapackageVod,
    CloudwatchAlarm,
    CloudwatchDashboard,
    KmsKey,
    WafAcl,
    WafRule,
    WafRequest,
}

impl Item {
    /// Whether the price does not depend on the deployment's region.
    pub const fn is_global(self) -> bool {
        matches!(
            self,
            Self::CloudfrontTransfer | Self::CloudfrontRequest | Self::WafAcl | Self::WafRule | Self::WafRequest
        )
    }
}

/// What something costs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub unit: String,
    /// How many units the figure is for.
    pub per: f64,
    /// The figure in US dollars, or none where it is not known.
    pub usd: Option<Rate>,
    /// How many units are free each month in every account.
    #[serde(default)]
    pub free: f64,
    pub source: String,
    /// When it was read there.
    pub read: String,
    /// The day that the source gives itself.
    pub dated: Option<String>,
    pub note: Option<String>,
    /// The figures of other regions, or of viewers elsewhere.
    #[serde(default)]
    pub regions: BTreeMap<String, Rate>,
}

/// A figure, or figures that depend on the month's amount.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Rate {
    /// The same for every unit.
    Flat(f64),
    /// By the month's amount.
    Tiers(Vec<Tier>),
}

/// The figure for units up to a month's amount.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Up to how many units; none for all others.
    pub up_to: Option<f64>,
    /// The figure in US dollars.
    pub usd: f64,
}

/// How many normalized minutes a minute of output is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multipliers {
    /// Where the figures are from.
    pub source: String,
    /// When they were read there.
    pub read: String,
    sd: f64,
    hd: f64,
    uhd: f64,
    up_to_30_fps: f64,
    up_to_60_fps: f64,
    up_to_120_fps: f64,
}

/// The price table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Prices {
    /// How many normalized minutes a minute of output is.
    #[serde(rename = "mediaconvert-multipliers")]
    pub multipliers: Multipliers,
    #[serde(flatten)]
    prices: BTreeMap<Item, Price>,
}

impl Prices {
    /// The table of this program.
    pub fn of_this_build() -> Result<Self, CostError> {
        Ok(toml::from_str(TABLE)?)
    }

    /// The price of an item.
    pub fn get(&self, item: Item) -> Result<&Price, CostError> {
        self.prices.get(&item).ok_or(CostError::NoPrice(item))
    }
}

impl Price {
    /// What a month's quantity costs in US dollars; none where the price is unknown.
    ///
    /// `region` is the deployment's, or the viewers' for CloudFront; one that the table does not have is charged as
    /// us-east-1 (or North America).
    pub fn of(&self, quantity: f64, region: &str) -> Option<f64> {
        let rate = self.regions.get(region).or(self.usd.as_ref())?;
        Some(rate.of(quantity) / self.per)
    }

    /// The day of the figure: the source's own, or when it was read.
    pub fn date(&self) -> &str {
        self.dated.as_deref().unwrap_or(&self.read)
    }
}

impl Rate {
    fn of(&self, quantity: f64) -> f64 {
        match self {
            Self::Flat(usd) => quantity * usd,
            Self::Tiers(tiers) => {
                let mut below = 0.0;
                let mut sum = 0.0;
                for tier in tiers {
                    let end = tier.up_to.unwrap_or(f64::INFINITY).min(quantity);
                    sum += (end - below).max(0.0) * tier.usd;
                    below = tier.up_to.unwrap_or(f64::INFINITY);
                }
                sum
            }
        }
    }
}

impl Multipliers {
    /// The multiplier for an output of a height at a frame rate.
    pub fn of(&self, height: u32, frames_per_second: f64) -> f64 {
        let by_height = match height {
            ..720 => self.sd,
            720..=1080 => self.hd,
            _ => self.uhd,
        };
        let by_rate = if frames_per_second <= 30.0 {
            self.up_to_30_fps
        } else if frames_per_second <= 60.0 {
            self.up_to_60_fps
        } else {
            self.up_to_120_fps
        };
        by_height * by_rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_says_where_it_is_from_and_when() {
        let prices = Prices::of_this_build().unwrap();
        for (item, price) in &prices.prices {
            assert!(price.source.starts_with("https://"), "{item:?}");
            assert!(price.read.len() == 10 && price.per >= 1.0, "{item:?}");
        }
    }

    #[test]
    fn tiers_are_paid_one_after_the_other() {
        let prices = Prices::of_this_build().unwrap();
        let transfer = prices.get(Item::CloudfrontTransfer).unwrap();
        for (gigabytes, region, usd) in [
            (0.0, "north-america", 0.0),
            (10_000.0, "north-america", 850.0),
            (10_001.0, "north-america", 850.08),
            (50_000.0, "north-america", 4050.0),
            (10_000.0, "india", 1090.0),
            (10_000.0, "nowhere", 850.0),
        ] {
            let found = transfer.of(gigabytes, region).unwrap();
            assert!((found - usd).abs() < 1e-9, "{gigabytes} {region}: {found}");
        }
        assert_eq!(prices.get(Item::MediapackageVod).unwrap().of(1.0, "us-east-1"), None);
    }

    #[test]
    fn minutes_are_normalized() {
        let multipliers = Prices::of_this_build().unwrap().multipliers;
        for (height, rate, normalized) in [
            (270, 30.0, 1.0),
            (719, 30.0, 1.0),
            (720, 30.0, 2.0),
            (1080, 60.0, 2.5),
            (1081, 24.0, 4.0),
            (2160, 120.0, 6.0),
        ] {
            assert!((multipliers.of(height, rate) - normalized).abs() < 1e-9, "{height} {rate}");
        }
    }
}
