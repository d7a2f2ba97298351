//! The parts of a page that come from the program.

use std::fmt::Write as _;

use indexmap::IndexMap;
use miette::{IntoDiagnostic as _, miette};
use serde::Deserialize;
use serde_json::{Number, Value};

use super::vod::Vod;
use crate::regions::{Region, Table};
use crate::template::{Items, Template};
use crate::workspace::Workspace;

const BEGIN: &str = "<!-- generated: ";
const CLOSE: &str = " -->";
const END: &str = "<!-- end -->";

/// The page with its generated parts as they should be.
pub(super) fn fill(page: &str, workspace: &Workspace, vod: &Vod) -> miette::Result<String> {
    replace(page, |name| part(name, workspace, vod))
}

/// Puts what `part` gives for a name between the markers of that name.
fn replace(page: &str, part: impl Fn(&str) -> miette::Result<String>) -> miette::Result<String> {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (name, after) = after.split_once(CLOSE).ok_or_else(|| miette!("a marker has no end"))?;
        let (_, after) = after.split_once(END).ok_or_else(|| miette!("`{name}` has no `{END}`"))?;
        let _ = write!(text, "{before}{BEGIN}{name}{CLOSE}\n{}\n{END}", part(name)?);
        rest = after;
    }
    Ok(text + rest)
}

fn part(name: &str, workspace: &Workspace, vod: &Vod) -> miette::Result<String> {
    if let Some(command) = name.strip_prefix("vod ") {
        let arguments: Vec<&str> = command.split(' ').collect();
        let language = if arguments[0] == "graph" { "mermaid" } else { "text" };
        return Ok(format!("```{language}\n{}\n```", vod.print(&arguments)?));
    }
    match name.split_once(' ') {
        Some(("keys", table)) => keys(vod, table),
        None if name == "alarms" => alarms(vod),
        None if name == "regions" => regions(workspace),
        _ => Err(miette!("nobody knows how to generate `{name}`")),
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Alarm {
    #[serde(rename = "AlarmName")]
    name: String,
    #[serde(rename = "AlarmDescription")]
    description: String,
    namespace: String,
    metric_name: String,
}

/// The alarms of the deployment with everything on that a clone can have: name, meaning, metric.
fn alarms(vod: &Vod) -> miette::Result<String> {
    let folder = tempfile::tempdir().into_diagnostic()?;
    let out = folder.path().join("out").display().to_string();
    vod.print(&["synth", "--quiet", "--set", "packaging.media_package=true", "--out", &out])?;
    let template = Template::read(&folder.path().join("out/vod.template.json"))?;
    let mut rows = String::from("| alarm | raised when | metric |\n| --- | --- | --- |");
    for (_, alarm) in template.of_type::<Alarm>("AWS::CloudWatch::Alarm")? {
        let Alarm { name, description, namespace, metric_name } = alarm;
        let name = name.strip_prefix("vod-").unwrap_or(&name);
        let _ = write!(rows, "\n| [{name}](#{name}) | {description} | `{namespace}` `{metric_name}` |");
    }
    Ok(rows)
}

/// The regions that the platform can run in, from the table that `cargo xtask regions` writes.
fn regions(workspace: &Workspace) -> miette::Result<String> {
    let mut rows =
        String::from("| region | | opt-in | MediaPackage VOD | makes queues |\n| --- | --- | --- | --- | --- |");
    for Region { code, name, partition, access, services, missing_types } in Table::read(workspace)?.regions {
        let has = |service: &str| services.iter().any(|known| known == service);
        let lacks = |name: &str| missing_types.iter().any(|missing| missing == name);
        let yes = |holds: bool| if holds { "yes" } else { "no" };
        if partition != "aws" || !has("mediaconvert") {
            continue;
        }
        let packages = has("mediapackage-vod") && !lacks("AWS::MediaPackage::PackagingGroup");
        let (opt_in, packages) = (yes(access == "opt-in"), yes(packages));
        let queues = yes(!lacks("AWS::MediaConvert::Queue"));
        let _ = write!(rows, "\n| `{code}` | {name} | {opt_in} | {packages} | {queues} |");
    }
    Ok(rows)
}

/// A JSON Schema, as far as tables of keys are made of it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Schema {
    #[serde(rename = "$defs")]
    definitions: IndexMap<String, Schema>,
    #[serde(rename = "$ref")]
    reference: Option<String>,
    any_of: Vec<Schema>,
    one_of: Vec<Schema>,
    #[serde(rename = "const")]
    constant: Option<Value>,
    #[serde(rename = "enum")]
    options: Vec<Value>,
    #[serde(rename = "type")]
    kinds: Items<String>,
    #[serde(rename = "x-values")]
    words: Option<String>,
    properties: Option<IndexMap<String, Schema>>,
    required: Vec<String>,
    items: Option<Box<Schema>>,
    minimum: Option<Number>,
    maximum: Option<Number>,
    max_items: Option<u64>,
    description: String,
    default: Option<Value>,
}

/// The keys of a table of `stack.toml`, from the JSON Schema.
fn keys(vod: &Vod, table: &str) -> miette::Result<String> {
    let schema: Schema = serde_json::from_str(&vod.print(&["schema"])?).into_diagnostic()?;
    let of_table = table_of(&schema, table).ok_or_else(|| miette!("there is no table `{table}`"))?;
    let mut rows = String::from("| key | type | default | meaning |\n| --- | --- | --- | --- |");
    for (key, property) in of_table.properties.iter().flatten() {
        // Tables have a section of their own.
        if resolve(&schema, property).properties.is_some() {
            continue;
        }
        let meaning = property.description.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        let default = match &property.default {
            None if of_table.required.contains(key) => "required".to_owned(),
            None => "—".to_owned(),
            Some(Value::Object(members)) if members.is_empty() => "empty".to_owned(),
            Some(other) => format!("`{other}`"),
        };
        let values = values(&schema, property);
        let _ = write!(rows, "\n| `{key}` | {values} | {default} | {} |", meaning.trim_end_matches('.'));
    }
    Ok(rows)
}

/// The schema of `distribution.geo`, or of the root for `.`.
fn table_of<'a>(schema: &'a Schema, table: &str) -> Option<&'a Schema> {
    let mut steps = table.split('.').filter(|step| !step.is_empty());
    steps.try_fold(schema, |place, step| {
        let list = step.strip_suffix("[]");
        let target = resolve(schema, place.properties.as_ref()?.get(list.unwrap_or(step))?);
        if list.is_some() { target.items.as_deref().map(|items| resolve(schema, items)) } else { Some(target) }
    })
}

