//! Checks the outputs of a finished job and completes the record with their addresses.

use std::collections::BTreeMap;

use aws_sdk_s3::{operation::list_objects_v2::ListObjectsV2Output, types::EncodingType};
use aws_types::SdkConfig;
use pipeline::{
    location::decode_listed_key,
    metrics::Metric,
    outputs::{self, Completed, JobComplete},
    record::Record,
};
use serde_json::{Value, json};

use crate::{
    aws::{self, records::Records},
    clock,
    environment::Environment,
    failure::{Failure, ServiceFailure},
    handler::Invocation,
    metrics,
};

#[derive(Debug)]
pub(super) struct OutputValidate {
    records: Records,
    s3: aws_sdk_s3::Client,
}

impl OutputValidate {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self { records: Records::new(sdk, environment)?, s3: aws_sdk_s3::Client::new(sdk) })
    }

    pub(super) async fn complete(&self, Invocation { event, .. }: Invocation) -> Result<Value, Failure> {
        let job = JobComplete::read(&event)?;
        let record = self.records.load(&job.guid).await?;
        let objects = self.objects(&record).await?;
        let Completed { record, files } = outputs::complete(record, &job, event, &objects, clock::now())?;
        for file in files {
            aws::write_file(&self.s3, &record.options.dest_bucket, file).await?;
        }
        tracing::info!(files = objects.len(), bytes = record.outputs.output_bytes, "outputs are complete");
        let mut values = vec![(Metric::WorkflowsCompleted, 1.0), (Metric::OutputMinutes, job.output_minutes())];
        let submitted = record.encoding.encode_submit_time.as_deref().and_then(clock::milliseconds);
        if let Some(seconds) = submitted.and_then(|submitted| job.seconds_since(submitted)) {
            values.push((Metric::EncodeSeconds, seconds));
        }
        metrics::emit(&record.workflow_name, None, &values);
        Ok(json!(record))
    }

    /// The sizes of all objects in a workflow's folder, of all pages of the listing.
    async fn objects(&self, record: &Record) -> Result<BTreeMap<String, u64>, Failure> {
        let bucket = &record.options.dest_bucket;
        let request = self.s3.list_objects_v2().bucket(bucket).prefix(outputs::folder(&record.guid));
        let mut pages = request.encoding_type(EncodingType::Url).into_paginator().send();
        let mut objects = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page
                .map_err(|error| ServiceFailure::new(format!("list the outputs in the bucket `{bucket}`"), &error))?;
            objects.extend(sizes(&page));
        }
        Ok(objects)
    }
}

/// The keys and sizes of a page; an emulator may list keys in plain although asked not to.
fn sizes(page: &ListObjectsV2Output) -> impl Iterator<Item = (String, u64)> {
    let encoded = page.encoding_type() == Some(&EncodingType::Url);
    page.contents().iter().filter_map(move |object| {
        let key = object.key()?;
        let key = if encoded { decode_listed_key(key) } else { key.to_owned() };
        Some((key, u64::try_from(object.size().unwrap_or_default()).unwrap_or_default()))
    })
}
