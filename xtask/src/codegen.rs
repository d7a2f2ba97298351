//! Writes the generated sources, or checks that those on disk are what it would write.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic as _, Result, WrapErr as _, bail};

mod cloudformation;
mod mediaconvert;
mod rust;

pub(crate) use self::cloudformation::import;
pub(crate) use self::cloudformation::schema::listed_types;
use crate::arguments::Mode;

/// Generates every generated file below `root`, the workspace's directory.
pub(crate) fn run(root: &Path, mode: Mode) -> Result<()> {
    let mut files = cloudformation::generate(root)?;
    files.extend(mediaconvert::generate(root)?);
    let mut differing = Vec::new();
    for (path, text) in &files {
        if fs_err::read_to_string(path).is_ok_and(|found| found == *text) {
            continue;
        }
        differing.push(path.clone());
        if mode == Mode::Write {
            if let Some(directory) = path.parent() {
                fs_err::create_dir_all(directory).into_diagnostic()?;
            }
            fs_err::write(path, text).into_diagnostic()?;
        }
    }
    for path in stale(&files)? {
        if mode == Mode::Write {
            fs_err::remove_file(&path).into_diagnostic()?;
        }
        differing.push(path);
    }
    if mode == Mode::Check && !differing.is_empty() {
        let list: Vec<String> =
            differing.iter().map(|path| format!("  {}", path.strip_prefix(root).unwrap_or(path).display())).collect();
        bail!(
            help = "run `cargo xtask codegen` and commit what it writes",
            "generated files differ from their schemas:\n{}",
            list.join("\n")
        );
    }
    Ok(())
}

/// Files that stand beside generated ones in a `generated` directory and were not generated.
fn stale(files: &[(PathBuf, String)]) -> Result<Vec<PathBuf>> {
    let kept: BTreeSet<&Path> = files.iter().map(|(path, _)| path.as_path()).collect();
    let directories: BTreeSet<&Path> = kept
        .iter()
        .filter_map(|path| path.parent())
        .filter(|directory| directory.file_name().is_some_and(|name| name == "generated"))
        .collect();
    let mut stale = Vec::new();
    for directory in directories.into_iter().filter(|directory| directory.is_dir()) {
        for entry in fs_err::read_dir(directory).into_diagnostic()? {
            let path = entry.into_diagnostic().wrap_err("cannot list generated files")?.path();
            if path.is_file() && !kept.contains(path.as_path()) {
                stale.push(path);
            }
        }
    }
    stale.sort();
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checked_in_files_are_what_the_generator_writes() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        run(&root, Mode::Check).unwrap();
    }
}
