//! The parts of a page that come from the program.

use std::fmt::Write as _;

use miette::{IntoDiagnostic as _, miette};
use serde_json::Value;

use super::vod::Vod;

const BEGIN: &str = "<!-- generated: ";
const CLOSE: &str = " -->";
const END: &str = "<!-- end -->";

/// The page with its generated parts as they should be.
pub(super) fn fill(page: &str, vod: &Vod) -> miette::Result<String> {
    replace(page, |name| part(name, vod))
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

fn part(name: &str, vod: &Vod) -> miette::Result<String> {
    if let Some(command) = name.strip_prefix("vod ") {
        let arguments: Vec<&str> = command.split(' ').collect();
        let language = if arguments[0] == "graph" { "mermaid" } else { "text" };
        return Ok(format!("```{language}\n{}\n```", vod.print(&arguments)?));
    }
    match name.split_once(' ') {
        Some(("keys", table)) => keys(vod, table),
        None if name == "alarms" => alarms(vod),
        None if name == "regions" => regions(),
        _ => Err(miette!("nobody knows how to generate `{name}`")),
    }
}

/// The alarms of the deployment with everything on that a clone can have: name, meaning, metric.
fn alarms(vod: &Vod) -> miette::Result<String> {
    let folder = tempfile::tempdir().into_diagnostic()?;
    let out = folder.path().join("out").display().to_string();
    vod.print(&["synth", "--quiet", "--set", "packaging.media_package=true", "--out", &out])?;
    let text = fs_err::read_to_string(folder.path().join("out/vod.template.json")).into_diagnostic()?;
    let template: Value = serde_json::from_str(&text).into_diagnostic()?;
    let mut rows = String::from("| alarm | raised when | metric |\n| --- | --- | --- |");
    for resource in template["Resources"].as_object().into_iter().flat_map(serde_json::Map::values) {
        if resource["Type"] != "AWS::CloudWatch::Alarm" {
            continue;
        }
        let property = |name: &str| resource["Properties"][name].as_str().unwrap_or_default().to_owned();
        let name = property("AlarmName");
        let name = name.strip_prefix("vod-").unwrap_or(&name);
        let description = property("AlarmDescription");
        let (namespace, metric) = (property("Namespace"), property("MetricName"));
        let _ = write!(rows, "\n| [{name}](#{name}) | {description} | `{namespace}` `{metric}` |");
    }
    Ok(rows)
}

/// The regions that the platform can run in, from the table that `cargo xtask regions` writes.
fn regions() -> miette::Result<String> {
    let table: Value =
        serde_json::from_str(include_str!("../../../crates/config/src/regions.json")).into_diagnostic()?;
    let mut rows =
        String::from("| region | | opt-in | MediaPackage VOD | makes queues |\n| --- | --- | --- | --- | --- |");
    for facts in table["regions"].as_array().into_iter().flatten() {
        let has =
            |list: &str, item: &str| facts[list].as_array().is_some_and(|items| items.iter().any(|one| one == item));
        let yes = |holds: bool| if holds { "yes" } else { "no" };
        if facts["partition"] != "aws" || !has("services", "mediaconvert") {
            continue;
        }
        let packages = has("services", "mediapackage-vod") && !has("missingTypes", "AWS::MediaPackage::PackagingGroup");
        let _ = write!(
            rows,
            "\n| `{}` | {} | {} | {} | {} |",
            facts["code"].as_str().unwrap_or_default(),
            facts["name"].as_str().unwrap_or_default(),
            yes(facts["access"] == "opt-in"),
            yes(packages),
            yes(!has("missingTypes", "AWS::MediaConvert::Queue")),
        );
    }
    Ok(rows)
}

/// The keys of a table of `stack.toml`, from the JSON Schema.
fn keys(vod: &Vod, table: &str) -> miette::Result<String> {
    let schema: Value = serde_json::from_str(&vod.print(&["schema"])?).into_diagnostic()?;
    let of_table = table_of(&schema, table).ok_or_else(|| miette!("there is no table `{table}`"))?;
    let mut rows = String::from("| key | type | default | meaning |\n| --- | --- | --- | --- |");
    let properties = of_table["properties"].as_object().into_iter().flatten();
    for (key, property) in properties {
        // Tables have a section of their own.
        let target = resolve(&schema, property);
        if target["properties"].is_object() {
            continue;
        }
        let meaning = property["description"].as_str().unwrap_or_default();
        let meaning = meaning.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        let default = default(property, of_table, key);
        let _ = write!(
            rows,
            "\n| `{key}` | {} | {default} | {} |",
            values(&schema, property),
            meaning.trim_end_matches('.')
        );
    }
    Ok(rows)
}

/// The schema of `distribution.geo`, or of the root for `.`.
fn table_of<'a>(schema: &'a Value, table: &str) -> Option<&'a Value> {
    let steps = table.split('.').filter(|step| !step.is_empty());
    steps.into_iter().try_fold(schema, |place, step| {
        let list = step.strip_suffix("[]");
        let property = place["properties"].get(list.unwrap_or(step))?;
        let target = resolve(schema, property);
        Some(if list.is_some() { resolve(schema, &target["items"]) } else { target })
    })
}

