//! The videos of a deployment, as its table of workflows has them.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use pipeline::record::{Stored, WorkflowStatus, names_of, table};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::OperateError;
use aws::{Aws, DeployedStack, During};

/// The table of a deployment.
#[derive(Debug)]
pub struct Videos {
    pub(super) client: Client,
    pub(super) table: String,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Video {
    pub guid: String,
    pub workflow_status: WorkflowStatus,
    /// The key of its source, unless it failed before that was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_video: Option<String>,
    /// The key of the metadata file that named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_metadata_file: Option<String>,
    /// When it arrived (RFC 3339, UTC).
    pub start_time: String,
    /// What went wrong, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Where it went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_error_at: Option<String>,
}

impl Video {
    /// The key of its source, or else of what named it.
    pub fn file(&self) -> &str {
        self.src_video.as_deref().or(self.src_metadata_file.as_deref()).unwrap_or_default()
    }
}

impl Videos {
    /// The table of a deployed stack.
    pub fn of(aws: &Aws, stack: &DeployedStack) -> Result<Self, OperateError> {
        Ok(Self::new(aws, output(stack, "WorkflowTable")?, output(stack, "SourceBucket")?))
    }

    /// The table of this name, and the bucket whose videos are listed.
    pub fn new(aws: &Aws, table: String, source: String) -> Self {
        Self { client: aws.dynamodb(), table, source }
    }

    /// The newest videos, the newest first.
    pub async fn newest(&self, max: usize) -> Result<Vec<Video>, OperateError> {
        self.list(None, max).await
    }

    /// Members of the records that are as new as a time, if one is given; the newest first.
    pub async fn list<T: for<'de> Deserialize<'de>>(
        &self,
        since: Option<&str>,
        max: usize,
    ) -> Result<Vec<T>, OperateError> {
        let condition = if since.is_some() { "#bucket = :bucket AND #time >= :time" } else { "#bucket = :bucket" };
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(table::SOURCE_INDEX)
            .key_condition_expression(condition)
            .projection_expression(names_of::<T>().join(", "))
            .expression_attribute_names("#bucket", table::SRC_BUCKET)
            .expression_attribute_values(":bucket", AttributeValue::S(self.source.clone()))
            .scan_index_forward(false);
        if let Some(time) = since {
            request = request
                .expression_attribute_names("#time", table::START_TIME)
                .expression_attribute_values(":time", AttributeValue::S(time.to_owned()));
        }
        let mut items = request.into_paginator().items().send();
        let mut records = Vec::new();
        while records.len() < max
            && let Some(item) = items.next().await
        {
            records.push(serde_dynamo::from_item(item.during("dynamodb:Query")?)?);
        }
        Ok(records)
    }

    /// The whole record of a video; of one that failed early it has few members.
    pub async fn record(&self, guid: &str) -> Result<Value, OperateError> {
        let request = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = request.key(table::GUID, AttributeValue::S(guid.to_owned())).send().await;
        let item = answer.during("dynamodb:GetItem")?.item;
        let item = item.ok_or_else(|| OperateError::NoVideo { guid: guid.to_owned() })?;
        Ok(serde_dynamo::from_item(item)?)
    }

    /// What a record says of its video.
    pub async fn stored(&self, guid: &str) -> Result<Stored, OperateError> {
        Stored::read(&self.record(guid).await?)
            .map_err(|source| OperateError::Members { guid: guid.to_owned(), source })
    }
}

pub(super) fn output(stack: &DeployedStack, name: &str) -> Result<String, OperateError> {
    let output = stack.outputs.get(name).map(|output| output.value.clone());
    output
        .ok_or_else(|| OperateError::NoOutput { name: name.to_owned(), known: stack.outputs.keys().cloned().collect() })
}

/// How many videos are in which status.
pub fn counts(videos: &[Video]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for video in videos {
        *counts.entry(video.workflow_status.into_str()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_that_failed_before_its_source_was_known_is_listed_by_its_metadata_file() {
        let mut record = serde_json::json!({
            "guid": "g", "workflowStatus": "Error", "startTime": "2026-01-02T03:04:05Z", "srcMetadataFile": "a.json",
        });
        let file = |record: &Value| serde_json::from_value::<Video>(record.clone()).unwrap().file().to_owned();
        assert_eq!(file(&record), "a.json");
        record["srcVideo"] = "a.mp4".into();
        assert_eq!(file(&record), "a.mp4");
    }
}
