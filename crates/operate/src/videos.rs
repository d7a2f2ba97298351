//! The videos of a deployment, as its table of workflows has them.

use std::collections::BTreeMap;
use std::time::Duration;

use pipeline::catalogue::given_title;
use pipeline::player;
use pipeline::record::{Rendition, Stored, WORKFLOW_STATUS, WorkflowStatus, names_of, table};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_dynamo::{AttributeValue, Item};
use serde_json::{Value, json};

use super::OperateError;
use aws::service::DYNAMODB;
use aws::{Aws, CallError, DeployedStack};

/// The characters of a whole guid.
const GUID: usize = 36;

/// The fewest characters of a guid that are looked up.
pub const MIN_PREFIX: usize = 4;

/// How many pages of the index, of 1 MB each, are searched for the beginning of a guid.
const MAX_PAGES: usize = 64;

/// The table of a deployment.
#[derive(Debug)]
pub struct Videos {
    aws: Aws,
    table: String,
    source: String,
    /// The address of the player's page, where there is one.
    player: Option<String>,
}

/// What is asked of the index of sources.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Query<'a> {
    table_name: &'a str,
    index_name: &'a str,
    key_condition_expression: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_expression: Option<&'a str>,
    projection_expression: String,
    expression_attribute_names: BTreeMap<String, &'a str>,
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

/// As much of a record as a list shows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Video {
    pub guid: String,
    pub workflow_status: WorkflowStatus,
    /// The member of the metadata file, whatever that has under this name.
    pub title: Option<Value>,
    /// The key of its source, unless it failed before that was known.
    pub src_video: Option<String>,
    /// The key of the metadata file that named it.
    pub src_metadata_file: Option<String>,
    /// When it arrived (RFC 3339, UTC); empty where that is not known.
    #[serde(default)]
    pub start_time: String,
    /// When its workflow ended (RFC 3339, UTC).
    pub end_time: Option<String>,
    #[serde(default)]
    pub renditions: Vec<Rendition>,
    /// The size of all outputs in bytes.
    pub output_bytes: Option<u64>,
    /// What went wrong, if anything.
    pub error_message: Option<String>,
    /// Where it went wrong.
    pub workflow_error_at: Option<String>,
}

impl Video {
    /// The key of its source, or else of what named it.
    pub fn file(&self) -> &str {
        self.src_video.as_deref().or(self.src_metadata_file.as_deref()).unwrap_or_default()
    }

    /// The title that its metadata gives, or the name of its file.
    pub fn title(&self) -> String {
        title_or_file(self.title.as_ref(), self.file())
    }

    /// How long it plays, once it is encoded.
    pub fn duration(&self) -> Option<Duration> {
        Rendition::longest(&self.renditions)
    }

    /// Whether a workflow or a job of it may run.
    pub fn is_at_work(&self) -> bool {
        matches!(self.workflow_status, WorkflowStatus::Ingest | WorkflowStatus::Encoding)
    }
}

/// The title that a record gives, or the name of the file of this key.
pub(super) fn title_or_file(title: Option<&Value>, key: &str) -> String {
    given_title(title).unwrap_or_else(|| key.rsplit('/').next().unwrap_or_default().to_owned())
}

/// Which videos.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that arrived at this time or later (RFC 3339 without a zone, UTC).
    pub since: Option<String>,
    /// Those that arrived before this time.
    pub before: Option<String>,
    /// Those in one of these; in any, if there are none.
    pub status: Vec<WorkflowStatus>,
    /// Those whose titles contain this, in capitals or not.
    pub title: Option<String>,
    /// Those whose source's key begins so.
    pub source: Option<String>,
}

impl Filter {
    fn matches(&self, video: &Video) -> bool {
        let has = |title: &String| video.title().to_lowercase().contains(&title.to_lowercase());
        (self.status.is_empty() || self.status.contains(&video.workflow_status))
            && self.title.as_ref().is_none_or(has)
            && self.source.as_ref().is_none_or(|source| video.file().starts_with(source))
    }
}

/// Some videos, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub videos: Vec<Video>,
    pub more: More,
}

/// How many more videos there are than are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    Exactly(usize),
    /// The rest was not read.
    AtLeast(usize),
}

