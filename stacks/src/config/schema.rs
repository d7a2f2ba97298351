//! The JSON Schema of `stack.toml`, from the types and their docs.

use std::fmt::Display;

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
            one_of(&<$choice>::ALL)
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

fn one_of<T: Display>(choices: &[T]) -> Schema {
    let words: Vec<String> = choices.iter().map(ToString::to_string).collect();
    json_schema!({ "type": "string", "enum": words })
}
