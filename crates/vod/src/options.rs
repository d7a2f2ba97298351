//! The options by which commands find the configuration and the deployment.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use aws::{Aws, CallError, CallErrorKind, Caller, DeployedStack};
use clap::ValueHint;
use config::{Config, File, Input};
use deploy::DeployError;
use miette::Diagnostic;
use thiserror::Error;

use super::failure::{Exit, Failure, UsageError};
use super::stacks::{StackAt, Target};
use super::terminal::print;

/// Where the configuration comes from.
#[derive(Debug, clap::Args)]
pub(super) struct ConfigArgs {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "stack.toml", value_hint = ValueHint::FilePath)]
    config: PathBuf,
    /// A key's value, before the file's and the environment's; can be given more than once.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

impl ConfigArgs {
    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.config
    }

    /// Reads the file, the environment and the options into one configuration.
    pub(super) fn load(&self) -> Result<Config, Failure> {
        self.load_with(&[])
    }

    /// The same with more `key=value` texts, before all others.
    pub(super) fn load_with(&self, more: &[String]) -> Result<Config, Failure> {
        let path = self.config.clone();
        if !path.exists() {
            return Err(UsageError::NoConfig { path }.into());
        }
        let text = fs::read_to_string(&path).map_err(UsageError::file("read", &path))?;
        let variables = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect();
        Ok(config::load(&Input { file: Some(File { path, text }), variables, sets: [&self.sets, more].concat() })?)
    }
}

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
    /// The profile of the AWS configuration to use, whatever keys the environment holds.
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

    /// The way to AWS in the target's region, for a command that only looks.
    ///
    /// Where the stacks are for an account, the credentials must be of that one.
    pub(super) async fn connect(&self, target: &Target) -> Result<Aws, Failure> {
        let aws = self.load(target).await?;
        if target.stacks.iter().any(|stack| stack.account.is_some()) {
            right_account(target, &aws.caller().await?)?;
        }
        Ok(aws)
    }

    /// The same for a command that changes these stacks, or what is in them: says who is about to change what, and where.
    pub(super) async fn connect_to_change(&self, target: &Target) -> Result<(Aws, Caller), Failure> {
        let aws = self.load(target).await?;
        let caller = aws.caller().await.map_err(|error| match error.kind {
            CallErrorKind::Denied | CallErrorKind::Unreachable | CallErrorKind::Refused => {
                Failure::new(Exit::Outside, UnknownCaller(error))
            }
            _ => error.into(),
        })?;
        right_account(target, &caller)?;
        // An ARN is never cut, because it is there to be compared.
        let Caller { account, arn } = &caller;
        let mut text = format!("account  {account}\ncaller   {arn}\n         {}\n", aws.credential_source());
        for stack in &target.stacks {
            let _ = writeln!(text, "stack    {} in {}", stack.name, stack.region(&aws)?);
        }
        text.push('\n');
        print(&text)?;
        Ok((aws, caller))
    }

    async fn load(&self, target: &Target) -> Result<Aws, Failure> {
        let options = aws::Options {
            profile: self.aws.profile.clone(),
            region: target.region.clone().or(self.aws.region.clone()),
            endpoint_url: self.aws.endpoint_url.clone(),
        };
        let aws = Aws::load(&options).await?;
        for stack in &target.stacks {
            stack.region(&aws)?;
        }
        Ok(aws)
    }
}

/// Nobody knows which account would be changed; what is wrong with the credentials themselves says so itself.
#[derive(Debug, Diagnostic, Error)]
#[error("AWS does not tell which account would be changed, so nothing is: {0}")]
#[diagnostic(transparent)]
struct UnknownCaller(CallError);

fn right_account(target: &Target, caller: &Caller) -> Result<(), Failure> {
    for stack in &target.stacks {
        if let Some(wanted) = stack.account.clone().filter(|wanted| *wanted != caller.account) {
            let (stack, found) = (stack.name.clone(), caller.account.clone());
            return Err(DeployError::OtherAccount { stack, wanted, found }.into());
        }
    }
    Ok(())
}

/// The stacks as they are deployed, if they are.
pub(super) async fn deployed<'a>(
    aws: &Aws,
    target: &'a Target,
) -> Result<Vec<(&'a StackAt, Option<DeployedStack>)>, Failure> {
    let mut found = Vec::new();
    for at in &target.stacks {
        found.push((at, DeployedStack::find(&aws.in_region(at.region(aws)?).cloudformation(), &at.name).await?));
    }
    Ok(found)
}
