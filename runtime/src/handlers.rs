//! The handlers, one module each, and the one place that picks among them.

pub mod custom_resource;

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use pipeline::contract::Handler;
use serde_json::Value;

use self::custom_resource::CustomResource;
use crate::{environment::Environment, failure::Failure, service::Invocation};

/// A handler with its clients, built once for all invocations of a process.
#[derive(Debug)]
pub enum Ready {
    /// Answers CloudFormation.
    CustomResource(Box<CustomResource>),
    /// A handler that has no code yet: every invocation fails by name.
    NotBuilt(Handler),
}

impl Ready {
    /// Builds a handler from its environment.
    ///
    /// # Errors
    /// When a variable that the handler reads is missing or wrong.
    pub async fn new(handler: Handler, _environment: &Environment) -> Result<Self, Failure> {
        Ok(match handler {
            Handler::CustomResource => Self::CustomResource(Box::new(CustomResource::new(&sdk_config().await))),
            Handler::StepFunctions
            | Handler::InputValidate
            | Handler::Mediainfo
            | Handler::Profiler
            | Handler::Encode
            | Handler::OutputValidate
            | Handler::ArchiveSource
            | Handler::MediaPackageAssets
            | Handler::DynamoUpdate
            | Handler::SnsNotification
            | Handler::SqsPublish
            | Handler::ErrorHandler => Self::NotBuilt(handler),
        })
    }

    /// Handles one invocation.
    ///
    /// # Errors
    /// With the handler's typed failure.
    pub async fn handle(&self, invocation: Invocation) -> Result<Value, Failure> {
        match self {
            Self::CustomResource(handler) => Box::pin(handler.handle(invocation)).await,
            Self::NotBuilt(handler) => Err(Failure::NotBuilt { handler: *handler }),
        }
    }
}

/// The SDK's configuration from the environment; its timeouts are shorter than any function's.
async fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(25));
    aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts.build())
        .retry_config(RetryConfig::standard().with_max_attempts(5))
        .load()
        .await
}
