//! The permissions of the functions' roles in a template.

use std::path::PathBuf;

use miette::{IntoDiagnostic as _, miette};
use serde_json::Value;

use super::calls::Call;

/// What the tests call the things of the deployment: a reference of the template, and a pattern of ARNs.
const NAMES: [(&str, &str); 14] = [
    ("StorageSource.Arn", "arn:aws:s3:::s*"),
    ("StorageDestination.Arn", "arn:aws:s3:::d*"),
    ("StorageWorkflows.Arn", "table/*"),
    ("NotificationsTopic", "arn:aws*:sns:*"),
    ("NotificationsQueue.Arn", "arn:aws*:sqs:*"),
    ("WorkflowsIngestStateMachine", "arn:aws*:states:*ingest*"),
    ("WorkflowsProcessStateMachine", "arn:aws*:states:*process*"),
    ("WorkflowsPublishStateMachine", "arn:aws*:states:*publish*"),
    ("EncodingQueue.Arn", "arn:aws*:mediaconvert:*:queues/*"),
    ("EncodingRole.Arn", "arn:aws*:iam::*:role/*"),
    ("PackagingRole.Arn", "arn:aws*:iam::*:role/*"),
    ("AWS::Partition", "aws"),
    ("AWS::Region", "*"),
    ("AWS::AccountId", "*"),
];

/// One action that a function's role allows on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) handler: String,
    /// The statement's number in the template.
    pub(super) statement: usize,
    pub(super) action: String,
    /// The resource as the template says it.
    pub(super) shown: String,
    /// The resource as the tests name it.
    pub(super) pattern: String,
}

impl Grant {
    /// Whether the permission allows a call.
    pub(super) fn allows(&self, call: &Call) -> bool {
        self.handler == call.handler && self.action == call.action && matches(&self.pattern, &call.resource)
    }
}

/// The permissions of every function of some templates.
pub(super) fn read(templates: &[PathBuf]) -> miette::Result<Vec<Grant>> {
    let mut grants = Vec::new();
    for template in templates {
        let template: Value = serde_json::from_slice(&fs_err::read(template).into_diagnostic()?).into_diagnostic()?;
        grants.extend(of_template(&template));
    }
    if grants.is_empty() {
        return Err(miette!("the templates grant their functions nothing"));
    }
    Ok(grants)
}

fn of_template(template: &Value) -> Vec<Grant> {
    let mut grants = Vec::new();
    let mut number = 0;
    let Some(resources) = template["Resources"].as_object() else { return grants };
    for function in resources.values().filter(|resource| resource["Type"] == "AWS::Lambda::Function") {
        let handler = function["Properties"]["Handler"].as_str().unwrap_or_default();
        let role = function["Properties"]["Role"]["Fn::GetAtt"][0].as_str().unwrap_or_default();
        let policies = resources.get(role).map(|role| items(&role["Properties"]["Policies"])).unwrap_or_default();
        for statement in policies.iter().flat_map(|policy| items(&policy["PolicyDocument"]["Statement"])) {
            number += 1;
            for action in items(&statement["Action"]) {
                for resource in items(&statement["Resource"]) {
                    let shown = shown(&resource);
                    grants.push(Grant {
                        handler: handler.to_owned(),
                        statement: number,
                        action: action.as_str().unwrap_or_default().to_owned(),
                        pattern: pattern(&shown),
                        shown,
                    });
                }
            }
        }
    }
    grants
}

/// A list's items; anything else stands for itself.
fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        single => vec![single.clone()],
    }
}

/// A resource as a person reads it: `Name`, `Name.Attribute`, or text with such names in `${…}`.
fn shown(resource: &Value) -> String {
    if let Some(name) = resource["Ref"].as_str() {
        return name.to_owned();
    }
    if let Some(parts) = resource["Fn::GetAtt"].as_array() {
        return parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(".");
    }
    let text = resource["Fn::Sub"].as_str().or_else(|| resource.as_str());
    text.map_or_else(|| resource.to_string(), str::to_owned)
}

/// The same in short: an ARN of the deployment's own account and region without the parts that say so.
pub(super) fn abridged(shown: &str) -> String {
    shown.replace("arn:${AWS::Partition}:", "").replace(":${AWS::Region}:${AWS::AccountId}:", "…:")
}

/// A resource as the tests name it.
fn pattern(shown: &str) -> String {
    let mut pattern = shown.to_owned();
    for (reference, name) in NAMES {
        if pattern == reference {
            return name.to_owned();
        }
        pattern = pattern.replace(&format!("${{{reference}}}"), name);
    }
    // The tests' deployment is `vod`, whatever the configuration's name.
    pattern.replace("/vod-everything", "/vod")
}

/// Whether a text fits a pattern in which `*` stands for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    rest.is_empty() || text.char_indices().any(|(at, _)| matches(rest, &text[at..])) || matches(rest, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a/*", "a/b/c", true),
            ("a/*", "ab", false),
            ("*/.workflow/*", "g/.workflow/x", true),
            ("*/.workflow/*", "g/hls/x", false),
            ("a*c", "abcb", false),
            ("a*c", "abcbc", true),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn references_become_the_tests_names() {
        for (resource, expected) in [
            (serde_json::json!({"Fn::GetAtt": ["StorageSource", "Arn"]}), "arn:aws:s3:::s*"),
            (
                serde_json::json!({"Fn::Sub": "${StorageDestination.Arn}/*/.workflow/*"}),
                "arn:aws:s3:::d*/*/.workflow/*",
            ),
            (serde_json::json!({"Ref": "NotificationsTopic"}), "arn:aws*:sns:*"),
            (
                serde_json::json!({"Fn::Sub": "arn:${AWS::Partition}:mediaconvert:${AWS::Region}:${AWS::AccountId}:jobs/*"}),
                "arn:aws:mediaconvert:*:*:jobs/*",
            ),
            (serde_json::json!("*"), "*"),
        ] {
            assert_eq!(pattern(&shown(&resource)), expected);
        }
    }
}
