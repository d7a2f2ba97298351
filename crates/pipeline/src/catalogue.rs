//! The catalogue: what the player knows of every video, in static files beside the outputs.
//!
//! Workflows write it, the page reads it, and no API is in between. It is divided into [`SHARDS`] files by the first
//! digit of the guid, so that many workflows at once rarely meet in one file; those that do take turns with conditional
//! writes. An entry holds nothing that a viewer may not see: no bucket, no source key, no error message.

mod entry;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::outputs::folder;

pub use self::entry::{Entry, Storyboard, Streams, given_title, is_listed};

/// The folder of the catalogue in the destination bucket.
pub const FOLDER: &str = "catalogue";

/// How many files the catalogue has.
pub const SHARDS: u32 = 16;

/// How long browsers and CloudFront may keep a file.
pub const CACHE_CONTROL: &str = "public, max-age=5";

/// How many videos one file holds; beyond, the oldest leave the library (their outputs stay).
pub const MAX_VIDEOS: usize = 512;

/// How often a write is tried: a video of a hundred at once meets about six others in its file.
pub const MAX_ATTEMPTS: u32 = 24;
/// The shortest and the longest pause before a write is retried.
const MIN_BACKOFF: Duration = Duration::from_millis(30);
const MAX_BACKOFF: Duration = Duration::from_millis(800);

/// The keys of all files of the catalogue.
pub fn keys() -> impl Iterator<Item = String> {
    (0..SHARDS).map(|shard| format!("{FOLDER}/{shard:x}.json"))
}

/// The key of the file that a video stands in: by the guid's first digit, or the first file where that is none.
pub fn key(guid: &str) -> String {
    let digit = guid.chars().next().and_then(|first| first.to_digit(SHARDS)).unwrap_or(0);
    format!("{FOLDER}/{digit:x}.json")
}

/// The key of a picture that somebody gives a video, beside its outputs. It follows from the picture, because browsers and
/// CloudFront keep what they have once read.
pub fn poster_key(guid: &str, picture: &[u8], suffix: &str) -> String {
    let digits = Sha256::digest(picture).iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    format!("{}poster/{digits}.{suffix}", folder(guid))
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

/// Where the files of the catalogue are, with conditional writes
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>).
pub trait Store {
    type Error;

    /// A file and its version; an empty one without version where there is none.
    fn read(&self, key: &str) -> impl Future<Output = Result<(Catalogue, Option<String>), Self::Error>> + Send;

    /// Writes a file, and says whether it did: not if another write came after that version was read.
    fn write(
        &self,
        key: &str,
        file: &Catalogue,
        version: Option<String>,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    fn sleep(&self, pause: Duration) -> impl Future<Output = ()> + Send;
}

/// How an [`update`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// There was nothing to change.
    Unchanged,
    Written {
        /// How many writes others came before.
        lost: u32,
    },
    /// Others wrote the file all the time.
    Contended,
}

/// Changes the file that a video stands in. Others may write it at the same time: a write that another one came before
/// begins anew with what that one wrote.
pub async fn update<S: Store>(
    store: &S,
    id: &str,
    change: impl Fn(&Catalogue) -> Option<Catalogue>,
) -> Result<Update, S::Error> {
    let key = key(id);
    for lost in 0..MAX_ATTEMPTS {
        let (file, version) = store.read(&key).await?;
        let Some(changed) = change(&file) else { return Ok(Update::Unchanged) };
        if store.write(&key, &changed, version).await? {
            return Ok(Update::Written { lost });
        }
        store.sleep(backoff(id, lost)).await;
    }
    Ok(Update::Contended)
}

/// The pause after a lost write: it grows, and differs from video to video so that they do not meet again.
fn backoff(id: &str, lost: u32) -> Duration {
    let longest = MIN_BACKOFF.saturating_mul(1 << lost.min(8)).min(MAX_BACKOFF);
    let mixed = id
        .bytes()
        .fold(lost.wrapping_mul(2_654_435_769), |mixed, byte| (mixed ^ u32::from(byte)).wrapping_mul(16_777_619));
    longest.mul_f64(0.25 + 0.75 * f64::from(mixed >> 8) / f64::from(1 << 24))
}
