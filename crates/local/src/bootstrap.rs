//! The functions' code, built for this machine.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use package::{PackageError, Workspace};
use serde::Deserialize;

use super::{Error, ToolError};

/// Puts the functions' code at `target`, whose name is that of the sources; `announce` is called before it is built.
///
/// Cargo's own messages go to the standard error.
pub(super) fn provide(target: &Path, announce: impl FnOnce()) -> Result<(), Error> {
    if target.exists() {
        return Ok(());
    }
    let cargo = env::var_os("CARGO").map_or_else(|| which::which("cargo"), |cargo| Ok(PathBuf::from(cargo)));
    let cargo = cargo.map_err(|_| ToolError::NoCargo { wanted: target.to_owned() })?;
    let workspace = Workspace::find().map_err(ToolError::from)?;
    announce();
    let mut build = Command::new(cargo);
    build.args(["build", "--package", "runtime", "--bin", "bootstrap"]);
    build.args(match workspace {
        // Beside this program's own package, so that both use the same build of what they share.
        Workspace::Checkout(_) => ["--package", "vod"].as_slice(),
        Workspace::Unpacked(_) => &["--locked"],
    });
    build.args(["--message-format", "json-render-diagnostics"]).current_dir(workspace.folder());
    let output = build.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let binary = messages.lines().find_map(executable).filter(|_| output.status.success());
    let binary = binary.ok_or_else(|| ToolError::Command {
        what: "build the functions with cargo",
        output: "cargo has printed why".to_owned(),
        hint: None,
    })?;
    let small = tempfile::NamedTempFile::new()?;
    // What is for debuggers is most of the program, and each function of the emulator keeps a copy. Without `strip` the
    // program works as well.
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(small.path()).arg(&binary).stdin(Stdio::null());
    let is_stripped = strip.output().is_ok_and(|output| output.status.success());
    let program = if is_stripped { small.path() } else { &binary };
    Ok(package::pack(program, target).map_err(PackageError::from).map_err(ToolError::from)?)
}

/// A message of cargo's.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Target,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// The program that one of cargo's messages is about.
fn executable(message: &str) -> Option<PathBuf> {
    let message: Message = serde_json::from_str(message).ok()?;
    let is_ours = message.reason == "compiler-artifact" && message.target.name == "bootstrap";
    message.executable.filter(|_| is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_message_about_the_program_counts() {
        let messages = [
            r#"{"reason":"compiler-artifact","target":{"name":"runtime"},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"bootstrap"},"executable":"/t/debug/bootstrap"}"#,
            r#"{"reason":"build-finished","success":true}"#,
            "no JSON",
        ];
        let found: Vec<_> = messages.into_iter().filter_map(executable).collect();
        assert_eq!(found, [PathBuf::from("/t/debug/bootstrap")]);
    }
}
