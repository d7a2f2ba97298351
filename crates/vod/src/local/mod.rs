//! `vod local`: the platform on this machine.

mod bench;
mod down;
mod env;
mod ingest;
mod logs;
mod serve;
mod status;
mod up;

use std::path::PathBuf;

use clap::{Subcommand, ValueHint};

use super::failure::Failure;
use local::Folder;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start everything and deploy the configuration; again, deploy what changed.
    Up(up::Args),
    /// Send videos through the workflows.
    Ingest(ingest::Args),
    /// Show what runs, and where.
    Status(status::Args),
    /// Print what a shell needs so that AWS tools and SDKs use the platform: `eval "$(vod local env)"`.
    Env(Place),
    /// Show what the functions wrote to their logs.
    Logs(logs::Args),
    /// Stop everything; what is stored stays.
    Down(Place),
    /// Stop everything and delete what is stored.
    Reset(Place),
    /// Send many small videos through, and tell how that went.
    Bench(bench::Args),
    /// Run the processes, as `up` does.
    #[command(hide = true)]
    Serve(serve::Args),
}

/// Which platform is meant.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// The configuration that the platform is of; its folder `.vod` is beside it.
    #[arg(long, value_name = "FILE", default_value = "stack.toml", value_hint = ValueHint::FilePath)]
    config: PathBuf,
}

impl Place {
    fn folder(&self) -> Folder {
        Folder::beside(&self.config)
    }
}

pub(super) fn exec(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Up(args) => up::exec(args),
        Command::Ingest(args) => ingest::exec(args),
        Command::Status(args) => status::exec(args),
        Command::Env(place) => env::exec(place),
        Command::Logs(args) => logs::exec(args),
        Command::Down(place) => down::exec(place),
        Command::Reset(place) => down::reset(place),
        Command::Bench(args) => bench::exec(args),
        Command::Serve(args) => serve::exec(args),
    }
}
