//! Which stacks a command is about: the configuration's, or those of a cloud assembly that somebody else wrote.

use std::path::{Path, PathBuf};

use aws::Aws;
use clap::ValueHint;
use config::Config;
use config::text::BucketName;
use deploy::{AssetBucketProps, DeployError};
use stacks::scripts::OWN_BUCKET_PREFIX;
use synth::CloudAssembly;

use super::failure::Failure;

/// The choice of a stack.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct StackArgs {
    /// Only this stack.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
}

/// The choice of an assembly.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct AppArgs {
    /// A cloud assembly, as `cdk synth` or a program of yours wrote it, instead of the configuration.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, conflicts_with_all = ["config", "sets"])]
    app: Option<PathBuf>,
}

/// Stacks, and where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// What whoever removes them types.
    pub(super) name: String,
    /// The region of every stack that names none.
    pub(super) region: Option<String>,
    /// The stacks, each after those that it needs.
    pub(super) stacks: Vec<StackAt>,
}

/// A stack and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StackAt {
    /// Its name.
    pub(super) name: String,
    region: Option<String>,
    /// Its account; none means any.
    pub(super) account: Option<String>,
}

impl AppArgs {
    /// The folder of the assembly, if one is chosen.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.app.as_deref()
    }
}

impl StackArgs {
    /// The stack's name, if one is chosen.
    pub(super) fn only(&self) -> Option<&str> {
        self.stack.as_deref()
    }

    /// The chosen stack, or all stacks of the configuration.
    pub(super) fn of(&self, config: &Config) -> Result<Target, Failure> {
        let account = config.account.as_ref().map(ToString::to_string);
        let stacks = stacks::stack_ids(config).into_iter().map(|id| StackAt {
            name: id.name,
            region: Some(id.region),
            account: account.clone(),
        });
        let region = Some(config.region.as_str().to_owned());
        self.choose(Target { name: config.name.to_string(), region, stacks: stacks.collect() })
    }

    /// The chosen stack, or all stacks of the assembly.
    pub(super) fn of_assembly(&self, assembly: &CloudAssembly) -> Result<Target, Failure> {
        let stacks = assembly.stacks().iter().map(|artifact| StackAt {
            name: artifact.name.clone(),
            region: artifact.environment.region.clone(),
            account: artifact.environment.account.clone(),
        });
        let mut target = self.choose(Target { name: String::new(), region: None, stacks: stacks.collect() })?;
        let names: Vec<&str> = target.stacks.iter().map(|stack| stack.name.as_str()).collect();
        target.name = names.join(" ");
        // Stacks that fix no region go to the caller's, so the account is asked there, too.
        let regions: Option<Vec<String>> = target.stacks.iter().map(|stack| stack.region.clone()).collect();
        target.region = regions.and_then(|regions| regions.into_iter().next());
        Ok(target)
    }

    fn choose(&self, mut target: Target) -> Result<Target, Failure> {
        target.stacks.retain(|stack| self.only().is_none_or(|only| only == stack.name));
        match self.only() {
            Some(only) if target.stacks.is_empty() => Err(DeployError::NoStack { stack: only.to_owned() }.into()),
            _ => Ok(target),
        }
    }
}

impl Target {
    /// The configuration's own stack.
    pub(super) fn platform(config: &Config) -> Self {
        let (name, region) = (config.name.to_string(), Some(config.region.as_str().to_owned()));
        let account = config.account.as_ref().map(ToString::to_string);
        let stack = StackAt { name: name.clone(), region: region.clone(), account };
        Self { name, region, stacks: vec![stack] }
    }
}

impl StackAt {
    /// Its region, or that of the way to AWS.
    pub(super) fn region<'a>(&'a self, aws: &'a Aws) -> Result<&'a str, DeployError> {
        let region = self.region.as_deref().or(aws.region());
        region.ok_or_else(|| DeployError::NoRegion { stack: self.name.clone() })
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
