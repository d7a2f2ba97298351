//! Stores a workflow record, or the progress of its job, in the table, and enters the video in the catalogue.

use aws_types::SdkConfig;
use pipeline::{
    catalogue::Entry,
    contract::Variable,
    job_event::JobEvent,
    record::{Record, Warning},
};
use serde_json::Value;

use crate::{
    aws::{
        catalogue::CatalogueFiles,
        records::{Records, Stored},
    },
    clock,
    environment::Environment,
    failure::Failure,
    handler::{Invocation, read, relay},
};

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

    pub(super) async fn update(&self, invocation: Invocation) -> Result<Value, Failure> {
        if JobEvent::is_one(&invocation.event) {
            self.progress(&invocation.event).await
        } else {
            relay(Self::store)(self, invocation).await
        }
    }

    /// Stores a record, and enters it in the catalogue of a deployment that has one; a record that comes too late (a
    /// repeat) is a success as well.
    async fn store(&self, record: &Record) -> Result<Option<Warning>, Failure> {
        let stored = self.records.update(record, &self.destination).await?;
        tracing::info!(status = %record.workflow_status, ?stored, "the record");
        if let (Stored::Written, Some(catalogue)) = (stored, &self.catalogue)
            && let Some(entry) = Entry::of_record(record, catalogue.bucket(), clock::now_millis())
        {
            catalogue.enter(entry).await?;
        }
        Ok(None)
    }

    async fn progress(&self, event: &Value) -> Result<Value, Failure> {
        let JobEvent { detail, .. } = read(event, "an event of a MediaConvert job")?;
        match (detail.user_metadata.guid.as_deref(), detail.progress()) {
            (Some(guid), Some(progress)) => {
                let stored = self.records.progress(guid, progress).await?;
                tracing::info!(percent = progress.percent, phase = progress.phase, ?stored, "the job's progress");
            }
            (guid, _) => tracing::info!(guid, status = detail.status, "the event has no progress"),
        }
        Ok(Value::Null)
    }
}
