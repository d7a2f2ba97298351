//! Which files in the source bucket start a workflow.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{media_types::FileKind, settings::WorkflowTrigger};

/// What a deployment makes of the files that arrive in its source bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Uploads {
    pub trigger: WorkflowTrigger,
    /// The beginning of the keys that count, such as `in/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Patterns of keys that do not count, in which `*` stands for any text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
}

/// Why a file starts nothing, and nobody needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skipped {
    OutsideOfFolder {
        folder: String,
    },
    Ignored {
        pattern: String,
    },
    /// The deployment starts by files of the other kind only.
    NoTrigger,
    /// It is neither a video nor a metadata file. The rule of a folder lets every file through, because EventBridge cannot
    /// ask for a beginning and an end of one key.
    OtherFile,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutsideOfFolder { folder } => write!(f, "it is not below `{folder}`"),
            Self::Ignored { pattern } => write!(f, "`{pattern}` is ignored"),
            Self::NoTrigger => f.write_str("files of its kind start no workflow here"),
            Self::OtherFile => f.write_str("it is neither a video nor a metadata file"),
        }
    }
}

impl Uploads {
    /// Why the file under a key starts nothing, if that is as it should be.
    pub fn skip(&self, key: &str) -> Option<Skipped> {
        if let Some(folder) = self.folder.as_ref().filter(|folder| !key.starts_with(folder.as_str())) {
            return Some(Skipped::OutsideOfFolder { folder: folder.clone() });
        }
        if let Some(pattern) = self.ignore.iter().find(|pattern| matches(pattern, key)) {
            return Some(Skipped::Ignored { pattern: pattern.clone() });
        }
        match FileKind::of(key) {
            Some(kind) => (!self.trigger.starts_on().contains(&kind)).then_some(Skipped::NoTrigger),
            None => self.folder.is_some().then_some(Skipped::OtherFile),
        }
    }
}

/// Whether a key fits a pattern as a whole. As in the wildcards of IAM, S3 and EventBridge, `*` stands for any text, slashes
/// too; brackets, which keys of videos often have, mean themselves.
fn matches(pattern: &str, key: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| key.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns() {
        for (pattern, key, fits) in [
            ("a.mp4", "a.mp4", true),
            ("a.mp4", "in/a.mp4", false),
            ("a.mp4", "a.mp4 ", false),
            ("*.m3u8", "in/hls/720p.m3u8", true),
            ("*.m3u8", "a.m3u8.mp4", false),
            ("in/hls/*", "in/hls/a/b.mp4", true),
            ("in/hls/*", "in/hls", false),
            ("*/proxies/*", "in/proxies/a.mp4", true),
            ("*/proxies/*", "proxies/a.mp4", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*a*b*", "xaxbx", true),
            ("*a*b*", "xbxax", false),
            ("film [1080p].*", "film [1080p].mp4", true),
            ("film?.mp4", "film1.mp4", false),
        ] {
            assert_eq!(matches(pattern, key), fits, "{pattern} {key}");
        }
    }

    #[test]
    fn only_what_the_deployment_asks_for_starts_something() {
        use WorkflowTrigger::{Both, Metadata, Video};
        let uploads = |trigger, folder: Option<&str>, ignore: &[&str]| Uploads {
            trigger,
            folder: folder.map(str::to_owned),
            ignore: ignore.iter().map(ToString::to_string).collect(),
        };
        for (uploads, key, said) in [
            (uploads(Video, None, &[]), "a.mp4", None),
            (uploads(Video, None, &[]), "a.json", Some("files of its kind start no workflow here")),
            (uploads(Metadata, None, &[]), "a.mp4", Some("files of its kind start no workflow here")),
            (uploads(Both, None, &[]), "a.json", None),
            (uploads(Video, None, &[]), "a.txt", None),
            (uploads(Video, Some("in/"), &[]), "a.mp4", Some("it is not below `in/`")),
            (uploads(Video, Some("in/"), &[]), "in/deep/a.mp4", None),
            (uploads(Video, Some("in/"), &[]), "in/a.srt", Some("it is neither a video nor a metadata file")),
            (uploads(Both, None, &["*.m3u8", "reports/*"]), "reports/a.json", Some("`reports/*` is ignored")),
        ] {
            assert_eq!(uploads.skip(key).map(|skipped| skipped.to_string()).as_deref(), said, "{key} {uploads:?}");
        }
    }

    proptest! {
        #[test]
        fn every_key_fits_itself_and_what_it_is_made_of(parts in prop::collection::vec("[a/.\\[é ]{0,4}", 1..5), filler in "\\PC{0,4}") {
            let key = parts.join(&filler);
            prop_assert!(matches(&parts.join("*"), &key));
            prop_assert!(matches(&key.replace('*', ""), &key.replace('*', "")));
        }
    }
}
