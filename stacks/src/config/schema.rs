//! The JSON Schema of `stack.toml`, from the types and their docs.

use pipeline::settings::{Acceleration, ArchiveClass, InputRotate, TemplateFamily, WorkflowTrigger};
use schemars::{Schema, SchemaGenerator, json_schema, schema_for};

use super::model::Config;

/// The JSON Schema of `stack.toml`.
#[must_use]
pub fn schema() -> Schema {
    schema_for!(Config)
}

/// Makes the schema of an enumeration of `pipeline::settings`, which knows no schemas.
macro_rules! words {
    ($($function:ident: $choice:ty),* $(,)?) => {
        $(pub(super) fn $function(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string", "enum": <$choice>::WORDS })
        })*
    };
}

words! {
    acceleration: Acceleration,
    archive_class: ArchiveClass,
    input_rotate: InputRotate,
    template_family: TemplateFamily,
    workflow_trigger: WorkflowTrigger,
}
