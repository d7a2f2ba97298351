//! All versions of the objects of a bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::{CallError, During};

/// How many objects there are, and how large they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// The objects, each version counted, and the marks of deleted ones.
    pub versions: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Counts all versions of the objects whose keys begin so.
///
/// # Errors
/// When they cannot be listed.
pub(crate) async fn count(client: &Client, bucket: &str, prefix: &str) -> Result<Amount, CallError> {
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
        if !more || after.0.is_none() {
            return Ok(amount);
        }
    }
}

/// Deletes all versions of the objects whose keys begin so; says how many.
///
/// # Errors
/// When S3 does not let one go.
pub(crate) async fn remove(client: &Client, bucket: &str, prefix: &str) -> Result<usize, CallError> {
    let mut removed = 0;
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
        if let Some(error) = answer.errors.unwrap_or_default().into_iter().next() {
            let message = format!("{}: {}", error.key.unwrap_or_default(), error.message.unwrap_or_default());
            return Err(CallError::refused("s3:DeleteObject", error.code, message));
        }
        removed += count;
    }
}

fn identifiers(page: ListObjectVersionsOutput) -> Vec<ObjectIdentifier> {
    let versions = page.versions.unwrap_or_default().into_iter().map(|it| (it.key, it.version_id));
    let markers = page.delete_markers.unwrap_or_default().into_iter().map(|it| (it.key, it.version_id));
    let all = versions.chain(markers);
    all.filter_map(|(key, version)| ObjectIdentifier::builder().key(key?).set_version_id(version).build().ok())
        .collect()
}
