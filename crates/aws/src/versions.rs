//! All versions of the objects of a bucket.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{Delete, Error, ObjectIdentifier};

use super::{CallError, During};

/// How many objects there are, and how large they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// The objects, each version counted, and the marks of deleted ones.
    pub versions: usize,
    pub bytes: u64,
}

/// How often in a row S3 may fail to delete something because it is busy.
const MAX_FAILURES: u32 = 5;

/// The codes by which S3 says of an object that it is to be tried again.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Error.html>
const BUSY: [&str; 4] = ["InternalError", "OperationAborted", "ServiceUnavailable", "SlowDown"];

/// Counts the versions of the objects whose keys begin so, and their delete markers; stops once there are so many.
pub async fn count(client: &Client, bucket: &str, prefix: &str, most: usize) -> Result<Amount, CallError> {
    let mut amount = Amount::default();
    let mut after = (None, None);
    loop {
        let request = client.list_object_versions().bucket(bucket).prefix(prefix);
        let request = request.set_key_marker(after.0).set_version_id_marker(after.1);
        let mut page = request.send().await.during("s3:ListBucketVersions")?;
        let sizes = page.versions().iter().map(|version| u64::try_from(version.size().unwrap_or_default()));
        amount.bytes += sizes.map(Result::unwrap_or_default).sum::<u64>();
        let more = page.is_truncated() == Some(true);
        after = (page.next_key_marker.take(), page.next_version_id_marker.take());
        amount.versions += identifiers(page).len();
        if !more || after.0.is_none() || amount.versions >= most {
            return Ok(amount);
        }
    }
}

/// Deletes all versions of the objects whose keys begin so, and their delete markers, page by page; says how many. What is deleted
/// stays deleted, so whoever is interrupted begins again.
pub async fn remove(
    client: &Client,
    bucket: &str,
    prefix: &str,
    progress: &mut dyn FnMut(usize),
) -> Result<usize, CallError> {
    let (mut removed, mut failures) = (0, 0);
    loop {
        // What is deleted is on no later page: the first page is asked for until it is empty.
        let request = client.list_object_versions().bucket(bucket).prefix(prefix);
        let objects = identifiers(request.send().await.during("s3:ListBucketVersions")?);
        let count = objects.len();
        let Ok(delete) = Delete::builder().set_objects(Some(objects)).quiet(true).build() else { return Ok(removed) };
        if count == 0 {
            return Ok(removed);
        }
        let answer = client.delete_objects().bucket(bucket).delete(delete).send().await.during("s3:DeleteObject")?;
        let errors = answer.errors.unwrap_or_default();
        removed += count - errors.len().min(count);
        progress(removed);
        let is_busy = |error: &Error| error.code().is_some_and(|code| BUSY.contains(&code));
        let fatal = errors.iter().find(|error| !is_busy(error));
        failures = if errors.is_empty() { 0 } else { failures + 1 };
        if let Some(error) = fatal.or(errors.first().filter(|_| failures >= MAX_FAILURES)) {
            let message = format!("{}: {}", error.key().unwrap_or_default(), error.message().unwrap_or_default());
            return Err(CallError::refused("s3:DeleteObject", error.code().map(str::to_owned), message));
        }
        if failures > 0 {
            tokio::time::sleep(Duration::from_secs(1) * failures).await;
        }
    }
}

fn identifiers(page: ListObjectVersionsOutput) -> Vec<ObjectIdentifier> {
    let versions = page.versions.unwrap_or_default().into_iter().map(|it| (it.key, it.version_id));
    let markers = page.delete_markers.unwrap_or_default().into_iter().map(|it| (it.key, it.version_id));
    let all = versions.chain(markers);
    all.filter_map(|(key, version)| ObjectIdentifier::builder().key(key?).set_version_id(version).build().ok())
        .collect()
}
