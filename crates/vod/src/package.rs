//! `vod package`: the functions' code, built and packed into the cloud assembly.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use config::Config;
use package::{self, Packaged, Workspace};
use stacks::artifacts::Artifacts;

use super::failure::Failure;
use super::options::ConfigArgs;
use super::terminal::{megabytes, print};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    /// The folder to write to.
    #[arg(long, value_name = "FOLDER", default_value = "cdk.out", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// Build even if the package is there.
    #[arg(long)]
    force: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.config.load()?;
    let zip = zip(&config, &args.out);
    if zip.exists() && !args.force {
        return print(&format!("{} was up to date: nothing is built.\n", zip.display()));
    }
    print(&summary(&build(&config, &zip)?))
}

/// Where the functions' code is to lie.
pub(super) fn zip(config: &Config, out: &Path) -> PathBuf {
    out.join(stacks::code_file(config, &Artifacts::of_this_build()))
}

pub(super) fn build(config: &Config, zip: &Path) -> Result<Packaged, Failure> {
    Ok(package::package(Workspace::find()?.folder(), config.functions.architecture, zip)?)
}

pub(super) fn summary(packaged: &Packaged) -> String {
    let glibc = packaged.glibc.map_or("no glibc".to_owned(), |version| format!("glibc {version}"));
    format!(
        "Packed {}: {}, {} unpacked, needs {glibc}.\n",
        packaged.zip.display(),
        megabytes(packaged.zip_bytes),
        megabytes(packaged.program_bytes)
    )
}
