//! The catalogue's files in S3.

use std::time::Duration;

use aws_sdk_s3::{Client, error::ProvideErrorMetadata as _, primitives::ByteStream};
use aws_types::SdkConfig;
use futures_util::{FutureExt as _, future::BoxFuture};
use pipeline::{
    catalogue::{self, Catalogue, Entry, MAX_ATTEMPTS, Store, Update},
    contract::Variable,
    errors::ErrorName,
};

use crate::{
    aws::collect,
    environment::Environment,
    failure::{ServiceFailure, is_missing, status},
};

/// What S3 answers to a condition that is not met, to two conditional writes at once, and to a condition on an object
/// that was deleted in the meantime.
const LOST: [u16; 3] = [412, 409, 404];

#[derive(Debug, Clone)]
pub(crate) struct CatalogueFiles {
    client: Client,
    bucket: String,
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
        let enter = async move {
            let update = catalogue::update(self, &entry.id, |file| file.with(entry.clone())).await?;
            tracing::info!(id = entry.id, status = %entry.status, ?update, "the catalogue");
            if update == Update::Contended {
                let (task, reason) = ("write the catalogue", format!("others wrote it first, {MAX_ATTEMPTS} times"));
                return Err(ServiceFailure::named(ErrorName::Throttled, task, &reason));
            }
            Ok(())
        };
        enter.boxed()
    }
}

impl Store for CatalogueFiles {
    type Error = ServiceFailure;

    async fn read(&self, key: &str) -> Result<(Catalogue, Option<String>), ServiceFailure> {
        let answer = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(answer) => answer,
            Err(error) if is_missing(&error) => return Ok((Catalogue::default(), None)),
            Err(error) => return Err(ServiceFailure::new(format!("read {key}"), &error)),
        };
        let version = answer.e_tag.clone();
        let body = collect(answer.body, format!("read {key}")).await?;
        let file = Catalogue::read(&body).unwrap_or_else(|error| {
            // A damaged file must not stop videos; the bucket keeps it as an old version.
            tracing::error!(key, %error, "the file is none of the catalogue's and is started anew");
            Catalogue::default()
        });
        Ok((file, version))
    }

    async fn write(&self, key: &str, file: &Catalogue, version: Option<String>) -> Result<bool, ServiceFailure> {
        let request = self.client.put_object().bucket(&self.bucket).key(key).content_type("application/json");
        let new = version.is_none().then(|| "*".to_owned());
        let request = request.set_if_match(version).set_if_none_match(new).cache_control(catalogue::CACHE_CONTROL);
        match request.body(ByteStream::from(file.write().into_bytes())).send().await {
            Ok(_) => Ok(true),
            Err(error) if LOST.contains(&status(&error)) && error.code() != Some("NoSuchBucket") => Ok(false),
            Err(error) => Err(ServiceFailure::new(format!("write {key}"), &error)),
        }
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}
