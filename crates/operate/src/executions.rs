//! Executions of the state machines.

use pipeline::contract::Workflow;
use pipeline::trigger::{Start, TriggerError};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::OperateError;
use super::videos::output;
use aws::json_client::STEP_FUNCTIONS;
use aws::{Aws, CallError, DeployedStack};
use strum::VariantArray as _;

/// The error of an execution that somebody stopped.
const STOPPED: &str = "Canceled";

/// The state machines of a deployment.
#[derive(Debug, Clone)]
pub(super) struct Machines {
    aws: Aws,
    /// The ARN of each.
    machines: Vec<(Workflow, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Of which state machine.
    pub workflow: Workflow,
    pub name: String,
    pub arn: String,
}

#[derive(Deserialize)]
struct Description {
    status: String,
    input: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    execution_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    executions: Vec<ListedExecution>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedExecution {
    name: String,
    execution_arn: String,
}

impl Machines {
    /// Those of a deployed stack.
    pub(super) fn of(aws: &Aws, stack: &DeployedStack) -> Result<Self, OperateError> {
        let machine = |workflow: Workflow| Ok((workflow, output(stack, &workflow.output())?));
        let machines: Result<Vec<_>, OperateError> = Workflow::VARIANTS.iter().copied().map(machine).collect();
        Ok(Self { aws: aws.clone(), machines: machines? })
    }

    /// What an execution was started with; nothing where Step Functions has forgotten it.
    pub(super) async fn input(&self, arn: &str) -> Result<Option<Value>, CallError> {
        match self.describe(arn).await {
            Ok(execution) => Ok(execution.input.and_then(|input| serde_json::from_str(&input).ok())),
            Err(error) if is(&error, "ExecutionDoesNotExist") => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn runs(&self, execution: &Execution) -> Result<bool, CallError> {
        Ok(self.describe(&execution.arn).await?.status == "RUNNING")
    }

    async fn describe(&self, arn: &str) -> Result<Description, CallError> {
        let body = json!({ "executionArn": arn });
        self.aws.call_json(STEP_FUNCTIONS, "states:DescribeExecution", &body).await
    }

    /// Starts an execution under the first of its names that is free.
    pub(super) async fn start(&self, start: &Start) -> Result<Execution, OperateError> {
        let workflow = start.workflow;
        for name in start.names.iter() {
            let body = json!({ "stateMachineArn": self.arn(workflow), "name": name, "input": start.input.to_string() });
            match self.aws.call_json::<Started>(STEP_FUNCTIONS, "states:StartExecution", &body).await {
                Ok(Started { execution_arn }) => return Ok(Execution { workflow, name, arn: execution_arn }),
                Err(error) if is(&error, "ExecutionAlreadyExists") => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(OperateError::Retry(TriggerError::TooOften { guid: start.guid.clone() }.into()))
    }

    /// The executions of a video in one state machine that have not ended.
    pub(super) async fn running(&self, workflow: Workflow, guid: &str) -> Result<Vec<Execution>, CallError> {
        // Names are the guid, and what distinguishes attempts and jobs behind a hyphen.
        let is_of_video =
            |name: &str| name.strip_prefix(guid).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        let mut running = self.all_running(workflow).await?;
        running.retain(|execution| is_of_video(&execution.name));
        Ok(running)
    }

    /// The executions of one state machine that have not ended.
    pub(super) async fn all_running(&self, workflow: Workflow) -> Result<Vec<Execution>, CallError> {
        let mut running = Vec::new();
        let mut body = json!({ "stateMachineArn": self.arn(workflow), "statusFilter": "RUNNING", "maxResults": 1000 });
        loop {
            let page: Page = self.aws.call_json(STEP_FUNCTIONS, "states:ListExecutions", &body).await?;
            let executions = page.executions.into_iter();
            running.extend(executions.map(|it| Execution { workflow, name: it.name, arn: it.execution_arn }));
            let Some(token) = page.next_token else { return Ok(running) };
            body["nextToken"] = token.into();
        }
    }

    /// Stops an execution; one that has ended meanwhile is as good.
    pub(super) async fn stop(&self, execution: &Execution, cause: &str) -> Result<(), CallError> {
        let body = json!({ "executionArn": execution.arn, "error": STOPPED, "cause": cause });
        match self.aws.call_json::<IgnoredAny>(STEP_FUNCTIONS, "states:StopExecution", &body).await {
            Err(error) if !is(&error, "ExecutionDoesNotExist") => Err(error),
            _ => Ok(()),
        }
    }

    fn arn(&self, workflow: Workflow) -> &str {
        self.machines.iter().find(|(known, _)| *known == workflow).map_or("", |(_, arn)| arn)
    }
}

fn is(error: &CallError, code: &str) -> bool {
    error.code.as_deref() == Some(code)
}
