//! Who is allowed more or less than before: policies taken apart into single grants, compared, and put together again.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::properties::shown;

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The resource whose policy it is in, by logical ID.
    pub holder: String,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// Who is meant, where it is not the holder itself.
    pub principal: String,
    /// What it may be done to.
    pub resource: String,
    /// Under which conditions, as JSON; empty if under none.
    pub condition: String,
    /// What may be done.
    pub actions: BTreeSet<String>,
}

/// A grant that is new, or one that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", content = "grant", rename_all = "camelCase")]
pub enum GrantChange {
    /// It is new.
    Added(Grant),
    /// It is gone.
    Removed(Grant),
}

pub(super) fn compare(before: &Value, after: &Value) -> Vec<GrantChange> {
    let (before, after) = (grants(before), grants(after));
    let removed = together(before.difference(&after)).into_iter().map(GrantChange::Removed);
    let added = together(after.difference(&before)).into_iter().map(GrantChange::Added);
    let mut changes: Vec<GrantChange> = removed.chain(added).collect();
    changes.sort_by(|one, other| one.grant().cmp(other.grant()));
    changes
}

impl GrantChange {
    /// The grant.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        match self {
            Self::Added(grant) | Self::Removed(grant) => grant,
        }
    }
}

/// Every grant of a template, each with one action.
fn grants(template: &Value) -> BTreeSet<Grant> {
    let mut found = BTreeSet::new();
    for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
        let properties = &resource["Properties"];
        let mut policy = |holder: &str, document: &Value| found.extend(statements(holder, document));
        match resource["Type"].as_str().unwrap_or_default() {
            "AWS::IAM::Role" => {
                policy(&format!("{id} (may be assumed)"), &properties["AssumeRolePolicyDocument"]);
                items(&properties["Policies"]).for_each(|inline| policy(id, &inline["PolicyDocument"]));
                for managed in items(&properties["ManagedPolicyArns"]) {
                    found.insert(grant(id, "Allow", "", "managed policy", &shown(managed)));
                }
            }
            "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => policy(id, &properties["PolicyDocument"]),
            "AWS::KMS::Key" => policy(id, &properties["KeyPolicy"]),
            "AWS::S3::BucketPolicy" | "AWS::SNS::TopicPolicy" | "AWS::SQS::QueuePolicy" => {
                policy(id, &properties["PolicyDocument"]);
            }
            "AWS::Lambda::Permission" => {
                let (principal, action) = (shown(&properties["Principal"]), shown(&properties["Action"]));
                found.insert(grant(id, "Allow", &principal, &action, &shown(&properties["FunctionName"])));
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
        condition: String::new(),
        actions: BTreeSet::from([action.to_owned()]),
    }
}

/// The statements of a policy, one for each pair of action and resource.
fn statements(holder: &str, document: &Value) -> Vec<Grant> {
    let mut found = Vec::new();
    for statement in items(&document["Statement"]) {
        let either = |name: &str, other: &str| {
            let negated = statement.get(name).is_none() && statement.get(other).is_some();
            let prefix = if negated { "all but " } else { "" };
            let value = statement.get(name).or(statement.get(other)).unwrap_or(&Value::Null);
            items(value).map(|item| format!("{prefix}{}", shown(item))).collect::<Vec<_>>()
        };
        let condition = statement.get("Condition").map(Value::to_string).unwrap_or_default();
        let principal = principal(statement);
        let mut resources = either("Resource", "NotResource");
        if resources.is_empty() {
            resources.push(String::new());
        }
        for action in either("Action", "NotAction") {
            for resource in &resources {
                let effect = statement["Effect"].as_str().unwrap_or_default();
                let grant = grant(holder, effect, &principal, &action, resource);
                found.push(Grant { condition: condition.clone(), ..grant });
            }
        }
    }
    found
}

fn principal(statement: &Value) -> String {
    match statement.get("Principal").or(statement.get("NotPrincipal")) {
        None => String::new(),
        Some(Value::Object(kinds)) if !super::properties::is_intrinsic(kinds) => names(kinds),
        Some(other) => shown(other),
    }
}

fn names(kinds: &Map<String, Value>) -> String {
    let names: Vec<String> = kinds.values().flat_map(items).map(shown).collect();
    names.join(", ")
}

/// The items of a list, or the one thing that stands in its place.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    let one = (!value.is_array() && !value.is_null()).then_some(value);
    value.as_array().into_iter().flatten().chain(one)
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
    fn only_what_is_new_or_gone_is_reported() {
        let role = |actions: &Value, resource: &Value| {
            let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
            let trust = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "lambda.amazonaws.com" } });
            json!({ "Resources": { "R": { "Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": { "Statement": trust },
                "Policies": [{ "PolicyDocument": { "Statement": [statement] } }],
            } } } })
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
        insta::assert_snapshot!(lines(compare(&json!({}), &before)), @r#"
        + R Allow {"s3:GetObject", "s3:PutObject"} on ${B.Arn}/*
        + R (may be assumed) Allow {"sts:AssumeRole"} on
        "#);
        assert_eq!(compare(&before, &before), []);
    }
}
