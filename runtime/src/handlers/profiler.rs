//! Chooses the job template for a source.

use aws_types::SdkConfig;
use pipeline::{
    profile::{self, Templates},
    record::guid_of,
};
use serde::de::Error as _;
use serde_json::{Value, json};

use crate::{aws::records::Records, environment::Environment, failure::Failure, handler::Invocation};

/// Loads the record of a workflow and completes it with what fits its source.
#[derive(Debug)]
pub(super) struct Profiler {
    records: Records,
    templates: Templates,
}

impl Profiler {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self { records: Records::new(sdk, environment)?, templates: environment.job_templates()? })
    }

    pub(super) async fn profile(&self, Invocation { event, .. }: Invocation) -> Result<Value, Failure> {
        let guid = guid_of(&event).ok_or_else(|| Failure::InvalidEvent {
            expected: "an object with the `guid` of a workflow",
            source: serde_json::Error::missing_field("guid"),
        })?;
        let record = profile::apply(self.records.load(guid).await?, &self.templates)?;
        tracing::info!(
            profile = record.encoding.encoding_profile,
            template = record.encoding.job_template,
            width = record.source.src_width,
            height = record.source.src_height,
            "profiled"
        );
        Ok(json!(record))
    }
}
