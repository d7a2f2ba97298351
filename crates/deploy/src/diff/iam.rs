//! Who is allowed more or less than before: policies taken apart into single grants, compared, and put together again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use synth::Template;

use super::properties::{is_intrinsic, shown};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The resource whose policy it is in, by logical ID.
    pub holder: String,
    pub effect: String,
    /// Who is meant, where it is not the holder itself.
    pub principal: String,
    pub resource: String,
    /// All that must hold, each as `key operator value or value`.
    pub conditions: Vec<String>,
    pub actions: BTreeSet<String>,
}

/// A grant that is new, or one that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", content = "grant", rename_all = "camelCase")]
pub enum GrantChange {
    Added(Grant),
    Removed(Grant),
}

pub(super) fn compare(before: &Template, after: &Template) -> Vec<GrantChange> {
    let (before, after) = (grants(before), grants(after));
    let removed = together(before.difference(&after)).into_iter().map(GrantChange::Removed);
    let added = together(after.difference(&before)).into_iter().map(GrantChange::Added);
    let mut changes: Vec<GrantChange> = removed.chain(added).collect();
    changes.sort_by(|one, other| one.grant().cmp(other.grant()));
    changes
}

impl GrantChange {
    #[must_use]
    pub fn grant(&self) -> &Grant {
        match self {
            Self::Added(grant) | Self::Removed(grant) => grant,
        }
    }
}

/// A policy document; what is none, such as an intrinsic function, has no statements.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Document {
    statement: Items<Statement>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Statement {
    effect: String,
    principal: Option<Value>,
    not_principal: Option<Value>,
    action: Items<Value>,
    not_action: Items<Value>,
    resource: Items<Value>,
    not_resource: Items<Value>,
    condition: Option<Value>,
}

/// A list, or the one thing that stands in its place.
#[derive(Deserialize)]
#[serde(untagged)]
enum Items<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> Items<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::Many(items) => items,
            Self::One(item) => std::slice::from_ref(item),
        }
    }
}

/// Every grant of a template, each with one action.
fn grants(template: &Template) -> BTreeSet<Grant> {
    let mut found = BTreeSet::new();
    for (id, resource) in &template.resources {
        let property = |name: &str| resource.properties.get(name).unwrap_or(&Value::Null);
        let mut policy = |holder: &str, document: &Value| found.extend(statements(holder, document));
        match resource.resource_type.as_str() {
            "AWS::IAM::Role" => {
                policy(&format!("{id} (may be assumed)"), property("AssumeRolePolicyDocument"));
                for inline in items(property("Policies")) {
                    policy(id, inline.get("PolicyDocument").unwrap_or(&Value::Null));
                }
                for managed in items(property("ManagedPolicyArns")) {
                    found.insert(grant(id, "Allow", "", "managed policy", &shown(managed)));
                }
            }
            "AWS::KMS::Key" => policy(id, property("KeyPolicy")),
            "AWS::IAM::Policy"
            | "AWS::IAM::ManagedPolicy"
            | "AWS::S3::BucketPolicy"
            | "AWS::SNS::TopicPolicy"
            | "AWS::SQS::QueuePolicy" => policy(id, property("PolicyDocument")),
            "AWS::Lambda::Permission" => {
                let (principal, action) = (shown(property("Principal")), shown(property("Action")));
                found.insert(grant(id, "Allow", &principal, &action, &shown(property("FunctionName"))));
            }
            _ => {}
        }
    }
    found
}

fn grant(holder: &str, effect: &str, principal: &str, action: &str, resource: &str) -> Grant {
    Grant {
        holder: holder.to_owned(),
        effect: effect.to_owned(),
        principal: principal.to_owned(),
        resource: resource.to_owned(),
        conditions: Vec::new(),
        actions: BTreeSet::from([action.to_owned()]),
    }
}

