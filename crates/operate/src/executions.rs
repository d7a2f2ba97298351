//! Executions of the state machines: those that run, trying a failed video again, and ending the work on one.

use std::time::Duration;

use http::Method;
use pipeline::contract::{Handler, Workflow};
use pipeline::record::{SRC_METADATA_FILE, SRC_VIDEO, Stored, TITLE, WorkflowStatus, table};
use pipeline::trigger::{self, Retry, Start, TriggerError};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use strum::VariantArray as _;

use super::OperateError;
use super::videos::{Videos, output};
use aws::service::{LAMBDA, MEDIA_CONVERT, STEP_FUNCTIONS};
use aws::{Aws, CallError, DeployedStack};

/// What the record of a canceled video says.
const REASON: &str = "canceled with `vod videos cancel`";

/// What it names as the place of the failure.
const STAGE: &str = "cancel";

/// How long the process workflow, whose steps take seconds, may take to submit the job.
const SUBMIT_TIMEOUT: Duration = Duration::from_mins(2);

/// How often that is looked at.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

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
    async fn input(&self, arn: &str) -> Result<Option<Value>, CallError> {
        match self.describe(arn).await {
            Ok(execution) => Ok(execution.input.and_then(|input| serde_json::from_str(&input).ok())),
            Err(error) if is(&error, "ExecutionDoesNotExist") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn describe(&self, arn: &str) -> Result<Description, CallError> {
        let body = json!({ "executionArn": arn });
        self.aws.call_json(STEP_FUNCTIONS, "states:DescribeExecution", &body).await
    }

    /// Starts an execution under the first of its names that is free.
    async fn start(&self, start: &Start) -> Result<Execution, OperateError> {
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
    async fn running(&self, workflow: Workflow, guid: &str) -> Result<Vec<Execution>, CallError> {
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

    /// Stops the executions of a video in one state machine; one that has ended meanwhile is as good.
    async fn stop(&self, workflow: Workflow, guid: &str) -> Result<Vec<Execution>, CallError> {
        let running = self.running(workflow, guid).await?;
        for execution in &running {
            let body = json!({ "executionArn": execution.arn, "error": STOPPED, "cause": REASON });
            match self.aws.call_json::<IgnoredAny>(STEP_FUNCTIONS, "states:StopExecution", &body).await {
                Err(error) if !is(&error, "ExecutionDoesNotExist") => return Err(error),
                _ => {}
            }
        }
        Ok(running)
    }

    fn arn(&self, workflow: Workflow) -> &str {
        self.machines.iter().find(|(known, _)| *known == workflow).map_or("", |(_, arn)| arn)
    }
}

fn is(error: &CallError, code: &str) -> bool {
    error.code.as_deref() == Some(code)
}

/// Starts the state machine that failed once more, with the input that it had.
pub async fn retry(aws: &Aws, stack: &DeployedStack, guid: &str) -> Result<Execution, OperateError> {
    let machines = Machines::of(aws, stack)?;
    let record = Videos::of(aws, stack)?.stored(guid).await?;
    let retry = Retry::of(&record)?;
    let input = match &retry.execution {
        Some(execution) => machines.input(execution).await?,
        None => None,
    };
    machines.start(&retry.start(&record, input.as_ref())?).await
}

/// Encodes a video again, as the deployment does it today; outputs that are published stay until the new ones replace
/// them.
pub async fn encode(aws: &Aws, stack: &DeployedStack, guid: &str) -> Result<Execution, OperateError> {
    let record = Videos::of(aws, stack)?.stored(guid).await?;
    Machines::of(aws, stack)?.start(&trigger::encode(&record)?).await
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Canceled {
    /// The executions that were stopped.
    pub executions: Vec<Execution>,
    /// The job that `MediaConvert` was asked to cancel; its event changes the record.
    pub job: Option<String>,
}

/// Ends the work on a video: its ingest or publication is stopped, its job canceled. A job that is just being submitted
/// is waited for, because stopping its workflow would leave it running.
pub async fn cancel(aws: &Aws, stack: &DeployedStack, guid: &str) -> Result<Canceled, OperateError> {
    let machines = Machines::of(aws, stack)?;
    let videos = Videos::of(aws, stack)?;
    videos.record(guid).await?;
    let mut canceled = Canceled { executions: machines.stop(Workflow::Ingest, guid).await?, job: None };
    for execution in machines.running(Workflow::Process, guid).await? {
        let ended = async {
            while machines.describe(&execution.arn).await?.status == "RUNNING" {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
            Ok::<_, CallError>(())
        };
        let late = |_| OperateError::StillSubmitting { execution: execution.name.clone() };
        tokio::time::timeout(SUBMIT_TIMEOUT, ended).await.map_err(late)??;
    }
    canceled.executions.extend(machines.stop(Workflow::Publish, guid).await?);

    let record = videos.record(guid).await?;
    let stored = Stored::read(&record).map_err(|source| OperateError::Members { guid: guid.to_owned(), source })?;
    let is_published = canceled.executions.iter().any(|execution| execution.workflow == Workflow::Publish);
    if stored.workflow_status == Some(WorkflowStatus::Encoding)
        && !is_published
        && let Some(job) = stored.encoding.encode_job_id.as_deref()
        && cancel_job(aws, job).await?
    {
        canceled.job = Some(job.to_owned());
        return Ok(canceled);
    }
    if canceled.executions.is_empty() && !stored.is_at_work() {
        let status = stored.workflow_status.map(|status| status.to_string()).unwrap_or_default();
        return Err(OperateError::NotAtWork { guid: guid.to_owned(), status });
    }
    report(aws, &stack.name, &record, canceled.executions.last()).await?;
    Ok(canceled)
}

/// Whether there was a job to cancel.
async fn cancel_job(aws: &Aws, job: &str) -> Result<bool, CallError> {
    let path = ["2017-08-29", "jobs", job];
    match aws.call_rest::<IgnoredAny>(MEDIA_CONVERT, "mediaconvert:CancelJob", Method::DELETE, &path, None).await {
        Ok(_) => Ok(true),
        // It has ended, or was forgotten.
        Err(error) if matches!(error.code.as_deref(), Some("ConflictException" | "NotFoundException")) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Has the failure recorded and announced as every other is.
async fn report(aws: &Aws, deployment: &str, record: &Value, execution: Option<&Execution>) -> Result<(), CallError> {
    let mut event = json!({ "function": STAGE, "error": REASON });
    for member in [table::GUID, table::SRC_BUCKET, SRC_VIDEO, SRC_METADATA_FILE, TITLE, table::START_TIME] {
        if let Some(value) = record.get(member) {
            event[member] = value.clone();
        }
    }
    if let Some(execution) = execution {
        event["execution"] = json!(execution.arn);
    }
    let operation = "lambda:InvokeFunction";
    let function = format!("{deployment}-{}", Handler::ErrorHandler);
    let path = ["2015-03-31", "functions", &function, "invocations"];
    let answer: Option<FunctionAnswer> = aws.call_rest(LAMBDA, operation, Method::POST, &path, Some(event)).await?;
    match answer.and_then(|answer| answer.error_message) {
        None => Ok(()),
        Some(message) => Err(CallError::refused(operation, None, format!("{function}: {message}"))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionAnswer {
    error_message: Option<String>,
}
