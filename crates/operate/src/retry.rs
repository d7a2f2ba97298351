//! Trying a failed video again.

use pipeline::trigger::Retry;

use super::OperateError;
use super::executions::{Execution, Machines};
use super::videos::Videos;
use aws::Aws;
use aws::DeployedStack;

/// From where a video is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryFrom {
    /// From the state machine that failed.
    Failure,
    /// From the encoding, whatever failed.
    Encoding,
}

/// Starts the state machine that failed once more, with the input that it had.
pub async fn retry(aws: &Aws, stack: &DeployedStack, guid: &str, from: RetryFrom) -> Result<Execution, OperateError> {
    let machines = Machines::of(aws, stack)?;
    let record = Videos::of(aws, stack)?.stored(guid).await?;
    let mut retry = Retry::of(&record)?;
    if from == RetryFrom::Encoding {
        retry = retry.from_encoding();
    }
    let input = match &retry.execution {
        Some(execution) => machines.input(execution).await?,
        None => None,
    };
    machines.start(&retry.start(&record, input.as_ref())?).await
}
