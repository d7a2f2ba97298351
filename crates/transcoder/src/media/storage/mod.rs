//! Where inputs come from and outputs go: S3, or a folder of this machine.
//!
//! ffmpeg reads an object through a presigned address, in ranges; files go up in parts. Nothing holds a whole file.

mod content_type;
mod download;
mod failure;
mod location;
mod upload;

pub(crate) use content_type::content_type;
pub(crate) use failure::StorageError;
pub(crate) use location::{BadLocation, Destination, Location};
pub(crate) use upload::{Upload, UploadError};

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use aws_sdk_s3::{
    Client,
    config::{RequestChecksumCalculation, ResponseChecksumValidation},
    presigning::PresigningConfig,
};
use aws_types::SdkConfig;

use super::process::Address;

/// How long a presigned address works: as long as S3 lets it, up to a day, which is longer than a job may take.
const VALID: Duration = Duration::from_hours(24);

/// Reads inputs and writes outputs.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    s3: Client,
    folder: Option<PathBuf>,
}

/// An input that exists and can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Readable {
    /// What ffmpeg opens.
    pub(crate) address: Address,
    /// Its size in bytes, where known.
    pub(crate) size: Option<u64>,
    /// Its entity tag without quotes, where there is one.
    pub(crate) etag: Option<String>,
    /// When it was last written, in seconds since 1970, where known.
    pub(crate) modified: Option<i64>,
    /// Its media type, where known.
    pub(crate) mime_type: Option<String>,
}

impl Storage {
    /// Storage that calls S3 as the configuration says (its endpoint, if any, with path-style addresses), and that
    /// reads and writes `file://` addresses below this folder only, or none.
    pub(crate) fn new(config: &SdkConfig, folder: Option<PathBuf>) -> Self {
        let settings = aws_sdk_s3::config::Builder::from(config)
            .force_path_style(config.endpoint_url().is_some())
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        Self { s3: Client::from_conf(settings.build()), folder }
    }

    /// Finds an input by the address that a job gives: `s3://`, `https://`, `http://` or `file://`.
    pub(crate) async fn input(&self, uri: &str) -> Result<Readable, StorageError> {
        match Location::input(uri)? {
            Location::S3 { bucket, key } => {
                let failed = |source| StorageError::s3("read", uri, source);
                let head = self.s3.head_object().bucket(&bucket).key(&key).send().await;
                let head = head.map_err(|error| failed(error.into()))?;
                let window = PresigningConfig::expires_in(VALID).map_err(|error| failed(error.into()))?;
                let get = self.s3.get_object().bucket(&bucket).key(&key).presigned(window).await;
                Ok(Readable {
                    address: Address::Url(get.map_err(|error| failed(error.into()))?.uri().to_owned()),
                    size: head.content_length().and_then(|size| size.try_into().ok()),
                    etag: head.e_tag().map(|tag| tag.trim_matches('"').to_owned()),
                    modified: head.last_modified().map(aws_sdk_s3::primitives::DateTime::secs),
                    mime_type: head.content_type().map(str::to_owned),
                })
            }
            Location::Web(url) => Ok(Readable {
                mime_type: content_type(Path::new(url.split(['?', '#']).next().unwrap_or_default())).map(str::to_owned),
                address: Address::Url(url),
                size: None,
                etag: None,
                modified: None,
            }),
            Location::File(path) => {
                let path = self.allowed(&path).await?;
                let failed = |source| StorageError::file("read", &path, source);
                let metadata = tokio::fs::metadata(&path).await.map_err(failed)?;
                if !metadata.is_file() {
                    return Err(failed(std::io::ErrorKind::IsADirectory.into()));
                }
                let modified =
                    metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
                Ok(Readable {
                    size: Some(metadata.len()),
                    etag: None,
                    modified: modified.and_then(|since| since.as_secs().try_into().ok()),
                    mime_type: content_type(&path).map(str::to_owned),
                    address: Address::File(path),
                })
            }
        }
    }

    /// The true path of an existing file, when it is below the folder that may be used.
    async fn allowed(&self, path: &Path) -> Result<PathBuf, StorageError> {
        let forbidden = || StorageError::OutsideFolder { path: path.to_owned() };
        let folder = self.folder.as_ref().ok_or_else(forbidden)?;
        let canonical = |path: PathBuf| async move {
            let found = tokio::fs::canonicalize(&path).await;
            found.map_err(|source| StorageError::file("find", &path, source))
        };
        let folder = canonical(folder.clone()).await?;
        let path = canonical(path.to_owned()).await?;
        if path.starts_with(&folder) { Ok(path) } else { Err(forbidden()) }
    }
}
