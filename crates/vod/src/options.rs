//! The options by which commands find the configuration, the deployment and its stacks.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use aws::{Aws, CallError, CallErrorKind, Caller, DeployedStack};
use clap::ValueHint;
use config::text::BucketName;
use config::{Config, File, Input};
use deploy::{AssetBucketProps, DeployError};
use local::{Folder, Session};
use miette::Diagnostic;
use stacks::scripts::OWN_BUCKET_PREFIX;
use synth::CloudAssembly;
use thiserror::Error;

use super::failure::{Exit, Failure, UsageError};
use super::terminal::print;

/// Where the configuration comes from.
#[derive(Debug, clap::Args)]
pub(super) struct ConfigArgs {
    /// Configuration file.
    #[arg(long, value_name = "FILE", default_value = "stack.toml", value_hint = ValueHint::FilePath)]
    config: PathBuf,
    /// Override a key of it; repeatable.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

impl ConfigArgs {
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

/// Where all services are, as every AWS tool reads it.
const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL";

/// How AWS is reached.
#[derive(Debug, clap::Args)]
struct AwsArgs {
    /// Use the local platform, which is the default while it runs.
    #[arg(long, help_heading = HEADING, conflicts_with_all = ["profile", "region", "endpoint_url"])]
    local: bool,
    /// Profile, which overrides keys in the environment.
    #[arg(long, help_heading = HEADING, value_name = "NAME")]
    profile: Option<String>,
    /// Region, instead of the configuration's.
    #[arg(long, help_heading = HEADING, value_name = "REGION")]
    region: Option<String>,
    /// Endpoint of all services, such as an emulator's.
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

    /// The local platform that is meant instead of AWS, if one is.
    ///
    /// One that runs is, where no option or variable says where AWS is; credentials in the environment do not.
    pub(super) fn platform(&self, target: &Target) -> Result<Option<(Folder, Session)>, Failure> {
        let folder = Folder::beside(self.config.path());
        let AwsArgs { local, profile, region, endpoint_url } = &self.aws;
        if *local {
            let session = Session::expect(&folder)?;
            return Ok(Some((folder, session)));
        }
        let is_aws_named = [profile, region, endpoint_url].into_iter().any(Option::is_some)
            || std::env::var_os(ENDPOINT_VARIABLE).is_some_and(|url| !url.is_empty());
        if is_aws_named || target.origin == Origin::Assembly {
            return Ok(None);
        }
        Ok(Session::running(&folder)?.map(|session| (folder, session)))
    }

    /// The way to AWS in the target's region, whatever account that is.
    pub(super) async fn load(&self, target: &Target) -> Result<Aws, Failure> {
        if let Some((_, session)) = self.platform(target)? {
            if !self.aws.local {
                let config = self.config.path().display();
                eprintln!(
                    "Using the local platform of {config}, because it runs; `--region` or `--profile` reaches AWS."
                );
            }
            return Ok(session.way());
        }
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

/// The choice of a stack of the configuration.
#[derive(Debug, clap::Args)]
pub(super) struct StackArgs {
    /// Only this stack.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
}

/// Which stacks: the configuration's, or those of a cloud assembly that somebody else wrote.
#[derive(Debug, clap::Args)]
pub(super) struct SourceArgs {
    #[command(flatten)]
    pub(super) deployment: DeploymentArgs,
    #[command(flatten)]
    stack: StackArgs,
    /// Cloud assembly, as `cdk synth` writes it, instead of a configuration.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, conflicts_with_all = ["config", "sets"])]
    app: Option<PathBuf>,
}

pub(super) enum Source {
    Configuration(Box<Config>),
    /// An assembly, and the folder it lies in.
    Assembly(CloudAssembly, PathBuf),
}

impl SourceArgs {
    pub(super) fn only(&self) -> Option<&str> {
        self.stack.stack.as_deref()
    }

    /// What has the stacks, and the chosen ones of them.
    pub(super) fn source(&self) -> Result<(Source, Target), Failure> {
        let Some(folder) = &self.app else {
            let config = self.deployment.configuration()?;
            let target = self.stack.of(&config)?;
            return Ok((Source::Configuration(Box::new(config)), target));
        };
        let assembly = CloudAssembly::read(folder)?;
        let stacks = assembly.stacks().iter().map(|artifact| StackAt {
            name: artifact.name.clone(),
            region: artifact.environment.region.clone(),
            account: artifact.environment.account.clone(),
        });
        let mut target = self.stack.choose(Target {
            name: String::new(),
            region: None,
            stacks: stacks.collect(),
            origin: Origin::Assembly,
        })?;
        let names: Vec<&str> = target.stacks.iter().map(|stack| stack.name.as_str()).collect();
        target.name = names.join(" ");
        // Stacks that fix no region go to the caller's, so the account is asked there, too.
        let regions: Option<Vec<String>> = target.stacks.iter().map(|stack| stack.region.clone()).collect();
        target.region = regions.and_then(|regions| regions.into_iter().next());
        Ok((Source::Assembly(assembly, folder.clone()), target))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) origin: Origin,
    /// What whoever removes them types.
    pub(super) name: String,
    /// The region of every stack that names none.
    pub(super) region: Option<String>,
    /// The stacks, each after those that it needs.
    pub(super) stacks: Vec<StackAt>,
}

/// What names the stacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Configuration,
    Assembly,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StackAt {
    pub(super) name: String,
    region: Option<String>,
    /// Its account; none means any.
    pub(super) account: Option<String>,
}

impl StackArgs {
    /// The chosen stack, or all stacks of the configuration.
    pub(super) fn of(&self, config: &Config) -> Result<Target, Failure> {
        let account = config.account.as_ref().map(ToString::to_string);
        let stacks = stacks::stack_ids(config).into_iter().map(|id| StackAt {
            name: id.name,
            region: Some(id.region),
            account: account.clone(),
        });
        let region = Some(config.region.as_str().to_owned());
        let (name, origin) = (config.name.to_string(), Origin::Configuration);
        self.choose(Target { name, region, stacks: stacks.collect(), origin })
    }

    fn choose(&self, mut target: Target) -> Result<Target, Failure> {
        let Some(only) = self.stack.as_deref() else { return Ok(target) };
        let known = target.stacks.iter().map(|stack| stack.name.clone()).collect();
        target.stacks.retain(|stack| only == stack.name);
        if target.stacks.is_empty() {
            return Err(UsageError::NoSuchStack { stack: only.to_owned(), known }.into());
        }
        Ok(target)
    }
}

impl Target {
    pub(super) fn platform(config: &Config) -> Self {
        let (name, region) = (config.name.to_string(), Some(config.region.as_str().to_owned()));
        let account = config.account.as_ref().map(ToString::to_string);
        let stack = StackAt { name: name.clone(), region: region.clone(), account };
        Self { name, region, stacks: vec![stack], origin: Origin::Configuration }
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
        stack: config.name.as_str(),
    }
}
