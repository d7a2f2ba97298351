//! The workflow table, and the files beside it that hold what does not fit into an item.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use aws_sdk_s3::primitives::ByteStream;
use aws_types::SdkConfig;
use pipeline::{
    contract::Variable,
    errors::ErrorName,
    record::{Record, WorkflowStatus, table},
    store::{self, Claim, Expression, Fault, Progress},
};
use serde_json::{Map, Value};

use crate::{
    aws::collect,
    environment::Environment,
    failure::{Failure, ServiceFailure},
};

#[derive(Debug, Clone)]
pub(crate) struct Records {
    client: aws_sdk_dynamodb::Client,
    files: aws_sdk_s3::Client,
    table: String,
}

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Stored {
    Written,
    /// What is stored already is newer, and stays.
    Outdated,
    /// The same is stored already.
    Known,
}

/// What became of a failure, and the record that is stored now.
#[derive(Debug)]
pub(crate) struct StoredFailure {
    pub(crate) stored: Stored,
    pub(crate) item: Map<String, Value>,
}

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("there is no record of the workflow `{guid}`")]
    Missing { guid: String },
    #[error("the record of the workflow `{guid}` is damaged")]
    Damaged { guid: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the record of the workflow `{guid}` cannot be stored")]
    Unstorable { guid: String, source: Box<dyn std::error::Error + Send + Sync> },
}

