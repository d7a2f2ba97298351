//! Resources compared: what is added, changed, replaced and removed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::deletion_policy;
use super::properties::{self, PropertyDiff};
use crate::change_set::{DeletionPolicy, Forces};
use crate::data::holds_data;

/// A resource that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceDiff {
    /// Its logical ID.
    pub logical_id: String,
    /// Its type; of a replaced one the new type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// How it differs.
    pub change: ResourceChange,
    /// What becomes of the old one, if it does not stay in the stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// What it holds that cannot be had again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<&'static str>,
    /// The places that differ; of a new or a removed one, none.
    pub properties: Vec<PropertyDiff>,
}

/// How a resource differs, from the harmless to the grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ResourceChange {
    /// It is new.
    Added,
    /// It changes where it is.
    Changed,
    /// Another may take its place.
    PerhapsReplaced,
    /// Another takes its place.
    Replaced,
    /// It leaves the stack.
    Removed,
}

impl ResourceChange {
    /// Whether the resource as it is now does not stay, or may not.
    #[must_use]
    pub fn ends_the_old_one(self) -> bool {
        matches!(self, Self::PerhapsReplaced | Self::Replaced | Self::Removed)
    }
}

/// What of a resource is compared, besides its type.
const SECTIONS: [&str; 7] =
    ["Properties", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy"];

pub(super) fn compare(before: &Value, after: &Value) -> Vec<ResourceDiff> {
    let none = Map::new();
    let of = |template: &Value| template["Resources"].as_object().cloned().unwrap_or_default();
    let (before, after) = (of(before), of(after));
    let mut found: BTreeMap<String, ResourceDiff> = BTreeMap::new();
    for id in before.keys().chain(after.keys()) {
        if let Some(diff) = compare_one(id, before.get(id), after.get(id)) {
            found.insert(id.clone(), diff);
        }
    }
    follow_replacements(if before.is_empty() { &none } else { &after }, &mut found);
    found.into_values().collect()
}

fn compare_one(id: &str, before: Option<&Value>, after: Option<&Value>) -> Option<ResourceDiff> {
    let type_of = |resource: &Value| resource["Type"].as_str().unwrap_or_default().to_owned();
    let diff = |resource_type: String, change, deletion_policy, properties| ResourceDiff {
        logical_id: id.to_owned(),
        holds: holds_data(&resource_type),
        resource_type,
        change,
        deletion_policy,
        properties,
    };
    match (before, after) {
        (None, None) => None,
        (None, Some(new)) => Some(diff(type_of(new), ResourceChange::Added, None, Vec::new())),
        (Some(old), None) => {
            Some(diff(type_of(old), ResourceChange::Removed, Some(deletion_policy(old, "DeletionPolicy")), Vec::new()))
        }
        (Some(old), Some(new)) if type_of(old) != type_of(new) => {
            let place = PropertyDiff {
                path: "Type".to_owned(),
                before: Some(old["Type"].clone()),
                after: Some(new["Type"].clone()),
                forces: Forces::Replacement,
            };
            let deletion_policy = Some(deletion_policy(old, "UpdateReplacePolicy"));
            let mut replaced = diff(type_of(new), ResourceChange::Replaced, deletion_policy, vec![place]);
            replaced.holds = holds_data(&type_of(old));
            Some(replaced)
        }
        (Some(old), Some(new)) => {
            let properties = places(old, new);
            let change = match properties.iter().map(|place| place.forces).max()? {
                Forces::Nothing => ResourceChange::Changed,
                Forces::PerhapsReplacement => ResourceChange::PerhapsReplaced,
                Forces::Replacement => ResourceChange::Replaced,
            };
            let deletion_policy = change.ends_the_old_one().then(|| deletion_policy(old, "UpdateReplacePolicy"));
            Some(diff(type_of(new), change, deletion_policy, properties))
        }
    }
}

/// The places where a resource of the same type differs; those of its properties without that word before.
fn places(old: &Value, new: &Value) -> Vec<PropertyDiff> {
    let resource_type = new["Type"].as_str().unwrap_or_default();
    let mut places = Vec::new();
    for section in SECTIONS {
        for mut place in properties::compare(&old[section], &new[section]) {
            if section == "Properties" {
                place.forces = forces(resource_type, &place.path);
            } else {
                format!("{section} {}", place.path).trim_end().clone_into(&mut place.path);
            }
            places.push(place);
        }
    }
    places
}

/// Whether a change at this place of a type's properties replaces the resource.
///
/// A custom resource is replaced when its function answers with another physical ID, which only the function knows.
fn forces(resource_type: &str, path: &str) -> Forces {
    if resource_type.starts_with("Custom::") || resource_type == "AWS::CloudFormation::CustomResource" {
        return Forces::PerhapsReplacement;
    }
    let is_below =
        |path: &str, above: &str| path == above || path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'));
    let replaces = synth::aws::create_only(resource_type).iter().any(|only| {
        let only = only.replace('/', ".");
        is_below(path, &only) || is_below(&only, path)
    });
    if replaces { Forces::Replacement } else { Forces::Nothing }
}

/// A resource that refers to a replaced one changes with it, and is replaced itself where the reference may not change.
fn follow_replacements(resources: &Map<String, Value>, found: &mut BTreeMap<String, ResourceDiff>) {
    let replaced = |found: &BTreeMap<String, ResourceDiff>| -> BTreeSet<String> {
        let replaced = found.values().filter(|diff| diff.change == ResourceChange::Replaced);
        replaced.map(|diff| diff.logical_id.clone()).collect()
    };
    let mut causes = replaced(found);
    let mut seen = BTreeSet::new();
    while let Some(cause) = causes.iter().find(|cause| !seen.contains(*cause)).cloned() {
        seen.insert(cause.clone());
        for (id, resource) in resources {
            let Some(properties) = resource["Properties"].as_object().filter(|_| *id != cause) else { continue };
            for (name, _) in properties.iter().filter(|(_, value)| refers_to(value, &cause)) {
                follow(id, resource, name, &cause, found);
            }
        }
        causes = replaced(found);
    }
}

fn follow(id: &str, resource: &Value, property: &str, cause: &str, found: &mut BTreeMap<String, ResourceDiff>) {
    let resource_type = resource["Type"].as_str().unwrap_or_default();
    let forces = forces(resource_type, property);
    let entry = found.entry(id.to_owned()).or_insert_with(|| ResourceDiff {
        logical_id: id.to_owned(),
        resource_type: resource_type.to_owned(),
        change: ResourceChange::Changed,
        deletion_policy: None,
        holds: holds_data(resource_type),
        properties: Vec::new(),
    });
    if matches!(entry.change, ResourceChange::Added) {
        return;
    }
    if !entry.properties.iter().any(|place| place.path == property || place.path.starts_with(&format!("{property}."))) {
        let after = Some(Value::String(format!("follows the new {cause}")));
        entry.properties.push(PropertyDiff { path: property.to_owned(), before: None, after, forces });
    }
    let change = match forces {
        Forces::Nothing => return,
        Forces::PerhapsReplacement => ResourceChange::PerhapsReplaced,
        Forces::Replacement => ResourceChange::Replaced,
    };
    if entry.change != ResourceChange::Replaced {
        entry.change = change;
        entry.deletion_policy = Some(deletion_policy(resource, "UpdateReplacePolicy"));
    }
}

/// Whether a value refers to a resource.
fn refers_to(value: &Value, id: &str) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(name, argument)| match name.as_str() {
            "Ref" => argument == id,
            "Fn::GetAtt" => argument.get(0).is_some_and(|first| first == id),
            "Fn::Sub" => {
                let text = argument.as_str().or_else(|| argument.get(0)?.as_str()).unwrap_or_default();
                text.contains(&format!("${{{id}}}")) || text.contains(&format!("${{{id}.")) || refers_to(argument, id)
            }
            _ => refers_to(argument, id),
        }),
        Value::Array(items) => items.iter().any(|item| refers_to(item, id)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The differences, a line each.
    fn difference(before: &Value, after: &Value) -> String {
        let resources = |resources: &Value| json!({ "Resources": resources });
        let lines = compare(&resources(before), &resources(after)).into_iter().map(|diff| {
            let places: Vec<String> =
                diff.properties.iter().map(|place| format!("{} ({:?})", place.path, place.forces)).collect();
            format!(
                "{} {:?} {:?} holds {:?}: {}",
                diff.logical_id,
                diff.change,
                diff.deletion_policy,
                diff.holds,
                places.join(", ")
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_changed_name_replaces_what_holds_data() {
        let bucket = |name: &str| json!({ "B": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": name } } });
        insta::assert_snapshot!(difference(&bucket("one"), &bucket("two")), @r#"B Replaced Some(Delete) holds Some("its objects"): BucketName (Replacement)"#);
    }

    #[test]
    fn what_refers_to_a_replaced_resource_follows_it() {
        let stack = |name: &str| {
            json!({
                "B": { "Type": "AWS::S3::Bucket", "UpdateReplacePolicy": "Retain", "Properties": { "BucketName": name } },
                "P": { "Type": "AWS::S3::BucketPolicy", "Properties": { "Bucket": { "Ref": "B" } } },
                "F": { "Type": "AWS::Lambda::Function", "Properties": { "Role": "r", "Description": { "Fn::Sub": "on ${B.Arn}" } } },
            })
        };
        insta::assert_snapshot!(difference(&stack("one"), &stack("two")), @r#"
        B Replaced Some(Retain) holds Some("its objects"): BucketName (Replacement)
        F Changed None holds None: Description (Nothing)
        P Replaced Some(Delete) holds None: Bucket (Replacement)
        "#);
    }

    #[test]
    fn added_changed_and_removed() {
        let before = json!({
            "Gone": { "Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain", "Properties": {} },
            "Same": { "Type": "AWS::SNS::Topic", "Properties": {} },
            "Custom": { "Type": "Custom::Thing", "Properties": { "A": 1 } },
            "Other": { "Type": "AWS::SQS::Queue", "Properties": {} },
            "Moved": { "Type": "AWS::SNS::Topic", "DependsOn": ["Gone"], "Properties": {} },
        });
        let after = json!({
            "New": { "Type": "AWS::S3::Bucket", "Properties": {} },
            "Same": { "Type": "AWS::SNS::Topic", "Properties": {} },
            "Custom": { "Type": "Custom::Thing", "Properties": { "A": 2 } },
            "Other": { "Type": "AWS::SNS::Topic", "Properties": {} },
            "Moved": { "Type": "AWS::SNS::Topic", "Properties": {} },
        });
        insta::assert_snapshot!(difference(&before, &after), @r#"
        Custom PerhapsReplaced Some(Delete) holds None: A (PerhapsReplacement)
        Gone Removed Some(Retain) holds Some("its records"): 
        Moved Changed None holds None: DependsOn (Nothing)
        New Added None holds Some("its objects"): 
        Other Replaced Some(Delete) holds Some("its waiting messages"): Type (Replacement)
        "#);
    }
}
