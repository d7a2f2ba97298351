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

use miette::Diagnostic;
use thiserror::Error;

pub use self::archive::{ArchiveError, pack};
pub use self::binary::Glibc;
pub use self::build::{package, workspace};

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packaged {
    pub zip: PathBuf,
    /// Its size.
    pub zip_bytes: u64,
    /// The size of the program in it.
    pub program_bytes: u64,
    /// The newest glibc that the program asks for.
    pub glibc: Option<Glibc>,
}

/// Why there is no package.
#[derive(Debug, Diagnostic, Error)]
pub enum PackageError {
    /// The sources are not there.
    #[error("`{}` is not the workspace that this program was built from", path.display())]
    #[diagnostic(help("run it in a clone of the repository, with `cargo run -- package`"))]
    NoWorkspace {
        /// Where they were looked for.
        path: PathBuf,
    },
    /// A program cannot be started.
    #[error("`{program}` cannot be started")]
    #[diagnostic(help("{hint}"))]
    Start {
        program: String,
        /// How to get it.
        hint: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A program failed; it said why itself.
    #[error("`{program}` failed ({status})")]
    #[diagnostic(help("its own message is above"))]
    Program {
        /// The program and its first arguments.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// Rust's standard library for the architecture is not installed.
    #[error("the Rust target {target} is not installed")]
    #[diagnostic(help(
        "`rustup target add {target}`; where rustup cannot be had, choose the machine's own architecture: \
         `--set functions.architecture=…`"
    ))]
    NoTarget { target: &'static str },
    /// The program is not one that Lambda can run.
    #[error("`{}` {problem}", path.display())]
    #[diagnostic(help("this is a defect of the build, not of the configuration"))]
    Unusable {
        /// The program.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file cannot be read or written.
    #[error("cannot use `{}`", path.display())]
    #[diagnostic(help("use a path that this user may write"))]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The zip was not made.
    #[error(transparent)]
    #[diagnostic(help("use a path that this user may write"))]
    Archive(#[from] ArchiveError),
}

/// Puts a path into an error.
fn file(path: &Path) -> impl FnOnce(io::Error) -> PackageError {
    let path = path.to_owned();
    move |source| PackageError::File { path, source }
}
