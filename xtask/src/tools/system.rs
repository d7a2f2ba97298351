//! Programs that come from the system's packages, not from us.

use std::{path::PathBuf, process::Command};

use miette::{IntoDiagnostic as _, WrapErr as _, miette};

use crate::workspace::run;

/// A program that a check needs from the system.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// Python 3 that can make virtual environments.
    Python,
    /// npm, and with it Node.
    Npm,
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::Python => "python3",
            Self::Npm => "npm",
        }
    }

    /// What to install on Debian and its relatives.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["python3", "python3-venv"],
            Self::Npm => &["nodejs", "npm"],
        }
    }

    /// The program's path; as root with apt-get, a missing one is installed.
    pub(super) fn find(self) -> miette::Result<PathBuf> {
        if let Some(found) = self.usable() {
            return Ok(found);
        }
        let packages = self.packages().join(" ");
        let by_hand = || {
            miette!(
                help = format!("on Debian or Ubuntu: sudo apt-get install {packages}"),
                "{} is missing",
                self.name()
            )
        };
        let apt = which::which("apt-get").map_err(|_| by_hand())?;
        if !is_root() {
            return Err(by_hand());
        }
        eprintln!("    {} is missing: apt-get install {packages}", self.name());
        let apt = || Command::new(&apt);
        run(apt().args(["update", "-qq"]))
            .and_then(|()| {
                let mut install = apt();
                install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(self.packages());
                run(install.env("DEBIAN_FRONTEND", "noninteractive"))
            })
            .wrap_err_with(|| format!("{} is missing and cannot be installed", self.name()))?;
        self.usable().ok_or_else(by_hand)
    }

    fn usable(self) -> Option<PathBuf> {
        let found = which::which(self.name()).ok()?;
        // Debian's python3 comes without the parts that a virtual environment needs.
        let complete = self != Self::Python || succeeds(Command::new(&found).args(["-c", "import ensurepip, venv"]));
        complete.then_some(found)
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().into_diagnostic();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
