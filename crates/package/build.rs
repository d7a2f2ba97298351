//! Brings the sources of the functions along, so that a program that is installed needs no checkout to build them.
//!
//! Besides what the functions are built from, cargo wants every member of the workspace that `Cargo.lock` knows: its manifest,
//! and the files that its targets begin with, which may be empty.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::{env, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use walkdir::WalkDir;

const SOURCES: &[&str] = &include!("../../runtime/sources.in");

/// The members of the workspace; below the folders with a star lies one each.
const MEMBERS: [&str; 6] = ["synth", "runtime", "stacks", "xtask", "crates/*", "examples/*"];

fn main() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = BTreeMap::new();
    for member in members(&workspace) {
        let manifest = member.join("Cargo.toml");
        println!("cargo::rerun-if-changed={}", manifest.display());
        files.insert(name_of(&manifest, &workspace), read(&manifest));
        for target in targets(&member) {
            files.insert(name_of(&target, &workspace), String::new());
        }
    }
    for source in SOURCES {
        let path = workspace.join(source);
        println!("cargo::rerun-if-changed={}", path.display());
        for entry in WalkDir::new(&path).sort_by_file_name() {
            let entry = entry.expect("the functions' sources can be read");
            if entry.file_type().is_file() {
                files.insert(name_of(entry.path(), &workspace), read(entry.path()));
            }
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("sources.json.gz");
    let mut archive = GzEncoder::new(File::create(out).expect("cargo's folder can be written"), Compression::best());
    archive.write_all(&serde_json::to_vec(&files).expect("texts are JSON")).expect("cargo's folder can be written");
    archive.finish().expect("cargo's folder can be written");
}

fn members(workspace: &Path) -> Vec<PathBuf> {
    let mut members = Vec::new();
    for member in MEMBERS {
        match member.strip_suffix("/*") {
            None => members.push(workspace.join(member)),
            Some(folder) => {
                let folder = workspace.join(folder);
                println!("cargo::rerun-if-changed={}", folder.display());
                let found = fs::read_dir(folder).expect("the workspace's folders can be read");
                let found = found.map(|entry| entry.expect("the workspace's folders can be read").path());
                members.extend(found.filter(|path| path.join("Cargo.toml").is_file()));
            }
        }
    }
    members
}

/// The files that the member's targets begin with, as cargo finds them.
fn targets(member: &Path) -> Vec<PathBuf> {
    let mut targets = vec![member.join("src/lib.rs"), member.join("src/main.rs")];
    targets.retain(|path| path.is_file());
    for folder in ["tests", "examples", "benches"] {
        for entry in WalkDir::new(member.join(folder)).min_depth(1).max_depth(2).into_iter().flatten() {
            let is_main = entry.depth() == 2 && entry.file_name() == "main.rs";
            let is_own = entry.depth() == 1 && entry.path().extension().is_some_and(|suffix| suffix == "rs");
            if is_main || is_own {
                targets.push(entry.into_path());
            }
        }
    }
    targets
}

/// A file's text; a checkout with other line ends is the same source.
fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the functions' sources are text").replace('\r', "")
}

/// The path below the workspace, with the same separators everywhere.
fn name_of(path: &Path, workspace: &Path) -> String {
    let relative = path.strip_prefix(workspace).expect("it lies in the workspace");
    relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}
