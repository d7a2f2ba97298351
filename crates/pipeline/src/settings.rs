//! The choices of a deployment as types, shared by the configuration, the environment and the record.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray, VariantNames};

/// A word that a setting does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of {}", .known.join(", "))]
pub struct UnknownWord {
    pub word: String,
    pub known: &'static [&'static str],
}

impl UnknownWord {
    /// A word that is none of the enumeration's.
    pub fn of<T: VariantNames>(word: &str) -> Self {
        Self { word: word.to_owned(), known: T::VARIANTS }
    }
}

/// What becomes of a source once its workflow is complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum ArchiveClass {
    /// It stays where it is.
    #[default]
    Disabled,
    /// The lifecycle moves it to S3 Glacier Flexible Retrieval.
    Glacier,
    /// The lifecycle moves it to S3 Glacier Deep Archive.
    DeepArchive,
}

impl ArchiveClass {
    /// The key of the object tag whose value is the class; the bucket's lifecycle rules filter on it.
    pub const TAG_KEY: &str = "vod-archive";
}

/// The processor that the functions run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum Architecture {
    /// Intel and AMD, 64 bits: what an ordinary build machine compiles for.
    X86_64,
    /// Graviton: about a fifth cheaper; needs a Rust target for it on the build machine.
    Arm64,
}

/// Accelerated transcoding of jobs (`AccelerationSettings.Mode`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE", const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum Acceleration {
    /// Jobs that cannot be accelerated fail.
    Enabled,
    /// Jobs are accelerated where they can be.
    Preferred,
    /// Jobs are not accelerated.
    #[default]
    Disabled,
}

/// How often the service reports how far a job is (`CreateJobRequest.StatusUpdateInterval`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[strum(const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum StatusUpdateInterval {
    #[serde(rename = "SECONDS_10")]
    #[strum(serialize = "SECONDS_10")]
    Seconds10,
    #[serde(rename = "SECONDS_12")]
    #[strum(serialize = "SECONDS_12")]
    Seconds12,
    #[serde(rename = "SECONDS_15")]
    #[strum(serialize = "SECONDS_15")]
    Seconds15,
    #[serde(rename = "SECONDS_20")]
    #[strum(serialize = "SECONDS_20")]
    Seconds20,
    #[serde(rename = "SECONDS_30")]
    #[strum(serialize = "SECONDS_30")]
    Seconds30,
    #[serde(rename = "SECONDS_60")]
    #[strum(serialize = "SECONDS_60")]
    Seconds60,
    #[serde(rename = "SECONDS_120")]
    #[strum(serialize = "SECONDS_120")]
    Seconds120,
    #[serde(rename = "SECONDS_180")]
    #[strum(serialize = "SECONDS_180")]
    Seconds180,
    #[serde(rename = "SECONDS_240")]
    #[strum(serialize = "SECONDS_240")]
    Seconds240,
    #[serde(rename = "SECONDS_300")]
    #[strum(serialize = "SECONDS_300")]
    Seconds300,
    #[serde(rename = "SECONDS_360")]
    #[strum(serialize = "SECONDS_360")]
    Seconds360,
    #[serde(rename = "SECONDS_420")]
    #[strum(serialize = "SECONDS_420")]
    Seconds420,
    #[serde(rename = "SECONDS_480")]
    #[strum(serialize = "SECONDS_480")]
    Seconds480,
    #[serde(rename = "SECONDS_540")]
    #[strum(serialize = "SECONDS_540")]
    Seconds540,
    #[serde(rename = "SECONDS_600")]
    #[strum(serialize = "SECONDS_600")]
    Seconds600,
}

