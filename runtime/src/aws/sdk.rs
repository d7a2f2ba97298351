//! The SDK's configuration, from the variables that Lambda sets, and its clients.
//!
//! A function needs none of the other places that `aws-config` looks into (profiles, instance metadata, single sign-on):
//! without them the package is smaller and starts sooner.

use std::{
    env, fs,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_mediaconvert::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::AfterDeserializationInterceptorContextRef,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{behavior_version::BehaviorVersion, http::SharedHttpClient, orchestrator::HttpRequest},
};
use aws_smithy_types::{body::SdkBody, retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{
    SdkConfig,
    region::Region,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};
use pipeline::contract::Variable;
use serde_json::Value;

use crate::{environment::Environment, failure::Failure};

/// The SDK's configuration of this process
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>); its
/// timeouts are shorter than any function's.
pub(crate) fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(25));
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(variable("AWS_REGION").map(Region::new))
        .http_client(https_client())
        .timeout_config(timeouts.build())
        .retry_config(RetryConfig::standard().with_max_attempts(5))
        .service_config(Variables);
    config.set_credentials_provider(credentials().map(SharedCredentialsProvider::new));
    config.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
    config.build()
}

/// The credentials of the function's role, which stay as they are as long as the process lives.
fn credentials() -> Option<Credentials> {
    let (id, key) = (variable("AWS_ACCESS_KEY_ID")?, variable("AWS_SECRET_ACCESS_KEY")?);
    Some(Credentials::new(id, key, variable("AWS_SESSION_TOKEN"), None, "Lambda"))
}

/// What is set for one service, such as `AWS_ENDPOINT_URL_MEDIACONVERT`
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
#[derive(Debug)]
struct Variables;

impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        variable(&format!("{}_{service}", key.env()))
    }
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// A client of `MediaConvert` at the deployment's endpoint, unless the process has another one.
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

/// The HTTP client that every call to AWS goes through: TLS of rustls with the cryptography of ring, and trust in whom the
/// system trusts.
pub fn https_client() -> SharedHttpClient {
    let mut builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    if let Some(context) = trust() {
        builder = builder.tls_context(context);
    }
    builder.build_https()
}

/// Trust in the system's file of certificate authorities, where it has one and the environment names no other.
///
/// The SDK would also read the folder beside it, which holds the same authorities in a hundred files: that takes a
/// third of the CPU time until a function's first answer.
fn trust() -> Option<TlsContext> {
    if openssl_probe::has_ssl_cert_env_vars() {
        return None;
    }
    let authorities = fs::read(openssl_probe::probe().cert_file?).ok()?;
    TlsContext::builder().with_trust_store(TrustStore::empty().with_pem_certificate(authorities)).build().ok()
}

/// Puts other JSON into a request before it is signed, so that what is newer than the SDK survives. The client still signs,
/// retries and sends.
pub(crate) fn replace_body(request: &mut HttpRequest, json: &str) {
    request.headers_mut().insert("content-length", json.len().to_string());
    *request.body_mut() = SdkBody::from(json);
}

/// An interceptor that keeps the body of a response, beside what the SDK reads of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResponseBody(Arc<Mutex<Vec<u8>>>);

impl ResponseBody {
    pub(crate) fn json(&self) -> serde_json::Result<Value> {
        serde_json::from_slice(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for ResponseBody {
    fn name(&self) -> &'static str {
        "ResponseBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
        Ok(())
    }
}
