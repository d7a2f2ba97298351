//! Choices that only the deployment makes; those that the pipeline knows too are `pipeline::settings`.

use std::fmt;
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{InvalidValue, WebAclArn, inline_schema};

/// The account's identity provider for GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OidcProvider {
    /// The CI stack makes it.
    Create,
    /// Another stack of the account has it.
    Existing,
}

/// What becomes of buckets and the table when the stack is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RemovalPolicy {
    /// They stay, with all that is in them.
    Retain,
    /// They go with the stack; a bucket must be empty by then.
    Destroy,
}

/// The edge locations that serve viewers, in CloudFront's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr)]
#[strum(const_into_str)]
pub enum PriceClass {
    /// North America and Europe: the cheapest.
    #[serde(rename = "PriceClass_100")]
    #[strum(serialize = "PriceClass_100")]
    Class100,
    /// All but South America and Oceania.
    #[serde(rename = "PriceClass_200")]
    #[strum(serialize = "PriceClass_200")]
    Class200,
    /// Everywhere: the fastest.
    #[serde(rename = "PriceClass_All")]
    #[strum(serialize = "PriceClass_All")]
    All,
}

/// For which hosts browsers are to remember that there is https only (RFC 6797).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Hsts {
    /// For none.
    None,
    /// For the host of the videos.
    Host,
    /// For the host of the videos and every host below it.
    Subdomains,
}

/// The web application firewall in front of the distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Waf {
    /// None.
    None,
    /// A web ACL of the deployment's own edge stack, with AWS's managed rules.
    Managed,
    /// A web ACL that exists.
    Existing(WebAclArn),
}

impl TryFrom<String> for Waf {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        match text.as_str() {
            "none" => Ok(Self::None),
            "managed" => Ok(Self::Managed),
            _ => text
                .parse()
                .map(Self::Existing)
                .map_err(|invalid| InvalidValue { wrong: "is not a firewall", ..invalid }),
        }
    }
}

impl From<Waf> for String {
    fn from(waf: Waf) -> Self {
        waf.to_string()
    }
}

impl fmt::Display for Waf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Managed => "managed",
            Self::Existing(arn) => arn.as_str(),
        })
    }
}

inline_schema!(Waf, {
    "type": "string",
    "anyOf": [{ "enum": ["none", "managed"] }, { "pattern": WebAclArn::PATTERN }],
    "x-values": "`\"none\"`, `\"managed\"`, or a web ACL's ARN",
});

/// A number of days that CloudWatch Logs can keep a log for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct RetentionDays(u16);

impl RetentionDays {
    /// Every number that CloudWatch Logs takes (API reference, `PutRetentionPolicy`).
    pub const ALL: [u16; 22] =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

    /// A month, the default.
    pub const MONTH: Self = Self(30);

    /// The number of days.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<i64> for RetentionDays {
    type Error = InvalidValue;

    fn try_from(days: i64) -> Result<Self, InvalidValue> {
        let longer = Self::ALL.into_iter().find(|allowed| i64::from(*allowed) >= days);
        match longer {
            Some(allowed) if i64::from(allowed) == days => Ok(Self(allowed)),
            _ => Err(InvalidValue {
                value: days.to_string(),
                wrong: "days is not a retention that CloudWatch Logs offers",
                hint: longer.map_or("3653, the longest".into(), |next| format!("{next}, the next longer one").into()),
            }),
        }
    }
}

inline_schema!(RetentionDays, { "type": "integer", "enum": Self::ALL });

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct Ranged<const MIN: i32, const MAX: i32>(i32);

impl<const MIN: i32, const MAX: i32> Ranged<MIN, MAX> {
    /// The numbers that fit.
    pub const RANGE: RangeInclusive<i32> = MIN..=MAX;

    /// The number at the place it is written in source code: one that does not fit does not compile.
    pub const fn literal<const NUMBER: i32>() -> Self {
        const { assert!(MIN <= NUMBER && NUMBER <= MAX) };
        Self(NUMBER)
    }

    /// The number.
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl<const MIN: i32, const MAX: i32> TryFrom<i64> for Ranged<MIN, MAX> {
    type Error = InvalidValue;

    fn try_from(number: i64) -> Result<Self, InvalidValue> {
        match i32::try_from(number) {
            Ok(fit) if Self::RANGE.contains(&fit) => Ok(Self(fit)),
            _ => Err(InvalidValue {
                value: number.to_string(),
                wrong: "is out of range",
                hint: format!("a number from {MIN} to {MAX}").into(),
            }),
        }
    }
}

inline_schema!(Ranged<MIN, MAX>, { "type": "integer", "minimum": MIN, "maximum": MAX });
