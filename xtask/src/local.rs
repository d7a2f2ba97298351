//! `vod local` in a folder of its own, as a user runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use miette::{IntoDiagnostic as _, bail};
use serde::Deserialize;
use tempfile::TempDir;

use crate::workspace::{Workspace, run};

/// A video's record, as far as it is read here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) guid: String,
    pub(crate) hls_url: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Status {
    pub(crate) session: Session,
    pub(crate) processes: Vec<Process>,
}

#[derive(Deserialize)]
pub(crate) struct Session {
    /// The process that leads the others.
    pub(crate) process: u32,
    pub(crate) ports: Ports,
}

#[derive(Deserialize)]
pub(crate) struct Ports {
    pub(crate) player: u16,
}

#[derive(Deserialize)]
pub(crate) struct Process {
    pub(crate) command: String,
    /// In KiB.
    #[serde(rename = "memoryKib")]
    pub(crate) memory: u64,
}

/// A folder with the configuration of a clone; its platform stops when this is dropped.
pub(crate) struct Local {
    home: TempDir,
    program: PathBuf,
}

impl Local {
    /// Builds the program and the functions. The emulator is installed once for all folders.
    pub(crate) fn build(workspace: &Workspace) -> miette::Result<Self> {
        workspace.build_programs()?;
        let home = tempfile::tempdir().into_diagnostic()?;
        fs_err::copy(workspace.path("stack.toml"), home.path().join("stack.toml")).into_diagnostic()?;
        let tools = workspace.target().join("xtask/local-tools");
        fs_err::create_dir_all(&tools).into_diagnostic()?;
        fs_err::create_dir(home.path().join(".vod")).into_diagnostic()?;
        fs_err::os::unix::fs::symlink(tools, home.path().join(".vod/tools")).into_diagnostic()?;
        Ok(Self { home, program: workspace.target().join("debug/vod") })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut vod = Command::new(&self.program);
        vod.arg("local").args(arguments).current_dir(self.folder()).stdin(Stdio::null());
        vod
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> miette::Result<()> {
        run(&mut self.command(arguments))
    }

    /// The records of videos that are sent and published.
    pub(crate) fn ingest(&self, arguments: &[&str]) -> miette::Result<Vec<Record>> {
        let records = Self::print(self.command(&["ingest", "--wait", "--json"]).args(arguments))?;
        serde_json::from_str(&records).into_diagnostic()
    }

    pub(crate) fn status(&self) -> miette::Result<Status> {
        serde_json::from_str(&self.status_json()?).into_diagnostic()
    }

    pub(crate) fn status_json(&self) -> miette::Result<String> {
        Self::print(&mut self.command(&["status", "--json"]))
    }

    fn print(command: &mut Command) -> miette::Result<String> {
        let output = command.stderr(Stdio::inherit()).output().into_diagnostic()?;
        if !output.status.success() {
            bail!("{command:?} ended with {}", output.status);
        }
        String::from_utf8(output.stdout).into_diagnostic()
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // What runs no more need not be stopped.
        let _ = self.command(&["down"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}
