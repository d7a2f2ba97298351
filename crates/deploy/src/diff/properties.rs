//! Two values compared, down to the places where they differ.

use serde::Serialize;
use serde_json::{Map, Value};

use super::impact::ResourceImpact;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PropertyDiff {
    /// Where it is, with dots between the steps: `Settings.OutputGroups.0.Name`.
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    pub impact: ResourceImpact,
}

/// The places where two values differ, in the order of their paths.
pub(super) fn compare(before: Option<&Value>, after: Option<&Value>) -> Vec<PropertyDiff> {
    let mut found = Vec::new();
    descend(&mut Vec::new(), before, after, &mut found);
    found
}

/// The places where values of the same names differ, each below its name.
pub(super) fn compare_named<const COUNT: usize>(
    before: [(&'static str, Option<Value>); COUNT],
    after: [(&'static str, Option<Value>); COUNT],
) -> Vec<PropertyDiff> {
    let pairs = before.into_iter().zip(after);
    let differing = pairs.flat_map(|((name, before), (_, after))| {
        let below = |place: PropertyDiff| PropertyDiff {
            path: format!("{name} {}", place.path).trim_end().to_owned(),
            ..place
        };
        compare(before.as_ref(), after.as_ref()).into_iter().map(below).collect::<Vec<_>>()
    });
    differing.collect()
}

/// The same of a resource's properties.
pub(super) fn compare_properties(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<PropertyDiff> {
    let mut found = Vec::new();
    descend_members(&mut Vec::new(), before, after, &mut found);
    found
}

fn descend_members(
    path: &mut Vec<String>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    found: &mut Vec<PropertyDiff>,
) {
    let mut names: Vec<&String> =
        before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
    names.sort();
    for name in names {
        path.push(name.clone());
        descend(path, before.get(name), after.get(name), found);
        path.pop();
    }
}

fn descend(path: &mut Vec<String>, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<PropertyDiff>) {
    if before == after {
        return;
    }
    match (before, after) {
        // The same function with other arguments: `Fn::Sub` of a long text differs in a small place of it.
        (Some(Value::Object(one)), Some(Value::Object(other)))
            if !is_intrinsic(one) || !is_intrinsic(other) || one.keys().eq(other.keys()) =>
        {
            descend_members(path, one, other, found);
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                path.push(index.to_string());
                descend(path, Some(one), Some(other), found);
                path.pop();
            }
        }
        (Some(Value::String(one)), Some(Value::String(other))) => match (document(one), document(other)) {
            (Some(one), Some(other)) if one != other => descend(path, Some(&one), Some(&other), found),
            _ => found.push(leaf(path, before, after)),
        },
        _ => found.push(leaf(path, before, after)),
    }
}

fn leaf(path: &[String], before: Option<&Value>, after: Option<&Value>) -> PropertyDiff {
    let steps = path.iter().filter(|step| !step.starts_with("Fn::"));
    PropertyDiff {
        path: steps.map(String::as_str).collect::<Vec<_>>().join("."),
        before: before.cloned(),
        after: after.cloned(),
        impact: ResourceImpact::Update,
    }
}

/// Whether an object is a function of CloudFormation.
pub(super) fn is_intrinsic(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.keys().all(|key| key == "Ref" || key == "Condition" || key.starts_with("Fn::"))
}

/// A text that is itself a JSON document: a job's settings, a state machine, a dashboard.
fn document(text: &str) -> Option<Value> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// A value as a person reads it: functions in the manner of `Fn::Sub`.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(object) if is_intrinsic(object) => function(object).unwrap_or_else(|| value.to_string()),
        other => other.to_string(),
    }
}

fn function(object: &Map<String, Value>) -> Option<String> {
    let (name, argument) = object.iter().next()?;
    match name.as_str() {
        "Ref" => Some(format!("${{{}}}", argument.as_str()?)),
        "Fn::GetAtt" => match argument {
            Value::Array(parts) => {
                let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
                Some(format!("${{{}}}", parts.join(".")))
            }
            other => Some(format!("${{{}}}", other.as_str()?)),
        },
        "Fn::Sub" => Some(argument.as_str().or_else(|| argument.get(0)?.as_str())?.to_owned()),
        "Fn::Join" => {
            let separator = argument.get(0)?.as_str()?;
            let parts: Vec<String> = argument.get(1)?.as_array()?.iter().map(shown).collect();
            Some(parts.join(separator))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_found() {
        let before = json!({
            "Same": 1,
            "Gone": true,
            "List": ["a", "b"],
            "Longer": [1],
            "Text": { "Fn::Sub": "{\"deep\": {\"one\": 1, \"two\": \"${A}\"}}" },
            "Name": { "Ref": "A" },
        });
        let after = json!({
            "Same": 1,
            "New": { "x": 1 },
            "List": ["a", "c"],
            "Longer": [1, 2],
            "Text": { "Fn::Sub": "{\"deep\": {\"one\": 2, \"two\": \"${A}\"}}" },
            "Name": { "Fn::GetAtt": ["B", "Arn"] },
        });
        let text = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), shown);
        let lines: Vec<String> = compare(Some(&before), Some(&after))
            .iter()
            .map(|place| format!("{}: {} -> {}", place.path, text(&place.before), text(&place.after)))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        Gone: true -> nothing
        List.1: b -> c
        Longer: [1] -> [1,2]
        Name: ${A} -> ${B.Arn}
        New: nothing -> {"x":1}
        Text.deep.one: 1 -> 2
        "#);
        assert_eq!(compare(Some(&before), Some(&before)), []);
    }

    #[test]
    fn functions_read_like_text() {
        let cases = [
            (json!({ "Ref": "A" }), "${A}"),
            (json!({ "Fn::GetAtt": ["A", "Arn"] }), "${A.Arn}"),
            (json!({ "Fn::Sub": "x-${A}" }), "x-${A}"),
            (json!({ "Fn::Sub": ["x-${B}", { "B": 1 }] }), "x-${B}"),
            (json!({ "Fn::Join": ["/", ["a", { "Ref": "B" }]] }), "a/${B}"),
            (json!({ "Fn::If": ["C", 1, 2] }), r#"{"Fn::If":["C",1,2]}"#),
            (json!("text"), "text"),
            (json!([1, 2]), "[1,2]"),
        ];
        for (value, text) in cases {
            assert_eq!(shown(&value), text);
        }
    }
}
