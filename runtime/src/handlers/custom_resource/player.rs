//! The player's page in the destination bucket.
//!
//! A version has its own folder, whose files are there before `index.html` names them. The page says in its
//! metadata which version it is, so that the removal of an old version leaves a newer page alone.

use std::time::Duration;

use aws_sdk_s3::{Client, operation::put_object::builders::PutObjectFluentBuilder, primitives::ByteStream};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use pipeline::{
    catalogue::{self, Catalogue},
    custom_resource::PlayerProperties,
    player::{self, FILES},
};

use super::error::ActionError;
use crate::{
    aws::collect,
    failure::{ServiceFailure, is_missing, status},
};

/// The page's metadata that holds its version.
const VERSION: &str = "version";
/// How often a write that met another one is retried, and the first pause before that.
const MAX_RETRIES: u32 = 8;
const BACKOFF: Duration = Duration::from_millis(50);
/// How many files are sent or deleted at the same time.
const CONCURRENCY: usize = 8;

/// Makes sure that this page is there, and the catalogue's files too, so that none is missed by a page without videos.
pub(super) async fn install(client: &Client, page: &PlayerProperties) -> Result<(), ActionError> {
    let PlayerProperties { bucket, version, files, index } = page;
    each(catalogue::keys().map(|key| prepare(client, bucket, key).boxed())).await?;
    if files == player::FINGERPRINT {
        let folder = player::folder(version);
        let requests = FILES.iter().map(|file| {
            put(client, bucket, &format!("{folder}{}", file.path))
                .content_type(file.content_type())
                .cache_control(player::FILES_CACHE_CONTROL)
                .body(ByteStream::from_static(file.content))
        });
        each(requests.map(|request| send(request).boxed())).await?;
    } else {
        // A rollback after the function's own update: the older version's folder is still there.
        tracing::warn!(version, "the page is of other files than this function has; its folder is left as it is");
    }
    let request = put(client, bucket, player::INDEX)
        .content_type("text/html; charset=utf-8")
        .cache_control(player::INDEX_CACHE_CONTROL)
        .metadata(VERSION, version)
        .body(ByteStream::from(index.clone().into_bytes()));
    send(request).await
}

/// Makes sure that nothing of this version is there, and nothing at all when it is the last: no page, and no file of
/// the catalogue that names no video.
pub(super) async fn remove(client: &Client, bucket: &str, version: &str) -> Result<(), ActionError> {
    if current(client, bucket).await?.is_none_or(|current| current == version) {
        purge(client, bucket, player::INDEX).await?;
        each(catalogue::keys().map(|key| clear(client, bucket, key).boxed())).await?;
    }
    purge(client, bucket, &player::folder(version)).await
}

fn put(client: &Client, bucket: &str, key: &str) -> PutObjectFluentBuilder {
    client.put_object().bucket(bucket).key(key)
}

async fn send(request: PutObjectFluentBuilder) -> Result<(), ActionError> {
    let key = request.get_key().clone().unwrap_or_default();
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(ServiceFailure::new(format!("write `{key}`"), &error).into()),
    }
}

/// Runs some of many at the same time, and stops at the first that fails.
fn each<'a>(
    all: impl Iterator<Item = BoxFuture<'a, Result<(), ActionError>>>,
) -> BoxFuture<'a, Result<(), ActionError>> {
    stream::iter(all.collect::<Vec<_>>()).buffer_unordered(CONCURRENCY).try_collect().boxed()
}

/// Writes an empty file of the catalogue where there is none.
async fn prepare(client: &Client, bucket: &str, key: String) -> Result<(), ActionError> {
    let mut tries = 0;
    loop {
        let request = put(client, bucket, &key)
            .if_none_match("*")
            .content_type("application/json")
            .cache_control(catalogue::CACHE_CONTROL)
            .body(ByteStream::from(Catalogue::default().write().into_bytes()));
        match request.send().await {
            Ok(_) => return Ok(()),
            Err(error) if status(&error) == 412 => return Ok(()),
            // Another write of the same key is under way, and which of the two counts is open
            // (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>).
            Err(error) if status(&error) == 409 && tries < MAX_RETRIES => {
                tries += 1;
                tokio::time::sleep(BACKOFF * tries).await;
            }
            Err(error) => return Err(ServiceFailure::new(format!("write `{key}`"), &error).into()),
        }
    }
}

/// Deletes a file of the catalogue in which no video stands.
async fn clear(client: &Client, bucket: &str, key: String) -> Result<(), ActionError> {
    let content = match client.get_object().bucket(bucket).key(&key).send().await {
        Ok(answer) => collect(answer.body, format!("read `{key}`")).await?,
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(ServiceFailure::new(format!("read `{key}`"), &error).into()),
    };
    match Catalogue::read(&content) {
        Ok(file) if file.videos.is_empty() => purge(client, bucket, &key).await,
        _ => Ok(()),
    }
}

/// The version of the page that is there, if any is.
async fn current(client: &Client, bucket: &str) -> Result<Option<String>, ActionError> {
    match client.head_object().bucket(bucket).key(player::INDEX).send().await {
        Ok(answer) => Ok(Some(answer.metadata.and_then(|mut data| data.remove(VERSION)).unwrap_or_default())),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(ServiceFailure::new(format!("look at `{}`", player::INDEX), &error).into()),
    }
}

/// Deletes all versions of the object with this key, or of all objects in this folder, which ends with a slash: the bucket
/// can be deleted then.
async fn purge(client: &Client, bucket: &str, prefix: &str) -> Result<(), ActionError> {
    let mut next = (None, None);
    loop {
        let request = client.list_object_versions().bucket(bucket).prefix(prefix);
        let page = match request.set_key_marker(next.0).set_version_id_marker(next.1).send().await {
            Ok(page) => page,
            // A bucket that is gone has nothing in it.
            Err(error) if status(&error) == 404 => return Ok(()),
            Err(error) => return Err(ServiceFailure::new(format!("list `{prefix}`"), &error).into()),
        };
        let versions = page.versions().iter().map(|item| (item.key(), item.version_id()));
        let markers = page.delete_markers().iter().map(|item| (item.key(), item.version_id()));
        // Other keys may begin with this one.
        let is_ours = |key: &&str| *key == prefix || prefix.ends_with('/');
        let ours = versions.chain(markers).filter_map(|(key, id)| Some((key.filter(is_ours)?, id)));
        each(ours.map(|(key, id)| delete(client, bucket, key, id).boxed())).await?;
        if page.is_truncated() != Some(true) {
            return Ok(());
        }
        next = (page.next_key_marker, page.next_version_id_marker);
    }
}

async fn delete(client: &Client, bucket: &str, key: &str, version: Option<&str>) -> Result<(), ActionError> {
    let request = client.delete_object().bucket(bucket).key(key).set_version_id(version.map(str::to_owned));
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(ServiceFailure::new(format!("delete `{key}`"), &error).into()),
    }
}
