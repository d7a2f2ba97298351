//! The configurations that tests synthesize.

use std::path::Path;

use vod::config::{self, Config, File, Input};

/// The configuration of a file in `config/`, or the defaults.
pub(crate) fn configuration(file: Option<&str>) -> Config {
    let file = file.map(|name| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
        File { text: std::fs::read_to_string(&path).expect("an example is there"), path }
    });
    config::load(&Input { file, variables: Vec::new(), sets: Vec::new() }).expect("an example is right")
}
