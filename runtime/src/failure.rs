//! How an invocation fails: typed, named, and reported with all its causes.

use std::error::Error;

use lambda_runtime::Diagnostic;
use pipeline::{contract::Variable, errors::ErrorName, settings::UnknownWord};

use crate::{aws::failure::ServiceFailure, handlers::custom_resource::Unanswered};

/// How much of a message is reported, in characters: a hundred missing files with long names are too much for anybody.
const MAX_MESSAGE: usize = 8192;

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// `_HANDLER` names no handler.
    #[error("`_HANDLER` is wrong")]
    UnknownHandler(#[from] UnknownWord),
    /// A variable that the handler reads is not set.
    #[error("the environment variable {variable} is not set")]
    MissingVariable {
        /// The variable.
        variable: Variable,
    },
    /// A variable's value is not what it should be.
    #[error("the environment variable {variable} is wrong")]
    InvalidVariable {
        /// The variable.
        variable: Variable,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A rule of the pipeline, or what the handler found, rules the input out.
    #[error("{source}")]
    Rejected {
        /// What state machines know it by.
        name: ErrorName,
        /// What is wrong.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A service failed.
    #[error(transparent)]
    Service(#[from] ServiceFailure),
    /// The event is not of the kind that the handler takes.
    #[error("the event is not {expected}")]
    InvalidEvent {
        /// What was expected, with its article.
        expected: &'static str,
        /// What is missing or wrong.
        source: serde_json::Error,
    },
    /// CloudFormation did not take the answer to a custom resource.
    #[error("CloudFormation could not be answered")]
    Unanswered(#[from] Unanswered),
}

impl Failure {
    /// A final failure of this name.
    pub fn rejected(name: ErrorName, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Rejected { name, source: Box::new(source) }
    }

    /// The name that state machines know the failure by.
    #[must_use]
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::UnknownHandler(_) | Self::MissingVariable { .. } | Self::InvalidVariable { .. } => {
                ErrorName::Misconfigured
            }
            Self::Rejected { name, .. } => *name,
            Self::Service(failure) => failure.name,
            Self::InvalidEvent { .. } => ErrorName::InvalidEvent,
            Self::Unanswered(_) => ErrorName::Unreachable,
        }
    }
}

impl From<&Failure> for Diagnostic {
    fn from(failure: &Failure) -> Self {
        let mut error_message = chain(failure);
        if let Some((end, _)) = error_message.char_indices().nth(MAX_MESSAGE) {
            error_message.truncate(end);
            error_message.push('…');
        }
        Self { error_type: failure.name().to_string(), error_message }
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
}
