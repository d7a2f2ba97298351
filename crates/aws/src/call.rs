//! What can go wrong with any call of any service, by what a caller can do about it.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use miette::Diagnostic;
use thiserror::Error;

/// A call that a service refused, or that never reached it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .kind.message_for(.operation, .message))]
pub struct CallError {
    /// What was called, as IAM names it: `s3:PutObject`.
    pub operation: &'static str,
    /// What is wrong, as far as there is a hint for it.
    pub kind: CallErrorKind,
    /// The service's code of the error, where the service answered.
    pub code: Option<String>,
    /// The service's message, or what happened on the way to it.
    pub message: String,
}

/// The kinds of errors that any call can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    /// No credentials were found.
    NoCredentials,
    /// Credentials are set up, and cannot be had: a role that may not be taken, a process that fails, no sign-in.
    BrokenCredentials,
    /// The credentials were good once.
    ExpiredCredentials,
    /// AWS does not know the credentials.
    UnknownCredentials,
    /// The credentials may not do this.
    Denied,
    /// Too many calls, even after waiting several times.
    Throttled,
    /// No answer came.
    Unreachable,
    /// No region is set.
    NoRegion,
    /// Anything else.
    Refused,
}

/// The codes that services give to the same error.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html> and its likes; the SDK's own list of throttling errors.
const CODES: [(CallErrorKind, &[&str]); 4] = [
    (
        CallErrorKind::ExpiredCredentials,
        &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"],
    ),
    (
        CallErrorKind::UnknownCredentials,
        &[
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidToken",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
            "AuthFailure",
        ],
    ),
    (
        CallErrorKind::Denied,
        &["AccessDenied", "AccessDeniedException", "Forbidden", "NotAuthorized", "UnauthorizedOperation"],
    ),
    (
        CallErrorKind::Throttled,
        &["Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"],
    ),
];

impl CallErrorKind {
    fn message_for(self, operation: &str, message: &str) -> String {
        match self {
            Self::NoCredentials => format!("no AWS credentials were found for {operation}"),
            Self::BrokenCredentials => format!("the AWS credentials for {operation} cannot be had: {message}"),
            Self::ExpiredCredentials => format!("the AWS credentials have expired ({operation}: {message})"),
            Self::UnknownCredentials => format!("AWS does not accept the credentials ({operation}: {message})"),
            Self::Denied => format!("{operation} is not allowed: {message}"),
            Self::Throttled => format!("AWS still throttles {operation} after several tries: {message}"),
            Self::Unreachable => format!("{operation} got no answer: {message}"),
            Self::NoRegion => format!("no AWS region is set for {operation}"),
            Self::Refused => format!("{operation} failed: {message}"),
        }
    }
}

impl CallError {
    /// An error that a service reports inside an answer that is none.
    pub fn refused(operation: &'static str, code: Option<String>, message: String) -> Self {
        let kind = code.as_deref().map_or(CallErrorKind::Refused, kind_of_code);
        Self { operation, kind, code, message }
    }
}

impl Diagnostic for CallError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(match self.kind {
            CallErrorKind::NoCredentials => {
                "name a profile with `--profile`, or sign in: `aws configure`, `aws sso login`"
            }
            CallErrorKind::BrokenCredentials => {
                "sign in (`aws sso login`) if the profile is one of single sign-on; else correct it in the AWS configuration"
            }
            CallErrorKind::ExpiredCredentials => {
                "sign in again (`aws sso login`, or new temporary credentials), and repeat the command: it goes on where it \
                 stopped"
            }
            CallErrorKind::UnknownCredentials => {
                "see which credentials are in use with `aws sts get-caller-identity`; choose others with `--profile`"
            }
            CallErrorKind::Denied => {
                let operation = self.operation;
                let hint = format!("give the user or role the permission {operation}, or use another with `--profile`");
                return Some(Box::new(hint));
            }
            CallErrorKind::Throttled => "wait a minute, and repeat the command: it goes on where it stopped",
            CallErrorKind::Unreachable => {
                "look at the network, `--region` and `--endpoint-url`, and repeat the command: it goes on where it stopped"
            }
            CallErrorKind::NoRegion => "set `region` in stack.toml, or use `--region`",
            CallErrorKind::Refused => "the message is the service's own",
        }))
    }
}

/// Puts a call's name into its error.
pub trait During<T> {
    /// The answer, or what is wrong with the call of this name.
    fn during(self, operation: &'static str) -> Result<T, CallError>;
}

impl<T, E> During<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn during(self, operation: &'static str) -> Result<T, CallError> {
        self.map_err(|error| explain(operation, &error))
    }
}

pub fn code_of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

fn explain<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let code = code_of(error).map(str::to_owned);
    let status = error.raw_response().map(|response| response.status().as_u16());
    let kind = match (error, &code) {
        (SdkError::ServiceError(_), Some(code)) => kind_of_code(code),
        // An answer to HEAD has no body, and so no code.
        (SdkError::ServiceError(_), None) if status == Some(403) => CallErrorKind::Denied,
        (SdkError::ServiceError(_) | SdkError::ResponseError(_), _) => CallErrorKind::Refused,
        _ => kind_of_chain(error),
    };
    let message = match error.as_service_error() {
        Some(service) => service.message().map_or_else(
            || match (&code, status) {
                (Some(code), _) => code.clone(),
                (None, Some(status)) => format!("HTTP status {status}"),
                (None, None) => service.to_string(),
            },
            str::to_owned,
        ),
        None => innermost(error),
    };
    CallError { operation, kind, code, message }
}

fn kind_of_code(code: &str) -> CallErrorKind {
    CODES.iter().find(|(_, codes)| codes.contains(&code)).map_or(CallErrorKind::Refused, |(kind, _)| *kind)
}

/// The kind of an error that came from no service.
fn kind_of_chain(error: &(dyn Error + 'static)) -> CallErrorKind {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(credentials) = error.downcast_ref::<CredentialsError>() {
            return match credentials {
                _ if innermost(credentials).to_lowercase().contains("expired") => CallErrorKind::ExpiredCredentials,
                CredentialsError::CredentialsNotLoaded(_) => CallErrorKind::NoCredentials,
                _ => CallErrorKind::BrokenCredentials,
            };
        }
        let text = error.to_string();
        if text.contains("MissingRegion") || text.contains("region must be set") || text.contains("Missing Region") {
            return CallErrorKind::NoRegion;
        }
        cause = error.source();
    }
    CallErrorKind::Unreachable
}

/// The message of the error at the bottom.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
