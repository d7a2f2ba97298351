//! Construct paths, and the logical IDs that follow from them.

use std::fmt;

use sha2::{Digest, Sha256};

/// A name inside a template: letters and digits, at most 255 of them.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html>
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogicalId(String);

impl LogicalId {
    /// The longest logical ID that CloudFormation takes.
    pub const MAX_LENGTH: usize = 255;

    /// The ID of the construct at a path: its segments run together, other characters dropped.
    ///
    /// An ID that would be empty or too long gets eight hexadecimal digits of the path's SHA-256 at its end. Two paths
    /// that run together into one ID (`Logs/Bucket` and `LogsBucket`) are a [problem](crate::Problem::SameId) of their
    /// stack: were one of them renamed, adding a construct could replace another's resource.
    pub fn from_path(path: &Path) -> Self {
        let mut id = String::new();
        for segment in &path.0 {
            let mut start_of_word = true;
            for character in segment.chars() {
                if !character.is_ascii_alphanumeric() {
                    start_of_word = true;
                } else if start_of_word {
                    id.push(character.to_ascii_uppercase());
                    start_of_word = false;
                } else {
                    id.push(character);
                }
            }
        }
        let id = Self(id);
        if id.0.is_empty() || id.0.len() > Self::MAX_LENGTH { id.distinct(path) } else { id }
    }

    /// The ID with the path's digest at its end.
    pub(crate) fn distinct(self, path: &Path) -> Self {
        let digest = Sha256::digest(path.to_string().as_bytes());
        let suffix = hex::encode_upper(&digest[..4]);
        let mut id = self.0;
        id.truncate(Self::MAX_LENGTH - suffix.len());
        id.push_str(&suffix);
        Self(id)
    }

    /// The ID's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a construct stands in its stack: `Storage/Source/Policy`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Path(Vec<String>);

impl Path {
    /// The path of a stack itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of a child.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(name.to_owned());
        Self(segments)
    }

    /// The path's segments, outermost first.
    pub fn segments(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}
