//! Announces the start or the end of a workflow on the topic.

use aws_types::SdkConfig;
use futures_util::future::BoxFuture;
use pipeline::{errors::ErrorName, message, record::Record};
use serde::Deserialize as _;
use serde_json::Value;

use super::Handle;
use crate::{aws::topic::Topic, environment::Environment, failure::Failure, service::Invocation};

/// The handler, which takes a record and returns it.
#[derive(Debug)]
pub(super) struct SnsNotification {
    topic: Topic,
}

impl SnsNotification {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self { topic: Topic::new(sdk, environment)? })
    }

    async fn announce(&self, event: Value) -> Result<Value, Failure> {
        let record = Record::deserialize(&event)
            .map_err(|source| Failure::InvalidEvent { expected: "a workflow record", source })?;
        let message =
            message::announcement(&record).map_err(|error| Failure::rejected(ErrorName::InvalidEvent, error))?;
        self.topic.publish(message).await?;
        Ok(event)
    }
}

impl Handle for SnsNotification {
    fn handle(&self, Invocation { event, .. }: Invocation) -> BoxFuture<'_, Result<Value, Failure>> {
        Box::pin(self.announce(event))
    }
}
