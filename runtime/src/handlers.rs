//! The handlers, one module each, and the one place that picks among them.

pub mod custom_resource;

use aws_config::SdkConfig;
use futures_util::future::BoxFuture;
use pipeline::contract::Handler;
use serde_json::Value;

use self::custom_resource::CustomResource;
use crate::{aws, environment::Environment, failure::Failure, service::Invocation};

/// A handler with its clients, built once for all invocations of a process.
pub trait Handle: Send + Sync {
    /// Handles one invocation.
    fn handle(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, Failure>>;
}

/// A handler that has no code yet: every invocation fails by name.
struct NotBuilt(Handler);

impl Handle for NotBuilt {
    fn handle(&self, _: Invocation) -> BoxFuture<'_, Result<Value, Failure>> {
        Box::pin(async { Err(Failure::NotBuilt { handler: self.0 }) })
    }
}

/// Builds a handler from its environment.
///
/// # Errors
/// When a variable that the handler reads is missing or wrong.
pub async fn of_process(handler: Handler, environment: &Environment) -> Result<Box<dyn Handle>, Failure> {
    new(handler, &aws::sdk_config().await, environment)
}

/// Builds a handler that calls AWS with this configuration.
///
/// # Errors
/// When a variable that the handler reads is missing or wrong.
pub fn new(handler: Handler, sdk: &SdkConfig, _environment: &Environment) -> Result<Box<dyn Handle>, Failure> {
    Ok(match handler {
        Handler::CustomResource => Box::new(CustomResource::new(sdk)),
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
        | Handler::ErrorHandler => Box::new(NotBuilt(handler)),
    })
}
