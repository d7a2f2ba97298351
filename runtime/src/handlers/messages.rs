//! What a workflow announces: its start and its end on the topic, and the finished video in the queue.

use aws_types::SdkConfig;
use pipeline::{
    contract::Variable,
    errors::ErrorName,
    message::{self, Message},
    record::{Record, Warning},
};

use crate::{
    environment::Environment,
    failure::{Failure, ServiceFailure},
};

/// Where workflows are announced.
#[derive(Debug, Clone)]
pub(super) struct Topic {
    client: aws_sdk_sns::Client,
    arn: String,
}

impl Topic {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self { client: aws_sdk_sns::Client::new(sdk), arn: environment.get(Variable::TopicArn)?.to_owned() })
    }

    pub(super) async fn publish(&self, message: Message) -> Result<(), ServiceFailure> {
        let Message { subject, body } = message;
        let request = self.client.publish().topic_arn(&self.arn).subject(subject).message(body);
        let answer = request.send().await.map_err(|error| ServiceFailure::new("publish to the topic", &error))?;
        tracing::info!(messageId = answer.message_id, "announced");
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct SnsNotification {
    topic: Topic,
}

impl SnsNotification {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self { topic: Topic::new(sdk, environment)? })
    }

    pub(super) async fn publish(&self, record: &Record) -> Result<Option<Warning>, Failure> {
        let message =
            message::announcement(record).map_err(|error| Failure::rejected(ErrorName::InvalidEvent, error))?;
        self.topic.publish(message).await?;
        Ok(None)
    }
}

#[derive(Debug)]
pub(super) struct SqsPublish {
    client: aws_sdk_sqs::Client,
    queue: String,
}

impl SqsPublish {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self { client: aws_sdk_sqs::Client::new(sdk), queue: environment.get(Variable::QueueUrl)?.to_owned() })
    }

    pub(super) async fn send(&self, record: &Record) -> Result<Option<Warning>, Failure> {
        let body = message::queued(record).map_err(|error| Failure::rejected(ErrorName::InvalidEvent, error))?;
        let request = self.client.send_message().queue_url(&self.queue).message_body(body);
        let answer = request.send().await.map_err(|error| ServiceFailure::new("send to the queue", &error))?;
        tracing::info!(messageId = answer.message_id, "sent");
        Ok(None)
    }
}
