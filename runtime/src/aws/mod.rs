//! What handlers share of AWS: the SDK's configuration, how calls fail, and the workflow table.

pub(crate) mod catalogue;
pub mod failure;
pub(crate) mod files;
mod https;
pub(crate) mod objects;
pub(crate) mod raw_json;
pub(crate) mod records;
mod sdk;
pub(crate) mod topic;

pub use self::https::https_client;
pub(crate) use self::sdk::sdk_config;

use aws_types::SdkConfig;
use pipeline::contract::Variable;

use crate::{environment::Environment, failure::Failure};

/// A client of `MediaConvert` at the deployment's endpoint, unless the process has another one.
///
/// # Errors
/// When the endpoint's variable is not set.
pub(crate) fn media_convert(
    sdk: &SdkConfig,
    environment: &Environment,
) -> Result<aws_sdk_mediaconvert::Client, Failure> {
    let mut config = aws_sdk_mediaconvert::config::Builder::from(sdk);
    let endpoint = environment.get(Variable::MediaConvertEndpoint)?;
    if sdk.endpoint_url().is_none() && !environment.overrides_endpoints() {
        config = config.endpoint_url(endpoint);
    }
    Ok(aws_sdk_mediaconvert::Client::from_conf(config.build()))
}
