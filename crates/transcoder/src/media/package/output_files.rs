//! The finished files of an output group, under plain names of their own until they go to their places.

use std::path::{Path, PathBuf};

use super::PackageError;

/// A work file and the name that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackedFile {
    /// The work file.
    pub(crate) from: PathBuf,
    /// Its name below the group's destination, which may have folders.
    pub(crate) name: String,
}

/// Where a group's files are put together. No name that a stranger chose is used for a work file.
#[derive(Debug)]
pub(super) struct OutputFiles {
    folder: PathBuf,
    group: usize,
    pub(super) files: Vec<PackedFile>,
}

impl OutputFiles {
    pub(super) fn new(folder: &Path, group: usize) -> Self {
        Self { folder: folder.to_owned(), group, files: Vec::new() }
    }

    /// A work file that will get this name; both end alike, so that the file's type is known by either.
    pub(super) fn file(&mut self, name: String) -> PathBuf {
        let plain =
            |suffix: &&str| suffix.len() <= 5 && suffix.chars().all(|character| character.is_ascii_alphanumeric());
        let suffix = name.rsplit_once('.').map(|(_, suffix)| suffix).filter(plain).unwrap_or("bin");
        let from = self.folder.join(format!("group-{}-{}.{suffix}", self.group, self.files.len()));
        self.files.push(PackedFile { from: from.clone(), name });
        from
    }

    /// A work file of this type that is not among the finished ones.
    pub(super) fn scratch(&self, suffix: &str) -> PathBuf {
        self.folder.join(format!("group-{}-{}-work.{suffix}", self.group, self.files.len()))
    }

    /// Puts a work file among the finished ones.
    pub(super) fn adopt(&mut self, from: PathBuf, name: String) {
        self.files.push(PackedFile { from, name });
    }

    /// Writes a small file.
    pub(super) fn write(&mut self, name: String, bytes: &[u8]) -> Result<(), PackageError> {
        let path = self.file(name);
        std::fs::write(&path, bytes).map_err(|source| PackageError::Write { path, source })
    }
}
