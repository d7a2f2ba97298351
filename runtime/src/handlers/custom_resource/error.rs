//! How an action fails: what was tried, what the service said, and what may be left behind.

use std::{error::Error, time::Duration};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::{display::DisplayErrorContext, metadata::ProvideErrorMetadata};
use pipeline::custom_resource::Leftover;

use crate::aws::failure::unexplained;

/// The code of the error that says there is no such thing.
pub(super) const NOT_FOUND: &str = "NotFoundException";
/// The code of the error that says there is such a thing already.
pub(super) const CONFLICT: &str = "ConflictException";

/// Why an action failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ActionError {
    /// The service answered that it will not do it.
    #[error("cannot {task}: {said}")]
    Refused {
        /// What was tried.
        task: String,
        /// The service's own words.
        said: String,
    },
    /// The service answered that this function may not do it.
    #[error("cannot {task}: {said}")]
    Denied {
        /// What was tried.
        task: String,
        /// The service's own words.
        said: String,
        /// What earlier steps of the action may have left behind.
        leftover: Leftover,
    },
    /// The service failed or did not answer, so it may have done it.
    #[error("cannot {task}: {said}")]
    Unavailable {
        /// What was tried.
        task: String,
        /// The service's own words, or what stood between us and the service.
        said: String,
    },
    /// Something else has the job template's name.
    #[error(
        "cannot create the job template `{name}`: one with this name and other content exists; delete or rename it"
    )]
    Conflict {
        /// The template's name.
        name: String,
    },
    /// No endpoint is known for the region.
    #[error("no MediaConvert endpoint is known for this region")]
    Endpoint {
        /// What the SDK's resolver says.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl ActionError {
    /// The error of a failed call.
    pub(super) fn call<E>(task: String, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let said = said(error);
        match error {
            SdkError::ConstructionFailure(_) => Self::Refused { task, said },
            SdkError::ServiceError(answer) if is_denial(answer.raw().status().as_u16(), error) => {
                Self::Denied { task, said, leftover: Leftover::Nothing }
            }
            SdkError::ServiceError(answer) if is_refusal(answer.raw().status().as_u16()) => {
                Self::Refused { task, said }
            }
            _ => Self::Unavailable { task, said },
        }
    }

    /// The same error of an action of several steps, of which some may have been done.
    pub(super) fn partly_done(self) -> Self {
        match self {
            Self::Refused { task, said } => Self::Unavailable { task, said },
            Self::Denied { task, said, .. } => Self::Denied { task, said, leftover: Leftover::Perhaps },
            other => other,
        }
    }

    /// The same denial, with how long it lasted, where it was tried more than once.
    pub(super) fn after(self, time: Duration) -> Self {
        match self {
            Self::Denied { task, said, leftover } if time.as_secs() > 0 => {
                Self::Denied { task, said: format!("{said}; it was tried for {} seconds", time.as_secs()), leftover }
            }
            other => other,
        }
    }

    /// What the action may have left behind.
    pub(super) const fn leftover(&self) -> Leftover {
        match self {
            Self::Unavailable { .. } => Leftover::Perhaps,
            Self::Denied { leftover, .. } => *leftover,
            Self::Refused { .. } | Self::Conflict { .. } | Self::Endpoint { .. } => Leftover::Nothing,
        }
    }
}

/// Whether a service answered with the error of this code.
pub(super) fn has_code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>, code: &str) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(code)
}

/// What a service said in a failed call, or what stood between us and the service.
pub(super) fn said<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: Error + ProvideErrorMetadata + 'static,
{
    match error.as_service_error().map(ProvideErrorMetadata::meta) {
        Some(meta) => match (meta.code(), meta.message()) {
            (Some(code), Some(message)) => format!("{message} ({code})"),
            (None, Some(message)) => message.to_owned(),
            (code, None) => match error.raw_response() {
                Some(response) => unexplained(response, code),
                None => DisplayErrorContext(error).to_string(),
            },
        },
        None => DisplayErrorContext(error).to_string(),
    }
}

/// Whether an answer says that the caller may not, as one does whose permissions have not reached the service yet: the
/// status of every service but those that answer with a code and 400.
fn is_denial<E: ProvideErrorMetadata>(status: u16, error: &SdkError<E, HttpResponse>) -> bool {
    const CODES: [&str; 5] = [
        "AccessDenied",
        "AccessDeniedException",
        "ForbiddenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    ];
    status == 403 || CODES.iter().any(|code| has_code(error, code))
}

/// Whether a status says that nothing was done; throttling may follow an attempt that was lost, so it does not.
const fn is_refusal(status: u16) -> bool {
    matches!(status, 400..=428 | 430..=499)
}
