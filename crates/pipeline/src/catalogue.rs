//! The catalogue: what the player knows of every video, in static files beside the outputs.
//!
//! Workflows write it, the page reads it, and no API is in between. It is divided into [`SHARDS`] files by the first
//! digit of the guid, so that many workflows at once rarely meet in one file; those that do take turns with conditional
//! writes. An entry holds nothing that a viewer may not see: no bucket, no source key, no error message.

mod entry;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::entry::{Entry, Storyboard, Streams};

/// The folder of the catalogue in the destination bucket.
pub const FOLDER: &str = "catalogue";

/// How many files the catalogue has.
pub const SHARDS: u32 = 16;

/// How long browsers and CloudFront may keep a file.
pub const CACHE_CONTROL: &str = "public, max-age=5";

/// How many videos one file holds; beyond, the oldest leave the library (their outputs stay).
pub const MAX_VIDEOS: usize = 512;

/// The keys of all files of the catalogue.
pub fn keys() -> impl Iterator<Item = String> {
    (0..SHARDS).map(|shard| format!("{FOLDER}/{shard:x}.json"))
}

/// The key of the file that a video stands in: by the guid's first digit, or the first file where that is none.
pub fn key(guid: &str) -> String {
    let digit = guid.chars().next().and_then(|first| first.to_digit(SHARDS)).unwrap_or(0);
    format!("{FOLDER}/{digit:x}.json")
}

/// One file of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The videos, the newest first.
    pub videos: Vec<Entry>,
}

impl Catalogue {
    pub fn read(json: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(json)
    }

    pub fn write(&self) -> String {
        // Nothing in an entry can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Enters a video, or what is new about it; `None` when the file knows all that already.
    ///
    /// Entries may come late, twice and in any order: the result is the same.
    pub fn with(&self, entry: Entry) -> Option<Self> {
        let mut videos: BTreeMap<&str, &Entry> = self.videos.iter().map(|video| (video.id.as_str(), video)).collect();
        let merged = match videos.get(entry.id.as_str()) {
            Some(known) => (*known).clone().merge(entry),
            None => entry,
        };
        if videos.insert(&merged.id, &merged) == Some(&merged) {
            return None;
        }
        let mut videos: Vec<Entry> = videos.into_values().cloned().collect();
        videos.sort_by(|a, b| b.added.cmp(&a.added).then_with(|| a.id.cmp(&b.id)));
        videos.truncate(MAX_VIDEOS);
        let changed = Self { videos };
        (changed != *self).then_some(changed)
    }

    /// Takes a video out; `None` when it is not in the file.
    pub fn without(&self, id: &str) -> Option<Self> {
        let videos: Vec<Entry> = self.videos.iter().filter(|video| video.id != id).cloned().collect();
        (videos.len() < self.videos.len()).then_some(Self { videos })
    }
}
