//! Executions of the state machines.

use pipeline::contract::Workflow;
use pipeline::trigger::{Start, TriggerError};
use serde_json::{Value, json};

use super::OperateError;
use super::videos::output;
use aws::rest::{Call, STEP_FUNCTIONS};
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

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Of which state machine.
    pub workflow: Workflow,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
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
        let asked =
            self.ask("states:DescribeExecution", "AWSStepFunctions.DescribeExecution", json!({ "executionArn": arn }));
        match asked.await {
            Ok(answer) => Ok(answer["input"].as_str().and_then(|input| serde_json::from_str(input).ok())),
            Err(error) if is(&error, "ExecutionDoesNotExist") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether an execution runs.
    pub(super) async fn runs(&self, execution: &Execution) -> Result<bool, CallError> {
        let body = json!({ "executionArn": execution.arn });
        let answer = self.ask("states:DescribeExecution", "AWSStepFunctions.DescribeExecution", body).await?;
        Ok(answer["status"] == "RUNNING")
    }

    /// Starts an execution under the first of its names that is free.
    pub(super) async fn start(&self, start: &Start) -> Result<Execution, OperateError> {
        let workflow = start.workflow;
        for name in start.names.iter() {
            let body = json!({ "stateMachineArn": self.arn(workflow), "name": name, "input": start.input.to_string() });
            match self.ask("states:StartExecution", "AWSStepFunctions.StartExecution", body).await {
                Ok(answer) => {
                    let arn = answer["executionArn"].as_str().unwrap_or_default().to_owned();
                    return Ok(Execution { workflow, name, arn });
                }
                Err(error) if is(&error, "ExecutionAlreadyExists") => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(OperateError::Retry(TriggerError::TooOften { guid: start.guid.clone() }.into()))
    }

    /// The executions of a video in one state machine that have not ended.
    pub(super) async fn running(&self, workflow: Workflow, guid: &str) -> Result<Vec<Execution>, CallError> {
        // Names are the guid, and what tells attempts and jobs apart behind a hyphen.
        let is_of_video =
            |name: &str| name.strip_prefix(guid).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        let mut running = self.all_running(workflow).await?;
        running.retain(|execution| is_of_video(&execution.name));
        Ok(running)
    }

    /// The executions of one state machine that have not ended.
    pub(super) async fn all_running(&self, workflow: Workflow) -> Result<Vec<Execution>, CallError> {
        let mut running = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut body =
                json!({ "stateMachineArn": self.arn(workflow), "statusFilter": "RUNNING", "maxResults": 1000 });
            if !token.is_null() {
                body["nextToken"] = token;
            }
            let mut answer = self.ask("states:ListExecutions", "AWSStepFunctions.ListExecutions", body).await?;
            for execution in answer["executions"].as_array().into_iter().flatten() {
                let text = |name: &str| execution[name].as_str().unwrap_or_default().to_owned();
                running.push(Execution { workflow, name: text("name"), arn: text("executionArn") });
            }
            token = answer["nextToken"].take();
            if token.is_null() {
                return Ok(running);
            }
        }
    }

    /// Stops an execution; one that has ended meanwhile is as good.
    pub(super) async fn stop(&self, execution: &Execution, cause: &str) -> Result<(), CallError> {
        let body = json!({ "executionArn": execution.arn, "error": STOPPED, "cause": cause });
        match self.ask("states:StopExecution", "AWSStepFunctions.StopExecution", body).await {
            Err(error) if !is(&error, "ExecutionDoesNotExist") => Err(error),
            _ => Ok(()),
        }
    }

    fn arn(&self, workflow: Workflow) -> &str {
        self.machines.iter().find(|(known, _)| *known == workflow).map_or("", |(_, arn)| arn)
    }

    async fn ask(&self, operation: &'static str, target: &'static str, body: Value) -> Result<Value, CallError> {
        let (service, path, body) = (STEP_FUNCTIONS, Vec::new(), Some(body));
        let call = Call { service, operation, method: http::Method::POST, path, target: Some(target), body };
        self.aws.call(call).await
    }
}

fn is(error: &CallError, code: &str) -> bool {
    error.code.as_deref() == Some(code)
}
