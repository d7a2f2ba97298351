//! Calls of services of which one or two operations are used: their SDKs would take longer to compile than all the rest.
//!
//! Credentials, signature, retries and timeouts are the SDK's own.

use std::fmt;

use aws_config::{Region, SdkConfig};
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{RuntimePlugin, StaticRuntimePlugin};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_smithy_xml::decode::{Document, try_data};
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::{Aws, CallError, CallErrorKind, During};

/// What stands in a path as it is (RFC 3986, unreserved).
const ENCODED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// Its name in signatures, with which its host's name begins.
    name: &'static str,
    /// The variable that names another place for it.
    ///
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
    variable: &'static str,
    protocol: Protocol,
    scope: Scope,
}

/// How far a service reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Region,
    /// One place for all regions of a partition.
    Partition,
}

/// The protocols: <https://smithy.io/2.0/aws/protocols/index.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    /// Method and path say what is called.
    RestJson,
    /// The same, in XML.
    RestXml,
    /// A form says what is called, of this version of the interface; the answer is XML.
    Query { version: &'static str },
    /// A header says what is called: this text, a dot, and the operation's name.
    AwsJson { content_type: &'static str, target: &'static str },
}

const fn json_1_0(target: &'static str) -> Protocol {
    Protocol::AwsJson { content_type: "application/x-amz-json-1.0", target }
}

const fn json_1_1(target: &'static str) -> Protocol {
    Protocol::AwsJson { content_type: "application/x-amz-json-1.1", target }
}

impl Service {
    const fn regional(name: &'static str, variable: &'static str, protocol: Protocol) -> Self {
        Self { name, variable, protocol, scope: Scope::Region }
    }
}

/// Distributions.
pub(crate) const CLOUDFRONT: Service = Service {
    scope: Scope::Partition,
    ..Service::regional("cloudfront", "AWS_ENDPOINT_URL_CLOUDFRONT", Protocol::RestXml)
};
/// Certificates.
pub const ACM: Service = Service::regional("acm", "AWS_ENDPOINT_URL_ACM", json_1_1("CertificateManager"));
/// Alarms.
pub const CLOUDWATCH: Service =
    Service::regional("monitoring", "AWS_ENDPOINT_URL_CLOUDWATCH", json_1_0("GraniteServiceVersion20100801"));
/// Tables.
pub const DYNAMODB: Service = Service::regional("dynamodb", "AWS_ENDPOINT_URL_DYNAMODB", json_1_0("DynamoDB_20120810"));
/// Functions.
pub const LAMBDA: Service = Service::regional("lambda", "AWS_ENDPOINT_URL_LAMBDA", Protocol::RestJson);
/// `CloudWatch` Logs.
pub const LOGS: Service = Service::regional("logs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", json_1_1("Logs_20140328"));
/// Encoding jobs.
pub const MEDIA_CONVERT: Service =
    Service::regional("mediaconvert", "AWS_ENDPOINT_URL_MEDIACONVERT", Protocol::RestJson);
/// Packaged assets.
pub const MEDIA_PACKAGE_VOD: Service =
    Service::regional("mediapackage-vod", "AWS_ENDPOINT_URL_MEDIAPACKAGE_VOD", Protocol::RestJson);
/// The quotas of other services.
pub const SERVICE_QUOTAS: Service =
    Service::regional("servicequotas", "AWS_ENDPOINT_URL_SERVICE_QUOTAS", json_1_1("ServiceQuotasV20190624"));
/// Topics.
pub(crate) const SNS: Service =
    Service::regional("sns", "AWS_ENDPOINT_URL_SNS", Protocol::Query { version: "2010-03-31" });
/// Executions of state machines.
pub const STEP_FUNCTIONS: Service = Service::regional("states", "AWS_ENDPOINT_URL_SFN", json_1_0("AWSStepFunctions"));

#[derive(Debug, Clone)]
struct Call {
    service: Service,
    /// What is called, as IAM names it.
    operation: &'static str,
    method: Method,
    /// The parts of the path, as they are.
    path: Vec<String>,
    /// In the format of the protocol.
    body: Option<String>,
}

/// An answer that is an error.
#[derive(Debug)]
struct Refusal(ErrorMetadata);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl Aws {
    /// What a service answers to an operation that is named as IAM names it, such as `states:StopExecution`.
    pub async fn call_json<T: DeserializeOwned>(
        &self,
        service: Service,
        operation: &'static str,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        let unwritten = |error: serde_json::Error| CallError::refused(operation, None, error.to_string());
        let body = Some(serde_json::to_string(body).map_err(unwritten)?);
        self.call(Call { service, operation, method: Method::POST, path: Vec::new(), body }).await
    }

