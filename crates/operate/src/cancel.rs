//! Ending the work on a video.

use std::time::Duration;

use http::Method;
use pipeline::contract::{Handler, Workflow};
use pipeline::record::{SRC_METADATA_FILE, SRC_VIDEO, Stored, WorkflowStatus, table};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::OperateError;
use super::executions::{Execution, Machines};
use super::videos::Videos;
use aws::DeployedStack;
use aws::json_client::{LAMBDA, MEDIA_CONVERT};
use aws::{Aws, CallError};

/// What the record says of it.
const REASON: &str = "canceled with `vod videos cancel`";

/// What the record names as the place of the failure.
const STAGE: &str = "cancel";

/// How long the process workflow, whose steps take seconds, may take to submit the job.
const SUBMIT_TIMEOUT: Duration = Duration::from_mins(2);

/// How often it is looked at.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

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
    let mut canceled = Canceled::default();
    stop(&machines, Workflow::Ingest, guid, &mut canceled).await?;
    for execution in machines.running(Workflow::Process, guid).await? {
        until_ended(&machines, &execution).await?;
    }
    stop(&machines, Workflow::Publish, guid, &mut canceled).await?;

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

async fn stop(machines: &Machines, workflow: Workflow, guid: &str, canceled: &mut Canceled) -> Result<(), CallError> {
    for execution in machines.running(workflow, guid).await? {
        machines.stop(&execution, REASON).await?;
        canceled.executions.push(execution);
    }
    Ok(())
}

async fn until_ended(machines: &Machines, execution: &Execution) -> Result<(), OperateError> {
    let ended = async {
        while machines.runs(execution).await? {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok::<_, CallError>(())
    };
    let late = |_| OperateError::StillSubmitting { execution: execution.name.clone() };
    Ok(tokio::time::timeout(SUBMIT_TIMEOUT, ended).await.map_err(late)??)
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
    for member in [table::GUID, table::SRC_BUCKET, SRC_VIDEO, SRC_METADATA_FILE, "title", table::START_TIME] {
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
