//! `vod completions`: what a shell needs to complete the command line.

use clap_complete::Shell;

use super::failure::Failure;
use super::output::print;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn exec(args: &Args, command: &mut clap::Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "vod", &mut script);
    print(&String::from_utf8_lossy(&script))
}
