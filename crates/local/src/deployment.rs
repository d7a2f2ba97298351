//! What is deployed: kept in a file, so that commands need not ask the emulator.

use std::collections::BTreeMap;

use pipeline::settings::WorkflowTrigger;
use serde::{Deserialize, Serialize};

use super::{Error, folder::Folder, read_json, write_json};

/// The deployed stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its name.
    pub stack: String,
    /// What starts its workflows.
    pub trigger: WorkflowTrigger,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
}

impl Deployment {
    /// What is deployed in a folder's platform.
    ///
    /// # Errors
    /// When nothing is.
    pub fn expect(folder: &Folder) -> Result<Self, Error> {
        let path = folder.deployment();
        if path.exists() { read_json(&path) } else { Err(Error::NotDeployed) }
    }

    /// Keeps it.
    pub(super) fn keep(&self, folder: &Folder) -> Result<(), Error> {
        write_json(&folder.deployment(), self)
    }

    /// The value of an output.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn output(&self, name: &str) -> Result<&str, Error> {
        self.outputs.get(name).map(String::as_str).ok_or_else(|| Error::NoOutput { name: name.to_owned() })
    }
}
