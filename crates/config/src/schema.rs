//! The JSON Schema of `stack.toml`, from the types and their docs.

use schemars::{Schema, schema_for};

use super::model::Config;

/// The JSON Schema of `stack.toml`.
#[must_use]
pub fn schema() -> Schema {
    schema_for!(Config)
}
