//! Resources compared: what is created, updated, replaced and removed.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};
use synth::TemplateResource;

use super::impact::{DeletionPolicy, ResourceImpact, Risk, holds_data};
use super::properties::{self, PropertyDiff};

type Resources = IndexMap<String, TemplateResource>;

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceDiff {
    pub logical_id: String,
    /// Its type; of a replaced one the new type.
    #[serde(rename = "type")]
    pub resource_type: String,
    pub impact: ResourceImpact,
    /// What becomes of the old one, if it does not stay in the stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// What it holds that cannot be had again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<&'static str>,
    /// The places that differ; of a new or a removed one, none.
    pub properties: Vec<PropertyDiff>,
}

impl ResourceDiff {
    fn new(id: &str, resource: &TemplateResource, impact: ResourceImpact, properties: Vec<PropertyDiff>) -> Self {
        Self {
            logical_id: id.to_owned(),
            resource_type: resource.resource_type.clone(),
            impact,
            deletion_policy: DeletionPolicy::of(resource, impact),
            holds: holds_data(&resource.resource_type),
            properties,
        }
    }

    pub(super) fn risk(&self) -> Option<Risk> {
        Some(Risk {
            logical_id: self.logical_id.clone(),
            resource_type: self.resource_type.clone(),
            impact: self.impact,
            holds: self.holds?,
            deletion_policy: self.deletion_policy?,
        })
    }
}

pub(super) fn compare(before: &Resources, after: &Resources) -> Vec<ResourceDiff> {
    let mut found: BTreeMap<String, ResourceDiff> = BTreeMap::new();
    for (id, old) in before {
        let diff = match after.get(id) {
            None => Some(ResourceDiff::new(id, old, ResourceImpact::Remove, Vec::new())),
            Some(new) => compare_one(id, old, new),
        };
        found.extend(diff.map(|diff| (id.clone(), diff)));
    }
    for (id, new) in after.iter().filter(|(id, _)| !before.contains_key(*id)) {
        found.insert(id.clone(), ResourceDiff::new(id, new, ResourceImpact::Create, Vec::new()));
    }
    if !before.is_empty() {
        follow_replacements(after, &mut found);
    }
    found.into_values().collect()
}

fn compare_one(id: &str, old: &TemplateResource, new: &TemplateResource) -> Option<ResourceDiff> {
    let (old_type, new_type) = (old.resource_type.as_str(), new.resource_type.as_str());
    let places = if old_type == new_type {
        places(old, new)
    } else {
        let (before, after) = (Some(old_type.into()), Some(new_type.into()));
        vec![PropertyDiff { path: "Type".to_owned(), before, after, impact: ResourceImpact::Replace }]
    };
    let impact = places.iter().map(|place| place.impact).max()?;
    // The policies and the data are those of the resource that is there now.
    Some(ResourceDiff { resource_type: new_type.to_owned(), ..ResourceDiff::new(id, old, impact, places) })
}

/// The places where a resource of the same type differs; those of its properties without that word before.
fn places(old: &TemplateResource, new: &TemplateResource) -> Vec<PropertyDiff> {
    let mut places = properties::compare_properties(&old.properties, &new.properties);
    for place in &mut places {
        place.impact = impact_of(&new.resource_type, &place.path);
    }
    places.extend(properties::compare_named(attributes(old), attributes(new)));
    places
}

/// What of a resource is compared, besides its type and its properties.
fn attributes(resource: &TemplateResource) -> [(&'static str, Option<Value>); 7] {
    [
        ("Condition", resource.condition.clone()),
        ("DependsOn", resource.depends_on.clone()),
        ("DeletionPolicy", resource.deletion_policy.map(|policy| json!(policy))),
        ("UpdateReplacePolicy", resource.update_replace_policy.map(|policy| json!(policy))),
        ("CreationPolicy", resource.creation_policy.clone()),
        ("UpdatePolicy", resource.update_policy.clone()),
        ("Metadata", resource.metadata.clone()),
    ]
}

/// What a change at this place of a type's properties does to the resource.
///
/// A custom resource is replaced when its function answers with another physical ID, which only the function knows.
fn impact_of(resource_type: &str, path: &str) -> ResourceImpact {
    if resource_type.starts_with("Custom::") || resource_type == "AWS::CloudFormation::CustomResource" {
        return ResourceImpact::MayReplace;
    }
    let is_below =
        |path: &str, above: &str| path == above || path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'));
    let replaces = synth::aws::create_only(resource_type).iter().any(|only| {
        let only = only.replace('/', ".");
        is_below(path, &only) || is_below(&only, path)
    });
    if replaces { ResourceImpact::Replace } else { ResourceImpact::Update }
}

/// A resource that refers to a replaced one changes with it, and is replaced itself where the reference may not change.
fn follow_replacements(resources: &Resources, found: &mut BTreeMap<String, ResourceDiff>) {
    let mut seen = BTreeSet::new();
    loop {
        let mut replaced = found.values().filter(|diff| diff.impact == ResourceImpact::Replace);
        let Some(cause) = replaced.find(|diff| !seen.contains(&diff.logical_id)) else { return };
        let cause = cause.logical_id.clone();
        for (id, resource) in resources.iter().filter(|(id, _)| **id != cause) {
            for (name, _) in resource.properties.iter().filter(|(_, value)| refers_to(value, &cause)) {
                follow(id, resource, name, &cause, found);
            }
        }
        seen.insert(cause);
    }
}

fn follow(
    id: &str,
    resource: &TemplateResource,
    property: &str,
    cause: &str,
    found: &mut BTreeMap<String, ResourceDiff>,
) {
    let entry = found
        .entry(id.to_owned())
        .or_insert_with(|| ResourceDiff::new(id, resource, ResourceImpact::Update, Vec::new()));
    if entry.impact == ResourceImpact::Create {
        return;
    }
    let impact = impact_of(&resource.resource_type, property);
    if !entry.properties.iter().any(|place| place.path == property || place.path.starts_with(&format!("{property}."))) {
        let after = Some(Value::String(format!("follows the new {cause}")));
        entry.properties.push(PropertyDiff { path: property.to_owned(), before: None, after, impact });
    }
    if impact > entry.impact {
        entry.impact = impact;
        entry.deletion_policy = DeletionPolicy::of(resource, impact);
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
    use super::*;

    fn difference(before: &Value, after: &Value) -> String {
        let resources = |resources: &Value| -> Resources { serde_json::from_value(resources.clone()).unwrap() };
        let lines = compare(&resources(before), &resources(after)).into_iter().map(|diff| {
            let places: Vec<String> =
                diff.properties.iter().map(|place| format!("{} ({:?})", place.path, place.impact)).collect();
            format!(
                "{} {:?} {:?} holds {:?}: {}",
                diff.logical_id,
                diff.impact,
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
        insta::assert_snapshot!(difference(&bucket("one"), &bucket("two")), @r#"B Replace Some(Delete) holds Some("its objects"): BucketName (Replace)"#);
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
        B Replace Some(Retain) holds Some("its objects"): BucketName (Replace)
        F Update None holds None: Description (Update)
        P Replace Some(Delete) holds None: Bucket (Replace)
        "#);
    }

    #[test]
    fn created_updated_and_removed() {
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
        Custom MayReplace Some(Delete) holds None: A (MayReplace)
        Gone Remove Some(Retain) holds Some("its records"): 
        Moved Update None holds None: DependsOn (Update)
        New Create None holds Some("its objects"): 
        Other Replace Some(Delete) holds Some("its waiting messages"): Type (Replace)
        "#);
    }
}
