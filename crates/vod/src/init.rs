//! `vod init`: a commented `stack.toml` to begin with.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use atomic_write_file::AtomicWriteFile;
use clap::ValueHint;

use super::failure::{Failure, UsageError};
use super::invocation::quoted;
use super::terminal::print;

/// The file itself: the one at the root of the repository.
const STARTER: &str = include_str!("../../../stack.toml");

/// The configuration that every command reads unless it is given another.
const DEFAULT: &str = "stack.toml";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file to write.
    #[arg(default_value = DEFAULT, value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Write over a file that is there.
    #[arg(long)]
    force: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let path = &args.file;
    if path.exists() && !args.force {
        return Err(UsageError::Exists { path: path.clone() }.into());
    }
    let write = || {
        let mut file = AtomicWriteFile::open(path)?;
        file.write_all(STARTER.as_bytes())?;
        file.commit()
    };
    write().map_err(UsageError::file("write", path))?;
    let mut synth = "vod synth".to_owned();
    if path != Path::new(DEFAULT) {
        let _ = write!(synth, " --config {}", quoted(&path.to_string_lossy()));
    }
    print(&format!("Wrote {}. Look through it, then run `{synth}`.\n", path.display()))
}
