//! `vod local`: the platform on this machine.

mod bench;
mod ingest;
mod logs;
mod serve;
mod status;
pub(super) mod up;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Subcommand, ValueHint};
use local::session::{self, Stopped};
use local::{Folder, Session};

use super::failure::{Failure, UsageError};
use super::invocation::commands_in;
use super::terminal::{confirm, print, require_somebody, wrapped};

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
    Reset(ResetArgs),
    /// Send many small videos through, and show how that went.
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

#[derive(Debug, clap::Args)]
pub(crate) struct ResetArgs {
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    place: Place,
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
        Command::Env(place) => print(&environment(&Session::expect(&place.folder())?)),
        Command::Logs(args) => logs::exec(args),
        Command::Down(place) => print(&commands_in(match session::stop(&place.folder())? {
            Stopped::Nothing => "Nothing runs here.\n",
            Stopped::InOrder => "Stopped. `vod local up` brings everything back as it was.\n",
            Stopped::Killed => "Stopped by force: what was not saved yet is lost.\n",
        })),
        Command::Reset(args) => reset(args),
        Command::Bench(args) => bench::exec(args),
        Command::Serve(args) => serve::exec(args),
    }
}

fn reset(args: &ResetArgs) -> Result<(), Failure> {
    let folder = args.place.folder();
    if !folder.holds_anything() {
        return print("Nothing is stored here.\n");
    }
    if !args.yes {
        require_somebody()?;
        let path = folder.path().display();
        print(&wrapped(&format!("{path}: all videos, records and stacks of this local platform are deleted."), ""))?;
        if !confirm("\nDelete them?").map_err(Failure::output)? {
            return Err(UsageError::Declined.into());
        }
    }
    session::stop(&folder)?;
    folder.reset()?;
    print(&commands_in("Deleted what was stored. `vod local up` begins anew.\n"))
}

/// What would lead away from the platform, or spoil its credentials.
const UNSET: &str = "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN\n";

/// What `vod local env` prints. Nothing in it needs quotes: addresses, names, letters and digits.
fn environment(session: &Session) -> String {
    let variables = [
        ("AWS_ENDPOINT_URL", session.aws()),
        ("AWS_ENDPOINT_URL_MEDIACONVERT", session.mediaconvert()),
        ("AWS_ENDPOINT_URL_MEDIAPACKAGE_VOD", session.mediapackage()),
        ("AWS_ACCESS_KEY_ID", session.keys.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY", session.keys.secret_access_key.clone()),
        ("AWS_REGION", session.role.region.clone()),
        ("AWS_DEFAULT_REGION", session.role.region.clone()),
    ];
    variables.iter().fold(UNSET.to_owned(), |mut script, (name, value)| {
        let _ = writeln!(script, "export {name}={value}");
        script
    })
}
