//! How a call to AWS fails: whether it may pass by itself, and what the service said.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use pipeline::errors::ErrorName;

use crate::failure::chain;

/// Error codes that ask for fewer calls, or for the same call a little later.
///
/// The first group is every SDK's (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>,
/// botocore's `retries/standard.py` and `_retry.json`). The others are what the services that functions call have
/// besides, by their models: of a key's service through SQS, SNS and Step Functions, of writes that met another one in
/// S3 and `DynamoDB`, and of Step Functions' open executions.
const THROTTLING: [&str; 25] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
    "KMSThrottling",
    "KMSThrottlingException",
    "KmsThrottled",
    "KmsThrottlingException",
    "ConditionalRequestConflict",
    "OperationAborted",
    "ReplicatedWriteConflictException",
    "TransactionConflictException",
    "ExecutionLimitExceeded",
    "OverLimit",
];

/// Error codes of refusals that pass by themselves: a request that was late, cut off or damaged on its way, a clock that
/// is off, credentials that are replaced before long, a key's service that does not answer.
const PASSING: [&str; 14] = [
    "BadDigest",
    "DependencyTimeoutException",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteBody",
    "KMSInternalException",
    "KeyUnavailableException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "TokenRefreshRequired",
];

/// What SQS and S3 put in front of the codes of the key's service.
const KEY_SERVICE: &str = "KMS.";

/// The header that says where a bucket is.
const BUCKET_REGION: &str = "x-amz-bucket-region";

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
            None => match (error, error.raw_response()) {
                (SdkError::ServiceError(_), Some(response)) => unexplained(response, code.as_deref()),
                _ => chain(error),
            },
        };
        let said = match error.raw_response().and_then(elsewhere) {
            Some(region) => format!("{said}; the bucket is in the region {region}"),
            None => said,
        };
        let name = match error {
            SdkError::ServiceError(answer) => refusal(answer.raw().status().as_u16(), code.as_deref()),
            SdkError::ConstructionFailure(_) => ErrorName::Refused,
            SdkError::ResponseError(_) => ErrorName::Unavailable,
            _ => ErrorName::Unreachable,
        };
        Self { task: task.into(), said, code, name }
    }

    /// What the service said, without the error code.
    #[must_use]
    pub fn message(&self) -> &str {
        let code = self.code.as_deref().and_then(|code| self.said.strip_prefix(code)?.strip_prefix(": "));
        code.unwrap_or(&self.said)
    }

    /// Whether the service answered with this error code.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

fn refusal(status: u16, code: Option<&str>) -> ErrorName {
    let code = code.map(|code| code.strip_prefix(KEY_SERVICE).unwrap_or(code));
    match (status, code) {
        (429, _) => ErrorName::Throttled,
        (_, Some(code)) if THROTTLING.contains(&code) => ErrorName::Throttled,
        (_, Some(code)) if PASSING.contains(&code) => ErrorName::Unavailable,
        // Below 300 the service agreed, but what it said makes no sense: something stands in between.
        (..300 | 408 | 500.., _) => ErrorName::Unavailable,
        _ => ErrorName::Refused,
    }
}

/// What is known of a refusal without a message, as every one of a HEAD request is.
pub(crate) fn unexplained(response: &HttpResponse, code: Option<&str>) -> String {
    let status = response.status().as_u16();
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let reason = code.or(reason).map_or_else(String::new, |reason| format!(" ({reason})"));
    format!("the service answered {status}{reason} without a message")
}

/// The region of a bucket that was looked for in another one.
fn elsewhere(response: &HttpResponse) -> Option<&str> {
    matches!(response.status().as_u16(), 300..=400).then(|| response.headers().get(BUCKET_REGION)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_throttling_is_waited_for() {
        for (status, code) in [
            (403, "RequestThrottled"),
            (400, "KMS.ThrottlingException"),
            (400, "KmsThrottled"),
            (400, "KMSThrottling"),
            (400, "KmsThrottlingException"),
            (409, "OperationAborted"),
            (409, "ConditionalRequestConflict"),
            (400, "TransactionConflictException"),
            (400, "Throttled"),
            (503, "SlowDown"),
            (429, "AnythingElse"),
        ] {
            assert_eq!(refusal(status, Some(code)), ErrorName::Throttled, "{code}");
        }
    }

    #[test]
    fn what_passes_by_itself_is_not_final() {
        for (status, code) in [
            (400, "ExpiredToken"),
            (403, "ExpiredTokenException"),
            (403, "RequestTimeTooSkewed"),
            (400, "RequestTimeout"),
            (400, "KMS.DependencyTimeoutException"),
        ] {
            assert_eq!(refusal(status, Some(code)), ErrorName::Unavailable, "{code}");
        }
        for (status, code) in [
            (403, Some("AccessDenied")),
            (400, Some("KMS.DisabledException")),
            (403, Some("InvalidObjectState")),
            (412, None),
        ] {
            assert_eq!(refusal(status, code), ErrorName::Refused, "{code:?}");
        }
    }
}