/// What a property refers to, if it does.
fn resolve<'a>(schema: &'a Value, property: &'a Value) -> &'a Value {
    let alternatives = property["anyOf"].as_array().into_iter().flatten();
    let reference = property["$ref"].as_str().or_else(|| alternatives.into_iter().find_map(|one| one["$ref"].as_str()));
    let name = reference.and_then(|reference| reference.strip_prefix("#/$defs/"));
    name.map_or(property, |name| &schema["$defs"][name])
}

fn default(property: &Value, table: &Value, key: &str) -> String {
    match &property["default"] {
        Value::Null if table["required"].as_array().is_some_and(|keys| keys.iter().any(|one| one == key)) => {
            "required".to_owned()
        }
        Value::Null => "—".to_owned(),
        Value::Object(members) if members.is_empty() => "empty".to_owned(),
        other => format!("`{other}`"),
    }
}

/// What a property may be, in words.
fn values(schema: &Value, property: &Value) -> String {
    let target = resolve(schema, property);
    if let Some(words) = target["x-values"].as_str() {
        return words.to_owned();
    }
    let list = |values: &mut dyn Iterator<Item = &Value>| {
        values.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
    };
    if let Some(options) = target["enum"].as_array() {
        return list(&mut options.iter().filter(|option| !option.is_null()));
    }
    if let Some(options) = target["oneOf"].as_array() {
        let consts = options.iter().flat_map(|option| match &option["const"] {
            Value::Null => option["enum"].as_array().map_or(&[][..], Vec::as_slice),
            one => std::slice::from_ref(one),
        });
        return list(&mut { consts });
    }
    if let (Some(least), Some(most)) = (target["minimum"].as_i64(), target["maximum"].as_i64()) {
        return format!("{least} to {most}");
    }
    let is = |kind: &str| {
        target["type"] == kind || target["type"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
    };
    if is("boolean") {
        "true or false".to_owned()
    } else if is("array") {
        match target["maxItems"].as_u64() {
            Some(most) => format!("list of at most {most}: {}", values(schema, &target["items"])),
            None => format!("list: {}", values(schema, &target["items"])),
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
        let schema = json!({ "$defs": { "Days": { "type": "integer", "minimum": 1, "maximum": 9 } } });
        for (property, words) in [
            (json!({ "type": "boolean" }), "true or false"),
            (json!({ "$ref": "#/$defs/Days" }), "1 to 9"),
            (json!({ "anyOf": [{ "$ref": "#/$defs/Days" }, { "type": "null" }] }), "1 to 9"),
            (json!({ "enum": ["a", "b"] }), "`\"a\"`, `\"b\"`"),
            (json!({ "oneOf": [{ "const": "a" }, { "const": "b" }] }), "`\"a\"`, `\"b\"`"),
            (json!({ "type": ["string", "null"], "x-values": "some text" }), "some text"),
            (json!({ "type": "array", "items": { "type": "string" }, "maxItems": 4 }), "list of at most 4: text"),
        ] {
            assert_eq!(values(&schema, &property), words);
        }
    }
}
