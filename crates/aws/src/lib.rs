//! The one place that knows how AWS is reached: profile, region, endpoint, retries and timeouts.
//!
//! **Architecture invariant**: an endpoint on this machine is no special case: the same clients send the same requests
//! there.

mod call;
mod cloudfront;
mod logs;
mod profile;
pub mod service;
mod stack;
mod topic;
pub mod versions;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use self::service::Service;

pub use self::call::{CallError, CallErrorKind, During, code_of};
pub use self::cloudfront::MAX_WILDCARDS;
pub use self::logs::LogEvent;
pub use self::profile::{CredentialSource, ProfileError};
pub use self::stack::{DeployedStack, Output, StackState, state_of, succeeded};
pub use self::topic::Subscriptions;
pub use self::versions::Amount;

/// How often a call is tried, so that a busy CloudFormation does not end a deployment.
const ATTEMPTS: u32 = 8;

/// The SDKs' own variable for it, which comes first.
const ATTEMPTS_VARIABLE: &str = "AWS_MAX_ATTEMPTS";

/// What the user chose; everything else is found where every AWS tool finds it.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/creds-config-files.html>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// A profile of the shared configuration, which wins over keys in the environment.
    pub profile: Option<String>,
    pub region: Option<String>,
    /// Where all services are, if not at AWS.
    pub endpoint_url: Option<String>,
}

/// The way to AWS in one region.
#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
    source: CredentialSource,
    /// The services that are elsewhere than all others, and where.
    elsewhere: Vec<(Service, String)>,
}

/// Whom AWS takes the credentials for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub account: String,
    /// The ARN of the user or of the role's session.
    pub arn: String,
}

/// The client of HTTP that every call to AWS goes through: TLS of rustls, with the cryptography of ring.
pub fn https_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

impl From<SdkConfig> for Aws {
    fn from(config: SdkConfig) -> Self {
        Self { config, source: CredentialSource::default(), elsewhere: Vec::new() }
    }
}

impl Aws {
    /// The way to a local platform, some of whose services have an endpoint of their own.
    pub fn of_platform(config: SdkConfig, elsewhere: Vec<(Service, String)>) -> Self {
        Self { config, source: CredentialSource::Platform, elsewhere }
    }

    /// Reads the shared configuration and the environment, before which the options come; asks for no credentials yet.
    pub async fn load(options: &Options) -> Result<Self, ProfileError> {
        let source = CredentialSource::choose(options.profile.as_deref()).await?;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_mins(1))
            .build();
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest()).http_client(https_client()).timeout_config(timeouts);
        if std::env::var_os(ATTEMPTS_VARIABLE).is_none() {
            loader = loader.retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        }
        if let Some(profile) = source.profile() {
            loader = loader.profile_name(profile);
        }
        if let CredentialSource::Profile(name) = &source {
            let region = options.region.clone().map(Region::new);
            loader = loader.credentials_provider(profile::credentials(name, region, https_client()).await);
        }
        if let Some(region) = &options.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(url) = &options.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        Ok(Self { config: loader.load().await, source, elsewhere: Vec::new() })
    }

    /// The same way in another region.
    pub fn in_region(&self, region: &str) -> Self {
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        Self { config, source: self.source.clone(), elsewhere: self.elsewhere.clone() }
    }

    pub fn credential_source(&self) -> &CredentialSource {
        &self.source
    }

    pub fn region(&self) -> Option<&str> {
        self.config.region().map(Region::as_ref)
    }

    /// Where the services are, if not at AWS.
    pub fn endpoint_url(&self) -> Option<&str> {
        self.config.endpoint_url()
    }

    /// What a client of any service is made from.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    pub fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(&self.config)
    }

    /// A client of S3.
    ///
    /// Where an endpoint is given, the bucket is a part of the path, because no name service knows it as a host.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let path_style = self.endpoint_url().is_some();
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(path_style);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// The account that the credentials belong to.
    pub async fn account(&self) -> Result<String, CallError> {
        Ok(self.caller().await?.account)
    }

    /// Whom AWS takes the credentials for.
    pub async fn caller(&self) -> Result<Caller, CallError> {
        let sts = aws_sdk_sts::Client::new(&self.config);
        let answer = sts.get_caller_identity().send().await.during("sts:GetCallerIdentity")?;
        Ok(Caller { account: answer.account.unwrap_or_default(), arn: answer.arn.unwrap_or_default() })
    }
}
