//! The options by which commands find the configuration.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::failure::Failure;
use config::{self, Config, File, Input};

/// Where the configuration comes from.
#[derive(Debug, clap::Args)]
pub(super) struct ConfigArgs {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "stack.toml", value_hint = ValueHint::FilePath)]
    config: PathBuf,
    /// A key's value, before the file's and the environment's; can be given more than once.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

impl ConfigArgs {
    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.config
    }

    /// Reads the file, the environment and the options into one configuration.
    pub(super) fn load(&self) -> Result<Config, Failure> {
        self.load_with(&[])
    }

    /// The same with more `key=value` texts, before all others.
    pub(super) fn load_with(&self, more: &[String]) -> Result<Config, Failure> {
        let path = self.config.clone();
        if !path.exists() {
            return Err(Failure::NoConfig { path });
        }
        let text =
            fs::read_to_string(&path).map_err(|error| Failure::File { action: "read", path: path.clone(), error })?;
        let variables = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect();
        Ok(config::load(&Input { file: Some(File { path, text }), variables, sets: [&self.sets, more].concat() })?)
    }
}
