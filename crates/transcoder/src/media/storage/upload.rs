//! Brings finished files to their places.

use std::path::{Path, PathBuf};

use aws_sdk_s3::{
    primitives::{ByteStream, Length},
    types::{CompletedMultipartUpload, CompletedPart},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::{Location, Storage, StorageError, content_type, failure::S3Error};

/// Larger files go up in parts.
const WHOLE: u64 = 16 << 20;
/// The smallest part, in bytes; S3 takes at most [`PARTS`] of them.
const PART: u64 = 8 << 20;
/// How many parts an object may have.
const PARTS: u64 = 10_000;
/// How many files or parts go up at once.
const AT_ONCE: usize = 4;

/// A work file that is to go to its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    /// The work file.
    pub(crate) from: PathBuf,
    /// Its place.
    pub(crate) to: Location,
}

/// Why files did not all go up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// One could not be stored.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The job was canceled.
    #[error("canceled")]
    Canceled,
}

impl Storage {
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
            .buffer_unordered(AT_ONCE);
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
                let sent = if size <= WHOLE {
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
                let refused = super::BadLocation::new(url, "files go to `s3://` only");
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
        let part_size = PART.max(size.div_ceil(PARTS));
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
                .buffered(AT_ONCE)
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
