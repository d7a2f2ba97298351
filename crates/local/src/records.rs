//! The records of the deployed workflows.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use pipeline::record::{WorkflowStatus, table};
use serde::Deserialize;
use serde_json::Value;

use super::{Deployment, Error};
use aws::{Aws, During as _};

/// The workflow table of a deployment.
#[derive(Debug, Clone)]
pub(super) struct Records {
    client: aws_sdk_dynamodb::Client,
    table: String,
    source: String,
}

/// As much of a record as tells how far its workflow is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    pub(super) guid: String,
    /// Empty where the very first step failed.
    #[serde(default)]
    pub(super) src_video: String,
    #[serde(default)]
    pub(super) src_metadata_file: Option<String>,
    pub(super) workflow_status: WorkflowStatus,
    #[serde(default)]
    pub(super) encode_job_id: Option<String>,
}

impl State {
    /// The key of the file that started the workflow.
    pub(super) fn started_by(&self) -> &str {
        self.src_metadata_file.as_deref().unwrap_or(&self.src_video)
    }
}

impl Records {
    pub(super) fn new(aws: &Aws, deployment: &Deployment) -> Result<Self, Error> {
        Ok(Self {
            client: aws.dynamodb(),
            table: deployment.output("WorkflowTable")?.to_owned(),
            source: deployment.output("SourceBucket")?.to_owned(),
        })
    }

    /// The states of the workflows that started at a time or later, by guid.
    pub(super) async fn since(&self, time: &str) -> Result<BTreeMap<String, State>, Error> {
        let request = self.client.query().table_name(&self.table).index_name(table::SOURCE_INDEX);
        let request = request
            .key_condition_expression("#bucket = :bucket AND #time >= :time")
            .projection_expression("guid, srcVideo, srcMetadataFile, workflowStatus, encodeJobId")
            .expression_attribute_names("#bucket", table::SRC_BUCKET)
            .expression_attribute_names("#time", table::START_TIME)
            .expression_attribute_values(":bucket", AttributeValue::S(self.source.clone()))
            .expression_attribute_values(":time", AttributeValue::S(time.to_owned()));
        let mut pages = request.into_paginator().items().send();
        let mut states = BTreeMap::new();
        while let Some(item) = pages.next().await {
            let item = item.during("dynamodb:Query")?;
            let state: State = serde_dynamo::from_item(item).map_err(|error| Error::answer("the record", error))?;
            states.insert(state.guid.clone(), state);
        }
        Ok(states)
    }

    /// A record as it is stored.
    pub(super) async fn get(&self, guid: &str) -> Result<Option<Value>, Error> {
        let request = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = request.key(table::GUID, AttributeValue::S(guid.to_owned())).send().await;
        let item = answer.during("dynamodb:GetItem")?.item;
        let record = item.map(serde_dynamo::from_item).transpose();
        record.map_err(|error| Error::answer("the record", error))
    }
}
