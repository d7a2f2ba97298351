//! How a source is marked for the archive: the bucket's lifecycle moves what has the tag.

use std::collections::BTreeMap;

use crate::{record::table, settings::ArchiveClass};

/// How many tags an object may have
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>).
pub const MAX_TAGS: usize = 10;

/// Why a source cannot be marked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    #[error(
        "the source has {own} tags of its own ({}); with those that archive it there are more than {MAX_TAGS}: \
         remove some",
        .names.join(", ")
    )]
    TooManyTags { own: usize, names: Vec<String> },
}

/// The tags that a source has from now on: its own, the archive class and the workflow's id.
pub fn tags(
    own: BTreeMap<String, String>,
    class: ArchiveClass,
    guid: &str,
) -> Result<BTreeMap<String, String>, ArchiveError> {
    let mut tags = own;
    for key in [ArchiveClass::TAG_KEY, table::GUID] {
        tags.remove(key);
    }
    if tags.len() + 2 > MAX_TAGS {
        return Err(ArchiveError::TooManyTags { own: tags.len(), names: tags.into_keys().collect() });
    }
    tags.insert(ArchiveClass::TAG_KEY.to_owned(), class.into_str().to_owned());
    tags.insert(table::GUID.to_owned(), guid.to_owned());
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(count: usize) -> BTreeMap<String, String> {
        (0..count).map(|index| (format!("tag{index}"), format!("value {index}"))).collect()
    }

    #[test]
    fn own_tags_stay() {
        for count in 0..=8 {
            let tags = tags(own(count), ArchiveClass::Glacier, "g").unwrap();
            assert_eq!(tags.len(), count + 2);
            assert!(own(count).iter().all(|(key, value)| tags.get(key) == Some(value)));
            assert_eq!((tags["vod-archive"].as_str(), tags["guid"].as_str()), ("GLACIER", "g"));
        }
    }

    #[test]
    fn a_repeat_changes_the_platforms_own_tags_only() {
        let first = tags(own(8), ArchiveClass::Glacier, "g").unwrap();
        let second = tags(first, ArchiveClass::DeepArchive, "h").unwrap();
        assert_eq!(second.len(), 10);
        assert_eq!((second["vod-archive"].as_str(), second["guid"].as_str()), ("DEEP_ARCHIVE", "h"));
    }

    #[test]
    fn too_many_tags_are_reported() {
        insta::assert_snapshot!(
            tags(own(9), ArchiveClass::Glacier, "g").unwrap_err(),
            @"the source has 9 tags of its own (tag0, tag1, tag2, tag3, tag4, tag5, tag6, tag7, tag8); with those that archive it there are more than 10: remove some"
        );
    }
}
