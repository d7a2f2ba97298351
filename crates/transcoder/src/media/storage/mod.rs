//! Where inputs come from and outputs go: S3, or a folder of this machine.
//!
//! ffmpeg reads an object through a presigned address, in ranges; files go up in parts. Nothing holds a whole file.

mod failure;
mod location;

pub(crate) use failure::StorageError;
pub(crate) use location::{BadLocation, Destination, Location};

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use aws_sdk_s3::{
    Client,
    config::{RequestChecksumCalculation, ResponseChecksumValidation},
    presigning::PresigningConfig,
    primitives::{ByteStream, Length},
    types::{CompletedMultipartUpload, CompletedPart},
};
use aws_types::SdkConfig;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use self::failure::S3Error;
use super::process::Address;

/// How long a presigned address works: as long as S3 lets it, up to a day, which is longer than a job may take.
const PRESIGNED_FOR: Duration = Duration::from_hours(24);

/// Larger files go up in parts.
const MAX_WHOLE: u64 = 16 << 20;
/// The smallest part, in bytes; S3 takes at most [`MAX_PARTS`] of them.
const MIN_PART: u64 = 8 << 20;
const MAX_PARTS: u64 = 10_000;
/// How many files or parts go up at once.
const CONCURRENCY: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) from: PathBuf,
    pub(crate) to: Location,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("canceled")]
    Canceled,
}

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
    pub(crate) size: Option<u64>,
    /// Its entity tag without quotes, if any.
    pub(crate) etag: Option<String>,
    /// When it was last written, in seconds since 1970, where known.
    pub(crate) modified: Option<i64>,
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
                let window = PresigningConfig::expires_in(PRESIGNED_FOR).expect("S3 allows up to a week");
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

    /// Copies a file from `s3://` or `file://` into a work file, when it is not larger than this limit in bytes.
    pub(crate) async fn fetch(&self, uri: &str, to: &Path, limit: u64) -> Result<(), StorageError> {
        let source = match Location::input(uri)? {
            Location::S3 { bucket, key } => {
                let object = self.s3.get_object().bucket(bucket).key(key).send().await;
                object.map_err(|error| StorageError::s3("read", uri, error.into()))?.body
            }
            Location::File(path) => {
                let path = self.allowed(&path).await?;
                let stream = ByteStream::from_path(&path).await;
                stream.map_err(|error| StorageError::s3("read", uri, error.into()))?
            }
            Location::Web(_) => return Err(BadLocation::new(uri, "only media are read from the web").into()),
        };
        let failed = |source| StorageError::file("write", to, source);
        let mut file = tokio::fs::File::create(to).await.map_err(failed)?;
        let mut source = source.into_async_read().take(limit + 1);
        let copied = tokio::io::copy(&mut source, &mut file).await.map_err(failed)?;
        file.flush().await.map_err(failed)?;
        if copied > limit { Err(StorageError::TooLarge { uri: uri.to_owned(), limit }) } else { Ok(()) }
    }

    /// Brings these files to their places, several at once, and removes each work file that is there. `stored` hears
    /// of each with its size in bytes.
    pub(crate) async fn store(
        &self,
        files: impl IntoIterator<Item = Upload>,
        cancel: &CancellationToken,
        mut stored: impl FnMut(&Upload, u64),
    ) -> Result<(), UploadError> {
        let files: Vec<Upload> = files.into_iter().collect();
        let mut going = stream::iter(files)
            .map(async |file| {
                let size = self.store_one(&file, cancel).await?;
                Ok::<_, UploadError>((file, size))
            })
            .buffer_unordered(CONCURRENCY);
        while let Some((file, size)) = going.try_next().await? {
            stored(&file, size);
        }
        Ok(())
    }

    async fn store_one(&self, file: &Upload, cancel: &CancellationToken) -> Result<u64, UploadError> {
        if cancel.is_cancelled() {
            return Err(UploadError::Canceled);
        }
        let failed = |source| StorageError::file("read", &file.from, source);
        let size = tokio::fs::metadata(&file.from).await.map_err(failed)?.len();
        match &file.to {
            Location::S3 { bucket, key } => {
                let sent = if size <= MAX_WHOLE {
                    let sending = Box::pin(self.send_whole(&file.from, bucket, key));
                    cancel.run_until_cancelled(sending).await
                } else {
                    self.send_parts(&file.from, size, bucket, key, cancel).await
                };
                let sent = sent.ok_or(UploadError::Canceled)?;
                sent.map_err(|error| StorageError::s3("write", &file.to.to_string(), error))?;
                tokio::fs::remove_file(&file.from).await.map_err(failed)?;
            }
            Location::File(path) => self.place(&file.from, path).await?,
            Location::Web(url) => {
                let refused = BadLocation::new(url, "files go to `s3://` only");
                return Err(StorageError::from(refused).into());
            }
        }
        Ok(size)
    }

    async fn send_whole(&self, from: &Path, bucket: &str, key: &str) -> Result<(), S3Error> {
        let put = self.s3.put_object().bucket(bucket).key(key).set_content_type(content_type(from).map(str::to_owned));
        put.body(ByteStream::from_path(from).await?).send().await?;
        Ok(())
    }

    /// None when canceled.
    async fn send_parts(
        &self,
        from: &Path,
        size: u64,
        bucket: &str,
        key: &str,
        cancel: &CancellationToken,
    ) -> Option<Result<(), S3Error>> {
        let upload = self.s3.create_multipart_upload().bucket(bucket).key(key);
        let upload = upload.set_content_type(content_type(from).map(str::to_owned)).send().await;
        let upload = match upload {
            Ok(upload) => upload,
            Err(error) => return Some(Err(error.into())),
        };
        let id = upload.upload_id().unwrap_or_default();
        let sent = cancel.run_until_cancelled(self.send_each_part(from, size, bucket, key, id)).await;
        if !matches!(sent, Some(Ok(()))) {
            // Whoever pays for the bucket should not pay for parts of nothing.
            let aborted = self.s3.abort_multipart_upload().bucket(bucket).key(key).upload_id(id).send().await;
            if let Err(error) = aborted {
                tracing::warn!(%error, bucket, key, "parts of a failed upload stay");
            }
        }
        sent
    }

    async fn send_each_part(&self, from: &Path, size: u64, bucket: &str, key: &str, id: &str) -> Result<(), S3Error> {
        let part_size = MIN_PART.max(size.div_ceil(MAX_PARTS));
        let parts: Vec<CompletedPart> =
            stream::iter((1..).zip((0..size).step_by(usize::try_from(part_size).unwrap_or(usize::MAX))))
                .map(async |(number, offset)| {
                    let body = ByteStream::read_from()
                        .path(from)
                        .offset(offset)
                        .length(Length::Exact(part_size.min(size - offset)))
                        .build()
                        .await?;
                    let part = self.s3.upload_part().bucket(bucket).key(key).upload_id(id).part_number(number);
                    let done = part.body(body).send().await?;
                    Ok::<_, S3Error>(CompletedPart::builder().part_number(number).set_e_tag(done.e_tag).build())
                })
                .buffered(CONCURRENCY)
                .try_collect()
                .await?;
        let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.s3.complete_multipart_upload().bucket(bucket).key(key).upload_id(id);
        complete.multipart_upload(all).send().await?;
        Ok(())
    }

    /// Moves a work file into the folder that may be used.
    async fn place(&self, from: &Path, to: &Path) -> Result<(), StorageError> {
        let failed = |source| StorageError::file("write", to, source);
        let (Some(folder), Some(name), Some(root)) = (to.parent(), to.file_name(), self.folder.as_deref()) else {
            return Err(StorageError::OutsideFolder { path: to.to_owned() });
        };
        // Before anything is made, as far as it can be said without following links; and again when it is there.
        if !folder.starts_with(root) {
            return Err(StorageError::OutsideFolder { path: to.to_owned() });
        }
        tokio::fs::create_dir_all(folder).await.map_err(failed)?;
        let to = self.allowed(folder).await?.join(name);
        if tokio::fs::rename(from, &to).await.is_err() {
            // Another file system.
            tokio::fs::copy(from, &to).await.map_err(failed)?;
            tokio::fs::remove_file(from).await.map_err(failed)?;
        }
        Ok(())
    }
}

