//! The programs that local mode needs from the system.

use std::{path::PathBuf, process::Command};

use miette::Diagnostic;
use package::PackageError;
use strum::{IntoStaticStr, VariantArray};
use thiserror::Error;

/// Fails where python3 cannot make a virtual environment, as Debian's without more, or is older than MiniStack needs.
const VENV: &str = "import ensurepip, sys, venv; assert sys.version_info >= (3, 10)";

/// A program that must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum Program {
    /// Encodes.
    Ffmpeg,
    /// Looks into sources.
    Ffprobe,
    /// Runs the emulator.
    #[strum(serialize = "python3")]
    Python,
}

/// What is missing on this machine, or fails there.
#[derive(Debug, Diagnostic, Error)]
pub enum ToolError {
    #[error("missing: {}", names(.0))]
    #[diagnostic(help("{}", ways_to_install(.0)))]
    Missing(Vec<Program>),
    #[error("cannot {what}: {output}")]
    Command {
        what: &'static str,
        output: String,
        #[help]
        hint: Option<&'static str>,
    },
    #[error("the functions' code, `{}`, cannot be built: cargo is missing", .wanted.display())]
    #[diagnostic(help("install Rust with rustup: https://rustup.rs"))]
    NoCargo { wanted: PathBuf },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Package(#[from] PackageError),
}

impl Program {
    /// What to install: on Debian and its relatives, on Fedora, and with Homebrew.
    fn packages(self) -> [&'static str; 3] {
        match self {
            Self::Ffmpeg | Self::Ffprobe => ["ffmpeg", "ffmpeg", "ffmpeg"],
            Self::Python => ["python3 python3-venv", "python3", "python"],
        }
    }

    /// The program's path, if it can be used.
    pub fn find(self) -> Option<PathBuf> {
        let found = which::which(self.into_str()).ok()?;
        let complete = self != Self::Python
            || Command::new(&found).args(["-c", VENV]).output().is_ok_and(|output| output.status.success());
        complete.then_some(found)
    }
}

fn ways_to_install(missing: &[Program]) -> String {
    let commands = ["sudo apt-get install", "sudo dnf install", "brew install"];
    let systems = ["Debian, Ubuntu", "Fedora", "macOS"];
    let lines = systems.iter().zip(commands).enumerate().map(|(system, (name, command))| {
        let mut packages: Vec<&str> = missing.iter().map(|program| program.packages()[system]).collect();
        packages.dedup();
        format!("{name}: {command} {}", packages.join(" "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn names(missing: &[Program]) -> String {
    let names: Vec<_> = missing.iter().map(Program::into_str).collect();
    let versions = if missing.contains(&Program::Python) { " (3.10 or later, with venv)" } else { "" };
    names.join(", ") + versions
}

/// The path of python3, once every program is there.
pub(super) fn check() -> Result<PathBuf, ToolError> {
    let missing: Vec<Program> = Program::VARIANTS.iter().copied().filter(|program| program.find().is_none()).collect();
    match Program::Python.find() {
        Some(python) if missing.is_empty() => Ok(python),
        _ => Err(ToolError::Missing(missing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_way_to_get_it() {
        let missing = ToolError::Missing(Program::VARIANTS.to_vec());
        assert_eq!(missing.to_string(), "missing: ffmpeg, ffprobe, python3 (3.10 or later, with venv)");
        insta::assert_snapshot!(missing.help().unwrap(), @r"
        Debian, Ubuntu: sudo apt-get install ffmpeg python3 python3-venv
        Fedora: sudo dnf install ffmpeg python3
        macOS: brew install ffmpeg python
        ");
        assert_eq!(ToolError::Missing(vec![Program::Ffprobe]).to_string(), "missing: ffprobe");
    }
}
