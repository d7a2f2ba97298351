//! The options by which commands find a deployment, and the runtime in which they talk to it.

use std::fmt::Write as _;
use std::future::Future;

use super::failure::Failure;
use super::options::ConfigArgs;
use super::output::print;
use super::stacks::StackAt;
use aws::{Aws, CallError, CallErrorKind, Caller, Options};
use config::Config;
use deploy::DeployError;

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

    /// The way to AWS in the configuration's region, for a command that only looks.
    ///
    /// Where the configuration names an account, the credentials must be of that one.
    pub(super) async fn connect(&self, config: &Config) -> Result<Aws, Failure> {
        let aws = self.load(config).await?;
        if config.account.is_some() {
            right_account(config, &aws.caller().await?)?;
        }
        Ok(aws)
    }

    /// The same for a command that changes these stacks, or what is in them: names who is about to change what, and where.
    pub(super) async fn connect_to_change(
        &self,
        config: &Config,
        stacks: &[StackAt],
    ) -> Result<(Aws, Caller), Failure> {
        let aws = self.load(config).await?;
        let caller = aws.caller().await.map_err(nobody_knows)?;
        right_account(config, &caller)?;
        print(&names(&aws, &caller, stacks))?;
        Ok((aws, caller))
    }

    async fn load(&self, config: &Config) -> Result<Aws, Failure> {
        let options = Options {
            profile: self.aws.profile.clone(),
            region: Some(config.region.as_str().to_owned()),
            endpoint_url: self.aws.endpoint_url.clone(),
        };
        Ok(Aws::load(&options).await?)
    }
}

/// What is wrong with the credentials themselves is said as it is; what else keeps STS from answering, with what it means.
fn nobody_knows(error: CallError) -> Failure {
    match error.kind {
        CallErrorKind::Denied | CallErrorKind::Unreachable | CallErrorKind::Refused => Failure::UnknownCaller(error),
        _ => error.into(),
    }
}

fn right_account(config: &Config, caller: &Caller) -> Result<(), Failure> {
    match &config.account {
        Some(wanted) if wanted.as_str() != caller.account => {
            let (stack, wanted) = (config.name.as_str().to_owned(), wanted.as_str().to_owned());
            Err(DeployError::OtherAccount { stack, wanted, found: caller.account.clone() }.into())
        }
        _ => Ok(()),
    }
}

/// Who is about to change what; an ARN is never cut, because it is there to be compared.
fn names(aws: &Aws, caller: &Caller, stacks: &[StackAt]) -> String {
    let mut text =
        format!("account  {}\ncaller   {}\n         {}\n", caller.account, caller.arn, aws.credential_source());
    for StackAt { name, region } in stacks {
        let _ = writeln!(text, "stack    {name} in {region}");
    }
    text.push('\n');
    text
}

/// Runs what talks to AWS to its end.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Output)?;
    runtime.block_on(work)
}
