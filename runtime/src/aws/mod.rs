//! What handlers share of AWS: the SDK's configuration, the workflow table, the catalogue, and objects in buckets.

pub(crate) mod catalogue;
pub(crate) mod records;
mod sdk;

use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStream,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use pipeline::{
    errors::ErrorName,
    ingest::{Availability, SourceProblem},
    state::File,
};

pub use self::sdk::https_client;
pub(crate) use self::sdk::{ResponseBody, media_convert, replace_body, sdk_config};
use crate::failure::{Failure, ServiceFailure};

/// The failure to look at or read an object: what is wrong with the object, or else what the service answered.
pub(crate) fn unreadable<E>(task: &str, bucket: &str, key: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    match problem(bucket, key, error) {
        Some(problem) => Failure::rejected(ErrorName::SourceMissing, problem),
        None => ServiceFailure::new(task, error).into(),
    }
}

/// What is wrong with an object that could not be looked at or read, if it is the object that something is wrong with.
pub(crate) fn problem<E>(bucket: &str, key: &str, error: &SdkError<E, HttpResponse>) -> Option<SourceProblem>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let answer = error.raw_response()?;
    let (status, service) = (answer.status().as_u16(), error.as_service_error());
    let (code, message) = service.map_or((None, None), |error| (error.code(), error.message()));
    SourceProblem::of(bucket, key, Availability::Refused { status, code, message })
}

/// The whole of an object.
pub(crate) async fn collect(body: ByteStream, task: impl Into<String>) -> Result<Vec<u8>, ServiceFailure> {
    let bytes = body.collect().await;
    let bytes = bytes.map_err(|error| ServiceFailure::named(ErrorName::Unreachable, task, &error))?;
    Ok(bytes.to_vec())
}

/// Writes a file beside a workflow's outputs, with what its record only summarizes.
pub(crate) async fn write_file(client: &Client, bucket: &str, file: File) -> Result<(), ServiceFailure> {
    let File { key, body } = file;
    tracing::info!(key, bytes = body.len(), "what the record only summarizes goes to a file");
    let request = client.put_object().bucket(bucket).key(&key).content_type("application/json");
    let written = request.body(ByteStream::from(body.into_bytes())).send().await;
    written.map(drop).map_err(|error| ServiceFailure::new(format!("write s3://{bucket}/{key}"), &error))
}
