//! The platform on this machine: an emulated AWS, our transcoder, the same template and the same functions.
//!
//! One process, started by [`up`] and running [`serve`], holds everything else: the emulator as its child, and the transcoder,
//! the packaging stand-in and the player's proxy in itself. It leads its own session; when it ends, however
//! it ends, the emulator takes the rest of that session with it. Other commands find it through [`folder::Folder`].
//!
//! **Architecture invariant**: the assembly that it deploys is the one that AWS gets, with the same functions.

pub mod bench;
mod bootstrap;
mod deploy;
mod deployment;
mod emulator;
pub mod folder;
mod http;
pub mod ingest;
pub mod keys;
mod packaging;
mod programs;
mod proxy;
pub mod serve;
pub mod session;
mod transcoding;
pub mod up;
mod upload;

use std::{fmt, io, os::unix::fs::OpenOptionsExt as _, path::Path, path::PathBuf};

use atomic_write_file::unix::OpenOptionsExt as _;
use fs_err as fs;
use miette::Diagnostic;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

use ::deploy::DeployError;
use aws::CallError;
use operate::OperateError;

use self::ingest::PlanError;
pub use self::{deployment::Deployment, folder::Folder, programs::ToolError, session::Session};

/// Whether the emulator enforces the policies of roles, buckets and topics. It wants credentials in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
pub enum Iam {
    /// A call without permission fails.
    Enforced,
    /// Whoever has credentials may call everything.
    Ignored,
}

impl Iam {
    /// The option of the emulator's launcher, and of [`serve`]'s command.
    fn option(self) -> &'static str {
        match self {
            Self::Enforced => "--auth=enforced",
            Self::Ignored => "--auth=ignored",
        }
    }
}

/// Why something local did not work.
#[derive(Debug, Diagnostic, Error)]
pub enum Error {
    /// What is needed on this machine is missing or fails.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tool(#[from] ToolError),
    /// The platform's folder is not as the command needs it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    State(#[from] StateError),
    /// A part of the platform fails.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The stacks are not deployed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Deploy(#[from] DeployError),
    /// A call failed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Call(#[from] CallError),
    /// The records cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Records(#[from] OperateError),
    /// Files cannot be sent.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A file or a process of the system's.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Videos were not published.
    #[error("{failed} of {all} failed")]
    Unfinished {
        /// How many.
        failed: usize,
        /// Of how many.
        all: usize,
    },
    /// Whoever asked for it asks no more.
    #[error("interrupted")]
    Interrupted,
}

/// What is wrong with a platform's folder.
#[derive(Debug, Diagnostic, Error)]
pub enum StateError {
    /// A file does not hold what it should.
    #[error("`{}` is damaged", .path.display())]
    #[diagnostic(help("`vod local reset` begins anew"))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The platform is being started or runs already.
    #[error("a platform runs in this folder already")]
    #[diagnostic(help("`vod local status` shows it, `vod local down` stops it"))]
    Running,
    /// The platform does not run.
    #[error("no platform runs here")]
    #[diagnostic(help("start it with `vod local up`"))]
    NotRunning,
    /// The platform runs with nothing on it.
    #[error("nothing is deployed here yet")]
    #[diagnostic(help("start it with `vod local up`"))]
    NotDeployed,
    /// The stack lacks an output.
    #[error("the deployed stack has no output `{name}`")]
    NoOutput {
        /// The output.
        name: String,
    },
}

/// What is wrong with a part of the platform.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// The processes do not start.
    #[error("the platform does not start; its log ends:\n{log}")]
    Start {
        /// The end of the logs.
        log: String,
    },
    /// A process ended that should run.
    #[error("{what} has ended unexpectedly")]
    Ended {
        /// The process.
        what: &'static str,
    },
    /// The transcoder does not run.
    #[error(transparent)]
    Transcoder(#[from] transcoder::Error),
    /// A service answered with an error, or not at all.
    #[error("{what}: {message}")]
    Answer {
        /// What was asked.
        what: String,
        /// What came back.
        message: String,
    },
}

impl Error {
    fn answer(what: &str, message: impl fmt::Display) -> Self {
        ServiceError::Answer { what: what.to_owned(), message: message.to_string() }.into()
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read(path)?;
    serde_json::from_slice(&text).map_err(|source| StateError::Damaged { path: path.to_owned(), source }.into())
}

/// Writes a file so that readers, who are its user's programs alone, see the old text or the new one.
fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let mut options = atomic_write_file::OpenOptions::new();
    let mut file = options.preserve_mode(false).mode(0o600).open(path)?;
    serde_json::to_writer_pretty(&mut file, value).map_err(io::Error::from)?;
    Ok(file.commit()?)
}
