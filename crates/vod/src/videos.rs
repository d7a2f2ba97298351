//! `vod videos`: what was uploaded, what became of it, and what is to become of it.

use std::fs;
use std::path::{Path, PathBuf};

use aws::{Aws, DeployedStack, MAX_WILDCARDS};
use clap::ValueHint;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use deploy::DeployError;
use jiff::Timestamp;
use operate::OperateError;
use operate::edit::{Edit, Edited, Listing, PictureFormat, Poster, edit};
use operate::executions::{Execution, cancel, encode, retry};
use operate::removal::{self, SourceRemoval, VideoRemoval};
use operate::videos::{Filter, Video, Videos};
use pipeline::record::{Stored, TITLE, WorkflowStatus};
use strum::VariantArray as _;

use super::failure::{Failure, UsageError};
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
    /// Try failed videos again, from the workflow that failed.
    Retry {
        #[command(flatten)]
        chosen: ChosenArgs,
        /// Only show which.
        #[arg(long)]
        dry_run: bool,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
        #[command(flatten)]
        deployment: DeploymentArgs,
    },
    /// Encode videos again, as the deployment does it today; each job is charged.
    Encode {
        /// The videos' ids, or the first characters of each: four are enough where no other begins so.
        #[arg(required = true, value_name = "GUID")]
        guids: Vec<String>,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
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
    /// Change what viewers see of a video: its title, its picture, its place in the library.
    #[group(required = true, multiple = true, args = ["title", "listed", "poster"])]
    #[command(override_usage = "vod videos edit [OPTIONS] <GUID>")]
    Edit {
        /// The video's id, or its first characters: four are enough where no other begins so.
        guid: String,
        /// What it is called.
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
        /// Whether the player's library shows it.
        #[arg(long, value_name = "YES|NO")]
        listed: Option<Answer>,
        /// A picture that stands for it: JPEG, PNG or WebP.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        poster: Option<PathBuf>,
        #[command(flatten)]
        deployment: DeploymentArgs,
    },
    /// Remove videos: their outputs, assets, places in the catalogue and records.
    Delete {
        #[command(flatten)]
        chosen: ChosenArgs,
        /// The sources as well, and the metadata files that named them.
        #[arg(long)]
        source: bool,
        /// Take them out of the caches of CloudFront, too; at most 15 videos at once.
        #[arg(long)]
        invalidate: bool,
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

/// The videos that a command is about: by their ids, or those that failed.
#[derive(Debug, clap::Args)]
struct ChosenArgs {
    /// The videos' ids, or the first characters of each: four are enough where no other begins so.
    #[arg(value_name = "GUID", required_unless_present = "failed", conflicts_with = "failed")]
    guids: Vec<String>,
    /// All that failed.
    #[arg(long)]
    failed: bool,
    /// Only those that arrived since then: 90m, 2h, 3d, or a date.
    #[arg(long, value_name = "TIME", conflicts_with = "guids")]
    since: Option<Past>,
    /// Only those that arrived before then.
    #[arg(long, value_name = "TIME", conflicts_with = "guids")]
    before: Option<Past>,
}

impl ChosenArgs {
    async fn find(&self, videos: &Videos) -> Result<Vec<Video>, OperateError> {
        if !self.failed {
            return named(videos, &self.guids).await;
        }
        let filter = Filter {
            since: self.since.map(Past::of_record),
            before: self.before.map(Past::of_record),
            status: vec![WorkflowStatus::Error],
            ..Filter::default()
        };
        Ok(videos.matching(&filter, usize::MAX).await?.videos)
    }
}

/// The videos of these ids, each once.
async fn named(videos: &Videos, guids: &[String]) -> Result<Vec<Video>, OperateError> {
    let mut found: Vec<Video> = Vec::new();
    for guid in guids {
        let guid = videos.guid(guid).await?;
        if found.iter().all(|video| video.guid != guid) {
            found.push(videos.video(&guid).await?);
        }
    }
    Ok(found)
}

/// Reads a status by its name, in capitals or not.
fn status_parser() -> impl TypedValueParser<Value = WorkflowStatus> {
    let names = WorkflowStatus::VARIANTS.iter().map(WorkflowStatus::into_str);
    PossibleValuesParser::new(names).map(|name| {
        let known = WorkflowStatus::VARIANTS.iter().find(|status| status.into_str().eq_ignore_ascii_case(&name));
        *known.expect("clap takes no other name")
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Answer {
    Yes,
    No,
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
        Command::Retry { chosen, dry_run, yes, deployment } => {
            // Who names each of them has chosen already.
            let asks = chosen.failed && !yes && !dry_run;
            if asks {
                require_somebody()?;
            }
            let access = if *dry_run { Access::Read } else { Access::Change };
            with(access, deployment, async |aws, stack| {
                let videos = chosen.find(&Videos::of(aws, stack)?).await?;
                if chosen.failed || *dry_run {
                    print(&video::retries(&videos))?;
                }
                if *dry_run || videos.is_empty() {
                    return Ok(());
                }
                if asks && !confirm("Try this again?").map_err(Failure::output)? {
                    return Err(OperateError::Declined.into());
                }
                start(&videos, async |guid| retry(aws, stack, guid).await).await
            })
        }
        Command::Encode { guids, yes, deployment } => {
            if !yes {
                require_somebody()?;
            }
            with(Access::Change, deployment, async |aws, stack| {
                let videos = named(&Videos::of(aws, stack)?, guids).await?;
                print(&video::encodings(&videos))?;
                if !yes && !confirm("Encode this?").map_err(Failure::output)? {
                    return Err(OperateError::Declined.into());
                }
                start(&videos, async |guid| encode(aws, stack, guid).await).await
            })
        }
        Command::Cancel { guid, deployment } => {
            print(&video::canceled(&with(Access::Change, deployment, async |aws, stack| {
                let guid = Videos::of(aws, stack)?.guid(guid).await?;
                Ok(cancel(aws, stack, &guid).await?)
            })?))
        }
        Command::Edit { guid, title, listed, poster: picture, deployment } => {
            let listing = listed.map(|listed| match listed {
                Answer::Yes => Listing::Listed,
                Answer::No => Listing::Unlisted,
            });
            let poster = picture.as_deref().map(poster).transpose()?;
            let changes = Edit { title: title.clone(), listing, poster };
            with(Access::Change, deployment, async |aws, stack| {
                let guid = Videos::of(aws, stack)?.guid(guid).await?;
                let edited = edit(aws, stack, &guid, &changes).await?;
                print(&format!(
                    "Changed {guid} {}.\n",
                    match edited {
                        Edited::Record => "in its record",
                        Edited::RecordAndCatalogue => "in its record and in the library",
                    }
                ))
            })
        }
        Command::Delete { chosen, source, invalidate, yes, deployment } => {
            if !yes {
                require_somebody()?;
            }
            let of_source = if *source { SourceRemoval::Removed } else { SourceRemoval::Kept };
            let caches = if *invalidate { Caches::Invalidated } else { Caches::Kept };
            with(Access::Change, deployment, async |aws, stack| {
                let videos = chosen.find(&Videos::of(aws, stack)?).await?;
                if videos.len() > MAX_WILDCARDS && caches == Caches::Invalidated {
                    return Err(UsageError::TooManyToInvalidate { count: videos.len() }.into());
                }
                let mut removals = Vec::new();
                for video in videos {
                    removals.push(VideoRemoval::plan(aws, stack, &video.guid, of_source).await?);
                }
                print(&video::removals(&removals, caches))?;
                if removals.is_empty() {
                    return Ok(());
                }
                if !yes && !confirm("Remove this?").map_err(Failure::output)? {
                    return Err(OperateError::Declined.into());
                }
                for removal in &removals {
                    removal.remove().await?;
                }
                if caches == Caches::Invalidated {
                    let guids: Vec<&str> = removals.iter().map(|removal| removal.guid.as_str()).collect();
                    removal::invalidate(aws, stack, &guids).await?;
                }
                for removal in &removals {
                    removal.forget().await?;
                    print(&format!("Removed {}.\n", removal.guid))?;
                }
                Ok(())
            })
        }
    }
}

/// What is to become of what CloudFront has cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caches {
    Kept,
    Invalidated,
}

/// Starts an execution for each video. One that cannot be started is reported at the end; where a call fails, those that
/// follow would fail as well.
async fn start(videos: &[Video], start: impl AsyncFn(&str) -> Result<Execution, OperateError>) -> Result<(), Failure> {
    let mut failures = Vec::new();
    for video in videos {
        match start(&video.guid).await {
            Ok(Execution { workflow, name, .. }) => {
                print(&format!("Started the {} workflow again, as {name}.\n", workflow.into_str()))?;
            }
            Err(error @ OperateError::Call(_)) => return Err(error.into()),
            Err(error) => failures.push(Failure::from(error)),
        }
    }
    Failure::all(failures)
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
    let (record, page, domain) = with(Access::Read, deployment, async |aws, stack| {
        let videos = Videos::of(aws, stack)?;
        let guid = videos.guid(guid).await?;
        let domain = stack.outputs.get("CloudFrontDomain").map(|output| output.value.clone());
        Ok((videos.record(&guid).await?, videos.page(&guid), domain))
    })?;
    if *json {
        return print_json(&record);
    }
    // A person wants addresses that lead somewhere.
    let record = match (deployment.platform(&Target::platform(&deployment.configuration()?))?, domain) {
        (Some((_, session)), Some(domain)) => session.localized(record, &domain),
        _ => record,
    };
    let stored = Stored::read(&record).map_err(|source| OperateError::Members { guid: guid.to_owned(), source })?;
    let page = page.filter(|_| stored.workflow_status == Some(WorkflowStatus::Complete));
    let player = page.into_iter().map(|page| ("player".to_owned(), page));
    let addresses: Vec<_> = player.chain(video::addresses(&record)).collect();
    print(&video::record(&stored, record.get(TITLE), &addresses))
}

/// A picture, as a file holds it.
fn poster(path: &Path) -> Result<Poster, UsageError> {
    let bytes = fs::read(path).map_err(UsageError::file("read", path))?;
    let format = PictureFormat::of(&bytes).ok_or_else(|| UsageError::NoPicture { path: path.to_owned() })?;
    Ok(Poster { format, bytes })
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
        let mut stack = stack.ok_or_else(|| DeployError::NoStack { stack: target.name.clone() })?;
        if let (Some((_, session)), Some(player)) = (deployment.platform(&target)?, stack.outputs.get_mut("PlayerUrl"))
        {
            player.value = format!("{}/", session.player());
        }
        work(&aws, &stack).await
    })
}
