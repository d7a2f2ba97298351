//! `vod videos`: what was uploaded, and what became of it.

use super::aws::{AwsArgs, block_on};
use super::failure::Failure;
use super::options::ConfigArgs;
use super::output::print;
use super::show::video;
use crate::aws::Aws;
use crate::config::Config;
use crate::deploy::{DeployError, DeployedStack};
use crate::operate::videos::Videos;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the newest videos.
    List {
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        common: Common,
    },
    /// Show one video and its history.
    Show {
        /// The workflow's id.
        guid: String,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::List { limit, common } => {
            let config = common.aws.configuration(&common.config)?;
            let videos = block_on(async {
                let aws = common.aws.connect(&config).await;
                Ok(of(&aws, &config).await?.newest(*limit).await?)
            })?;
            if common.json { json(&videos) } else { print(&video::list(&videos)) }
        }
        Command::Show { guid, common } => {
            let config = common.aws.configuration(&common.config)?;
            let record = block_on(async {
                let aws = common.aws.connect(&config).await;
                Ok(of(&aws, &config).await?.record(guid).await?)
            })?;
            if common.json { json(&record) } else { print(&video::record(&record)) }
        }
    }
}

/// The videos of the configuration's deployment.
pub(super) async fn of(aws: &Aws, config: &Config) -> Result<Videos, Failure> {
    let name = config.name.as_str();
    let stack = DeployedStack::find(&aws.cloudformation(), name).await?;
    let stack = stack.ok_or_else(|| DeployError::NoStack { stack: name.to_owned() })?;
    Ok(Videos::of(aws, &stack)?)
}

fn json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let value = serde_json::to_value(value).map_err(|error| Failure::Output(error.into()))?;
    print(&format!("{value:#}\n"))
}
