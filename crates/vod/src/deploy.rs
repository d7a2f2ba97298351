//! `vod deploy`: the configuration's stacks, as they are to be.

use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::failure::{Failure, UsageError};
use super::options::DeploymentArgs;
use super::show::deployment::{Agreement, Terminal};
use super::stacks::{StackArgs, asset_bucket, with_bucket};
use super::terminal::{block_on, print};
use super::{outputs, package};
use config::Config;
use deploy::{self, Assembly, AssetBucket, Options};
use stacks::artifacts::Artifacts;
use stacks::scripts;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    deployment: DeploymentArgs,
    #[command(flatten)]
    stack: StackArgs,
    /// The folder that the templates and the functions' code are written to.
    #[arg(long, value_name = "FOLDER", default_value = "cdk.out", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// Ask nothing: what is shown is agreed to, but not the loss of data.
    #[arg(long, short)]
    yes: bool,
    /// Agree beforehand that this resource is replaced or removed, though it holds data; can be given more than once.
    #[arg(long, value_name = "LOGICAL_ID")]
    allow_loss_of: Vec<String>,
    /// The role that CloudFormation uses instead of the caller's own permissions.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.deployment.configuration()?;
    let consent = if args.yes { Agreement::Given } else { Agreement::Ask };
    let mut terminal = Terminal::new(consent, &args.allow_loss_of);
    if !terminal.can_ask() {
        return Err(UsageError::NobodyToAsk.into());
    }
    // A wrong name is reported before the code is built.
    let stacks = args.stack.of(&config)?;
    let stacks = block_on(async {
        let (aws, caller) = args.deployment.connect_to_change(&config, &stacks).await?;
        terminal.name_account(&caller.account);
        let bucket = AssetBucket::find(&aws, asset_bucket(&config)).await?;
        let config = with_bucket(config, bucket.own_name());
        let assembly = assemble(&config, &args.out)?;
        let zip = package::zip(&config, &args.out);
        if deploy::lacking(&aws, &assembly).await?.contains(&zip) {
            print(&package::summary(&package::build(&config, &zip)?))?;
        }
        bucket.ensure(&aws, config.region.as_str(), &mut terminal).await?;
        let options = Options { stack: args.stack.only().map(str::to_owned), role_arn: args.role_arn.clone() };
        Ok(deploy::deploy(&aws, &assembly, &options, &mut terminal).await?)
    })?;
    print(&format!("\n{}", outputs::table(&stacks)))
}

/// Writes the templates, and reads what is to be deployed.
fn assemble(config: &Config, out: &Path) -> Result<Assembly, Failure> {
    let app = stacks::build(config, &Artifacts::of_this_build())?.app;
    let mut assembly = app.synth()?;
    scripts::add(&mut assembly, config)?;
    assembly.write(out).map_err(UsageError::file("write", out))?;
    Ok(Assembly::read(out)?)
}
