//! Gives the program the fingerprint of the runtime's sources, so that a template can name the functions' code
//! without building it.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

const SOURCES: &[&str] = &include!("../runtime/sources.in");

fn main() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for source in SOURCES {
        let path = workspace.join(source);
        if !path.exists() {
            continue;
        }
        println!("cargo::rerun-if-changed={}", path.display());
        for entry in WalkDir::new(&path) {
            let entry = entry.expect("the runtime's sources can be read");
            if entry.file_type().is_file() {
                files.push((name_of(entry.path(), &workspace), entry.into_path()));
            }
        }
    }
    files.sort();

    let mut fingerprint = Sha256::new();
    for (name, path) in files {
        let mut content = std::fs::read(&path).expect("the runtime's sources can be read");
        // A checkout with other line ends is the same source.
        content.retain(|byte| *byte != b'\r');
        for part in [name.as_bytes(), &content] {
            fingerprint.update(format!("{}\n", part.len()));
            fingerprint.update(part);
        }
    }
    let fingerprint = hex::encode(fingerprint.finalize());
    // Not `VOD_…`: cargo passes it on to what it runs, which would take it for a key of the configuration.
    println!("cargo::rustc-env=RUNTIME_FINGERPRINT={fingerprint}");
}

/// The path below the workspace, with the same separators everywhere.
fn name_of(path: &Path, workspace: &Path) -> String {
    let relative = path.strip_prefix(workspace).expect("a source lies in the workspace");
    relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}
