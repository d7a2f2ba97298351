//! The notification topic.

use aws_types::SdkConfig;
use pipeline::{contract::Variable, message::Message};

use crate::{
    environment::Environment,
    failure::{Failure, ServiceFailure},
};

/// Where workflows are announced.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    client: aws_sdk_sns::Client,
    arn: String,
}

impl Topic {
    pub(crate) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self { client: aws_sdk_sns::Client::new(sdk), arn: environment.get(Variable::TopicArn)?.to_owned() })
    }

    pub(crate) async fn publish(&self, message: Message) -> Result<(), ServiceFailure> {
        let Message { subject, body } = message;
        let request = self.client.publish().topic_arn(&self.arn).subject(subject).message(body);
        let answer = request.send().await.map_err(|error| ServiceFailure::new("publish to the topic", &error))?;
        tracing::info!(messageId = answer.message_id, "announced");
        Ok(())
    }
}
