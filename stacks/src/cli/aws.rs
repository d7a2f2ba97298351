//! The options by which commands find a deployment, and the runtime in which they talk to it.

use std::future::Future;

use super::failure::Failure;
use super::options::ConfigArgs;
use crate::aws::{Aws, Options};
use crate::config::Config;

/// Which deployment, and how to reach it.
#[derive(Debug, clap::Args)]
pub(super) struct DeploymentArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

/// Under what the options stand in help; given to each, because one for all would reach the options behind them.
const HEADING: &str = "AWS";

/// How AWS is reached.
#[derive(Debug, clap::Args)]
struct AwsArgs {
    /// The profile of the AWS configuration to use.
    #[arg(long, help_heading = HEADING, value_name = "NAME")]
    profile: Option<String>,
    /// The region, instead of the configuration's.
    #[arg(long, help_heading = HEADING, value_name = "REGION")]
    region: Option<String>,
    /// Where all services are: an emulator of AWS.
    #[arg(long, help_heading = HEADING, value_name = "URL")]
    endpoint_url: Option<String>,
}

impl DeploymentArgs {
    /// The configuration, for the region of the command line if there is one.
    pub(super) fn configuration(&self) -> Result<Config, Failure> {
        let region = self.aws.region.as_ref().map(|region| format!("region={region}"));
        self.config.load_with(&region.into_iter().collect::<Vec<_>>())
    }

    /// The way to AWS in the configuration's region.
    pub(super) async fn connect(&self, config: &Config) -> Aws {
        Aws::load(&Options {
            profile: self.aws.profile.clone(),
            region: Some(config.region.as_str().to_owned()),
            endpoint_url: self.aws.endpoint_url.clone(),
        })
        .await
    }
}

/// Runs what talks to AWS to its end.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Output)?;
    runtime.block_on(work)
}
