//! LLVM's programs that read what instrumented tests write.

use std::path::PathBuf;
use std::process::Command;

use miette::{IntoDiagnostic as _, WrapErr as _, miette};

use super::Tools;
use super::system::Program;

/// Where cargo-llvm-cov finds LLVM's programs.
pub(crate) enum Llvm {
    /// In the Rust toolchain, as its component `llvm-tools`; cargo-llvm-cov knows that place.
    Component,
    /// Among the system's packages.
    System { cov: PathBuf, profdata: PathBuf },
}

impl Llvm {
    /// Names the programs to a command of cargo-llvm-cov.
    pub(crate) fn tell(&self, command: &mut Command) {
        if let Self::System { cov, profdata } = self {
            command.env("LLVM_COV", cov).env("LLVM_PROFDATA", profdata);
        }
    }
}

impl Tools<'_> {
    /// The programs that match the compiler's LLVM: another version cannot read what it wrote.
    pub(crate) fn llvm(&self) -> miette::Result<Llvm> {
        let about = self.rustc(&["--version", "--verbose"])?;
        let libraries = PathBuf::from(self.rustc(&["--print", "target-libdir"])?.trim_end());
        if libraries.with_file_name("bin").join("llvm-cov").is_file() {
            return Ok(Llvm::Component);
        }
        let version = major(&about).ok_or_else(|| miette!("rustc does not tell its LLVM:\n{about}"))?;
        let cov = Program::LlvmCov(version)
            .find()
            .wrap_err("LLVM's coverage programs are missing; `rustup component add llvm-tools` brings them as well")?;
        let profdata = cov.with_file_name(format!("llvm-profdata-{version}"));
        Ok(Llvm::System { cov, profdata })
    }

    fn rustc(&self, arguments: &[&str]) -> miette::Result<String> {
        let output = self.workspace.command("rustc").args(arguments).output().into_diagnostic()?;
        String::from_utf8(output.stdout).into_diagnostic()
    }
}

/// The major version of LLVM in what `rustc --version --verbose` prints.
fn major(about: &str) -> Option<u16> {
    let version = about.lines().find_map(|line| line.strip_prefix("LLVM version: "))?;
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_version_is_that_of_the_compilers_llvm() {
        assert_eq!(major("rustc 1.95.0 (59807616e 2026-04-14)\nrelease: 1.95.0\nLLVM version: 22.1.2\n"), Some(22));
        assert_eq!(major("rustc 1.95.0"), None);
    }
}
