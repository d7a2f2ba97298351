//! What tests of several crates share.
//!
//! **Architecture invariant**: only tests depend on this crate.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "what breaks here fails the test that uses it")]

pub mod aws;
pub mod lambda;
pub mod s3;
mod wire;

use std::path::{Path, PathBuf};

use config::{Config, File, Input};

#[must_use]
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The configuration of a file in `stacks/config/`, or the defaults.
#[must_use]
pub fn configuration(file: Option<&str>) -> Config {
    let file = file.map(|name| {
        let path = checkout().join("stacks/config").join(name);
        File { text: fs_err::read_to_string(&path).unwrap(), path }
    });
    config::load(&Input { file, variables: Vec::new(), sets: Vec::new() }).unwrap()
}