/// What a property refers to, if it does.
fn resolve<'a>(schema: &'a Schema, property: &'a Schema) -> &'a Schema {
    let of_alternatives = || property.any_of.iter().find_map(|one| one.reference.as_ref());
    let reference = property.reference.as_ref().or_else(of_alternatives);
    let name = reference.and_then(|reference| reference.strip_prefix("#/$defs/"));
    name.and_then(|name| schema.definitions.get(name)).unwrap_or(property)
}

/// What a property may be, in words.
fn values(schema: &Schema, property: &Schema) -> String {
    let target = resolve(schema, property);
    if let Some(words) = &target.words {
        return words.clone();
    }
    let of_alternatives = target.one_of.iter().flat_map(|one| one.constant.iter().chain(&one.options));
    let options: Vec<String> = target.options.iter().chain(of_alternatives).map(|value| format!("`{value}`")).collect();
    if !options.is_empty() {
        return options.into_iter().filter(|option| option != "`null`").collect::<Vec<_>>().join(", ");
    }
    let bound = |number: &Option<Number>| number.as_ref().and_then(Number::as_i64);
    if let (Some(minimum), Some(maximum)) = (bound(&target.minimum), bound(&target.maximum)) {
        return format!("{minimum} to {maximum}");
    }
    let is = |kind: &str| target.kinds.as_slice().iter().any(|known| known == kind);
    let items = || target.items.as_deref().map_or_else(|| "text".to_owned(), |items| values(schema, items));
    if is("boolean") {
        "true or false".to_owned()
    } else if is("array") {
        match target.max_items {
            Some(maximum) => format!("list of at most {maximum}: {}", items()),
            None => format!("list: {}", items()),
        }
    } else if is("object") {
        "table".to_owned()
    } else {
        "text".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn markers_stay_and_what_is_between_them_goes() {
        let part = |name: &str| Ok(format!("made of {name}"));
        let page = "a\n<!-- generated: one -->\nold\n<!-- end -->\nb\n<!-- generated: two -->\n<!-- end -->\n";
        let filled = "a\n<!-- generated: one -->\nmade of one\n<!-- end -->\nb\n<!-- generated: two -->\nmade of two\n<!-- end -->\n";
        assert_eq!(replace(page, part).unwrap(), filled);
        assert_eq!(replace(filled, part).unwrap(), filled);
        assert!(replace("<!-- generated: one -->\nno end", part).is_err());
    }

    #[test]
    fn values_in_words() {
        let read = |schema: Value| serde_json::from_value::<Schema>(schema).unwrap();
        let schema = read(json!({ "$defs": { "Days": { "type": "integer", "minimum": 1, "maximum": 9 } } }));
        for (property, words) in [
            (json!({ "type": "boolean" }), "true or false"),
            (json!({ "$ref": "#/$defs/Days" }), "1 to 9"),
            (json!({ "anyOf": [{ "$ref": "#/$defs/Days" }, { "type": "null" }] }), "1 to 9"),
            (json!({ "enum": ["a", "b"] }), "`\"a\"`, `\"b\"`"),
            (json!({ "oneOf": [{ "const": "a" }, { "const": "b" }] }), "`\"a\"`, `\"b\"`"),
            (json!({ "type": ["string", "null"], "x-values": "some text" }), "some text"),
            (json!({ "type": "array", "items": { "type": "string" }, "maxItems": 4 }), "list of at most 4: text"),
        ] {
            assert_eq!(values(&schema, &read(property)), words);
        }
    }
}
