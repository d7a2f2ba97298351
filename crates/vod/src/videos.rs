//! `vod videos`: what was uploaded, what became of it, and what is to become of it.

use aws::{Aws, DeployedStack};
use deploy::DeployError;
use operate::OperateError;
use operate::executions::{RetryFrom, cancel, retry};
use operate::removal::{SourceRemoval, VideoRemoval};
use operate::videos::Videos;

use super::failure::Failure;
use super::options::{DeploymentArgs, Target};
use super::show::video;
use super::terminal::{block_on, confirm, print, print_json, require_somebody};

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
    /// Try a failed video again, from the workflow that failed.
    Retry {
        /// The workflow's id.
        guid: String,
        /// Encode it anew, whatever failed; each job is charged.
        #[arg(long)]
        encode: bool,
        #[command(flatten)]
        deployment: DeploymentArgs,
    },
    /// End the work on a video: its job, or the workflow that runs.
    Cancel {
        /// The workflow's id.
        guid: String,
        #[command(flatten)]
        deployment: DeploymentArgs,
    },
    /// Remove a video: its outputs, its asset, its place in the catalogue, its record.
    Delete {
        /// The workflow's id.
        guid: String,
        /// The source as well, and the metadata file that named it.
        #[arg(long)]
        source: bool,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
        #[command(flatten)]
        deployment: DeploymentArgs,
    },
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::List { limit, common } => {
            let videos = with(Access::Read, &common.deployment, async |aws, stack| {
                Ok(Videos::of(aws, stack)?.newest(*limit).await?)
            })?;
            if common.json { print_json(&videos) } else { print(&video::list(&videos)) }
        }
        Command::Show { guid, common } => {
            let record = with(Access::Read, &common.deployment, async |aws, stack| {
                Ok(Videos::of(aws, stack)?.record(guid).await?)
            })?;
            if common.json { print_json(&record) } else { print(&video::record(&record)) }
        }
        Command::Retry { guid, encode, deployment } => {
            let from = if *encode { RetryFrom::Encoding } else { RetryFrom::Failure };
            let started =
                with(Access::Change, deployment, async |aws, stack| Ok(retry(aws, stack, guid, from).await?))?;
            print(&format!("Started the {} workflow again, as {}.\n", started.workflow.into_str(), started.name))
        }
        Command::Cancel { guid, deployment } => {
            print(&video::canceled(&with(Access::Change, deployment, async |aws, stack| {
                Ok(cancel(aws, stack, guid).await?)
            })?))
        }
        Command::Delete { guid, source, yes, deployment } => {
            if !yes {
                require_somebody()?;
            }
            let of_source = if *source { SourceRemoval::Removed } else { SourceRemoval::Kept };
            with(Access::Change, deployment, async |aws, stack| {
                let removal = VideoRemoval::plan(aws, stack, guid, of_source).await?;
                print(&video::removal(&removal))?;
                if !yes && !confirm("Remove this?").map_err(Failure::output)? {
                    return Err(OperateError::Declined.into());
                }
                removal.execute().await?;
                print(&format!("Removed {guid}.\n"))
            })
        }
    }
}

/// What a command does to a deployment.
#[derive(Clone, Copy)]
enum Access {
    Read,
    Change,
}

fn with<T>(
    access: Access,
    deployment: &DeploymentArgs,
    work: impl AsyncFnOnce(&Aws, &DeployedStack) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let target = Target::platform(&deployment.configuration()?);
    block_on(async {
        let aws = match access {
            Access::Read => deployment.connect(&target).await?,
            Access::Change => deployment.connect_to_change(&target).await?.0,
        };
        let stack = DeployedStack::find(&aws.cloudformation(), &target.name).await?;
        work(&aws, &stack.ok_or(DeployError::NoStack { stack: target.name })?).await
    })
}
