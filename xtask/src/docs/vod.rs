//! The program `vod`, run as a reader of the pages would: with the `stack.toml` of a clone, in a folder of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use miette::{IntoDiagnostic as _, miette};

use crate::workspace::Workspace;

pub(super) struct Vod {
    program: PathBuf,
    configuration: PathBuf,
    helps: RefCell<BTreeMap<Vec<String>, Option<String>>>,
}

impl Vod {
    pub(super) fn build(workspace: &Workspace) -> miette::Result<Self> {
        workspace.build_programs()?;
        Ok(Self {
            program: workspace.target().join("debug/vod"),
            configuration: workspace.path("stack.toml"),
            helps: RefCell::default(),
        })
    }

    /// What a command prints.
    pub(super) fn print(&self, arguments: &[&str]) -> miette::Result<String> {
        let folder = tempfile::tempdir().into_diagnostic()?;
        fs_err::copy(&self.configuration, folder.path().join("stack.toml")).into_diagnostic()?;
        // The pages' configuration is the file's alone: `VOD_…` variables are a layer above it.
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .output()
            .into_diagnostic()?;
        if !output.status.success() {
            return Err(miette!("vod {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)));
        }
        let text = String::from_utf8(output.stdout).into_diagnostic()?;
        Ok(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned())
    }

    /// The help of a command; none when there is no such command.
    pub(super) fn help(&self, command: &[&str]) -> miette::Result<Option<String>> {
        let key: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        if let Some(known) = self.helps.borrow().get(&key) {
            return Ok(known.clone());
        }
        let output = Command::new(&self.program).args(command).arg("--help").env_clear().output().into_diagnostic()?;
        let text = output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned());
        self.helps.borrow_mut().insert(key, text.clone());
        Ok(text)
    }
}
