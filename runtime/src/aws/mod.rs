//! What handlers share of AWS: the SDK's configuration, how calls fail, and the workflow table.

pub(crate) mod catalogue;
pub mod failure;
mod https;
pub(crate) mod raw_json;
pub(crate) mod records;
pub(crate) mod topic;

pub use self::https::https_client;

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use pipeline::contract::Variable;

use crate::{environment::Environment, failure::Failure};

/// The SDK's configuration from the environment; its timeouts are shorter than any function's.
pub(crate) async fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(25));
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(https_client())
        .timeout_config(timeouts.build())
        .retry_config(RetryConfig::standard().with_max_attempts(5))
        .load()
        .await
}

/// A client of `MediaConvert` at the deployment's endpoint, unless the process is told of another one.
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
