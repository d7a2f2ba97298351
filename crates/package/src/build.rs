//! The build itself.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;
use pipeline::settings::Architecture;

use super::binary::{newest_glibc, problem};
use super::{Glibc, PackageError, Packaged, file, pack, tools};

/// The profile of the workspace that makes the smallest and fastest program.
const PROFILE: &str = "lambda";

/// Builds the functions' program from the sources in a workspace and packs it.
pub fn package(workspace: &Path, architecture: Architecture, zip: &Path) -> Result<Packaged, PackageError> {
    let program = build(workspace, architecture)?;
    let content = fs::read(&program).map_err(file(&program))?;
    if let Some(problem) = problem(&content, architecture) {
        return Err(PackageError::Unusable { path: program, problem });
    }
    pack(&program, zip)?;
    let zip_bytes = fs::metadata(zip).map_err(file(zip))?.len();
    let program_bytes = content.len() as u64;
    Ok(Packaged { zip: zip.to_owned(), zip_bytes, program_bytes, glibc: newest_glibc(&content) })
}

/// Builds the program, and returns where it is.
fn build(workspace: &Path, architecture: Architecture) -> Result<PathBuf, PackageError> {
    let target = match architecture {
        Architecture::X86_64 => "x86_64-unknown-linux-gnu",
        Architecture::Arm64 => "aarch64-unknown-linux-gnu",
    };
    require_target(target)?;
    let tools = tools::install(workspace)?;
    let target_folder = env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let target_folder = std::path::absolute(&target_folder).map_err(file(&target_folder))?;
    let mut cargo = Command::new(tools.join("cargo-zigbuild"));
    cargo.args(["zigbuild", "--locked", "--profile", PROFILE, "--package", "runtime", "--bin", "bootstrap"]);
    cargo.arg("--target").arg(format!("{target}.{}", Glibc::OF_LAMBDA)).arg("--target-dir").arg(&target_folder);
    cargo.current_dir(workspace).env("PATH", first_in_path(&tools));
    // No path of this machine gets into the program, and nothing that the user's shell sets changes it.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", remapped(workspace, &target_folder));
    for name in ["RUSTFLAGS", "CFLAGS", "TARGET_CFLAGS"] {
        cargo.env_remove(name);
    }
    cargo.env("SOURCE_DATE_EPOCH", "0");
    tools::run(&mut cargo, tools::INSTALL_RUST)?;
    Ok(target_folder.join(target).join(PROFILE).join("bootstrap"))
}

/// Sees to the target's standard library: without it the build fails with a message about something else.
fn require_target(target: &'static str) -> Result<(), PackageError> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let output = rustc.args(["--print", "target-libdir", "--target", target]).output();
    let output = output.map_err(|source| PackageError::Start {
        program: "rustc".to_owned(),
        hint: tools::INSTALL_RUST,
        source,
    })?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end());
    if output.status.success() && folder.is_dir() { Ok(()) } else { Err(PackageError::NoTarget { target }) }
}

fn first_in_path(folder: &Path) -> OsString {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(env::split_paths(&rest));
    env::join_paths(folders).unwrap_or(rest)
}

/// The compiler's options that give every folder of this machine another name.
fn remapped(workspace: &Path, target_folder: &Path) -> OsString {
    let folders = [(workspace, "/vod"), (target_folder, "/target"), (&cargo_home(), "/cargo")];
    let options = folders.map(|(folder, name)| {
        let mut option = OsString::from("--remap-path-prefix=");
        option.push(folder);
        option.push("=");
        option.push(name);
        option
    });
    // Cargo's own separator in this variable.
    options.join(&OsString::from("\u{1f}"))
}

/// Where cargo keeps what it downloads.
pub(super) fn cargo_home() -> PathBuf {
    let home = || env::home_dir().unwrap_or_default().join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}
