//! How an action fails, and what may be left behind.

use std::{error::Error, time::Duration};

use pipeline::{custom_resource::Leftover, errors::ErrorName};

use crate::failure::ServiceFailure;

/// Why an action failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ActionError {
    #[error("{failure}")]
    Call {
        failure: ServiceFailure,
        /// What this call and earlier steps of the action may have left behind.
        leftover: Leftover,
    },
    #[error(
        "cannot create the job template `{name}`: one with this name and other content exists; delete or rename it"
    )]
    Conflict { name: String },
    #[error("no MediaConvert endpoint is known for this region")]
    Endpoint {
        /// What the SDK's resolver answers.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl From<ServiceFailure> for ActionError {
    fn from(failure: ServiceFailure) -> Self {
        // A throttled call may follow an attempt that was lost, so it may have been done.
        let leftover = match failure.name {
            ErrorName::Refused => Leftover::Nothing,
            _ => Leftover::Perhaps,
        };
        Self::Call { failure, leftover }
    }
}

impl ActionError {
    /// The same error of an action of several steps, of which some may have been done.
    pub(super) fn partly_done(self) -> Self {
        match self {
            Self::Call { failure, .. } => Self::Call { failure, leftover: Leftover::Perhaps },
            other => other,
        }
    }

    /// Whether the service answered that this function may not do it.
    pub(super) fn is_denial(&self) -> bool {
        matches!(self, Self::Call { failure, .. } if failure.is_denied())
    }

    /// The same error, with how long the action was retried.
    pub(super) fn after(mut self, time: Duration) -> Self {
        if let Self::Call { failure, .. } = &mut self
            && time.as_secs() > 0
        {
            failure.reason = format!("{}; it was tried for {} seconds", failure.reason, time.as_secs());
        }
        self
    }

    /// What the action may have left behind.
    pub(super) const fn leftover(&self) -> Leftover {
        match self {
            Self::Call { leftover, .. } => *leftover,
            Self::Conflict { .. } | Self::Endpoint { .. } => Leftover::Nothing,
        }
    }
}
