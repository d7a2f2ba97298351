//! The source in its bucket: its length, and parts of it.

use std::ops::Range;

use aws_smithy_runtime_api::client::result::SdkError;
use pipeline::{errors::ErrorName, record};

use crate::{aws::failure::ServiceFailure, failure::Failure, media::remote::Parts};

/// A source that is read in parts.
#[derive(Debug)]
pub(super) struct Source<'r> {
    s3: &'r aws_sdk_s3::Client,
    bucket: &'r str,
    key: &'r str,
}

/// A source that is not there, or that the function may not read: S3 does not tell the difference.
#[derive(Debug, thiserror::Error)]
#[error("the source `{key}` is missing from the bucket `{bucket}`, or may not be read")]
struct Missing {
    bucket: String,
    key: String,
}

impl<'r> Source<'r> {
    /// The source of a record.
    pub(super) fn new(s3: &'r aws_sdk_s3::Client, source: &'r record::Source) -> Self {
        Self { s3, bucket: &source.src_bucket, key: &source.src_video }
    }

    /// The source's key.
    pub(super) fn key(&self) -> &str {
        self.key
    }

    /// The source's address, with the key as it is: `MediaConvert` takes no escapes.
    pub(super) fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// The source's length in bytes.
    ///
    /// # Errors
    /// When it is missing or cannot be asked for.
    pub(super) async fn length(&self) -> Result<u64, Failure> {
        let answer = self.s3.head_object().bucket(self.bucket).key(self.key).send().await;
        match answer {
            Ok(object) => Ok(object.content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or_default()),
            // An answer to HEAD has no body that could say why.
            Err(SdkError::ServiceError(error)) if matches!(error.raw().status().as_u16(), 403 | 404) => {
                let missing = Missing { bucket: self.bucket.to_owned(), key: self.key.to_owned() };
                Err(Failure::rejected(ErrorName::SourceMissing, missing))
            }
            Err(error) => Err(ServiceFailure::new("ask for the source's size", &error).into()),
        }
    }
}

impl Parts for Source<'_> {
    type Error = ServiceFailure;

    async fn part(&self, range: Range<u64>) -> Result<Vec<u8>, ServiceFailure> {
        const TASK: &str = "read a part of the source";
        let broken =
            |said: String| ServiceFailure { task: TASK.to_owned(), said, code: None, name: ErrorName::Unreachable };
        let answer = self
            .s3
            .get_object()
            .bucket(self.bucket)
            .key(self.key)
            .range(format!("bytes={}-{}", range.start, range.end - 1))
            .send()
            .await
            .map_err(|error| ServiceFailure::new(TASK, &error))?;
        let given = format!("bytes {}-", range.start);
        if answer.content_range.is_none_or(|described| !described.starts_with(&given)) {
            return Err(broken("S3 answered with another part than it was asked for".to_owned()));
        }
        let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let mut body = answer.body;
        while let Some(chunk) = body.try_next().await.map_err(|error| broken(error.to_string()))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > length {
                break;
            }
        }
        if bytes.len() == length {
            Ok(bytes)
        } else {
            Err(broken(format!("{length} bytes were asked for, and others came")))
        }
    }
}
