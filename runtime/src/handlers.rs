//! The handlers, one module each, and the one place that picks among them.

mod archive_source;
pub mod custom_resource;
mod dynamo_update;
mod encode;
mod error_handler;
mod input_validate;
mod media_package_assets;
mod mediainfo;
mod output_validate;
mod profiler;
mod sns_notification;
mod sqs_publish;
mod step_functions;

use aws_types::SdkConfig;
use futures_util::{FutureExt as _, future::BoxFuture};
use pipeline::{
    contract::Handler,
    errors::ErrorName,
    state::{MAX_ANSWER_BYTES, json_bytes},
};
use serde_json::Value;

use self::{
    archive_source::ArchiveSource, custom_resource::CustomResource, dynamo_update::DynamoUpdate, encode::Encode,
    error_handler::ErrorHandler, input_validate::InputValidate, media_package_assets::MediaPackageAssets,
    mediainfo::Mediainfo, output_validate::OutputValidate, profiler::Profiler, sns_notification::SnsNotification,
    sqs_publish::SqsPublish, step_functions::StepFunctions,
};
use crate::{aws, environment::Environment, failure::Failure, service::Invocation};

/// A handler with its clients, built once for all invocations of a process.
pub trait Handle: Send + Sync {
    /// Handles one invocation.
    fn handle(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, Failure>>;
}

/// Builds a handler from its environment.
///
/// # Errors
/// When a variable that the handler reads is missing or wrong.
pub fn of_process(handler: Handler, environment: &Environment) -> Result<Box<dyn Handle>, Failure> {
    new(handler, &aws::sdk_config(), environment)
}

/// Builds a handler that calls AWS with this configuration.
///
/// # Errors
/// When a variable that the handler reads is missing or wrong.
pub fn new(handler: Handler, sdk: &SdkConfig, environment: &Environment) -> Result<Box<dyn Handle>, Failure> {
    // These hand on what the state machine gave them, which is as large as it was.
    let hands_on = matches!(
        handler,
        Handler::ArchiveSource | Handler::DynamoUpdate | Handler::SnsNotification | Handler::SqsPublish
    );
    let handle: Box<dyn Handle> = match handler {
        Handler::CustomResource => Box::new(CustomResource::new(sdk)),
        Handler::Mediainfo => Box::new(Mediainfo::new(sdk, environment)?),
        Handler::Profiler => Box::new(Profiler::new(sdk, environment)?),
        Handler::Encode => Box::new(Encode::new(sdk, environment)?),
        Handler::OutputValidate => Box::new(OutputValidate::new(sdk, environment)?),
        Handler::MediaPackageAssets => Box::new(MediaPackageAssets::new(sdk, environment)?),
        Handler::DynamoUpdate => Box::new(DynamoUpdate::new(sdk, environment)?),
        Handler::ArchiveSource => Box::new(ArchiveSource::new(sdk)),
        Handler::SnsNotification => Box::new(SnsNotification::new(sdk, environment)?),
        Handler::SqsPublish => Box::new(SqsPublish::new(sdk, environment)?),
        Handler::ErrorHandler => Box::new(ErrorHandler::new(sdk, environment)?),
        Handler::StepFunctions => Box::new(StepFunctions::new(sdk, environment)?),
        Handler::InputValidate => Box::new(InputValidate::new(sdk, environment)?),
    };
    Ok(if hands_on { handle } else { Box::new(Bounded(handle)) })
}

/// A handler whose answers a state machine can carry. A larger one is an error, which is caught, recorded and announced;
/// by itself it would end the execution without a trace.
struct Bounded(Box<dyn Handle>);

/// An answer that no state machine can carry.
#[derive(Debug, thiserror::Error)]
#[error("the answer has {bytes} bytes; a state machine carries {MAX_ANSWER_BYTES}")]
struct TooLarge {
    bytes: usize,
}

impl Handle for Bounded {
    fn handle(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, Failure>> {
        async move {
            let answer = self.0.handle(invocation).await?;
            let bytes = json_bytes(&answer);
            if bytes > MAX_ANSWER_BYTES {
                return Err(Failure::rejected(ErrorName::TooLarge, TooLarge { bytes }));
            }
            Ok(answer)
        }
        .boxed()
    }
}
