//! Where the work tree is, and commands that run in it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use miette::{IntoDiagnostic as _, WrapErr as _, bail};
use serde::de::DeserializeOwned;

/// The work tree that this program was built from.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self { root: manifest.parent().unwrap_or(manifest).to_owned() }
    }

    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.path("target"), |directory| self.root.join(directory))
    }

    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.root);
        command
    }

    /// Cargo on the whole workspace with its tests' features. Every check builds by this selection: for another one cargo chooses
    /// other features of the libraries, and builds them, the SDKs among them, once more.
    pub(crate) fn cargo_all(&self, command: &str) -> Command {
        self.cargo(&[command, "--workspace", "--features", "runtime/media-samples,transcoder/media-samples,vod/e2e"])
    }

    /// Builds the programs of all packages, and the examples.
    pub(crate) fn build_programs(&self) -> miette::Result<()> {
        // With tests, because the features of what only they need count for all then.
        run(self.cargo_all("build").args(["--bins", "--examples", "--tests"]))
    }

    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from));
        command.args(arguments);
        command
    }
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> miette::Result<T> {
    let text = fs_err::read_to_string(path).into_diagnostic()?;
    serde_json::from_str(&text).into_diagnostic().wrap_err_with(|| path.display().to_string())
}

/// Runs a command to its end; anything but success is an error that shows the command.
pub(crate) fn run(command: &mut Command) -> miette::Result<()> {
    let status = command.status().into_diagnostic().wrap_err_with(|| format!("cannot run {}", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// The command as a person would type it.
fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
