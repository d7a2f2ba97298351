//! The handlers, one module each, and the table that picks among them.

mod archive_source;
pub mod custom_resource;
mod dynamo_update;
mod encode;
mod error_handler;
mod input_validate;
mod media_package_assets;
mod mediainfo;
mod messages;
mod output_validate;
mod profiler;
mod step_functions;

use aws_types::SdkConfig;
use pipeline::contract::Handler;

use self::{
    archive_source::ArchiveSource,
    custom_resource::CustomResource,
    dynamo_update::DynamoUpdate,
    encode::Encode,
    error_handler::ErrorHandler,
    input_validate::InputValidate,
    media_package_assets::MediaPackageAssets,
    mediainfo::Mediainfo,
    messages::{SnsNotification, SqsPublish},
    output_validate::OutputValidate,
    profiler::Profiler,
    step_functions::StepFunctions,
};
use crate::{
    environment::Environment,
    failure::Failure,
    handler::{Handle, bounded, record, relay, service},
};

/// Builds a handler that calls AWS with this configuration.
pub fn new(handler: Handler, sdk: &SdkConfig, environment: &Environment) -> Result<Box<dyn Handle>, Failure> {
    Ok(match handler {
        Handler::StepFunctions => service(StepFunctions::new(sdk, environment)?, bounded(StepFunctions::start_all)),
        Handler::InputValidate => service(InputValidate::new(sdk, environment)?, bounded(InputValidate::validate)),
        Handler::Mediainfo => service(Mediainfo::new(sdk, environment)?, record(Mediainfo::inspect)),
        Handler::Profiler => service(Profiler::new(sdk, environment)?, bounded(Profiler::profile)),
        Handler::Encode => service(Encode::new(sdk, environment)?, record(Encode::encode)),
        Handler::OutputValidate => service(OutputValidate::new(sdk, environment)?, bounded(OutputValidate::complete)),
        Handler::ArchiveSource => service(ArchiveSource::new(sdk), relay(ArchiveSource::archive)),
        Handler::MediaPackageAssets => {
            service(MediaPackageAssets::new(sdk, environment)?, record(MediaPackageAssets::package))
        }
        Handler::DynamoUpdate => service(DynamoUpdate::new(sdk, environment)?, DynamoUpdate::update),
        Handler::SnsNotification => service(SnsNotification::new(sdk, environment)?, relay(SnsNotification::publish)),
        Handler::SqsPublish => service(SqsPublish::new(sdk, environment)?, relay(SqsPublish::send)),
        Handler::ErrorHandler => service(ErrorHandler::new(sdk, environment)?, bounded(ErrorHandler::report)),
        Handler::CustomResource => service(CustomResource::new(sdk), bounded(CustomResource::answer)),
    })
}
