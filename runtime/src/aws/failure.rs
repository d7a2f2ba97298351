//! How a call to AWS fails: whether it may pass by itself, and what the service said.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use pipeline::errors::ErrorName;

use crate::failure::chain;

/// Error codes that ask for fewer calls
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).
const THROTTLING: [&str; 10] = [
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "ExecutionLimitExceeded",
];

/// A call that failed for good or ran out of the SDK's own retries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {task}: {said}")]
pub struct ServiceFailure {
    /// What was tried, as in "read the record".
    pub task: String,
    /// The service's own words, or what stood between us and it.
    pub said: String,
    /// The service's error code, where it answered with one.
    pub code: Option<String>,
    /// What state machines know the failure by.
    pub name: ErrorName,
}

impl ServiceFailure {
    /// The failure of a call; `task` completes "cannot …".
    pub fn new<E>(task: impl Into<String>, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let service_error = error.as_service_error();
        let code = service_error.and_then(ProvideErrorMetadata::code).map(str::to_owned);
        let said = match service_error.and_then(ProvideErrorMetadata::message) {
            Some(message) => format!("{}: {message}", code.as_deref().unwrap_or("unnamed error")),
            None => chain(error),
        };
        let name = match error {
            SdkError::ServiceError(answer) => refusal(answer.raw().status().as_u16(), code.as_deref()),
            SdkError::ConstructionFailure(_) => ErrorName::Refused,
            SdkError::ResponseError(_) => ErrorName::Unavailable,
            _ => ErrorName::Unreachable,
        };
        Self { task: task.into(), said, code, name }
    }

    /// Whether the service answered with this error code.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

fn refusal(status: u16, code: Option<&str>) -> ErrorName {
    match (status, code) {
        (429, _) => ErrorName::Throttled,
        (_, Some(code)) if THROTTLING.contains(&code) => ErrorName::Throttled,
        // Below 300 the service agreed, but what it said makes no sense: something stands in between.
        (..300 | 500.., _) => ErrorName::Unavailable,
        _ => ErrorName::Refused,
    }
}
