//! Stores a workflow record, or the progress of its job, in the table, and enters the video in the catalogue.

use aws_types::SdkConfig;
use futures_util::future::BoxFuture;
use pipeline::{catalogue::Entry, contract::Variable, job_event::JobEvent, record::Record};
use serde::Deserialize as _;
use serde_json::Value;

use super::Handle;
use crate::{
    aws::{
        catalogue::CatalogueFiles,
        records::{Records, Stored},
    },
    clock,
    environment::Environment,
    failure::Failure,
    service::Invocation,
};

/// The handler.
#[derive(Debug)]
pub(super) struct DynamoUpdate {
    records: Records,
    destination: String,
    catalogue: Option<CatalogueFiles>,
}

impl DynamoUpdate {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        let destination = environment.get(Variable::DestinationBucket)?.to_owned();
        let catalogue = CatalogueFiles::new(sdk, environment);
        Ok(Self { records: Records::new(sdk, environment)?, destination, catalogue })
    }

    /// The record goes on as it came; one that comes too late (a repeat) is a success as well.
    async fn store(&self, event: Value) -> Result<Value, Failure> {
        let record = Record::deserialize(&event)
            .map_err(|source| Failure::InvalidEvent { expected: "a workflow record", source })?;
        let stored = self.records.update(&record, &self.destination).await?;
        tracing::info!(status = %record.workflow_status, ?stored, "the record");
        if stored == Stored::Written {
            self.enter(&record).await?;
        }
        Ok(event)
    }

    /// Tells the catalogue, in a deployment that has one; a repeat of the step tells it again.
    async fn enter(&self, record: &Record) -> Result<(), Failure> {
        let Some(catalogue) = &self.catalogue else { return Ok(()) };
        match Entry::of_record(record, catalogue.bucket(), clock::now_millis()) {
            Some(entry) => Ok(catalogue.enter(entry).await?),
            None => Ok(()),
        }
    }

    async fn progress(&self, event: &Value) -> Result<Value, Failure> {
        let JobEvent { detail, .. } = JobEvent::deserialize(event)
            .map_err(|source| Failure::InvalidEvent { expected: "an event of a MediaConvert job", source })?;
        match (detail.user_metadata.guid.as_deref(), detail.progress()) {
            (Some(guid), Some(progress)) => {
                let stored = self.records.progress(guid, progress).await?;
                tracing::info!(percent = progress.percent, phase = progress.phase, ?stored, "the job's progress");
            }
            (guid, _) => tracing::info!(guid, status = detail.status, "the event tells of no progress"),
        }
        Ok(Value::Null)
    }
}

impl Handle for DynamoUpdate {
    fn handle(&self, Invocation { event, .. }: Invocation) -> BoxFuture<'_, Result<Value, Failure>> {
        Box::pin(
            async move { if JobEvent::is_one(&event) { self.progress(&event).await } else { self.store(event).await } },
        )
    }
}
