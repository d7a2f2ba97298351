//! Files that must be in S3 before a stack is created.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::value::{PseudoParameter, Value};

/// How the deployer turns the source into the object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Packaging {
    /// The file is uploaded as it is.
    #[default]
    File,
    /// The folder is zipped.
    Zip,
}

/// A file for the stack's asset manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct FileAsset {
    /// The hash that names it.
    pub hash: String,
    /// Where it lies, relative to the cloud assembly.
    pub path: String,
    /// How it is uploaded.
    pub packaging: Packaging,
    /// The object's key.
    pub key: String,
    /// What is copied to the path when the cloud assembly is written; nothing, if something else puts it there.
    pub source: Option<PathBuf>,
}

impl FileAsset {
    /// A file of this machine, which is uploaded as it is; the SHA-256 of its content names it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn file(path: &Path) -> io::Result<Self> {
        let extension = path.extension().map(|extension| format!(".{}", extension.display())).unwrap_or_default();
        let hash = hex::encode(Sha256::digest(fs::read(path)?));
        Ok(Self {
            path: format!("asset.{hash}{extension}"),
            key: format!("{hash}{extension}"),
            hash,
            packaging: Packaging::File,
            source: Some(path.to_owned()),
        })
    }

    /// A folder of this machine, which the deployer zips; the SHA-256 of its files' names and contents names it.
    ///
    /// # Errors
    /// When a file in it cannot be read.
    pub fn folder(path: &Path) -> io::Result<Self> {
        let mut digest = Sha256::new();
        for file in files(path)? {
            let content = fs::read(path.join(&file))?;
            digest.update(format!("{}\n{}\n", file.display(), content.len()));
            digest.update(content);
        }
        let hash = hex::encode(digest.finalize());
        Ok(Self {
            path: format!("asset.{hash}"),
            key: format!("{hash}.zip"),
            hash,
            packaging: Packaging::Zip,
            source: Some(path.to_owned()),
        })
    }
}

/// The files in a folder and the folders below it, as paths in it, sorted.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        if entry.path().is_dir() {
            found.extend(files(&entry.path())?.into_iter().map(|file| name.join(file)));
        } else {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// The bucket that assets are uploaded to.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetBucket {
    placeholder: String,
    value: Value<String>,
}

impl AssetBucket {
    /// A bucket that exists already.
    pub fn named(name: &str) -> Self {
        Self { placeholder: name.to_owned(), value: name.into() }
    }

    /// The bucket that `cdk bootstrap` makes in every account and region, for a qualifier.
    ///
    /// <https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html>
    pub fn bootstrap(qualifier: &str) -> Self {
        let (account, region) = (PseudoParameter::AccountId, PseudoParameter::Region);
        Self {
            placeholder: format!("cdk-{qualifier}-assets-${{{account}}}-${{{region}}}"),
            value: crate::sub![format!("cdk-{qualifier}-assets-"), account, "-", region],
        }
    }

    /// The name for an asset manifest, in which the deployer fills in account and region.
    pub fn placeholder(&self) -> &str {
        &self.placeholder
    }

    /// The name for a template.
    pub fn name(&self) -> &Value<String> {
        &self.value
    }
}

impl Default for AssetBucket {
    /// The bucket of `cdk bootstrap` without options.
    fn default() -> Self {
        Self::bootstrap("hnb659fds")
    }
}
