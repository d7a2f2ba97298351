//! A file of which only some parts are here, and why reading it stops.

use std::ops::Range;

/// The most parts that are read of one file.
pub(super) const MAX_PARTS: usize = 256;

/// A file's length and those of its bytes that have been read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sparse {
    length: u64,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    offset: u64,
    bytes: Vec<u8>,
}

/// Why nothing is known of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    #[error("the file is empty")]
    Empty,
    #[error("the file is no video or audio file of a known kind")]
    NotMedia,
    #[error("files of the kind {format} can only be looked into by MediaConvert's Probe")]
    Unsupported { format: &'static str },
    #[error("the file breaks off before it says what is in it")]
    Truncated,
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    #[error("the file has no video, audio or text track")]
    NoTrack,
    #[error("the file hides what is in it: too much of it would have to be read")]
    TooScattered,
}

/// Why a parser stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// These bytes are missing; they are within the file.
    Missing(Range<u64>),
    /// The file is wrong.
    Error(MediaError),
}

impl From<MediaError> for Stop {
    fn from(error: MediaError) -> Self {
        Self::Error(error)
    }
}

impl Sparse {
    /// A file of this length, of which nothing is here.
    pub(crate) fn new(length: u64) -> Self {
        Self { length, parts: Vec::new() }
    }

    /// A file that is all here.
    pub(crate) fn whole(bytes: &[u8]) -> Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { length, parts: vec![Part { offset: 0, bytes: bytes.to_vec() }] }
    }

    pub(crate) fn add(&mut self, offset: u64, bytes: Vec<u8>) {
        self.parts.push(Part { offset, bytes });
    }

    /// How many parts have been added.
    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The file's length in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// The bytes from here to there.
    pub(crate) fn bytes(&self, offset: u64, length: u64) -> Result<&[u8], Stop> {
        let end = offset.checked_add(length).filter(|end| *end <= self.length).ok_or(MediaError::Truncated)?;
        if length == 0 {
            return Ok(&[]);
        }
        let found = self.parts.iter().rev().find_map(|part| {
            let first = usize::try_from(offset.checked_sub(part.offset)?).ok()?;
            part.bytes.get(first..)?.get(..usize::try_from(length).ok()?)
        });
        found.ok_or(Stop::Missing(offset..end))
    }

    /// The bytes from here, as many as the file has but no more than that.
    pub(crate) fn up_to(&self, offset: u64, length: u64) -> Result<&[u8], Stop> {
        self.bytes(offset.min(self.length), length.min(self.length.saturating_sub(offset)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_and_the_others_are_named() {
        let mut file = Sparse::new(100);
        assert_eq!(file.bytes(10, 5), Err(Stop::Missing(10..15)));
        file.add(8, (8..20).collect());
        file.add(90, (90..100).collect());
        assert_eq!(file.bytes(10, 5), Ok(&[10, 11, 12, 13, 14][..]));
        assert_eq!(file.bytes(18, 3), Err(Stop::Missing(18..21)));
        assert_eq!(file.up_to(98, 50), Ok(&[98, 99][..]));
        assert_eq!(file.up_to(500, 50), Ok(&[][..]), "nothing is never missing");
        for (offset, length) in [(98, 3), (101, 0), (u64::MAX, 1), (1, u64::MAX)] {
            assert_eq!(file.bytes(offset, length), Err(MediaError::Truncated.into()));
        }
    }
}
