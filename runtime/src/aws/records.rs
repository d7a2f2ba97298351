//! The workflow table.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use pipeline::{
    contract::Variable,
    errors::ErrorName,
    record::{Record, table},
};

use super::failure::ServiceFailure;
use crate::{environment::Environment, failure::Failure};

/// The records of workflows.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    client: aws_sdk_dynamodb::Client,
    table: String,
}

/// Why a record could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// There is none.
    #[error("there is no record of the workflow `{guid}`")]
    Missing {
        /// The workflow's id.
        guid: String,
    },
    /// What is stored is no record.
    #[error("the record of the workflow `{guid}` is damaged")]
    Damaged {
        /// The workflow's id.
        guid: String,
        /// What is wrong with it.
        source: serde_dynamo::Error,
    },
}

impl Records {
    /// The table that the environment names.
    ///
    /// # Errors
    /// When the variable is not set.
    pub(crate) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        let table = environment.get(Variable::WorkflowTable)?.to_owned();
        Ok(Self { client: aws_sdk_dynamodb::Client::new(sdk), table })
    }

    /// The record of a workflow.
    ///
    /// # Errors
    /// When the table cannot be read, or holds no record of this workflow.
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
        serde_dynamo::from_item(item).map_err(|source| {
            Failure::rejected(ErrorName::RecordMissing, RecordError::Damaged { guid: guid.to_owned(), source })
        })
    }
}