    /// The same of an operation that method and path name.
    pub async fn call_rest<T: DeserializeOwned>(
        &self,
        service: Service,
        operation: &'static str,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<T, CallError> {
        let path = path.iter().map(|&part| part.to_owned()).collect();
        let body = body.map(|body| body.to_string());
        self.call(Call { service, operation, method, path, body }).await
    }

    /// Posts XML to a path; of the answer only an error is read.
    pub(crate) async fn post_xml(
        &self,
        service: Service,
        operation: &'static str,
        path: &[&str],
        body: String,
    ) -> Result<(), CallError> {
        let path = path.iter().map(|&part| part.to_owned()).collect();
        let call = Call { service, operation, method: Method::POST, path, body: Some(body) };
        self.call::<IgnoredAny>(call).await.map(drop)
    }

    /// The XML that a service answers to an operation with these parameters.
    pub(crate) async fn call_query(
        &self,
        service: Service,
        operation: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<String, CallError> {
        let encoded = |text: &str| utf8_percent_encode(text, &ENCODED).to_string();
        let pairs = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = Some(pairs.collect::<Vec<_>>().join("&"));
        self.call(Call { service, operation, method: Method::POST, path: Vec::new(), body }).await
    }

    async fn call<T: DeserializeOwned>(&self, call: Call) -> Result<T, CallError> {
        let operation = call.operation;
        let error = |kind, message: &str| CallError { operation, kind, code: None, message: message.to_owned() };
        let region = self.config().region().ok_or_else(|| error(CallErrorKind::NoRegion, "no region"))?;
        let client = self.config().http_client();
        let client = client.ok_or_else(|| error(CallErrorKind::Unreachable, "there is no client of HTTP"))?;
        let (service, config) = (call.service, self.config());
        let region = match service.scope {
            Scope::Region => region.clone(),
            Scope::Partition => Region::from_static(home_of_partition(region.as_ref())),
        };
        let elsewhere = self.elsewhere.iter().find(|(known, _)| *known == service);
        let endpoint = match elsewhere {
            Some((_, url)) => url.clone(),
            None => endpoint(service, region.as_ref(), config, std::env::var(service.variable).ok()),
        };
        let mut builder = Operation::builder()
            .service_name(service.name)
            .operation_name(operation)
            .http_client(client)
            .endpoint_url(&endpoint)
            .standard_retry(config.retry_config().unwrap_or(&RetryConfig::standard()))
            .timeout_config(config.timeout_config().cloned().unwrap_or_else(|| TimeoutConfig::builder().build()))
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
            .runtime_plugin(self.signature(service, region.clone()));
        if let Some(sleep) = config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        if let Some(time) = config.time_source() {
            builder = builder.time_source(time);
        }
        let client = builder.serializer(|call: Call| request(&call)).deserializer(answer).build();
        let answer = client.invoke(call).await.during(operation)?;
        serde_json::from_value(answer).map_err(|error| CallError::refused(operation, None, error.to_string()))
    }

    /// Who signs, and for what.
    fn signature(&self, service: Service, region: Region) -> impl RuntimePlugin + use<> {
        let mut layer = Layer::new("signature");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(region)),
            name: Some(SigningName::from(service.name)),
            ..SigV4OperationSigningConfig::default()
        });
        let mut components = RuntimeComponentsBuilder::new("signature")
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
                StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
            )))
            .with_identity_cache(Some(self.config().identity_cache().unwrap_or_else(|| IdentityCache::lazy().build())));
        if let Some(credentials) = self.config().credentials_provider() {
            components = components.with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
        }
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
    }
}

/// Where a service is: where the command says, else where its own variable says, else where all services are said to be.
fn endpoint(service: Service, region: &str, config: &SdkConfig, variable: Option<String>) -> String {
    let general = config.endpoint_url().map(str::to_owned);
    let given =
        if config.get_origin("endpoint_url").is_client_config() { general.or(variable) } else { variable.or(general) };
    given.unwrap_or_else(|| {
        let suffix = if is_china(region) { "amazonaws.com.cn" } else { "amazonaws.com" };
        match service.scope {
            Scope::Partition if !is_china(region) => format!("https://{}.{suffix}", service.name),
            _ => format!("https://{}.{region}.{suffix}", service.name),
        }
    })
}

/// The region for which requests to a partition's own services are signed.
fn home_of_partition(region: &str) -> &'static str {
    if is_china(region) { "cn-northwest-1" } else { "us-east-1" }
}

fn is_china(region: &str) -> bool {
    region.starts_with("cn-")
}

