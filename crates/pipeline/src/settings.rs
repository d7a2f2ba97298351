//! The choices of a deployment as types, shared by the configuration, the environment and the record.

/// A word that a setting does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not {setting}; use {}", .known.join(", "))]
pub struct UnknownWord {
    /// The word that was given.
    pub word: String,
    /// What it was given for, with its article.
    pub setting: &'static str,
    /// The words that the setting knows.
    pub known: &'static [&'static str],
}

/// Declares an enumeration and its words (for text, JSON and the environment alike) from one table.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident is $setting:literal { $($(#[$doc:meta])+ $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $name {
            $($(#[$doc])+ #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// The word of every value, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The value's word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::settings::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::settings::UnknownWord {
                        word: word.to_owned(),
                        setting: $setting,
                        known: Self::WORDS,
                    }),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What becomes of a source once its workflow is complete.
    #[derive(Default)]
    ArchiveClass is "an archive class" {
        /// It stays where it is.
        #[default]
        Disabled = "DISABLED",
        /// The lifecycle moves it to S3 Glacier Flexible Retrieval.
        Glacier = "GLACIER",
        /// The lifecycle moves it to S3 Glacier Deep Archive.
        DeepArchive = "DEEP_ARCHIVE",
    }
}

impl ArchiveClass {
    /// The key of the object tag whose value is the class; the bucket's lifecycle rules filter on it.
    pub const TAG_KEY: &str = "vod-archive";
}

words! {
    /// The processor that the functions run on.
    Architecture is "an architecture" {
        /// Intel and AMD, 64 bits: what an ordinary build machine compiles for.
        X86_64 = "x86_64",
        /// Graviton: about a fifth cheaper; needs a Rust target for it on the build machine.
        Arm64 = "arm64",
    }
}

words! {
    /// Accelerated transcoding of jobs (`AccelerationSettings.Mode`).
    #[derive(Default)]
    Acceleration is "an acceleration mode" {
        /// Jobs that cannot be accelerated fail.
        Enabled = "ENABLED",
        /// Jobs are accelerated where they can be.
        Preferred = "PREFERRED",
        /// Jobs are not accelerated.
        #[default]
        Disabled = "DISABLED",
    }
}

words! {
    /// Rotation of the input (`VideoSelector.Rotate`).
    #[derive(Default)]
    InputRotate is "an input rotation" {
        /// As it is.
        #[default]
        Degree0 = "DEGREE_0",
        /// A quarter turn clockwise.
        Degrees90 = "DEGREES_90",
        /// A half turn.
        Degrees180 = "DEGREES_180",
        /// A quarter turn counter-clockwise.
        Degrees270 = "DEGREES_270",
        /// As the file's own metadata says.
        Auto = "AUTO",
    }
}

words! {
    /// The arrivals in the source bucket that start a workflow.
    #[derive(Default)]
    WorkflowTrigger is "a workflow trigger" {
        /// Video files.
        #[default]
        Video = "video",
        /// Metadata files.
        Metadata = "metadata",
        /// Video files and metadata files.
        Both = "both",
    }
}

impl WorkflowTrigger {
    /// The kinds of file that start a workflow.
    #[must_use]
    pub const fn starts_on(self) -> &'static [crate::media_types::FileKind] {
        use crate::media_types::FileKind::{Metadata, Video};
        match self {
            Self::Video => &[Video],
            Self::Metadata => &[Metadata],
            Self::Both => &[Video, Metadata],
        }
    }
}

words! {
    /// The family of job templates that a deployment encodes with.
    #[derive(Default)]
    TemplateFamily is "a template family" {
        /// HLS, with DASH and MP4 as options.
        #[default]
        Qvbr = "qvbr",
        /// HLS for `MediaPackage`.
        Mvod = "mvod",
        /// One universal CMAF package for HLS and DASH.
        Cmaf = "cmaf",
    }
}

words! {
    /// The source height that a job template is made for.
    Tier is "a tier" {
        /// Ultra high definition.
        P2160 = "2160p",
        /// Full high definition.
        P1080 = "1080p",
        /// High definition and everything below.
        P720 = "720p",
    }
}

impl Tier {
    /// The height of the tier's largest rendition in pixels.
    #[must_use]
    pub const fn height(self) -> u32 {
        match self {
            Self::P2160 => 2160,
            Self::P1080 => 1080,
            Self::P720 => 720,
        }
    }

    /// The width of the tier's largest rendition in pixels, at 16:9.
    #[must_use]
    pub const fn width(self) -> u32 {
        self.height() / 9 * 16
    }

    /// The tier as people write it, such as `2160p`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.as_str()
    }
}

words! {
    /// How the `MediaConvert` endpoint is found.
    #[derive(Default)]
    EndpointMode is "an endpoint mode" {
        /// The public endpoint of the region.
        #[default]
        Regional = "regional",
        /// The account's own endpoint, asked for once at deployment.
        Discover = "discover",
    }
}

words! {
    /// A setting that is on or off; `true` and `false` in the environment.
    #[derive(Default)]
    Switch is "a switch" {
        /// It is on.
        On = "true",
        /// It is off.
        #[default]
        Off = "false",
    }
}

impl Switch {
    /// Whether the switch is on.
    #[must_use]
    pub const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }
}

impl From<bool> for Switch {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, JSON and the list of words agree for every value of a setting.
    macro_rules! agrees {
        ($($name:ident),+) => {$(
            assert_eq!($name::ALL.len(), $name::WORDS.len());
            for (value, word) in $name::ALL.iter().zip($name::WORDS) {
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
        agrees!(ArchiveClass, Acceleration, InputRotate, WorkflowTrigger, TemplateFamily, Tier, EndpointMode, Switch);
    }

    #[test]
    fn an_unknown_word_names_the_known_ones() {
        insta::assert_snapshot!(
            "glacier".parse::<ArchiveClass>().unwrap_err(),
            @"`glacier` is not an archive class; use DISABLED, GLACIER, DEEP_ARCHIVE"
        );
    }

    #[test]
    fn tiers_are_sixteen_by_nine() {
        let sizes: Vec<_> = Tier::ALL.iter().map(|tier| (tier.label(), tier.width(), tier.height())).collect();
        assert_eq!(sizes, [("2160p", 3840, 2160), ("1080p", 1920, 1080), ("720p", 1280, 720)]);
    }
}
