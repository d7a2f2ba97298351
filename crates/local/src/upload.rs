//! Puts files into a bucket, large ones in parts.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use aws_sdk_s3::{
    Client,
    primitives::{ByteStream, Length},
    types::{CompletedMultipartUpload, CompletedPart},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio_util::sync::CancellationToken;

use super::Error;
use aws::During as _;

/// The size of a part: the smallest that S3 takes is 5 MiB
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
const MIN_PART: u64 = 8 << 20;
/// How many parts a file may have.
const MAX_PARTS: u64 = 10_000;
/// How many parts are on their way at once.
const CONCURRENCY: usize = 3;
/// How long taking back a broken upload may take.
const ABORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a file goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) client: &'a Client,
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
}

impl Target<'_> {
    /// Uploads a file; `advance` gets how many of how many bytes are done. A canceled upload leaves nothing behind.
    pub(super) async fn upload(
        &self,
        file: &Path,
        cancel: &CancellationToken,
        advance: impl Fn(u64, u64),
    ) -> Result<(), Error> {
        let size = fs_err::metadata(file)?.len();
        if size <= MIN_PART {
            let content = ByteStream::from(fs_err::read(file)?);
            self.client
                .put_object()
                .bucket(self.bucket)
                .key(self.key)
                .body(content)
                .send()
                .await
                .during("s3:PutObject")?;
            advance(size, size);
            return Ok(());
        }
        let create = self.client.create_multipart_upload().bucket(self.bucket).key(self.key);
        let upload = create.send().await.during("s3:PutObject")?.upload_id.unwrap_or_default();
        let parts = tokio::select! {
            parts = self.parts(file, size, &upload, advance) => parts,
            () = cancel.cancelled() => Err(Error::Interrupted),
        };
        match parts {
            Ok(parts) => {
                let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
                let complete = self.client.complete_multipart_upload().bucket(self.bucket).key(self.key);
                complete.upload_id(upload).multipart_upload(parts).send().await.during("s3:PutObject")?;
                Ok(())
            }
            Err(error) => {
                let abort = self.client.abort_multipart_upload().bucket(self.bucket).key(self.key).upload_id(upload);
                // The bucket's own rule removes what could not be taken back.
                let _ = tokio::time::timeout(ABORT_TIMEOUT, abort.send()).await;
                Err(error)
            }
        }
    }

    async fn parts(
        &self,
        file: &Path,
        size: u64,
        upload: &str,
        advance: impl Fn(u64, u64),
    ) -> Result<Vec<CompletedPart>, Error> {
        let done = AtomicU64::new(0);
        let part = async |(number, (offset, length))| {
            let content = ByteStream::read_from().path(file).offset(offset).length(Length::Exact(length)).build().await;
            let content = content.map_err(|error| Error::answer("read the file", error))?;
            let request = self.client.upload_part().bucket(self.bucket).key(self.key).upload_id(upload);
            let answer = request.part_number(number).body(content).send().await.during("s3:PutObject")?;
            advance(done.fetch_add(length, Ordering::Relaxed) + length, size);
            Ok(CompletedPart::builder().part_number(number).set_e_tag(answer.e_tag).build())
        };
        stream::iter((1..).zip(ranges(size))).map(part).buffered(CONCURRENCY).try_collect().await
    }
}

/// The parts of a file as offset and length.
fn ranges(size: u64) -> impl Iterator<Item = (u64, u64)> {
    let part = MIN_PART.max(size.div_ceil(MAX_PARTS));
    (0..size.div_ceil(part)).map(move |index| (index * part, part.min(size - index * part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_a_file_and_are_not_too_many() {
        for size in [MIN_PART + 1, 3 * MIN_PART, 3 * MIN_PART - 1, MIN_PART * MAX_PARTS, MIN_PART * MAX_PARTS * 50 + 7]
        {
            let parts: Vec<_> = ranges(size).collect();
            assert!(u64::try_from(parts.len()).unwrap() <= MAX_PARTS);
            let end = parts.iter().fold(0, |end, &(offset, length)| {
                assert_eq!(offset, end);
                offset + length
            });
            assert_eq!(end, size);
        }
    }
}
