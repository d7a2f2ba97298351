//! `vod videos`: what was uploaded, what became of it, and what is to become of it.

use aws::{Aws, DeployedStack};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use deploy::DeployError;
use jiff::Timestamp;
use operate::OperateError;
use operate::executions::{RetryFrom, cancel, retry};
use operate::removal::{SourceRemoval, VideoRemoval};
use operate::videos::{Filter, Video, Videos};
use pipeline::record::{Stored, WorkflowStatus};
use strum::VariantArray as _;

use super::failure::Failure;
use super::moment::Past;
use super::options::{DeploymentArgs, Target};
use super::show::video;
use super::terminal::{block_on, confirm, print, print_json, require_somebody, width};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the newest videos.
    List {
        #[command(flatten)]
        filter: FilterArgs,
        /// How many.
        #[arg(long, value_name = "COUNT", default_value_t = 20, conflicts_with = "all")]
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// As many as there are.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Show one video and its history.
    Show {
        /// The video's id, or its first characters: four are enough where no other begins so.
        guid: String,
        #[command(flatten)]
        common: Common,
    },
    /// Try a failed video again, from the workflow that failed.
    Retry {
        /// The video's id, or its first characters: four are enough where no other begins so.
        guid: String,
        /// Encode it anew, whatever failed; each job is charged.
        #[arg(long)]
        encode: bool,
        #[command(flatten)]
        deployment: DeploymentArgs,
    },
    /// End the work on a video: its job, or the workflow that runs.
    Cancel {
        /// The video's id, or its first characters: four are enough where no other begins so.
        guid: String,
        #[command(flatten)]
        deployment: DeploymentArgs,
    },
    /// Remove a video: its outputs, its asset, its place in the catalogue, its record.
    Delete {
        /// The video's id, or its first characters: four are enough where no other begins so.
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

/// Which videos.
#[derive(Debug, clap::Args)]
struct FilterArgs {
    /// Only those in this status; can be given more than once.
    #[arg(long, value_name = "STATUS", ignore_case = true, value_parser = status_parser())]
    status: Vec<WorkflowStatus>,
    /// Only those that arrived since then: 90m, 2h, 3d, or a date.
    #[arg(long, value_name = "TIME")]
    since: Option<Past>,
    /// Only those with this in their title, in capitals or not.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only those whose source's key begins so.
    #[arg(long, value_name = "PREFIX")]
    source: Option<String>,
}

impl FilterArgs {
    fn filter(&self) -> Filter {
        Filter {
            since: self.since.map(Past::of_record),
            before: None,
            status: self.status.clone(),
            title: self.search.clone(),
            source: self.source.clone(),
        }
    }
}

/// Reads a status by its name, in capitals or not.
fn status_parser() -> impl TypedValueParser<Value = WorkflowStatus> {
    let names = WorkflowStatus::VARIANTS.iter().map(WorkflowStatus::into_str);
    PossibleValuesParser::new(names).map(|name| {
        let known = WorkflowStatus::VARIANTS.iter().find(|status| status.into_str().eq_ignore_ascii_case(&name));
        *known.expect("clap takes no other name")
    })
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
        Command::List { filter, limit, all, common } => {
            list(filter, if *all { usize::MAX } else { *limit as usize }, common)
        }
        Command::Show { guid, common } => show(guid, common),
        Command::Retry { guid, encode, deployment } => {
            let from = if *encode { RetryFrom::Encoding } else { RetryFrom::Failure };
            let started = with(Access::Change, deployment, async |aws, stack| {
                let guid = Videos::of(aws, stack)?.guid(guid).await?;
                Ok(retry(aws, stack, &guid, from).await?)
            })?;
            print(&format!("Started the {} workflow again, as {}.\n", started.workflow.into_str(), started.name))
        }
        Command::Cancel { guid, deployment } => {
            print(&video::canceled(&with(Access::Change, deployment, async |aws, stack| {
                let guid = Videos::of(aws, stack)?.guid(guid).await?;
                Ok(cancel(aws, stack, &guid).await?)
            })?))
        }
        Command::Delete { guid, source, yes, deployment } => {
            if !yes {
                require_somebody()?;
            }
            let of_source = if *source { SourceRemoval::Removed } else { SourceRemoval::Kept };
            with(Access::Change, deployment, async |aws, stack| {
                let guid = Videos::of(aws, stack)?.guid(guid).await?;
                let removal = VideoRemoval::plan(aws, stack, &guid, of_source).await?;
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

fn list(args: &FilterArgs, max: usize, Common { json, deployment }: &Common) -> Result<(), Failure> {
    let filter = args.filter();
    let (videos, listed) = with(Access::Read, deployment, async |aws, stack| {
        let videos = Videos::of(aws, stack)?;
        let listed = videos.matching(&filter, max).await?;
        Ok((videos, listed))
    })?;
    let page = |video: &Video| videos.page(&video.guid).filter(|_| video.workflow_status == WorkflowStatus::Complete);
    if *json {
        let rows: Vec<_> = listed.videos.iter().map(|it| video::Row::of(it, page(it))).collect();
        return print_json(&rows);
    }
    print(&video::list(&listed.videos, page, width(), Timestamp::now()))?;
    if let Some(more) = video::more(&listed) {
        eprintln!("{more}");
    } else if listed.videos.is_empty() && filter == Filter::default() {
        eprintln!("There is no video yet: `vod outputs SourceBucket` names the bucket to upload to.");
    } else if listed.videos.is_empty() {
        eprintln!("No video matches: `vod videos list` shows the newest.");
    }
    Ok(())
}

fn show(guid: &str, Common { json, deployment }: &Common) -> Result<(), Failure> {
    let (record, page) = with(Access::Read, deployment, async |aws, stack| {
        let videos = Videos::of(aws, stack)?;
        let guid = videos.guid(guid).await?;
        Ok((videos.record(&guid).await?, videos.page(&guid)))
    })?;
    if *json {
        return print_json(&record);
    }
    let stored = Stored::read(&record).map_err(|source| OperateError::Members { guid: guid.to_owned(), source })?;
    let page = page.filter(|_| stored.workflow_status == Some(WorkflowStatus::Complete));
    let player = page.into_iter().map(|page| ("player".to_owned(), page));
    let addresses: Vec<_> = player.chain(video::addresses(&record)).collect();
    print(&video::record(&stored, record.get("title"), &addresses))
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
