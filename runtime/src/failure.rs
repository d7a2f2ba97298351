//! How an invocation fails: typed, named, and reported with all its causes.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use lambda_runtime::Diagnostic;
use pipeline::{
    contract::Variable, errors::ErrorName, job::JobError, outputs::OutputError, packaging::PackagingError,
    profile::TracksError, settings::UnknownWord, state::clipped, trigger::TriggerError,
};

/// How much of a message is reported, in characters: a hundred missing files with long names are too much for anybody.
const MAX_MESSAGE: usize = 8192;

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("`_HANDLER` is wrong")]
    UnknownHandler(#[from] UnknownWord),
    #[error("the environment variable {variable} is not set")]
    MissingVariable { variable: Variable },
    #[error("the environment variable {variable} is wrong")]
    InvalidVariable { variable: Variable, source: Box<dyn Error + Send + Sync> },
    /// A rule of the pipeline, or what the handler found, rules the input out.
    #[error("{source}")]
    Rejected {
        /// What state machines know it by.
        name: ErrorName,
        source: Box<dyn Error + Send + Sync>,
    },
    #[error(transparent)]
    Service(#[from] ServiceFailure),
    #[error("the event is not {expected}")]
    InvalidEvent {
        /// What was expected, with its article.
        expected: &'static str,
        source: serde_json::Error,
    },
}

impl Failure {
    /// A final failure of this name.
    pub fn rejected(name: ErrorName, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Rejected { name, source: Box::new(source) }
    }

    /// The failure of a record that cannot be written as JSON.
    pub(crate) fn unwritable(source: serde_json::Error) -> Self {
        Self::InvalidEvent { expected: "a record that can be written", source }
    }

    /// The name that state machines know the failure by.
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::UnknownHandler(_) | Self::MissingVariable { .. } | Self::InvalidVariable { .. } => {
                ErrorName::Misconfigured
            }
            Self::Rejected { name, .. } => *name,
            Self::Service(failure) => failure.name,
            Self::InvalidEvent { .. } => ErrorName::InvalidEvent,
        }
    }
}

/// Errors of the pipeline, which know their names.
macro_rules! rejected {
    ($($error:ty),+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::rejected(error.name(), error)
            }
        }
    )+};
}

rejected!(JobError, OutputError, PackagingError, TracksError, TriggerError);

impl From<&Failure> for Diagnostic {
    fn from(failure: &Failure) -> Self {
        Self { error_type: failure.name().to_string(), error_message: clipped(&chain(failure), MAX_MESSAGE) }
    }
}

/// An error's message and those of its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.ends_with(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}

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

/// A call that failed for good or ran out of the SDK's own retries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {task}: {reason}")]
pub struct ServiceFailure {
    /// What was tried, as in "read the record".
    pub task: String,
    /// The service's error code and message, or what stood between us and it.
    pub reason: String,
    /// The service's error code, if it answered with one.
    pub code: Option<String>,
    /// The status of the service's answer, if there was one.
    pub status: Option<u16>,
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
        let reason = match service_error.and_then(ProvideErrorMetadata::message) {
            Some(message) => format!("{}: {message}", code.as_deref().unwrap_or("unnamed error")),
            None => match (error, error.raw_response()) {
                (SdkError::ServiceError(_), Some(response)) => unexplained(response, code.as_deref()),
                _ => chain(error),
            },
        };
        // Where a bucket is that was looked for in another region.
        let redirect = error.raw_response().filter(|response| matches!(response.status().as_u16(), 300..=400));
        let reason = match redirect.and_then(|response| response.headers().get("x-amz-bucket-region")) {
            Some(region) => format!("{reason}; the bucket is in the region {region}"),
            None => reason,
        };
        let name = match error {
            SdkError::ServiceError(answer) => refusal(answer.raw().status().as_u16(), code.as_deref()),
            SdkError::ConstructionFailure(_) => ErrorName::Refused,
            SdkError::ResponseError(_) => ErrorName::Unavailable,
            _ => ErrorName::Unreachable,
        };
        let status = error.raw_response().map(|response| response.status().as_u16());
        Self { task: task.into(), reason, code, status, name }
    }

    /// A failure that the SDK knows nothing of: of an answer's body, or of what is in it.
    pub fn named(name: ErrorName, task: impl Into<String>, reason: &(impl ToString + ?Sized)) -> Self {
        Self { task: task.into(), reason: reason.to_string(), code: None, status: None, name }
    }

    /// The service's message, without the error code.
    pub fn message(&self) -> &str {
        let message = self.code.as_deref().and_then(|code| self.reason.strip_prefix(code)?.strip_prefix(": "));
        message.unwrap_or(&self.reason)
    }

    /// Whether the service answered with this error code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the caller may not, as one whose permissions have not reached the service yet: the status of every
    /// service but those that answer with a code and 400.
    pub(crate) fn is_denied(&self) -> bool {
        const CODES: [&str; 5] = [
            "AccessDenied",
            "AccessDeniedException",
            "ForbiddenException",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
        ];
        self.status == Some(403) || CODES.iter().any(|code| self.is(code))
    }
}

fn refusal(status: u16, code: Option<&str>) -> ErrorName {
    let code = code.map(|code| code.strip_prefix(KEY_SERVICE).unwrap_or(code));
    match (status, code) {
        (429, _) => ErrorName::Throttled,
        (_, Some(code)) if THROTTLING.contains(&code) => ErrorName::Throttled,
        (_, Some(code)) if PASSING.contains(&code) => ErrorName::Unavailable,
        // Below 300 the service agreed, but its answer makes no sense: something stands in between.
        (..300 | 408 | 500.., _) => ErrorName::Unavailable,
        _ => ErrorName::Refused,
    }
}

/// What is known of a refusal without a message, as every one of a HEAD request is.
fn unexplained(response: &HttpResponse, code: Option<&str>) -> String {
    let status = response.status().as_u16();
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let reason = code.or(reason).map_or_else(String::new, |reason| format!(" ({reason})"));
    format!("the service answered {status}{reason} without a message")
}

/// What a service answered; `None` where what was asked for does not exist.
pub(crate) fn unless_gone<T, E>(
    task: impl Into<String>,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Option<T>, ServiceFailure>
where
    E: Error + ProvideErrorMetadata + 'static,
{
    match answer.map_err(|error| ServiceFailure::new(task, &error)) {
        Err(failure) if failure.is("NotFoundException") => Ok(None),
        other => other.map(Some),
    }
}

/// Whether S3 has no such object, or refuses it to those who may not list the bucket.
pub(crate) fn is_missing<E>(error: &SdkError<E, HttpResponse>) -> bool {
    matches!(status(error), 403 | 404)
}

/// The status of a service's answer, or 0.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> u16 {
    error.raw_response().map_or(0, |response| response.status().as_u16())
}

#[cfg(test)]
mod tests {
    use pipeline::contract::Handler;

    use super::*;

    #[test]
    fn failures_have_a_stable_name_and_all_causes() {
        let diagnostic = |failure: Failure| Diagnostic::from(&failure);
        let unknown = diagnostic("transcode".parse::<Handler>().unwrap_err().into());
        assert_eq!(unknown.error_type, "Misconfigured");
        assert!(unknown.error_message.starts_with("`_HANDLER` is wrong: `transcode` is not one of"));
        assert!(unknown.error_message.contains("custom-resource"));

        let missing = diagnostic(Failure::MissingVariable { variable: Variable::TopicArn });
        assert_eq!(missing.error_message, "the environment variable TOPIC_ARN is not set");
    }

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
