//! `MediaConvert`: its job templates, and its address for this account and region.
//!
//! Job templates go through the SDK's client as JSON, so that settings newer than the SDK survive.

use aws_sdk_mediaconvert::{
    Client,
    config::{
        Builder,
        endpoint::{DefaultResolver, Params, ResolveEndpoint as _},
    },
    types::JobTemplateSettings,
};
use aws_smithy_types::retry::RetryConfig;
use aws_types::{SdkConfig, service_config::ServiceConfigKey};
use pipeline::{custom_resource::is_same_template, errors::ErrorName, settings::EndpointMode};
use serde_json::Value;

use super::error::ActionError;
use crate::{
    aws::{ResponseBody, replace_body},
    failure::{ServiceFailure, unless_gone},
};

/// The error code for a job template whose name is taken.
const CONFLICT: &str = "ConflictException";

/// Makes sure that a job template with this name and content exists, and returns its ARN.
pub(super) async fn ensure_template(client: &Client, name: &str, body: &Value) -> Result<String, ActionError> {
    let bytes = body.to_string();
    let created = client
        .create_job_template()
        .name(name)
        .settings(JobTemplateSettings::builder().build())
        .customize()
        .mutate_request(move |request| replace_body(request, &bytes))
        .send()
        .await;
    let error = match created {
        Ok(output) => return Ok(output.job_template.and_then(|template| template.arn).unwrap_or_default()),
        Err(error) => error,
    };
    let failure = ServiceFailure::new(format!("create the job template `{name}`"), &error);
    if !failure.is(CONFLICT) {
        return Err(failure.into());
    }
    // An earlier attempt may have made it: then it is what is wanted.
    tracing::info!(name, "exists already");
    let task = format!("read the job template `{name}`");
    let body_seen = ResponseBody::default();
    let request = client.get_job_template().name(name).customize().interceptor(body_seen.clone());
    request.send().await.map_err(|error| ServiceFailure::new(&task, &error))?;
    let found =
        &body_seen.json().map_err(|error| ServiceFailure::named(ErrorName::Unavailable, &task, &error))?["jobTemplate"];
    if is_same_template(body, found) {
        Ok(found["arn"].as_str().unwrap_or_default().to_owned())
    } else {
        Err(ActionError::Conflict { name: name.to_owned() })
    }
}

/// Makes sure that no job template with this name exists.
pub(super) async fn delete_template(client: &Client, name: &str) -> Result<(), ActionError> {
    let answer = client.delete_job_template().name(name).send().await;
    if unless_gone(format!("delete the job template `{name}`"), answer)?.is_none() {
        tracing::info!(name, "is gone already");
    }
    Ok(())
}

/// Finds the endpoint; asking is tried once, because it is throttled to about one call a minute, and the region's own
/// endpoint serves as well.
#[expect(deprecated, reason = "the operation is what the configuration asks for")]
pub(super) async fn find_endpoint(sdk: &SdkConfig, mode: EndpointMode) -> Result<String, ActionError> {
    if mode == EndpointMode::Discover {
        let config = Builder::from(sdk).retry_config(RetryConfig::disabled()).build();
        let answer = Client::from_conf(config).describe_endpoints().send().await;
        match answer.map(|answer| answer.endpoints.unwrap_or_default().into_iter().find_map(|endpoint| endpoint.url)) {
            Ok(Some(url)) => return Ok(url),
            Ok(None) => tracing::warn!("the account has no endpoint; the region's is used"),
            Err(error) => {
                let error = ServiceFailure::new("find the account's endpoint", &error);
                tracing::warn!(%error, "the region's endpoint is used");
            }
        }
    }
    regional(sdk).await
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
