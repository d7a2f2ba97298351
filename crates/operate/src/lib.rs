//! Looking after a deployment: its health, its videos, and what its functions log.
//!
//! **Architecture invariant**: it returns values and prints nothing; which videos may be tried again, `pipeline` says.

pub mod doctor;
pub mod edit;
pub mod executions;
pub mod health;
pub mod logs;
pub mod removal;
pub mod videos;

pub use self::executions::Execution;

use miette::Diagnostic;
use pipeline::trigger::RetryError;
use thiserror::Error;

use aws::CallError;

/// Why something of a deployment cannot be shown.
#[derive(Debug, Diagnostic, Error)]
pub enum OperateError {
    /// The stack is not one of ours: it lacks an output.
    #[error("there is no output {name}")]
    #[diagnostic(help("there are {}", .known.join(", ")))]
    NoOutput { name: String, known: Vec<String> },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Call(#[from] CallError),
    #[error("there is no video {guid}")]
    #[diagnostic(help("`vod videos list` shows those that there are"))]
    NoVideo { guid: String },
    #[error("`{guid}` is too short to be looked up")]
    #[diagnostic(help("give at least {} characters of the id", videos::MIN_PREFIX))]
    ShortGuid { guid: String },
    #[error("{} videos begin with `{guid}`", .candidates.len())]
    #[diagnostic(help("give more characters of the id:\n{}", .candidates.join("\n")))]
    Ambiguous { guid: String, candidates: Vec<String> },
    #[error("there are too many videos to look for one that begins with `{guid}`")]
    #[diagnostic(help("give the whole id; `vod videos list` shows it"))]
    Unsearched { guid: String },
    #[error(transparent)]
    #[diagnostic(help("{}", hint_of_retry(.0)))]
    Retry(#[from] RetryError),
    #[error("nothing is done for the video {guid}: it is `{status}`")]
    #[diagnostic(help("`vod videos delete` removes it; `vod videos show` shows more"))]
    NotAtWork { guid: String, status: String },
    #[error("the video {guid} is in progress: it is `{status}`")]
    #[diagnostic(help("wait for its end, or end it: `vod videos cancel {guid}`"))]
    AtWork { guid: String, status: String },
    #[error("the execution {execution} of the process workflow is still about to submit the job")]
    #[diagnostic(help("repeat the command in a minute: then there is a job to cancel"))]
    StillSubmitting { execution: String },
    #[error("a title has letters in it")]
    #[diagnostic(help("give one that viewers can read"))]
    NoTitle,
    #[error("the video {guid} has changed meanwhile")]
    #[diagnostic(help("look at it with `vod videos show`, and repeat the command"))]
    Overtaken { guid: String },
    #[error("nothing is removed: it was not agreed to")]
    #[diagnostic(help("repeat the command, and answer `y`, or use `--yes`"))]
    Declined,
    #[error("a record of the table cannot be read")]
    #[diagnostic(help("look at it with `aws dynamodb get-item`; another program has written it"))]
    Record(#[from] serde_dynamo::Error),
    #[error("the record of {guid} cannot be read")]
    #[diagnostic(help("look at it with `aws dynamodb get-item`; another program has written it"))]
    Members { guid: String, source: serde_json::Error },
}

impl OperateError {
    /// Whether what was asked for is wrong or does not fit the video, or was not agreed to, and nothing was changed.
    pub fn is_input(&self) -> bool {
        match self {
            Self::NoVideo { .. }
            | Self::ShortGuid { .. }
            | Self::Ambiguous { .. }
            | Self::Unsearched { .. }
            | Self::NotAtWork { .. }
            | Self::AtWork { .. }
            | Self::NoTitle
            | Self::Declined => true,
            Self::Retry(error) => match error {
                RetryError::NotFailed { .. }
                | RetryError::NoVideo { .. }
                | RetryError::NotIngested { .. }
                | RetryError::InProgress { .. } => true,
                RetryError::UnknownStage { .. } | RetryError::NoInput { .. } | RetryError::Trigger(_) => false,
            },
            Self::NoOutput { .. }
            | Self::Call(_)
            | Self::StillSubmitting { .. }
            | Self::Overtaken { .. }
            | Self::Record(_)
            | Self::Members { .. } => false,
        }
    }
}

fn hint_of_retry(error: &RetryError) -> &'static str {
    match error {
        RetryError::NotFailed { .. } => "`vod videos encode` encodes it again",
        RetryError::NotIngested { .. } => "`vod videos retry` takes it up from its ingest",
        RetryError::InProgress { .. } => "wait for its end, or end it with `vod videos cancel`",
        RetryError::NoVideo { .. } => "upload it under a name that ends as that of a video or metadata file does",
        RetryError::UnknownStage { .. } => {
            "encode it again with `vod videos encode`, or upload the source again if it was never encoded"
        }
        RetryError::NoInput { .. } => "encode it again with `vod videos encode`, or upload the source again",
        RetryError::Trigger(_) => "upload the source again: that makes a new video",
    }
}
