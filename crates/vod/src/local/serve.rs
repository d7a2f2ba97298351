//! `vod local serve`: the process that everything local depends on. Its output is the platform's log.

use std::path::PathBuf;

use local::session::Role;
use local::{Folder, Iam, serve};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use super::super::failure::Failure;
use super::super::terminal::block_on;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The platform's folder.
    #[arg(long)]
    folder: PathBuf,
    /// The region to play.
    #[arg(long)]
    region: String,
    /// The account to play.
    #[arg(long)]
    account: String,
    /// Whether policies are enforced.
    #[arg(long)]
    auth: Iam,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    serve::lead_session()?;
    let levels = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_targets(["vod", "transcoder"].map(|name| (name, LevelFilter::INFO)));
    let lines = fmt::layer().with_ansi(false).with_target(false);
    tracing_subscriber::registry().with(lines.with_filter(levels)).init();
    let role = Role { region: args.region.clone(), account: args.account.clone(), iam: args.auth };
    block_on(async { Ok(serve::serve(&Folder::at(args.folder.clone()), role).await?) })
}
