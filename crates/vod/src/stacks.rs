//! Which of a configuration's stacks a command is about.

use super::failure::Failure;
use config::Config;
use config::text::BucketName;
use deploy::{AssetBucketProps, DeployError};
use stacks::artifacts::Artifacts;
use stacks::scripts::OWN_BUCKET_PREFIX;

/// The choice of a stack.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct StackArgs {
    /// Only this stack of the configuration.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
}

/// A stack and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StackAt {
    /// Its name.
    pub(super) name: String,
    /// Its region.
    pub(super) region: String,
}

impl StackArgs {
    /// The stack's name, if one is chosen.
    pub(super) fn only(&self) -> Option<&str> {
        self.stack.as_deref()
    }

    /// The chosen stack, or all stacks of the configuration.
    pub(super) fn of(&self, config: &Config) -> Result<Vec<StackAt>, Failure> {
        let app = stacks::build(config, &Artifacts::of_this_build())?.app;
        let all = app.stacks().map(|stack| StackAt {
            name: stack.name().to_owned(),
            region: stack.environment().region.clone().unwrap_or_else(|| config.region.as_str().to_owned()),
        });
        let chosen: Vec<StackAt> = all.filter(|stack| self.only().is_none_or(|only| only == stack.name)).collect();
        match self.only() {
            Some(only) if chosen.is_empty() => Err(DeployError::NoStack { stack: only.to_owned() }.into()),
            _ => Ok(chosen),
        }
    }
}

/// The configuration with the bucket that its templates take their files from, where that is one of our own.
pub(super) fn with_bucket(mut config: Config, own_name: Option<&str>) -> Config {
    if let Some(name) = own_name {
        config.assets.bucket = name.parse().ok();
    }
    config
}

/// Where the files of a configuration's stacks are to go.
pub(super) fn asset_bucket(config: &Config) -> AssetBucketProps<'_> {
    AssetBucketProps {
        name: config.assets.bucket.as_ref().map(BucketName::as_str),
        qualifier: config.assets.qualifier.as_str(),
        own_prefix: OWN_BUCKET_PREFIX,
        region: config.region.as_str(),
    }
}
