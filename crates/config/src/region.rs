//! Regions: which there are, what each has, and whether a configuration can be deployed there.
//!
//! `regions.json` is written by `cargo xtask regions` from the data of pinned packages, which it names.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::layers::Layers;
use super::model::Config;
use super::problem::nearest;
use super::text::{InvalidValue, inline_schema};

/// What each region has.
static TABLE: LazyLock<Table<'static>> =
    LazyLock::new(|| serde_json::from_str(include_str!("regions.json")).expect("the tests read the table"));

/// The codes of the regions that have `MediaConvert`, in the order of the table.
static SUPPORTED: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| TABLE.regions.iter().filter(|facts| facts.is_supported()).map(|facts| facts.code).collect());

/// The partition that the platform is written for (AWS, "Fault isolation boundaries: partitions").
const PARTITION: &str = "aws";

/// The region of what CloudFront takes from one region only: certificates (CloudFront, "Requirements for using SSL/TLS
/// certificates") and firewalls.
pub const EDGE_REGION: &str = "us-east-1";

/// The resource type of a queue that the stack makes.
const QUEUE: &str = "AWS::MediaConvert::Queue";

/// The resource type that packaging begins with.
const PACKAGING_GROUP: &str = "AWS::MediaPackage::PackagingGroup";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table<'a> {
    #[serde(rename = "sources")]
    _sources: de::IgnoredAny,
    #[serde(borrow)]
    regions: Vec<RegionFacts<'a>>,
}

/// A service that not every region has, by the name that botocore gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Service {
    #[serde(rename = "mediaconvert")]
    MediaConvert,
    #[serde(rename = "mediapackage-vod")]
    MediaPackageVod,
}

/// Whether an account has a region from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Every account has it.
    Default,
    /// An account has it once somebody enabled it.
    OptIn,
}

/// What is known of a region.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegionFacts<'a> {
    pub code: &'a str,
    pub name: &'a str,
    pub partition: &'a str,
    /// Whether every account has it.
    pub access: Access,
    pub services: Vec<Service>,
    /// Which of the resource types that `synth` knows `CloudFormation` does not have there.
    #[serde(default, borrow)]
    pub missing_types: Vec<&'a str>,
}

impl RegionFacts<'_> {
    /// What is known of a region.
    pub fn of(code: &str) -> Option<&'static RegionFacts<'static>> {
        TABLE.regions.iter().find(|facts| facts.code == code)
    }

    /// The regions that the platform can be deployed to.
    pub fn supported() -> impl Iterator<Item = &'static RegionFacts<'static>> {
        TABLE.regions.iter().filter(|facts| facts.is_supported())
    }

    fn is_supported(&self) -> bool {
        self.partition == PARTITION && self.has(Service::MediaConvert)
    }

    /// Whether the region has a service.
    pub fn has(&self, service: Service) -> bool {
        self.services.contains(&service)
    }

    /// Whether `CloudFormation` has a resource type there.
    pub fn has_type(&self, resource_type: &str) -> bool {
        !self.missing_types.contains(&resource_type)
    }

    /// Whether assets can be packaged there: by the service, and from a template.
    pub fn packages(&self) -> bool {
        self.has(Service::MediaPackageVod) && self.has_type(PACKAGING_GROUP)
    }
}

/// The code of a region of AWS; whether the platform can be deployed there is another question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Region(&'static str);

impl Region {
    /// The code.
    pub fn as_str(&self) -> &str {
        self.0
    }

    /// What is known of the region.
    ///
    /// # Panics
    /// Never: a region exists only from the table.
    pub fn facts(&self) -> &'static RegionFacts<'static> {
        RegionFacts::of(self.0).expect("a region exists only from the table")
    }
}

impl FromStr for Region {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue {
            value: format!("{text:?}"),
            wrong: "is not an AWS region",
            hint: "a region's code, for example \"eu-central-1\"".into(),
        };
        RegionFacts::of(text).map(|facts| Self(facts.code)).ok_or_else(invalid)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|invalid: InvalidValue| match nearest(&text, &SUPPORTED) {
            Some(_) => de::Error::unknown_variant(&text, SUPPORTED.as_slice()),
            None => de::Error::custom(invalid),
        })
    }
}

impl AsRef<str> for Region {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

// `x-values` is what docs/configuration.md shows.
inline_schema!(Region, { "type": "string", "enum": *SUPPORTED, "x-values": "a region's code, for example \"eu-central-1\"" });

/// Reports what the configuration asks for and the region does not have.
pub(super) fn check(config: &Config, layers: &mut Layers) {
    let facts = config.region.facts();
    let RegionFacts { code, name, .. } = facts;
    let others = |has: fn(&RegionFacts<'static>) -> bool| {
        let codes: Vec<&str> = RegionFacts::supported().filter(|facts| has(facts)).map(|facts| facts.code).collect();
        codes.join(", ")
    };
    if facts.partition != PARTITION {
        return layers.report_at(
            &["region"],
            format!("the platform does not run in {name}: {}", unlike(facts.partition)),
            format!("use one of {}", others(|_| true)),
        );
    }
    if !facts.has(Service::MediaConvert) {
        return layers.report_at(
            &["region"],
            format!("{code} ({name}) has no MediaConvert"),
            format!("use one of {}", others(|_| true)),
        );
    }
    if config.packaging.media_package && !facts.packages() {
        layers.report_at(
            &["packaging.media_package", "region"],
            format!("{code} ({name}) has no MediaPackage VOD"),
            format!("leave `media_package` out, or use one of {}", others(RegionFacts::packages)),
        );
    }
    if config.encoding.queue.create && !facts.has_type(QUEUE) {
        layers.report_at(
            &["encoding.queue.create", "region"],
            format!("CloudFormation cannot make MediaConvert queues in {code} ({name})"),
            "leave `create` out, and make the queue of that name yourself (`aws mediaconvert create-queue`)".to_owned(),
        );
    }
}

/// Why a partition is not supported.
///
/// <https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-differences.html>,
/// <https://docs.amazonaws.cn/en_us/aws/latest/userguide/cloudfront.html>
fn unlike(partition: &str) -> &'static str {
    match partition {
        "aws-us-gov" => "AWS GovCloud (US) has no CloudFront",
        "aws-cn" => "CloudFront in China has no managed policies, no HTTP/3 and no certificate of its own",
        _ => "it is in a partition that the platform was not written for",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_sorted() {
        let codes: Vec<&str> = TABLE.regions.iter().map(|facts| facts.code).collect();
        assert!(codes.is_sorted(), "{codes:?}");
        assert!(SUPPORTED.len() > 15 && SUPPORTED.contains(&"us-east-1"), "{SUPPORTED:?}");
        assert!(RegionFacts::supported().all(|facts| facts.has_type("AWS::CloudFront::Distribution")));
    }

    #[test]
    fn a_region_exists_only_from_the_table() {
        assert_eq!("eu-south-1".parse::<Region>().unwrap().as_str(), "eu-south-1");
        for text in ["us-esat-1", "eu-central-9", "", "aws-global"] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }
}
