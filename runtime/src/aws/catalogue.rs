//! The catalogue's files, written by many workflows at once.
//!
//! Each write says which version it has read (`If-Match`); S3 refuses one that another write came before, which then
//! begins anew (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>).

use std::time::Duration;

use aws_sdk_s3::{Client, error::ProvideErrorMetadata as _, primitives::ByteStream};
use aws_types::SdkConfig;
use futures_util::{FutureExt as _, future::BoxFuture};
use pipeline::{
    catalogue::{self, Catalogue, Entry},
    contract::Variable,
    errors::ErrorName,
};

use crate::{
    environment::Environment,
    failure::{ServiceFailure, status},
};

/// How often a write is tried: a video of a hundred at once meets about six others in its file.
const MAX_ATTEMPTS: u32 = 24;
/// The shortest and the longest pause before a write is retried.
const MIN_BACKOFF: Duration = Duration::from_millis(30);
const MAX_BACKOFF: Duration = Duration::from_millis(800);

/// What S3 answers to a condition that is not met, to two conditional writes at once, and to a condition on an object
/// that was deleted in the meantime.
const LOST: [u16; 3] = [412, 409, 404];
/// What S3 answers where there is no such object: the second, to those who may not list the bucket.
const MISSING: [u16; 2] = [404, 403];

#[derive(Debug, Clone)]
pub(crate) struct CatalogueFiles {
    client: Client,
    bucket: String,
}

/// A file as it was read.
struct Seen {
    content: Catalogue,
    /// Its version; none where there is no file yet.
    etag: Option<String>,
}

impl CatalogueFiles {
    /// The catalogue that the environment names; none in a deployment without a player.
    pub(crate) fn new(sdk: &SdkConfig, environment: &Environment) -> Option<Self> {
        let bucket = environment.get(Variable::CatalogueBucket).ok()?.to_owned();
        Some(Self { client: Client::new(sdk), bucket })
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Enters a video, or what is new about it.
    pub(crate) fn enter(&self, entry: Entry) -> BoxFuture<'_, Result<(), ServiceFailure>> {
        // Boxed, because two calls of S3 are a large state for those who wait for this one.
        self.enter_here(entry).boxed()
    }

    async fn enter_here(&self, entry: Entry) -> Result<(), ServiceFailure> {
        let key = catalogue::key(&entry.id);
        for attempt in 0..MAX_ATTEMPTS {
            let seen = self.read(&key).await?;
            let Some(changed) = seen.content.with(entry.clone()) else {
                tracing::info!(key, "the catalogue knows it already");
                return Ok(());
            };
            if self.write(&key, &changed, seen.etag).await? {
                tracing::info!(key, attempt, status = %entry.status, "entered in the catalogue");
                return Ok(());
            }
            tokio::time::sleep(backoff(&entry.id, attempt)).await;
        }
        let reason = format!("others wrote it first, {MAX_ATTEMPTS} times");
        Err(ServiceFailure::named(ErrorName::Throttled, format!("write {key}"), &reason))
    }

    async fn read(&self, key: &str) -> Result<Seen, ServiceFailure> {
        let answer = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(answer) => answer,
            Err(error) if MISSING.contains(&status(&error)) => {
                return Ok(Seen { content: Catalogue::default(), etag: None });
            }
            Err(error) => return Err(ServiceFailure::new(format!("read {key}"), &error)),
        };
        let etag = answer.e_tag.clone();
        let body = answer
            .body
            .collect()
            .await
            .map_err(|error| ServiceFailure::named(ErrorName::Unreachable, format!("read {key}"), &error))?;
        let content = Catalogue::read(&body.into_bytes()).unwrap_or_else(|error| {
            // A damaged file must not stop videos; the bucket keeps it as an old version.
            tracing::error!(key, %error, "the file is none of the catalogue's and is started anew");
            Catalogue::default()
        });
        Ok(Seen { content, etag })
    }

    /// Writes a file unless somebody else did since it was read.
    async fn write(&self, key: &str, content: &Catalogue, etag: Option<String>) -> Result<bool, ServiceFailure> {
        let new = etag.is_none().then(|| "*".to_owned());
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .set_if_match(etag)
            .set_if_none_match(new)
            .content_type("application/json")
            .cache_control(catalogue::CACHE_CONTROL)
            .body(ByteStream::from(content.write().into_bytes()));
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if LOST.contains(&status(&error)) && error.code() != Some("NoSuchBucket") => Ok(false),
            Err(error) => Err(ServiceFailure::new(format!("write {key}"), &error)),
        }
    }
}

/// The pause after an attempt: it grows, and differs from video to video so that they do not meet again.
fn backoff(id: &str, attempt: u32) -> Duration {
    let longest = MIN_BACKOFF.saturating_mul(1 << attempt.min(8)).min(MAX_BACKOFF);
    let mixed = id
        .bytes()
        .fold(attempt.wrapping_mul(2_654_435_769), |mixed, byte| (mixed ^ u32::from(byte)).wrapping_mul(16_777_619));
    longest.mul_f64(0.25 + 0.75 * f64::from(mixed >> 8) / f64::from(1 << 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_differ_and_end() {
        let of = |id: &str| (0..MAX_ATTEMPTS).map(|attempt| backoff(id, attempt)).collect::<Vec<_>>();
        let (one, other) = (of("5d8c"), of("5d8d"));
        assert_ne!(one, other);
        assert!(one.iter().all(|pause| *pause <= MAX_BACKOFF));
        assert!(one.iter().sum::<Duration>() < Duration::from_secs(18), "{one:?}");
    }
}
