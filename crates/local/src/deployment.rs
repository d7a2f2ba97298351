//! What is deployed: kept in a file, so that commands need not ask the emulator.

use std::collections::BTreeMap;

use pipeline::settings::WorkflowTrigger;
use serde::{Deserialize, Serialize};

use super::{Error, StateError, folder::Folder, read_json, write_json};

/// The deployed stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub stack: String,
    /// What starts its workflows.
    pub trigger: WorkflowTrigger,
    pub outputs: BTreeMap<String, String>,
}

impl Deployment {
    /// What is deployed in a folder's platform, if anything is.
    pub fn find(folder: &Folder) -> Result<Option<Self>, Error> {
        let path = folder.deployment();
        path.exists().then(|| read_json(&path)).transpose()
    }

    /// What is deployed in a folder's platform.
    pub fn expect(folder: &Folder) -> Result<Self, Error> {
        Ok(Self::find(folder)?.ok_or(StateError::NotDeployed)?)
    }

    pub(super) fn keep(&self, folder: &Folder) -> Result<(), Error> {
        write_json(&folder.deployment(), self)
    }

    pub fn output(&self, name: &str) -> Result<&str, StateError> {
        self.outputs.get(name).map(String::as_str).ok_or_else(|| StateError::NoOutput { name: name.to_owned() })
    }
}
