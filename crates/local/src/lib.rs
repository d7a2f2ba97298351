//! The platform on this machine: an emulated AWS, our transcoder, the same template and the same functions.
//!
//! One process, started by [`up`] and running [`serve`], holds everything else: the emulator as its child, and the transcoder,
//! the packaging stand-in and the player's proxy in itself. It leads its own session; when it ends, however
//! it ends, the emulator takes the rest of that session with it. Other commands find it through [`folder::Folder`].
//!
//! **Architecture invariant**: the assembly that it deploys is the one that AWS gets, with the same functions.

pub mod bench;
mod bootstrap;
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
pub use self::{deployment::Deployment, folder::Folder, programs::Program, programs::ToolError, session::Session};

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
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tool(#[from] ToolError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Deploy(#[from] DeployError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Records(#[from] OperateError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{failed} of {all} failed")]
    Unfinished { failed: usize, all: usize },
    #[error("interrupted")]
    #[diagnostic(help(
        "what is uploaded goes on: `vod videos list --local` shows it, `vod videos cancel GUID --local` ends it"
    ))]
    Interrupted,
}

/// What is wrong with a platform's folder.
#[derive(Debug, Diagnostic, Error)]
pub enum StateError {
    #[error("`{}` is damaged", .path.display())]
    #[diagnostic(help("`vod local reset` begins anew"))]
    Damaged { path: PathBuf, source: serde_json::Error },
    #[error("a platform runs in this folder already")]
    #[diagnostic(help("`vod local status` shows it, `vod local down` stops it"))]
    Running,
    #[error("no platform runs here")]
    #[diagnostic(help("start it with `vod local up`"))]
    NotRunning,
    #[error("nothing is deployed here yet")]
    #[diagnostic(help("start it with `vod local up`"))]
    NotDeployed,
    #[error("the deployed stack has no output `{name}`")]
    NoOutput { name: String },
}

/// What is wrong with a part of the platform.
#[derive(Debug, Error)]
pub enum ServiceError {
    #[error("the platform does not start; its log ends:\n{log}")]
    Start {
        /// The end of the logs.
        log: String,
    },
    #[error("{what} has ended unexpectedly")]
    Ended { what: &'static str },
    #[error(transparent)]
    Transcoder(#[from] transcoder::Error),
    #[error("{what}: {message}")]
    Answer { what: String, message: String },
}

impl Error {
    /// Whether what was asked for is wrong, or was not agreed to, and nothing was changed.
    pub fn is_input(&self) -> bool {
        match self {
            Self::Plan(_) => true,
            Self::Deploy(error) => error.is_input(),
            Self::Records(error) => error.is_input(),
            _ => false,
        }
    }

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
