//! Records a failed or canceled workflow and announces it.

use aws_types::SdkConfig;
use futures_util::future::{BoxFuture, join};
use pipeline::{
    catalogue::Entry,
    contract::Variable,
    errors::ErrorName,
    message,
    metrics::Metric,
    record::{END_TIME, SRC_METADATA_FILE, SRC_VIDEO, table},
    report::Report,
    store::Fault,
};
use serde_json::{Map, Value, json};

use super::Handle;
use crate::{
    aws::{
        catalogue::CatalogueFiles,
        records::{Records, Stored},
        topic::Topic,
    },
    clock,
    environment::Environment,
    failure::{Failure, chain},
    metrics,
    service::Invocation,
};

/// The handler, which takes what a state machine caught, what a function reports, or the event of a job.
#[derive(Debug)]
pub(super) struct ErrorHandler {
    records: Records,
    topic: Topic,
    workflow: String,
    catalogue: Option<CatalogueFiles>,
}

/// A failure that nobody was told of.
#[derive(Debug, thiserror::Error)]
#[error("the failure at `{stage}` ({message}) is lost: {}{notified}", .recorded.as_ref().map(|why| format!("{why}; ")).unwrap_or_default())]
struct Unreported {
    stage: String,
    message: String,
    recorded: Option<String>,
    notified: String,
}

impl ErrorHandler {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self {
            records: Records::new(sdk, environment)?,
            topic: Topic::new(sdk, environment)?,
            workflow: environment.get(Variable::WorkflowName)?.to_owned(),
            catalogue: CatalogueFiles::new(sdk, environment),
        })
    }

    /// The record and the announcement are made at the same time, so that one that hangs leaves the other its time.
    async fn report(&self, event: &Value) -> Result<Value, Failure> {
        let Some(report) = Report::of(event) else {
            tracing::info!("the job did not fail");
            return Ok(Value::Null);
        };
        let message = report.failure.error_message.as_deref().unwrap_or_default();
        tracing::warn!(stage = report.stage(), message, "a workflow failed");
        metrics::emit(&self.workflow, Some(report.stage()), &[(Metric::Failed, 1.0)]);

        let (recorded, notified) = join(self.record(&report, event), self.topic.publish(message::alarm(&report))).await;
        let notified = notified.map_err(Failure::from);
        for failure in [recorded.as_ref().err(), notified.as_ref().err()].into_iter().flatten() {
            tracing::error!(error = chain(failure), "the failure is told in part only");
        }
        match (report.guid.is_some().then_some(recorded), notified) {
            (_, Ok(())) | (Some(Ok(())), Err(_)) => Ok(Value::Null),
            (recorded, Err(notified)) => Err(Failure::rejected(
                ErrorName::Unreported,
                Unreported {
                    stage: report.stage().to_owned(),
                    message: message.to_owned(),
                    recorded: recorded.and_then(Result::err).map(|failure| chain(&failure)),
                    notified: chain(&notified),
                },
            )),
        }
    }

    async fn record(&self, report: &Report, event: &Value) -> Result<(), Failure> {
        let Some(guid) = &report.guid else { return Ok(()) };
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
        let stored = self.records.fail(guid, fault, &fields).await?;
        tracing::info!(?stored, "the failure");
        if let Some(catalogue) = self.catalogue.as_ref().filter(|_| stored == Stored::Written) {
            catalogue.enter(Entry::of_failure(guid, event, &now, clock::now_millis())).await?;
        }
        Ok(())
    }
}

impl Handle for ErrorHandler {
    fn handle(&self, Invocation { event, .. }: Invocation) -> BoxFuture<'_, Result<Value, Failure>> {
        Box::pin(async move { self.report(&event).await })
    }
}