/// The part of the index that was not read yet, page by page.
struct Pages<'a> {
    aws: &'a Aws,
    /// Nothing is left to ask without it.
    query: Option<Query<'a>>,
}

impl Pages<'_> {
    /// The next records, or nothing at the end.
    async fn next<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<Vec<T>>, OperateError> {
        let Some(mut query) = self.query.take() else { return Ok(None) };
        let page: Page = self.aws.call_json(DYNAMODB, "dynamodb:Query", &query).await?;
        if page.last_evaluated_key.is_some() {
            query.exclusive_start_key = page.last_evaluated_key;
            self.query = Some(query);
        }
        let records: Result<Vec<T>, _> = page.items.into_iter().map(serde_dynamo::from_item).collect();
        Ok(Some(records?))
    }

    fn is_at_end(&self) -> bool {
        self.query.is_none()
    }
}

impl Videos {
    /// The table of a deployed stack.
    pub fn of(aws: &Aws, stack: &DeployedStack) -> Result<Self, OperateError> {
        let videos = Self::new(aws, output(stack, "WorkflowTable")?, output(stack, "SourceBucket")?);
        // Whether there is a player is the configuration's choice.
        let player = stack.outputs.get("PlayerUrl").map(|output| output.value.clone());
        Ok(Self { player, ..videos })
    }

    /// The table of this name, and the bucket whose videos are listed.
    pub fn new(aws: &Aws, table: String, source: String) -> Self {
        Self { aws: aws.clone(), table, source, player: None }
    }

    /// The address of a video's page, if the player is deployed.
    pub fn page(&self, guid: &str) -> Option<String> {
        Some(player::address(self.player.as_ref()?, guid))
    }

    /// The newest videos, the newest first.
    pub async fn newest(&self, max: usize) -> Result<Vec<Video>, OperateError> {
        Ok(self.matching(&Filter::default(), max).await?.videos)
    }

    /// The newest of the videos that a filter lets through.
    pub async fn matching(&self, filter: &Filter, max: usize) -> Result<Listed, OperateError> {
        let mut pages = self.pages::<Video>(filter.since.as_deref(), filter.before.as_deref());
        let mut videos = Vec::new();
        while videos.len() < max
            && let Some(page) = pages.next::<Video>().await?
        {
            videos.extend(page.into_iter().filter(|video| filter.matches(video)));
        }
        let more = videos.len().saturating_sub(max);
        videos.truncate(max);
        let more = if pages.is_at_end() { More::Exactly(more) } else { More::AtLeast(more) };
        Ok(Listed { videos, more })
    }

    /// Members of the records that are as new as a time, if one is given; the newest first.
    pub async fn list<T: for<'de> Deserialize<'de>>(&self, since: Option<&str>) -> Result<Vec<T>, OperateError> {
        let mut pages = self.pages::<T>(since, None);
        let mut records = Vec::new();
        while let Some(page) = pages.next().await? {
            records.extend(page);
        }
        Ok(records)
    }

    /// The whole guid that a text is or begins.
    pub async fn guid(&self, text: &str) -> Result<String, OperateError> {
        if text.chars().count() >= GUID {
            return Ok(text.to_owned());
        }
        if text.chars().count() < MIN_PREFIX {
            return Err(OperateError::ShortGuid { guid: text.to_owned() });
        }
        let mut pages = self.pages::<Video>(None, None);
        if let Some(query) = &mut pages.query {
            query.filter_expression = Some("begins_with(#guid, :guid)");
            query.expression_attribute_values.insert(":guid", AttributeValue::S(text.to_owned()));
        }
        let mut found: Vec<Video> = Vec::new();
        for _ in 0..MAX_PAGES {
            match pages.next::<Video>().await? {
                Some(page) => found.extend(page),
                None => break,
            }
        }
        match found.as_slice() {
            [video] if pages.is_at_end() => Ok(video.guid.clone()),
            videos if videos.iter().any(|video| video.guid == text) => Ok(text.to_owned()),
            [] if pages.is_at_end() => Err(OperateError::NoVideo { guid: text.to_owned() }),
            [] | [_] => Err(OperateError::Unsearched { guid: text.to_owned() }),
            videos => {
                let candidates = videos.iter().map(|video| format!("{} {}", video.guid, video.title()));
                Err(OperateError::Ambiguous { guid: text.to_owned(), candidates: candidates.collect() })
            }
        }
    }

