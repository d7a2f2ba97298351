//! Strips registry schemas to what code is generated from.
//!
//! The source is the directory of schemas that the Python package `cfn-lint` carries (`cfnlint/data/schemas`): the
//! registry's own schemas with known errors fixed.

use std::collections::BTreeMap;
use std::path::Path;

use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use serde_json::Value;

use super::schema::{Document, listed_types, path};
use crate::workspace::read_json;

/// The region whose schemas are taken: it has every resource type.
const REGION: &str = "us-east-1";

/// How wide a line of a stripped schema may be before its value is broken over several lines.
const WIDTH: usize = 118;

/// Reads the schema of every listed type from `schemas` and writes it, stripped, below `root`.
///
/// `synth/schema/overrides.json` fixes what is wrong in a schema: a JSON merge patch (RFC 7396) for each type.
pub(crate) fn run(root: &Path, schemas: &Path) -> Result<()> {
    let index: BTreeMap<String, String> = read_json(&schemas.join(format!("providers/{REGION}.json")))?;
    let mut overrides: BTreeMap<String, Value> = read_json(&root.join("synth/schema/overrides.json"))?;
    for type_name in listed_types(root)? {
        let file =
            index.get(&type_name).ok_or_else(|| miette!("{type_name} has no schema in {}", schemas.display()))?;
        let mut schema: Value = read_json(&schemas.join(format!("resources/{file}.json")))?;
        merge(&mut schema, overrides.remove(&type_name).unwrap_or_default());
        let document: Document = serde_json::from_value(schema).into_diagnostic().wrap_err(type_name.clone())?;
        let text = pretty(&serde_json::to_value(document).into_diagnostic()?, 0) + "\n";
        fs_err::write(path(root, &type_name), text).into_diagnostic()?;
    }
    match overrides.keys().next() {
        Some(type_name) => Err(miette!("overrides.json names {type_name}, which types.txt does not list")),
        None => Ok(()),
    }
}

/// Applies a JSON merge patch; `null` at the top means no patch.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else { return };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else { return };
    for (key, value) in patch {
        match value {
            Value::Null => {
                members.remove(&key);
            }
            Value::Object(_) => merge(members.entry(key).or_insert(Value::Null), value),
            value => {
                members.insert(key, value);
            }
        }
    }
}

/// JSON with every value on one line that fits on one.
fn pretty(value: &Value, depth: usize) -> String {
    let line = value.to_string();
    let indent = "  ".repeat(depth + 1);
    if line.len() + indent.len() <= WIDTH {
        return line;
    }
    let (open, close, members): (_, _, Vec<String>) = match value {
        Value::Object(members) => {
            let member = |(key, member): (&String, &Value)| {
                format!("{}: {}", Value::from(key.as_str()), pretty(member, depth + 1))
            };
            ('{', '}', members.iter().map(member).collect())
        }
        Value::Array(items) => ('[', ']', items.iter().map(|item| pretty(item, depth + 1)).collect()),
        _ => return line,
    };
    format!("{open}\n{indent}{}\n{}{close}", members.join(&format!(",\n{indent}")), "  ".repeat(depth))
}
