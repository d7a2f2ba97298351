//! `vod synth`: the configuration's CloudFormation, as a cloud assembly in a folder.

use std::path::PathBuf;

use clap::ValueHint;
use stacks::artifacts::Artifacts;
use stacks::scripts;

use super::failure::{Failure, UsageError};
use super::options::ConfigArgs;
use super::summary::Summary;
use super::terminal::{print, print_json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    /// The folder to write to.
    #[arg(long, value_name = "FOLDER", default_value = "cdk.out", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// Say nothing when all is well.
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.config.load()?;
    let artifacts = Artifacts::of_this_build();
    let app = stacks::build(&config, &artifacts)?.app;
    let mut summary = Summary::of(&config, &app, &args.out);
    let mut assembly = app.synth()?;
    scripts::add(&mut assembly, &config)?;
    summary.weigh(&assembly);
    summary.note(&assembly.write(&args.out).map_err(UsageError::file("write", &args.out))?);
    summary.look_for_code(&args.out.join(stacks::code_file(&config, &artifacts)));
    if args.json {
        print_json(&summary)
    } else if args.quiet {
        Ok(())
    } else {
        print(&summary.to_string())
    }
}
