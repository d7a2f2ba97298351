//! Fetches small files that are read as a whole: captions and images.

use std::path::Path;

use aws_sdk_s3::primitives::ByteStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Location, Storage, StorageError};

impl Storage {
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
            Location::Web(_) => return Err(super::BadLocation::new(uri, "only media are read from the web").into()),
        };
        let failed = |source| StorageError::file("write", to, source);
        let mut file = tokio::fs::File::create(to).await.map_err(failed)?;
        let mut source = source.into_async_read().take(limit + 1);
        let copied = tokio::io::copy(&mut source, &mut file).await.map_err(failed)?;
        file.flush().await.map_err(failed)?;
        if copied > limit { Err(StorageError::TooLarge { uri: uri.to_owned(), limit }) } else { Ok(()) }
    }
}
