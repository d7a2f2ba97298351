//! `vod deploy`: the stacks of the configuration or of an assembly, as they are to be.

use std::path::PathBuf;

use aws::CallErrorKind;
use clap::ValueHint;
use deploy::{self, AssetBucket, DeployError, Deployment, Options};
use stacks::artifacts::Artifacts;
use stacks::scripts;

use super::failure::{Failure, UsageError};
use super::local::up;
use super::options::{Source, SourceArgs, asset_bucket, with_bucket};
use super::show::deployment::{Agreement, Terminal};
use super::terminal::{Width, block_on, print};
use super::{outputs, package};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: SourceArgs,
    /// Value of a parameter of the assembly, or `STACK:NAME=VALUE`; repeatable.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter, requires = "app")]
    parameters: Vec<(String, String)>,
    /// Folder for the templates and the functions' code.
    #[arg(long, value_name = "FOLDER", default_value = "cdk.out", value_hint = ValueHint::DirPath, conflicts_with = "app")]
    out: PathBuf,
    /// Ask nothing, except before data is lost.
    #[arg(long, short)]
    yes: bool,
    /// Agree to the loss of this resource's data; repeatable.
    #[arg(long, value_name = "ID")]
    allow_loss_of: Vec<String>,
    /// Role for CloudFormation to use, instead of your own permissions.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    // A wrong name is reported before the code is built.
    let (source, target) = args.stacks.source()?;
    let consent = if args.yes { Agreement::Given } else { Agreement::Ask };
    let mut terminal = Terminal::new(consent, &args.allow_loss_of);
    if !terminal.can_ask() {
        return Err(UsageError::NobodyToAsk.into());
    }
    let options = Options {
        stack: args.stacks.only().map(str::to_owned),
        role_arn: args.role_arn.clone(),
        parameters: args.parameters.iter().cloned().collect(),
    };
    let deployed = match &source {
        Source::Configuration(config) => Some(up::deployment(config)),
        Source::Assembly(..) => None,
    };
    let stacks = block_on(async {
        let (aws, caller) = args.stacks.deployment.connect_to_change(&target).await?;
        terminal.name_account(&caller.account);
        let (config, bucket) = match source {
            Source::Assembly(assembly, folder) => {
                return Ok(deploy::deploy(&aws, &assembly, &folder, &options, &mut terminal).await?);
            }
            Source::Configuration(config) => {
                if let Some(bucket) = &config.source.bucket {
                    match deploy::check_event_source(&aws, bucket.as_str(), config.region.as_str()).await {
                        Err(DeployError::Call(error)) if error.kind == CallErrorKind::Denied => {
                            let line =
                                format!("Whether {bucket} reports its objects to EventBridge cannot be seen: {error}.");
                            print(&format!("{}\n", Width::of_output().wrapped(&line, "")))?;
                        }
                        checked => checked?,
                    }
                }
                let bucket = AssetBucket::find(&aws, asset_bucket(&config)).await?;
                (with_bucket(*config, bucket.own_name()), bucket)
            }
        };
        let mut assembly = stacks::build(&config, &Artifacts::of_this_build())?.app.synth()?;
        scripts::add(&mut assembly, &config)?;
        let out = &args.out;
        assembly.write(out).map_err(UsageError::file("write", out))?;
        let deployment = Deployment::plan(&aws, &assembly, &options, &mut terminal).await?;
        if deployment.needs_files() {
            let zip = package::zip(&config, out);
            if deploy::lacking(&aws, &assembly, out).await?.contains(&zip) {
                print("Building the functions' code, which takes some minutes.\n")?;
                print(&package::summary(&package::build(&config, &zip)?))?;
            }
            bucket.ensure(&aws, config.region.as_str(), &mut terminal).await?;
        }
        Ok(deployment.execute(out, &mut terminal).await?)
    })?;
    // The commands of the local platform know of it, too.
    if let (Some((folder, _)), Some(deployed)) = (args.stacks.deployment.platform(&target)?, deployed) {
        deployed.with_outputs_of(&stacks).keep(&folder)?;
    }
    print(&format!("\n{}", outputs::table(&stacks)))
}

/// `NAME=VALUE` or `STACK:NAME=VALUE`.
pub(super) fn parameter(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("it has no `=`")?;
    Ok((name.to_owned(), value.to_owned()))
}
