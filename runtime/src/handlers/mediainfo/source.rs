//! The source in its bucket: its length, and parts of it, all of one version.

use std::ops::Range;

use pipeline::{errors::ErrorName, record};

use crate::{
    aws::{failure::ServiceFailure, objects::unreadable},
    failure::Failure,
    media::remote::Parts,
};

/// One version of a source, read in parts.
#[derive(Debug)]
pub(super) struct Source<'r> {
    s3: &'r aws_sdk_s3::Client,
    bucket: &'r str,
    key: &'r str,
    version: Option<String>,
    /// What tells this content from what another upload puts in its place, where the bucket keeps no versions.
    etag: Option<String>,
    length: u64,
}

impl<'r> Source<'r> {
    /// The source of a record: the version that was looked at when the record was made, or else what is there now.
    ///
    /// # Errors
    /// When it is missing or cannot be asked for.
    pub(super) async fn open(s3: &'r aws_sdk_s3::Client, source: &'r record::Source) -> Result<Self, Failure> {
        let record::Source { src_bucket: bucket, src_video: key, src_version_id: version, .. } = source;
        let request = s3.head_object().bucket(bucket).key(key).set_version_id(version.clone());
        let object =
            request.send().await.map_err(|error| unreadable("ask for the source's size", bucket, key, &error))?;
        let length = object.content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
        Ok(Self { s3, bucket, key, version: version.clone(), etag: object.e_tag, length })
    }

    /// The source's length in bytes.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// The source's key.
    pub(super) fn key(&self) -> &str {
        self.key
    }

    /// The source's address, with the key as it is: `MediaConvert` takes no escapes.
    pub(super) fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
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
            .set_version_id(self.version.clone())
            .set_if_match(self.etag.clone())
            .range(format!("bytes={}-{}", range.start, range.end - 1))
            .send()
            .await
            .map_err(|error| match error.raw_response().map(|answer| answer.status().as_u16()) {
                // The step begins anew, with what is there then.
                Some(412) => ServiceFailure {
                    name: ErrorName::Unavailable,
                    said: "another upload replaced it in the meantime".to_owned(),
                    ..ServiceFailure::new(TASK, &error)
                },
                _ => ServiceFailure::new(TASK, &error),
            })?;
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
