//! The functions' code: built for Lambda's glibc, the same bytes from the same sources wherever they lie.
//!
//! **Architecture invariant**: the same sources give the same bytes, wherever they are.
#![allow(clippy::missing_errors_doc, reason = "each error says itself what failed")]

mod archive;
mod binary;
mod build;
mod sources;
mod tools;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use miette::Diagnostic;
use thiserror::Error;

pub use self::archive::{ArchiveError, pack};
pub use self::binary::Glibc;
pub use self::build::package;
pub use self::sources::Workspace;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packaged {
    pub zip: PathBuf,
    pub zip_bytes: u64,
    pub program_bytes: u64,
    /// The newest glibc that the program asks for.
    pub glibc: Option<Glibc>,
}

#[derive(Debug, Diagnostic, Error)]
pub enum PackageError {
    #[error("no folder is known for the sources of the functions")]
    #[diagnostic(help("set `HOME` or `XDG_CACHE_HOME`"))]
    NoCache,
    #[error("`{program}` cannot be started")]
    #[diagnostic(help("{hint}"))]
    Start { program: String, hint: &'static str, source: io::Error },
    #[error("`{program}` failed ({status})")]
    #[diagnostic(help("its own message is above"))]
    Program {
        /// The program and its first arguments.
        program: String,
        status: ExitStatus,
    },
    #[error("the Rust target {target} is not installed")]
    #[diagnostic(help(
        "`rustup target add {target}`; where rustup cannot be had, choose the machine's own architecture: \
         `--set functions.architecture=…`"
    ))]
    NoTarget { target: &'static str },
    #[error("`{}` {problem}", path.display())]
    #[diagnostic(help("this is a defect of the build, not of the configuration"))]
    Unusable { path: PathBuf, problem: String },
    #[error("cannot use `{}`", path.display())]
    #[diagnostic(help("use a path that this user may write"))]
    File { path: PathBuf, source: io::Error },
    #[error(transparent)]
    #[diagnostic(help("use a path that this user may write"))]
    Archive(#[from] ArchiveError),
}

/// Puts a path into an error.
fn file(path: &Path) -> impl FnOnce(io::Error) -> PackageError {
    let path = path.to_owned();
    move |source| PackageError::File { path, source }
}
