//! The functions' code: built for Lambda's glibc, the same bytes from the same sources wherever they lie.
//!
//! **Architecture invariant**: the same sources give the same bytes, wherever they are.

mod archive;
mod binary;
mod build;
mod tools;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use thiserror::Error;

pub use self::archive::{ArchiveError, pack};
pub use self::binary::Glibc;
pub use self::build::{package, workspace};

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packaged {
    /// The zip.
    pub zip: PathBuf,
    /// Its size.
    pub zip_bytes: u64,
    /// The size of the program in it.
    pub program_bytes: u64,
    /// The newest glibc that the program asks for.
    pub glibc: Option<Glibc>,
}

/// Why there is no package.
#[derive(Debug, Error)]
pub enum PackageError {
    /// The sources are not there.
    #[error("`{}` is not the workspace that this program was built from", path.display())]
    NoWorkspace {
        /// Where they were looked for.
        path: PathBuf,
    },
    /// A program cannot be started.
    #[error("`{program}` cannot be started")]
    Start {
        /// The program.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// A program failed; it said why itself.
    #[error("`{program}` failed ({status})")]
    Program {
        /// The program and its first arguments.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// Rust's standard library for the architecture is not installed.
    #[error("the Rust target {target} is not installed")]
    NoTarget {
        /// The target.
        target: &'static str,
    },
    /// The program is not one that Lambda can run.
    #[error("`{}` {problem}", path.display())]
    Unusable {
        /// The program.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file cannot be read or written.
    #[error("cannot use `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The zip was not made.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

impl PackageError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoWorkspace { .. } => "run it in a clone of the repository, with `cargo run -- package`".to_owned(),
            Self::Start { program, .. } if program.starts_with("python") => {
                "install Python 3 with venv (Debian: `apt-get install python3-venv`): the linker comes as a Python package"
                    .to_owned()
            }
            Self::Start { .. } => "install Rust with rustup".to_owned(),
            Self::Program { .. } => "its own message is above".to_owned(),
            Self::NoTarget { target } => format!(
                "`rustup target add {target}`; where rustup cannot be had, choose the machine's own architecture: \
                 `--set functions.architecture=…`"
            ),
            Self::Unusable { .. } => "this is a defect of the build, not of the configuration".to_owned(),
            Self::File { .. } | Self::Archive(_) => "use a path that this user may write".to_owned(),
        }
    }
}

/// Puts a path into an error.
fn file(path: &Path) -> impl FnOnce(io::Error) -> PackageError {
    let path = path.to_owned();
    move |source| PackageError::File { path, source }
}
