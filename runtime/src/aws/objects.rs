//! What it means that S3 does not give an object.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use pipeline::{
    errors::ErrorName,
    ingest::{Availability, SourceProblem},
};

use super::failure::ServiceFailure;
use crate::failure::Failure;

/// The failure to look at or read an object: what is wrong with the object, or else what the service answered.
pub(crate) fn unreadable<E>(task: &str, bucket: &str, key: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let problem = error.raw_response().and_then(|answer| {
        let (status, service) = (answer.status().as_u16(), error.as_service_error());
        let (code, message) = service.map_or((None, None), |error| (error.code(), error.message()));
        SourceProblem::of(bucket, key, Availability::Refused { status, code, message })
    });
    match problem {
        Some(problem) => Failure::rejected(ErrorName::SourceMissing, problem),
        None => ServiceFailure::new(task, error).into(),
    }
}
