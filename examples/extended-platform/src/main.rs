//! `cargo run -p extended-platform` writes the cloud assembly to `cdk.out`, for `vod package` and `vod deploy --app cdk.out`.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use stacks::artifacts::Artifacts;
use stacks::config::{self, File, Input};

fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/stack.toml"));
    let text = fs::read_to_string(&path)?;
    let file = Some(File { path, text });
    let config = config::load(&Input { file, variables: env::vars().collect(), sets: Vec::new() })?;
    extended_platform::assembly(&config, &Artifacts::of_this_build())?.write("cdk.out")?;
    Ok(())
}
