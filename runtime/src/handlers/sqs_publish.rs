//! Sends a finished workflow to the queue.

use aws_types::SdkConfig;
use futures_util::future::BoxFuture;
use pipeline::{contract::Variable, errors::ErrorName, message, record::Record};
use serde::Deserialize as _;
use serde_json::Value;

use super::Handle;
use crate::{aws::failure::ServiceFailure, environment::Environment, failure::Failure, service::Invocation};

/// The handler, which takes a record and returns it.
#[derive(Debug)]
pub(super) struct SqsPublish {
    client: aws_sdk_sqs::Client,
    queue: String,
}

impl SqsPublish {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self { client: aws_sdk_sqs::Client::new(sdk), queue: environment.get(Variable::QueueUrl)?.to_owned() })
    }

    async fn send(&self, event: Value) -> Result<Value, Failure> {
        let record = Record::deserialize(&event)
            .map_err(|source| Failure::InvalidEvent { expected: "a workflow record", source })?;
        let body = message::queued(&record).map_err(|error| Failure::rejected(ErrorName::InvalidEvent, error))?;
        let request = self.client.send_message().queue_url(&self.queue).message_body(body);
        let answer = request.send().await.map_err(|error| ServiceFailure::new("send to the queue", &error))?;
        tracing::info!(messageId = answer.message_id, "sent");
        Ok(event)
    }
}

impl Handle for SqsPublish {
    fn handle(&self, Invocation { event, .. }: Invocation) -> BoxFuture<'_, Result<Value, Failure>> {
        Box::pin(self.send(event))
    }
}
