//! Looking after a deployment: its videos, and what its functions log.

pub mod logs;
pub mod videos;

use thiserror::Error;

use crate::aws::CallError;
use crate::deploy::DeployError;

/// Why something of a deployment cannot be shown.
#[derive(Debug, Error)]
pub enum OperateError {
    /// The stack is not there, or not one of ours.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// There is no such video.
    #[error("there is no video {guid}")]
    NoVideo {
        /// Its workflow's id.
        guid: String,
    },
    /// A record is none.
    #[error("a record of the table cannot be read")]
    Record(#[from] serde_dynamo::Error),
}

impl OperateError {
    /// What to do about it.
    #[must_use]
    pub fn mend(&self) -> String {
        match self {
            Self::Deploy(error) => error.mend(),
            Self::Call(error) => error.mend(),
            Self::NoVideo { .. } => "`vod videos list` shows those that there are".to_owned(),
            Self::Record(_) => "look at it with `aws dynamodb get-item`; another program has written it".to_owned(),
        }
    }
}