impl Records {
    /// The table that the environment names.
    pub(crate) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self::of(sdk, environment.get(Variable::WorkflowTable)?))
    }

    /// The same to claim videos in, where the deployment has workflows that do.
    pub(crate) fn for_claims(sdk: &SdkConfig, environment: &Environment) -> Option<Self> {
        environment.get(Variable::ClaimTable).ok().map(|table| Self::of(sdk, table))
    }

    fn of(sdk: &SdkConfig, table: &str) -> Self {
        let (client, files) = (aws_sdk_dynamodb::Client::new(sdk), aws_sdk_s3::Client::new(sdk));
        Self { client, files, table: table.to_owned() }
    }

    /// Claims a video; the workflow that has it already is the answer, if there is one.
    pub(crate) async fn claim(&self, claim: &Claim<'_>) -> Result<Option<String>, Failure> {
        match self.try_write(&claim.id(), claim.write(), ReturnValue::None, "claim the video").await? {
            Ok(_) => Ok(None),
            Err(item) => Ok(Some(Claim::holder(&item).unwrap_or_default().to_owned())),
        }
    }

    /// The record of a workflow, with the fields that lie in a file.
    pub(crate) async fn load(&self, guid: &str) -> Result<Record, Failure> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(table::GUID, AttributeValue::S(guid.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| ServiceFailure::new("read the record", &error))?;
        let item = answer.item.ok_or_else(|| {
            Failure::rejected(ErrorName::RecordMissing, RecordError::Missing { guid: guid.to_owned() })
        })?;
        // A record has no bytes: what somebody adds by hand is theirs, and none of the workflow's business.
        let item: HashMap<_, _> = item.into_iter().filter(|(_, value)| !holds_bytes(value)).collect();
        let item: Map<String, Value> = serde_dynamo::from_item(item).map_err(|error| damaged(guid, error))?;
        let file = match store::overflow_of(&item) {
            Some((bucket, key)) => self.load_file(guid, bucket, key).await?,
            None => Map::new(),
        };
        serde_json::from_value(store::join(item, file).into()).map_err(|error| damaged(guid, error))
    }

    async fn load_file(&self, guid: &str, bucket: &str, key: &str) -> Result<Map<String, Value>, Failure> {
        let task = format!("read the record's file s3://{bucket}/{key}");
        let answer = self.files.get_object().bucket(bucket).key(key).send().await;
        let answer = answer.map_err(|error| ServiceFailure::new(&task, &error))?;
        serde_json::from_slice(&collect(answer.body, task).await?).map_err(|error| damaged(guid, error))
    }

    /// Stores a record as a step leaves it, unless what is stored is newer; what does not fit goes to a file in the
    /// bucket `destination`.
    pub(crate) async fn update(&self, record: &Record, destination: &str) -> Result<Stored, Failure> {
        let write = store::step(record, destination).map_err(|error| unstorable(&record.guid, error))?;
        if let Some(file) = write.overflow {
            tracing::info!(bytes = file.body.len(), key = file.key, "some of the record goes to a file");
            self.files
                .put_object()
                .bucket(destination)
                .key(&file.key)
                .content_type("application/json")
                .body(ByteStream::from(file.body.into_bytes()))
                .send()
                .await
                .map_err(|error| ServiceFailure::new("write the record's file", &error))?;
        }
        let stored = self.write(&record.guid, write.expression, "store the record").await?;
        if let (Stored::Outdated, WorkflowStatus::Encoding, Some(request)) =
            (stored, record.workflow_status, store::request(record))
        {
            let added = self.write(&record.guid, request, "add the job's request").await?;
            tracing::info!(?added, "the request of a job that has ended already");
        }
        Ok(stored)
    }

    /// Stores how far a job is, if it is being encoded and what is stored is older.
    pub(crate) async fn progress(&self, guid: &str, progress: Progress<'_>) -> Result<Stored, Failure> {
        self.write(guid, store::progress(progress), "store the job's progress").await
    }

    /// Stores that a workflow failed, beside `fields` that are known of it, unless its outputs are published; where
    /// there is no record, one is made if these name the source.
    pub(crate) async fn fail(
        &self,
        guid: &str,
        fault: Fault<'_>,
        fields: &Map<String, Value>,
    ) -> Result<StoredFailure, Failure> {
        let write = self.try_write(guid, store::failure(fault, fields), ReturnValue::AllNew, "record the failure");
        Ok(match write.await? {
            Ok(item) => StoredFailure { stored: Stored::Written, item },
            Err(item) if store::is_known(fault, &item) => StoredFailure { stored: Stored::Known, item },
            Err(item) => StoredFailure { stored: Stored::Outdated, item },
        })
    }

    async fn write(&self, guid: &str, expression: Expression, task: &str) -> Result<Stored, Failure> {
        let written = self.try_write(guid, expression, ReturnValue::None, task).await?;
        Ok(if written.is_ok() { Stored::Written } else { Stored::Outdated })
    }

    /// Writes, and returns what was asked for of it, or what is stored instead, as far as the table shows it.
    async fn try_write(
        &self,
        guid: &str,
        expression: Expression,
        wanted: ReturnValue,
        task: &str,
    ) -> Result<Result<Map<String, Value>, Map<String, Value>>, Failure> {
        let values: Result<HashMap<_, AttributeValue>, _> = expression
            .values
            .into_iter()
            .map(|(placeholder, value)| Ok((placeholder, serde_dynamo::to_attribute_value(value)?)))
            .collect();
        let values = values.map_err(|error: serde_dynamo::Error| unstorable(guid, error))?;
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(table::GUID, AttributeValue::S(guid.to_owned()))
            .update_expression(expression.update)
            .condition_expression(expression.condition)
            .set_expression_attribute_names(Some(expression.names.into_iter().collect()))
            .set_expression_attribute_values(Some(values))
            .return_values(wanted)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Ok(serde_dynamo::from_item(answer.attributes.unwrap_or_default()).unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    tracing::info!("{task}: what is stored already is newer, and stays");
                    let stored = refusal.item.clone().unwrap_or_default();
                    Ok(Err(serde_dynamo::from_item(stored).unwrap_or_default()))
                }
                _ => Err(ServiceFailure::new(task, &error).into()),
            },
        }
    }
}

/// Whether there are bytes in an attribute, which JSON has no way to say.
fn holds_bytes(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::B(_) | AttributeValue::Bs(_) => true,
        AttributeValue::L(items) => items.iter().any(holds_bytes),
        AttributeValue::M(members) => members.values().any(holds_bytes),
        _ => false,
    }
}

fn damaged(guid: &str, source: impl std::error::Error + Send + Sync + 'static) -> Failure {
    let source = Box::new(source);
    Failure::rejected(ErrorName::RecordMissing, RecordError::Damaged { guid: guid.to_owned(), source })
}

fn unstorable(guid: &str, source: impl std::error::Error + Send + Sync + 'static) -> Failure {
    let source = Box::new(source);
    Failure::rejected(ErrorName::InvalidEvent, RecordError::Unstorable { guid: guid.to_owned(), source })
}