    /// The members of `T` of the records of these times, the newest first.
    fn pages<T: for<'de> Deserialize<'de>>(&self, since: Option<&str>, before: Option<&str>) -> Pages<'_> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let members = names_of::<T>();
        // Behind a sign, because some names are words of DynamoDB's own.
        let signed = |name: &str| format!("#{name}");
        let mut names: BTreeMap<String, &str> = members.iter().map(|name| (signed(name), *name)).collect();
        names.insert(signed(table::SRC_BUCKET), table::SRC_BUCKET);
        let mut values = BTreeMap::from([(":bucket", text(&self.source))]);
        // The times have no zone, so that they come before all that begin so.
        let condition = match (since, before) {
            (None, None) => "#srcBucket = :bucket",
            (Some(_), None) => "#srcBucket = :bucket AND #startTime >= :since",
            (None, Some(_)) => "#srcBucket = :bucket AND #startTime < :before",
            (Some(_), Some(_)) => "#srcBucket = :bucket AND #startTime BETWEEN :since AND :before",
        };
        for (name, time) in [(":since", since), (":before", before)] {
            if let Some(time) = time {
                names.insert(signed(table::START_TIME), table::START_TIME);
                values.insert(name, text(time));
            }
        }
        let query = Query {
            table_name: &self.table,
            index_name: table::SOURCE_INDEX,
            key_condition_expression: condition,
            filter_expression: None,
            projection_expression: members.iter().map(|name| signed(name)).collect::<Vec<_>>().join(", "),
            expression_attribute_names: names,
            expression_attribute_values: values,
            scan_index_forward: false,
            exclusive_start_key: None,
        };
        Pages { aws: &self.aws, query: Some(query) }
    }

    /// The whole record of a video; of one that failed early it has few members.
    pub async fn record(&self, guid: &str) -> Result<Value, OperateError> {
        let request = json!({ "TableName": self.table, "Key": key(guid), "ConsistentRead": true });
        let Found { item } = self.aws.call_json(DYNAMODB, "dynamodb:GetItem", &request).await?;
        let item = item.ok_or_else(|| OperateError::NoVideo { guid: guid.to_owned() })?;
        Ok(serde_dynamo::from_item(item)?)
    }

    /// A video as a list shows it.
    pub async fn video(&self, guid: &str) -> Result<Video, OperateError> {
        serde_json::from_value(self.record(guid).await?)
            .map_err(|source| OperateError::Members { guid: guid.to_owned(), source })
    }

    /// What a record says of its video.
    pub async fn stored(&self, guid: &str) -> Result<Stored, OperateError> {
        Stored::read(&self.record(guid).await?)
            .map_err(|source| OperateError::Members { guid: guid.to_owned(), source })
    }

    /// Sets members of a record, if its video is still in this status.
    pub(super) async fn change(
        &self,
        guid: &str,
        status: WorkflowStatus,
        changes: &BTreeMap<&str, Value>,
    ) -> Result<(), OperateError> {
        let mut names: BTreeMap<String, &str> = changes.keys().map(|name| (format!("#{name}"), *name)).collect();
        names.insert("#status".to_owned(), WORKFLOW_STATUS);
        let mut values = BTreeMap::from([(":status".to_owned(), AttributeValue::S(status.to_string()))]);
        for (name, value) in changes {
            values.insert(format!(":{name}"), serde_dynamo::to_attribute_value(value)?);
        }
        let set: Vec<String> = changes.keys().map(|name| format!("#{name} = :{name}")).collect();
        let request = json!({
            "TableName": self.table, "Key": key(guid), "UpdateExpression": format!("SET {}", set.join(", ")),
            "ConditionExpression": "#status = :status", "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        });
        match self.aws.call_json::<IgnoredAny>(DYNAMODB, "dynamodb:UpdateItem", &request).await {
            Err(error) if error.code.as_deref() == Some("ConditionalCheckFailedException") => {
                Err(OperateError::Overtaken { guid: guid.to_owned() })
            }
            answer => Ok(answer.map(drop)?),
        }
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
