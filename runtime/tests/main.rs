//! The handlers, against stand-ins for AWS on the wire.
#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

mod archive_source;
mod bootstrap;
mod catalogue;
mod custom_resource;
mod dynamo_update;
mod encode;
mod error_handler;
mod input_validate;
mod media_hostile;
mod media_package_assets;
#[cfg(feature = "media-samples")]
mod media_samples;
mod mediainfo;
mod messages;
mod output_validate;
mod player;
mod profiler;
#[cfg(feature = "media-samples")]
mod samples;
mod state_size;
mod step_functions;
mod support;