/// The statements of a policy, one for each pair of action and resource.
fn statements(holder: &str, document: &Value) -> Vec<Grant> {
    let document = Document::deserialize(document).unwrap_or_default();
    let mut found = Vec::new();
    for statement in document.statement.as_slice() {
        let either = |these: &Items<Value>, all_but: &Items<Value>| -> Vec<String> {
            let these = these.as_slice().iter().map(shown);
            these.chain(all_but.as_slice().iter().map(|item| format!("all but {}", shown(item)))).collect()
        };
        let conditions = statement.condition.as_ref().map(conditions).unwrap_or_default();
        let principal = match statement.principal.as_ref().or(statement.not_principal.as_ref()) {
            None => String::new(),
            Some(Value::Object(kinds)) if !is_intrinsic(kinds) => {
                kinds.values().flat_map(items).map(shown).collect::<Vec<_>>().join(", ")
            }
            Some(other) => shown(other),
        };
        let mut resources = either(&statement.resource, &statement.not_resource);
        if resources.is_empty() {
            resources.push(String::new());
        }
        for action in either(&statement.action, &statement.not_action) {
            for resource in &resources {
                let grant = grant(holder, &statement.effect, &principal, &action, resource);
                found.push(Grant { conditions: conditions.clone(), ..grant });
            }
        }
    }
    found
}

/// The conditions of a statement, in words; what is not in IAM's form, such as an intrinsic function, as it is.
fn conditions(written: &Value) -> Vec<String> {
    let Value::Object(operators) = written else { return vec![written.to_string()] };
    let of_operator = |(operator, keys): (&String, &Value)| match keys {
        Value::Object(keys) if !operator.starts_with("Fn::") => keys
            .iter()
            .map(|(key, values)| {
                let values: Vec<String> = items(values).iter().map(shown).collect();
                format!("{key} {operator} {}", values.join(" or "))
            })
            .collect(),
        other => vec![format!("{operator} {other}")],
    };
    operators.iter().flat_map(of_operator).collect()
}

/// The items of a list, or the one thing that stands in its place.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// Grants that differ in their actions only, as one.
fn together<'a>(grants: impl Iterator<Item = &'a Grant>) -> Vec<Grant> {
    let mut merged: BTreeMap<Grant, BTreeSet<String>> = BTreeMap::new();
    for grant in grants {
        let key = Grant { actions: BTreeSet::new(), ..grant.clone() };
        merged.entry(key).or_default().extend(grant.actions.iter().cloned());
    }
    merged.into_iter().map(|(grant, actions)| Grant { actions, ..grant }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_read_like_sentences() {
        let written = json!({
            "StringEquals": { "iam:PassedToService": "mediaconvert.amazonaws.com", "aws:SourceAccount": ["1", { "Ref": "A" }] },
            "Bool": { "aws:SecureTransport": false },
        });
        assert_eq!(
            conditions(&written),
            [
                "iam:PassedToService StringEquals mediaconvert.amazonaws.com",
                "aws:SourceAccount StringEquals 1 or ${A}",
                "aws:SecureTransport Bool false",
            ]
        );
        assert_eq!(conditions(&json!({ "Fn::If": ["C", 1, 2] })), [r#"Fn::If ["C",1,2]"#]);
    }

    #[test]
    fn only_what_is_new_or_gone_is_reported() {
        let role = |actions: &Value, resource: &Value| {
            let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
            let trust = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "lambda.amazonaws.com" } });
            let template = json!({ "Resources": { "R": { "Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": { "Statement": trust },
                "Policies": [{ "PolicyDocument": { "Statement": [statement] } }],
            } } } });
            serde_json::from_value::<Template>(template).unwrap()
        };
        let bucket = json!({ "Fn::Sub": "${B.Arn}/*" });
        let before = role(&json!(["s3:GetObject", "s3:PutObject"]), &bucket);
        let after = role(&json!(["s3:GetObject", "s3:DeleteObject", "s3:PutObjectTagging"]), &bucket);
        let lines = |changes: Vec<GrantChange>| {
            let lines = changes.iter().map(|change| {
                let sign = if matches!(change, GrantChange::Added(_)) { '+' } else { '-' };
                let grant = change.grant();
                format!("{sign} {} {} {:?} on {}", grant.holder, grant.effect, grant.actions, grant.resource)
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(lines(compare(&before, &after)), @r#"
        + R Allow {"s3:DeleteObject", "s3:PutObjectTagging"} on ${B.Arn}/*
        - R Allow {"s3:PutObject"} on ${B.Arn}/*
        "#);
        insta::assert_snapshot!(lines(compare(&Template::default(), &before)), @r#"
        + R Allow {"s3:GetObject", "s3:PutObject"} on ${B.Arn}/*
        + R (may be assumed) Allow {"sts:AssumeRole"} on
        "#);
        assert_eq!(compare(&before, &before), []);
    }
}
