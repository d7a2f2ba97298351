//! How an action fails: what was tried, what the service said, and what may be left behind.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::{display::DisplayErrorContext, metadata::ProvideErrorMetadata};
use pipeline::custom_resource::Leftover;

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
            other => other,
        }
    }

    /// What the action may have left behind.
    pub(super) const fn leftover(&self) -> Leftover {
        match self {
            Self::Unavailable { .. } => Leftover::Perhaps,
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
            (Some(word), None) | (None, Some(word)) => word.to_owned(),
            (None, None) => {
                let status = error.raw_response().map_or(0, |response| response.status().as_u16());
                format!("the service answered {status} without a message")
            }
        },
        None => DisplayErrorContext(error).to_string(),
    }
}

/// Whether a status says that nothing was done; throttling may follow an attempt that was lost, so it does not.
const fn is_refusal(status: u16) -> bool {
    matches!(status, 400..=428 | 430..=499)
}
