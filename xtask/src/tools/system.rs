//! Programs that come from the system's packages, not from us.

use std::borrow::Cow;
use std::path::PathBuf;
use std::process::Command;

use miette::{IntoDiagnostic as _, WrapErr as _, miette};

use crate::workspace::run;

/// A program that a check needs from the system.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// Python 3 that can make virtual environments.
    Python,
    /// npm, and with it Node.
    Npm,
    /// ffmpeg, which makes samples of media.
    Ffmpeg,
    /// Chromium, which looks at the player.
    Chromium,
    /// LLVM's reader of coverage, of this major version.
    LlvmCov(u16),
}

impl Program {
    fn name(self) -> Cow<'static, str> {
        match self {
            Self::Python => "python3".into(),
            Self::Npm => "npm".into(),
            Self::Ffmpeg => "ffmpeg".into(),
            Self::Chromium => "chromium".into(),
            Self::LlvmCov(version) => format!("llvm-cov-{version}").into(),
        }
    }

    /// What to install on Debian and its relatives.
    fn packages(self) -> Vec<Cow<'static, str>> {
        match self {
            Self::Python => vec!["python3".into(), "python3-venv".into()],
            Self::Npm => vec!["nodejs".into(), "npm".into()],
            Self::Ffmpeg => vec!["ffmpeg".into()],
            Self::Chromium => vec!["chromium".into()],
            Self::LlvmCov(version) => vec![format!("llvm-{version}").into()],
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
                install.args(["install", "-y", "-qq", "--no-install-recommends"]);
                install.args(self.packages().iter().map(Cow::as_ref));
                run(install.env("DEBIAN_FRONTEND", "noninteractive"))
            })
            .wrap_err_with(|| format!("{} is missing and cannot be installed", self.name()))?;
        self.usable().ok_or_else(by_hand)
    }

    fn usable(self) -> Option<PathBuf> {
        let found = which::which(self.name().as_ref()).ok()?;
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