/// `StopExecution` of `states:StopExecution`.
fn name_of(operation: &'static str) -> &'static str {
    operation.split_once(':').map_or(operation, |(_, name)| name)
}

fn request(call: &Call) -> Result<HttpRequest, aws_smithy_runtime_api::box_error::BoxError> {
    let path: Vec<String> = call.path.iter().map(|part| utf8_percent_encode(part, &ENCODED).to_string()).collect();
    let mut request = http::Request::builder().method(&call.method).uri(format!("/{}", path.join("/")));
    let mut body = call.body.clone();
    match call.service.protocol {
        Protocol::AwsJson { content_type, target } => {
            let target = format!("{target}.{}", name_of(call.operation));
            request = request.header("x-amz-target", target).header("content-type", content_type);
        }
        Protocol::RestJson if body.is_some() => request = request.header("content-type", "application/json"),
        Protocol::RestXml if body.is_some() => request = request.header("content-type", "application/xml"),
        Protocol::RestJson | Protocol::RestXml => {}
        Protocol::Query { version } => {
            let parameters = body.unwrap_or_default();
            body = Some(format!("Action={}&Version={version}&{parameters}", name_of(call.operation)));
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
    }
    Ok(request.body(body.map_or_else(SdkBody::empty, SdkBody::from))?.try_into()?)
}

fn answer(response: &HttpResponse) -> Result<Value, OrchestratorError<Refusal>> {
    let body = response.body().bytes().unwrap_or_default();
    if body.starts_with(b"<") {
        if response.status().is_success() {
            return Ok(Value::String(String::from_utf8_lossy(body).into_owned()));
        }
        return Err(OrchestratorError::operation(Refusal(xml_error(response, body))));
    }
    let parsed: Result<Value, _> = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(body) };
    if response.status().is_success() {
        return parsed.map_err(OrchestratorError::other);
    }
    let parsed = parsed.unwrap_or_default();
    let text = |names: [&str; 2]| names.into_iter().find_map(|name| parsed.get(name)?.as_str());
    let code = response.headers().get("x-amzn-errortype").or_else(|| text(["__type", "code"]));
    let mut error = ErrorMetadata::builder();
    if let Some(code) = code {
        // Without its name space and address: `com.amazonaws.sfn#NotFound:http://…`.
        let code = code.split(':').next().unwrap_or_default();
        error = error.code(code.rsplit('#').next().unwrap_or_default());
    }
    let message =
        text(["message", "Message"]).map_or_else(|| format!("HTTP status {}", response.status()), str::to_owned);
    Err(OrchestratorError::operation(Refusal(error.message(message).build())))
}

/// What an answer in XML says is wrong.
///
/// <https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html#error-response-serialization>
fn xml_error(response: &HttpResponse, body: &[u8]) -> ErrorMetadata {
    let mut error = ErrorMetadata::builder().message(format!("HTTP status {}", response.status()));
    let mut document = Document::new(str::from_utf8(body).unwrap_or_default());
    while let Some(element) = document.next_start_element() {
        let name = element.local().to_owned();
        if let "Code" | "Message" = name.as_str()
            && let Ok(text) = try_data(&mut document.scoped_to(element))
        {
            error = if name == "Code" { error.code(text) } else { error.message(text) };
        }
    }
    error.build()
}

#[cfg(test)]
mod tests {
    use aws_types::origin::Origin;

    use super::*;

    #[test]
    fn an_option_comes_before_a_services_variable_and_that_before_a_general_one() {
        let general = |origin| {
            let mut config = SdkConfig::builder().endpoint_url("http://general");
            config.insert_origin("endpoint_url", origin);
            config.build()
        };
        let variable = || Some("http://variable".to_owned());
        let environment = general(Origin::shared_environment_variable());
        for (config, variable, expected) in [
            (&general(Origin::shared_config()), variable(), "http://general"),
            (&environment, variable(), "http://variable"),
            (&environment, None, "http://general"),
            (&SdkConfig::builder().build(), variable(), "http://variable"),
            (&SdkConfig::builder().build(), None, "https://states.cn-north-1.amazonaws.com.cn"),
        ] {
            assert_eq!(endpoint(STEP_FUNCTIONS, "cn-north-1", config, variable), expected);
        }
        let nowhere = SdkConfig::builder().build();
        for (region, expected) in [
            ("eu-west-1", "https://cloudfront.amazonaws.com"),
            ("cn-north-1", "https://cloudfront.cn-northwest-1.amazonaws.com.cn"),
        ] {
            assert_eq!(endpoint(CLOUDFRONT, home_of_partition(region), &nowhere, None), expected);
        }
    }
}