/// Rotation of the input (`VideoSelector.Rotate`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[strum(const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum InputRotate {
    /// As it is.
    #[default]
    #[serde(rename = "DEGREE_0")]
    #[strum(serialize = "DEGREE_0")]
    Degree0,
    /// A quarter turn clockwise.
    #[serde(rename = "DEGREES_90")]
    #[strum(serialize = "DEGREES_90")]
    Degrees90,
    /// A half turn.
    #[serde(rename = "DEGREES_180")]
    #[strum(serialize = "DEGREES_180")]
    Degrees180,
    /// A quarter turn counter-clockwise.
    #[serde(rename = "DEGREES_270")]
    #[strum(serialize = "DEGREES_270")]
    Degrees270,
    /// As the file's own metadata says.
    #[serde(rename = "AUTO")]
    #[strum(serialize = "AUTO")]
    Auto,
}

/// The arrivals in the source bucket that start a workflow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum WorkflowTrigger {
    /// Video files.
    #[default]
    Video,
    /// Metadata files.
    Metadata,
    /// Video files and metadata files.
    Both,
}

impl WorkflowTrigger {
    /// The kinds of file that start a workflow.
    pub const fn starts_on(self) -> &'static [crate::media_types::FileKind] {
        use crate::media_types::FileKind::{Metadata, Video};
        match self {
            Self::Video => &[Video],
            Self::Metadata => &[Metadata],
            Self::Both => &[Video, Metadata],
        }
    }
}

/// The family of job templates that a deployment encodes with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum TemplateFamily {
    /// HLS, with DASH and MP4 as options.
    #[default]
    Qvbr,
    /// HLS for `MediaPackage`.
    Mvod,
    /// One universal CMAF package for HLS and DASH.
    Cmaf,
}

/// The source height that a job template is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[strum(const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum Tier {
    /// Ultra high definition.
    #[serde(rename = "2160p")]
    #[strum(serialize = "2160p")]
    P2160,
    /// Full high definition.
    #[serde(rename = "1080p")]
    #[strum(serialize = "1080p")]
    P1080,
    /// High definition and everything below.
    #[serde(rename = "720p")]
    #[strum(serialize = "720p")]
    P720,
}

impl Tier {
    /// The height of the tier's largest rendition in pixels.
    pub const fn height(self) -> u32 {
        match self {
            Self::P2160 => 2160,
            Self::P1080 => 1080,
            Self::P720 => 720,
        }
    }

    /// The width of the tier's largest rendition in pixels, at 16:9.
    pub const fn width(self) -> u32 {
        self.height() / 9 * 16
    }
}

/// Where jobs are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum EndpointMode {
    /// The region's own endpoint.
    #[default]
    Regional,
    /// The account's endpoint, asked for once by `DescribeEndpoints` at deployment (deprecated by AWS).
    Discover,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, JSON and the list of words agree for every value of a setting.
    macro_rules! agrees {
        ($($name:ident),+) => {$(
            let words = <$name as VariantNames>::VARIANTS;
            for (value, word) in <$name as VariantArray>::VARIANTS.iter().zip(words) {
                assert_eq!(value.to_string(), *word);
                assert_eq!(word.parse(), Ok(*value));
                assert_eq!(serde_json::to_value(value).unwrap(), *word);
                assert_eq!(serde_json::from_value::<$name>((*word).into()).unwrap(), *value);
            }
            assert!("nonsense".parse::<$name>().is_err());
        )+};
    }

    #[test]
    fn text_and_json_agree() {
        agrees!(ArchiveClass, Acceleration, StatusUpdateInterval, InputRotate, WorkflowTrigger);
        agrees!(TemplateFamily, Tier, EndpointMode);
    }

    #[test]
    fn an_unknown_word_names_the_known_ones() {
        insta::assert_snapshot!(
            "glacier".parse::<ArchiveClass>().unwrap_err(),
            @"`glacier` is not one of DISABLED, GLACIER, DEEP_ARCHIVE"
        );
    }

    #[test]
    fn tiers_are_sixteen_by_nine() {
        let sizes: Vec<_> = <Tier as VariantArray>::VARIANTS
            .iter()
            .map(|tier| (tier.into_str(), tier.width(), tier.height()))
            .collect();
        assert_eq!(sizes, [("2160p", 3840, 2160), ("1080p", 1920, 1080), ("720p", 1280, 720)]);
    }
}
