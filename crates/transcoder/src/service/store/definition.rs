//! Job templates and presets, which are kept alike.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Entity, Tables};

/// A job template or a preset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// When it was made, in milliseconds since 1970.
    pub(crate) created: u64,
    /// When it was changed last, in milliseconds since 1970.
    pub(crate) updated: u64,
    /// The request that made it, with later changes, in `PascalCase`; without name and tags.
    pub(crate) request: Value,
    pub(crate) tags: BTreeMap<String, String>,
}

macro_rules! defined {
    ($type:ident, $folder:literal, $table:ident) => {
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $type(pub(crate) Definition);

        impl Entity for $type {
            const FOLDER: &'static str = $folder;

            fn key(&self) -> &str {
                &self.0.name
            }

            fn table(tables: &Tables) -> &BTreeMap<String, Self> {
                &tables.$table
            }

            fn table_mut(tables: &mut Tables) -> &mut BTreeMap<String, Self> {
                &mut tables.$table
            }
        }

        impl From<Definition> for $type {
            fn from(definition: Definition) -> Self {
                Self(definition)
            }
        }

        impl AsRef<Definition> for $type {
            fn as_ref(&self) -> &Definition {
                &self.0
            }
        }
    };
}

defined!(JobTemplate, "job-templates", templates);
defined!(Preset, "presets", presets);
