//! A stack as CloudFormation has it now.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Stack, StackStatus};

use crate::{CallError, During, code_of};

/// A stack that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedStack {
    pub name: String,
    /// Its ARN, which names it even after it is deleted.
    pub id: String,
    pub status: StackStatus,
    /// Why it is in this status, where CloudFormation says so.
    pub reason: Option<String>,
    pub outputs: BTreeMap<String, Output>,
    /// The values of its parameters.
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    /// The role that CloudFormation uses for it, if it is not the caller's.
    pub role_arn: Option<String>,
    /// When it was last changed, as CloudFormation writes it.
    pub changed: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub value: String,
    pub description: Option<String>,
}

/// What can be done with a stack in its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackState {
    /// It has no resources yet: only a change set waits to be executed.
    New,
    /// It can be updated.
    Ready,
    /// Something is under way.
    Busy,
    /// Its creation failed and was undone: it can only be deleted.
    Failed,
    /// It takes a person to go on.
    Stuck,
    /// It is gone.
    Deleted,
}

/// What can be done with a stack of this status.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes>
pub fn state_of(status: &StackStatus) -> StackState {
    match status {
        StackStatus::ReviewInProgress => StackState::New,
        StackStatus::DeleteComplete => StackState::Deleted,
        StackStatus::RollbackComplete | StackStatus::CreateFailed => StackState::Failed,
        StackStatus::UpdateRollbackFailed
        | StackStatus::UpdateFailed
        | StackStatus::RollbackFailed
        | StackStatus::DeleteFailed
        | StackStatus::ImportRollbackFailed => StackState::Stuck,
        status if status.as_str().ends_with("_IN_PROGRESS") => StackState::Busy,
        _ => StackState::Ready,
    }
}

/// Whether a stack in this status is as its last change wanted it.
pub fn succeeded(status: &StackStatus) -> bool {
    matches!(
        status,
        StackStatus::CreateComplete
            | StackStatus::UpdateComplete
            | StackStatus::DeleteComplete
            | StackStatus::ImportComplete
    )
}

impl DeployedStack {
    /// The stack of a name or ARN, if there is one; a deleted one is found by its ARN only.
    pub async fn find(client: &Client, name_or_id: &str) -> Result<Option<Self>, CallError> {
        let answer = client.describe_stacks().stack_name(name_or_id).send().await;
        if let Err(error) = &answer
            && code_of(error) == Some("ValidationError")
            && error
                .as_service_error()
                .and_then(ProvideErrorMetadata::message)
                .is_some_and(|message| message.contains("does not exist"))
        {
            return Ok(None);
        }
        let answer = answer.during("cloudformation:DescribeStacks")?;
        Ok(answer.stacks.unwrap_or_default().into_iter().next().map(Self::from))
    }
}

impl From<Stack> for DeployedStack {
    fn from(stack: Stack) -> Self {
        let outputs = stack.outputs.unwrap_or_default().into_iter().filter_map(|output| {
            let value = Output { value: output.output_value?, description: output.description };
            Some((output.output_key?, value))
        });
        let parameters = stack.parameters.unwrap_or_default().into_iter();
        let tags = stack.tags.unwrap_or_default().into_iter();
        let changed = stack.last_updated_time.or(stack.creation_time);
        Self {
            name: stack.stack_name.unwrap_or_default(),
            id: stack.stack_id.unwrap_or_default(),
            status: stack.stack_status.unwrap_or_else(|| StackStatus::from("UNKNOWN")),
            reason: stack.stack_status_reason.filter(|reason| !reason.is_empty()),
            outputs: outputs.collect(),
            parameters: parameters.filter_map(|it| Some((it.parameter_key?, it.parameter_value?))).collect(),
            tags: tags.filter_map(|tag| Some((tag.key?, tag.value?))).collect(),
            role_arn: stack.role_arn,
            changed: changed.map(|time| time.to_string()),
        }
    }
}
