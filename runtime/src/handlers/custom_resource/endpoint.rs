//! The address of `MediaConvert` for this account and region.

use aws_sdk_mediaconvert::{
    Client,
    config::{
        Builder,
        endpoint::{DefaultResolver, Params, ResolveEndpoint as _},
    },
};
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use pipeline::settings::EndpointMode;

use super::error::{ActionError, said};

/// Finds the endpoint; asking is tried once, because it is throttled to about one call a minute, and the region's own
/// endpoint serves as well.
pub(super) async fn find(sdk: &SdkConfig, mode: EndpointMode) -> Result<String, ActionError> {
    if mode == EndpointMode::Discover {
        let config = Builder::from(sdk).retry_config(RetryConfig::disabled()).build();
        match discover(&Client::from_conf(config)).await {
            Ok(Some(url)) => return Ok(url),
            Ok(None) => tracing::warn!("the account has no endpoint of its own; the region's is used"),
            Err(reason) => tracing::warn!(reason, "the account's endpoint is unknown; the region's is used"),
        }
    }
    regional(sdk).await
}

#[expect(deprecated, reason = "the operation is what the configuration asks for")]
async fn discover(client: &Client) -> Result<Option<String>, String> {
    let output = client.describe_endpoints().send().await.map_err(|error| said(&error))?;
    Ok(output.endpoints.unwrap_or_default().into_iter().find_map(|endpoint| endpoint.url))
}

/// The endpoint that the SDK itself uses: `AWS_ENDPOINT_URL_MEDIACONVERT` if set, or the region's in its partition.
async fn regional(sdk: &SdkConfig) -> Result<String, ActionError> {
    let key = ServiceConfigKey::builder()
        .service_id("MediaConvert")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .map_err(|source| ActionError::Endpoint { source: source.into() })?;
    let configured = sdk.service_config().and_then(|config| config.load_config(key));
    let params = Params::builder()
        .set_region(sdk.region().map(ToString::to_string))
        .set_use_fips(sdk.use_fips())
        .set_use_dual_stack(sdk.use_dual_stack())
        .set_endpoint(configured.or_else(|| sdk.endpoint_url().map(str::to_owned)))
        .build()
        .map_err(|source| ActionError::Endpoint { source: source.into() })?;
    let endpoint =
        DefaultResolver::new().resolve_endpoint(&params).await.map_err(|source| ActionError::Endpoint { source })?;
    Ok(endpoint.url().to_owned())
}
