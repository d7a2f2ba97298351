//! Starts the state machines for what an event reports.

use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use aws_types::SdkConfig;
use futures_util::future::join_all;
use pipeline::{
    arrival::Arrival,
    contract::{Handler, Variable, Workflow},
    errors::RETRYABLE,
    message, record,
    report::{Origin, Report},
    store::Fault,
    trigger::{self, Start, TriggerError},
    uploads::Uploads,
};
use serde_json::{Map, Value, json};

use crate::{
    aws::records::{Records, Stored},
    clock,
    environment::Environment,
    failure::{Failure, ServiceFailure, chain},
    handler::Invocation,
    handlers::messages::Topic,
};

/// How many executions an answer names: nobody but a person reads it, and an event may have thousands of records.
const MAX_NAMED: usize = 100;

#[derive(Debug)]
pub(super) struct StepFunctions {
    client: aws_sdk_sfn::Client,
    records: Records,
    topic: Topic,
    uploads: Uploads,
    ingest: String,
    process: String,
    publish: String,
}

/// Why some of an event's records started nothing.
#[derive(Debug, thiserror::Error)]
#[error("{} of {of} records failed: {}", .failures.len(), .failures.join("; "))]
struct SomeFailed {
    failures: Vec<String>,
    of: usize,
}

impl StepFunctions {
    /// A handler that starts the state machines of the environment.
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        let machine = |variable| environment.get(variable).map(str::to_owned);
        Ok(Self {
            client: aws_sdk_sfn::Client::new(sdk),
            records: Records::new(sdk, environment)?,
            topic: Topic::new(sdk, environment)?,
            uploads: environment.json(Variable::Uploads)?,
            ingest: machine(Variable::IngestStateMachine)?,
            process: machine(Variable::ProcessStateMachine)?,
            publish: machine(Variable::PublishStateMachine)?,
        })
    }

    /// Starts all that can be started; what cannot fails the invocation afterwards, and starting the rest once more
    /// is harmless.
    pub(super) async fn start_all(&self, Invocation { event, .. }: Invocation) -> Result<Value, Failure> {
        let starts = trigger::starts(&event, &self.uploads);
        let of = starts.len();
        if let [Ok(Start { guid, .. })] = starts.as_slice() {
            tracing::Span::current().record("guid", guid);
        }
        let ended = join_all(starts.into_iter().map(|start| async {
            match start {
                Ok(start) => self.start(&start).await,
                Err(TriggerError::UnsupportedFile { arrival }) => self.refuse(*arrival).await,
                Err(TriggerError::Skipped { key, why }) => {
                    tracing::info!(key, %why, "let be");
                    Ok(json!({ "started": false, "skipped": why.to_string() }))
                }
                Err(error) => Err(error.into()),
            }
        }));
        let mut executions = Vec::new();
        let mut failures = Vec::new();
        for end in ended.await {
            match end {
                Ok(execution) => executions.push(execution),
                Err(failure) => failures.push(failure),
            }
        }
        match failures.as_slice() {
            [] => {
                executions.truncate(MAX_NAMED);
                Ok(json!({ "executions": executions }))
            }
            [_] if of == 1 => Err(failures.remove(0)),
            [first, ..] => {
                let passing = failures.iter().map(Failure::name).find(|name| RETRYABLE.contains(name));
                let name = passing.unwrap_or(first.name());
                let failures = failures.iter().map(|failure| chain(failure)).collect();
                Err(Failure::rejected(name, SomeFailed { failures, of }))
            }
        }
    }

    /// Starts one execution under the first of its names that is free.
    async fn start(&self, start: &Start) -> Result<Value, Failure> {
        let Start { workflow, guid, names, input } = start;
        let outcome = |name: &str, started: bool| {
            tracing::info!(guid, workflow = workflow.into_str(), execution = name, started, "the execution");
            json!({ "workflow": workflow.into_str(), "guid": guid, "execution": name, "started": started })
        };
        let machine = match workflow {
            Workflow::Ingest => &self.ingest,
            Workflow::Process => &self.process,
            Workflow::Publish => &self.publish,
        };
        let input = input.to_string();
        let mut taken = String::new();
        for name in names.iter() {
            let request = self.client.start_execution().state_machine_arn(machine).name(&name).input(&input);
            match request.send().await {
                Ok(_) => return Ok(outcome(&name, true)),
                Err(error)
                    if error.as_service_error().is_some_and(StartExecutionError::is_execution_already_exists) =>
                {
                    taken = name;
                }
                Err(error) => {
                    return Err(
                        ServiceFailure::new(format!("start the {} workflow", workflow.into_str()), &error).into()
                    );
                }
            }
        }
        start.exhausted()?;
        Ok(outcome(&taken, false))
    }

    /// Records and announces a file that is no video: its owner looks for it there, and trying again would not help.
    async fn refuse(&self, arrival: Arrival) -> Result<Value, Failure> {
        let (guid, bucket, key) = (arrival.guid(), arrival.bucket.clone(), arrival.key.clone());
        let start_time = clock::time_or_now(arrival.event_time.as_deref());
        let error = TriggerError::UnsupportedFile { arrival: Box::new(arrival) };
        tracing::warn!(guid, %error, "refused");
        let fields = Map::from_iter([
            (record::table::SRC_BUCKET.to_owned(), json!(bucket)),
            (record::table::START_TIME.to_owned(), json!(start_time)),
            (record::SRC_VIDEO.to_owned(), json!(key)),
        ]);
        let failure = record::Failure {
            workflow_error_at: Some(Handler::StepFunctions.into_str().to_owned()),
            error_message: Some(error.to_string()),
            error_details: None,
        };
        let stored = self.records.fail(&guid, Fault { failure: &failure, job: None }, &fields).await?.stored;
        let report = Report { guid: Some(guid.clone()), source: Origin::default(), job: None, failure };
        if stored == Stored::Written {
            self.topic.publish(message::alarm(&report)).await?;
        }
        Ok(json!({ "guid": guid, "started": false, "refused": error.name().into_str() }))
    }
}
