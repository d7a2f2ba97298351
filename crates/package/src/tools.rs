//! The pinned tools of the build, in a Python environment of their own below `.tools/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::{PackageError, file};

/// Name and version of each tool.
const REQUIREMENTS: &str = include_str!("../../../xtask/tools/package.txt");

/// How to get the tools that come with Rust.
pub(super) const INSTALL_RUST: &str = "install Rust with rustup";

/// How to get what installs the linker.
const INSTALL_PYTHON: &str =
    "install Python 3 with venv (Debian: `apt-get install python3-venv`): the linker comes as a Python package";

/// The folder with the tools' programs; installs them if they are not there in these versions.
pub(super) fn install(workspace: &Path) -> Result<PathBuf, PackageError> {
    let folder = workspace.join(".tools/package");
    let stamp = folder.join("installed-from");
    if !fs::read_to_string(&stamp).is_ok_and(|installed| installed == REQUIREMENTS) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder), INSTALL_PYTHON)?;
        let requirements = folder.join("requirements.txt");
        fs::write(&requirements, REQUIREMENTS).map_err(file(&requirements))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
        ]);
        run(pip.arg("--requirement").arg(&requirements), INSTALL_PYTHON)?;
        fs::write(&stamp, REQUIREMENTS).map_err(file(&stamp))?;
    }
    Ok(folder.join("bin"))
}

/// Runs a program to its end; what it says goes to the standard error.
pub(super) fn run(command: &mut Command, hint: &'static str) -> Result<(), PackageError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let ended = command.stdout(std::io::stderr()).status();
    let status = ended.map_err(|source| PackageError::Start { program: program.clone(), hint, source })?;
    if status.success() { Ok(()) } else { Err(PackageError::Program { program, status }) }
}