/// The media type of a file with this name, where its suffix is known.
fn content_type(name: &Path) -> Option<&'static str> {
    Some(match name.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "aac" => "audio/aac",
        "ac3" => "audio/ac3",
        "avi" => "video/x-msvideo",
        "cmfa" | "m4a" => "audio/mp4",
        "cmft" => "application/mp4",
        "cmfv" | "ismv" | "m4v" | "mp4" => "video/mp4",
        "eac3" => "audio/eac3",
        "flac" => "audio/flac",
        "ism" | "ismc" => "application/xml",
        "jpeg" | "jpg" => "image/jpeg",
        "m3u8" => "application/vnd.apple.mpegurl",
        "m4s" => "video/iso.segment",
        "mkv" => "video/x-matroska",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "mpd" => "application/dash+xml",
        "mpg" => "video/mpeg",
        "mxf" => "application/mxf",
        "ogg" => "audio/ogg",
        "png" => "image/png",
        "srt" => "application/x-subrip",
        "ts" => "video/mp2t",
        "vtt" => "text/vtt",
        "wav" => "audio/wav",
        "webm" => "video/webm",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_in_any_case() {
        for (name, expected) in [
            ("a/b.M3U8", Some("application/vnd.apple.mpegurl")),
            ("x.ts", Some("video/mp2t")),
            ("x", None),
            (".ts", None),
        ] {
            assert_eq!(content_type(Path::new(name)), expected, "{name}");
        }
    }
}
