//! Records a failed or canceled workflow and announces it.

use std::pin::pin;

use aws_types::SdkConfig;
use futures_util::future::join;
use pipeline::{
    catalogue::{Entry, is_listed},
    contract::Variable,
    errors::ErrorName,
    message,
    metrics::Metric,
    record::{END_TIME, LISTED, SRC_METADATA_FILE, SRC_VIDEO, table},
    report::Report,
    store::Fault,
};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, timeout};

use crate::{
    aws::{
        catalogue::CatalogueFiles,
        records::{Records, Stored, StoredFailure},
    },
    clock,
    environment::Environment,
    failure::{Failure, chain},
    handler::Invocation,
    handlers::messages::Topic,
    metrics,
};

/// The handler, which takes what a state machine caught, what a function reports, or the event of a job.
#[derive(Debug)]
pub(super) struct ErrorHandler {
    records: Records,
    topic: Topic,
    workflow: String,
    catalogue: Option<CatalogueFiles>,
}

/// A failure that the table does not know of.
#[derive(Debug, thiserror::Error)]
#[error("the failure at `{stage}` ({message}) is {}: {}", self.what(), self.reasons.join("; "))]
struct Unreported {
    stage: String,
    message: String,
    announced: Announced,
    reasons: Vec<String>,
}

/// Whether the topic took a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announced {
    Yes,
    No,
}

impl Unreported {
    const fn what(&self) -> &'static str {
        match self.announced {
            Announced::Yes => "announced, but not recorded",
            Announced::No => "lost",
        }
    }
}

/// Whether a failure changed its record, or has none to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Yes,
    No,
}

/// What part of its time the function waits for the table before it announces anyway.
const RECORDING_SHARE: u32 = 10;

impl ErrorHandler {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self {
            records: Records::new(sdk, environment)?,
            topic: Topic::new(sdk, environment)?,
            workflow: environment.get(Variable::WorkflowName)?.to_owned(),
            catalogue: CatalogueFiles::new(sdk, environment),
        })
    }

    /// Records the failure, and announces it unless the record refuses it: what is old or known already is no news. A table
    /// that does not answer leaves the announcement its time.
    ///
    /// What is announced and not recorded is a failure that is retried: the record would say for ever that the video is
    /// encoded. It may then be announced twice.
    pub(super) async fn report(&self, Invocation { event, deadline }: Invocation) -> Result<Value, Failure> {
        let Some(report) = Report::of(&event) else {
            tracing::info!("the job did not fail");
            return Ok(Value::Null);
        };
        let message = report.failure.error_message.as_deref().unwrap_or_default();
        tracing::warn!(stage = report.stage(), message, "a workflow failed");

        let mut recording = pin!(self.record(&report, &event));
        let limit = deadline.duration_since(Instant::now()) / RECORDING_SHARE;
        let (recorded, notified) = match timeout(limit, &mut recording).await {
            Ok(Ok(Event::No)) => return Ok(Value::Null),
            Ok(recorded) => (recorded, self.announce(&report).await),
            Err(_) => join(recording, self.announce(&report)).await,
        };
        let failures: Vec<String> = [recorded.as_ref().err(), notified.as_ref().err()]
            .into_iter()
            .flatten()
            .map(|failure| chain(failure))
            .collect();
        for error in &failures {
            tracing::error!(error, "the failure is reported in part only");
        }
        match (recorded, &notified) {
            (Ok(_), Ok(())) => Ok(Value::Null),
            (Ok(_), Err(_)) if report.guid.is_some() => Ok(Value::Null),
            _ => Err(Failure::rejected(
                ErrorName::Unreported,
                Unreported {
                    stage: report.stage().to_owned(),
                    message: message.to_owned(),
                    announced: if notified.is_ok() { Announced::Yes } else { Announced::No },
                    reasons: failures,
                },
            )),
        }
    }

    async fn announce(&self, report: &Report) -> Result<(), Failure> {
        metrics::emit(&self.workflow, Some(report.stage()), &[(Metric::WorkflowsFailed, 1.0)]);
        Ok(self.topic.publish(message::alarm(report)).await?)
    }

    async fn record(&self, report: &Report, event: &Value) -> Result<Event, Failure> {
        let Some(guid) = &report.guid else { return Ok(Event::Yes) };
        let fault = Fault { failure: &report.failure, job: report.job.as_deref() };
        let now = clock::now();
        let mut fields = Map::from_iter([(END_TIME.to_owned(), json!(now))]);
        // Both keys of the index, or none: a video that failed before it was recorded is found there as well.
        if let Some(bucket) = &report.source.bucket {
            fields.insert(table::SRC_BUCKET.to_owned(), json!(bucket));
            let start = clock::time_or_now(report.source.start_time.as_deref());
            fields.insert(table::START_TIME.to_owned(), json!(start));
        }
        let keys = [(SRC_VIDEO, &report.source.video), (SRC_METADATA_FILE, &report.source.metadata_file)];
        for (name, key) in keys {
            fields.extend(key.as_ref().map(|key| (name.to_owned(), json!(key))));
        }
        let StoredFailure { stored, item } = self.records.fail(guid, fault, &fields).await?;
        tracing::info!(?stored, "the failure");
        // What is known may come from an earlier try that did not get as far as the catalogue.
        let is_listed = is_listed(item.get(LISTED).or_else(|| event.get(LISTED)));
        if let Some(catalogue) = self.catalogue.as_ref().filter(|_| stored != Stored::Outdated && is_listed) {
            catalogue.enter(Entry::of_failure(guid, event, &now, clock::now_millis())).await?;
        }
        Ok(if stored == Stored::Written { Event::Yes } else { Event::No })
    }
}
