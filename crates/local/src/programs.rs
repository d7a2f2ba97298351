//! The programs that local mode needs from the system.

use std::{fmt, path::PathBuf, process::Command};

use super::Error;

/// Fails where python3 cannot make a virtual environment, as Debian's without more, or is older than MiniStack needs.
const VENV: &str = "import ensurepip, sys, venv; assert sys.version_info >= (3, 10)";

/// A program that must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Encodes.
    Ffmpeg,
    /// Looks into sources.
    Ffprobe,
    /// Runs the emulator.
    Python,
}

/// The programs that are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(pub Vec<Program>);

impl Program {
    const ALL: [Self; 3] = [Self::Ffmpeg, Self::Ffprobe, Self::Python];

    fn name(self) -> &'static str {
        match self {
            Self::Ffmpeg => "ffmpeg",
            Self::Ffprobe => "ffprobe",
            Self::Python => "python3",
        }
    }

    /// What to install: on Debian and its relatives, on Fedora, and with Homebrew.
    fn packages(self) -> [&'static str; 3] {
        match self {
            Self::Ffmpeg | Self::Ffprobe => ["ffmpeg", "ffmpeg", "ffmpeg"],
            Self::Python => ["python3 python3-venv", "python3", "python"],
        }
    }

    /// The program's path, if it can be used.
    fn find(self) -> Option<PathBuf> {
        let found = which::which(self.name()).ok()?;
        let complete = self != Self::Python
            || Command::new(&found).args(["-c", VENV]).output().is_ok_and(|output| output.status.success());
        complete.then_some(found)
    }
}

impl Missing {
    /// How to get them.
    #[must_use]
    pub fn help(&self) -> String {
        let commands = ["sudo apt-get install", "sudo dnf install", "brew install"];
        let systems = ["Debian, Ubuntu", "Fedora", "macOS"];
        let lines = systems.iter().zip(commands).enumerate().map(|(system, (name, command))| {
            let mut packages: Vec<&str> = self.0.iter().map(|program| program.packages()[system]).collect();
            packages.dedup();
            format!("{name}: {command} {}", packages.join(" "))
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|program| program.name()).collect();
        write!(f, "{}", names.join(", "))?;
        if self.0.contains(&Program::Python) {
            write!(f, " (3.10 or later, with venv)")?;
        }
        Ok(())
    }
}

/// The path of python3, once every program is there.
pub(super) fn check() -> Result<PathBuf, Error> {
    let missing: Vec<Program> = Program::ALL.into_iter().filter(|program| program.find().is_none()).collect();
    match Program::Python.find() {
        Some(python) if missing.is_empty() => Ok(python),
        _ => Err(Error::Missing(Missing(missing))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_way_to_get_it() {
        let missing = Missing(vec![Program::Ffmpeg, Program::Ffprobe, Program::Python]);
        assert_eq!(missing.to_string(), "ffmpeg, ffprobe, python3 (3.10 or later, with venv)");
        insta::assert_snapshot!(missing.help(), @r"
        Debian, Ubuntu: sudo apt-get install ffmpeg python3 python3-venv
        Fedora: sudo dnf install ffmpeg python3
        macOS: brew install ffmpeg python
        ");
        assert_eq!(Missing(vec![Program::Ffprobe]).to_string(), "ffprobe");
    }
}
