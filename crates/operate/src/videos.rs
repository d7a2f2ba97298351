//! The videos of a deployment, as its table of workflows has them.

use std::collections::BTreeMap;

use pipeline::record::{Stored, WorkflowStatus, names_of, table};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_dynamo::{AttributeValue, Item};
use serde_json::{Value, json};

use super::OperateError;
use aws::json_client::DYNAMODB;
use aws::{Aws, CallError, DeployedStack};

/// The table of a deployment.
#[derive(Debug)]
pub struct Videos {
    aws: Aws,
    table: String,
    source: String,
}

/// What is asked of the index of sources.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Query<'a> {
    table_name: &'a str,
    index_name: &'a str,
    key_condition_expression: &'a str,
    projection_expression: String,
    expression_attribute_names: BTreeMap<&'a str, &'a str>,
    expression_attribute_values: BTreeMap<&'a str, AttributeValue>,
    scan_index_forward: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    exclusive_start_key: Option<Item>,
}

/// A part of what it answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    items: Vec<Item>,
    /// Where the next part begins.
    last_evaluated_key: Option<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    item: Option<Item>,
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
        Self { aws: aws.clone(), table, source }
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
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut query = Query {
            table_name: &self.table,
            index_name: table::SOURCE_INDEX,
            key_condition_expression: "#bucket = :bucket",
            projection_expression: names_of::<T>().join(", "),
            expression_attribute_names: BTreeMap::from([("#bucket", table::SRC_BUCKET)]),
            expression_attribute_values: BTreeMap::from([(":bucket", text(&self.source))]),
            scan_index_forward: false,
            exclusive_start_key: None,
        };
        if let Some(time) = since {
            query.key_condition_expression = "#bucket = :bucket AND #time >= :time";
            query.expression_attribute_names.insert("#time", table::START_TIME);
            query.expression_attribute_values.insert(":time", text(time));
        }
        let mut records = Vec::new();
        loop {
            let page: Page = self.aws.call_json(DYNAMODB, "dynamodb:Query", &query).await?;
            for item in page.items.into_iter().take(max - records.len()) {
                records.push(serde_dynamo::from_item(item)?);
            }
            query.exclusive_start_key = page.last_evaluated_key;
            if records.len() == max || query.exclusive_start_key.is_none() {
                return Ok(records);
            }
        }
    }

    /// The whole record of a video; of one that failed early it has few members.
    pub async fn record(&self, guid: &str) -> Result<Value, OperateError> {
        let request = json!({ "TableName": self.table, "Key": key(guid), "ConsistentRead": true });
        let Found { item } = self.aws.call_json(DYNAMODB, "dynamodb:GetItem", &request).await?;
        let item = item.ok_or_else(|| OperateError::NoVideo { guid: guid.to_owned() })?;
        Ok(serde_dynamo::from_item(item)?)
    }

    /// What a record says of its video.
    pub async fn stored(&self, guid: &str) -> Result<Stored, OperateError> {
        Stored::read(&self.record(guid).await?)
            .map_err(|source| OperateError::Members { guid: guid.to_owned(), source })
    }

    /// Removes the record.
    pub(super) async fn forget(&self, guid: &str) -> Result<(), CallError> {
        let request = json!({ "TableName": self.table, "Key": key(guid) });
        self.aws.call_json::<IgnoredAny>(DYNAMODB, "dynamodb:DeleteItem", &request).await.map(drop)
    }
}

/// What names a record.
fn key(guid: &str) -> BTreeMap<&str, AttributeValue> {
    BTreeMap::from([(table::GUID, AttributeValue::S(guid.to_owned()))])
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
