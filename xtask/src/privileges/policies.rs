//! The permissions of the functions' roles in a template.

use std::convert::Infallible;
use std::path::PathBuf;

use miette::bail;
use serde::Deserialize;

use super::calls::Call;
use crate::template::{Statement, Template, Text};

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
    pub(super) statement: usize,
    pub(super) action: String,
    /// The resource as the template says it.
    pub(super) shown: String,
    /// The resource as the tests name it.
    pub(super) pattern: String,
}

impl Grant {
    pub(super) fn allows(&self, call: &Call) -> bool {
        self.handler == call.handler && self.action == call.action && matches(&self.pattern, &call.resource)
    }
}

pub(super) fn read(templates: &[PathBuf]) -> miette::Result<Vec<Grant>> {
    let mut grants = Vec::new();
    for template in templates {
        grants.extend(of_template(&Template::read(template)?)?);
    }
    if grants.is_empty() {
        bail!("the templates grant their functions nothing");
    }
    Ok(grants)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Function {
    handler: String,
    role: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Role {
    #[serde(default)]
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    policy_document: PolicyDocument,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDocument {
    statement: Vec<Statement>,
}

fn of_template(template: &Template) -> miette::Result<Vec<Grant>> {
    let mut grants = Vec::new();
    let mut number = 0;
    let roles = template.of_type::<Role>("AWS::IAM::Role")?;
    for (_, Function { handler, role }) in template.of_type("AWS::Lambda::Function")? {
        let role = roles.iter().find(|(id, _)| role.0 == format!("${{{id}.Arn}}")).map(|(_, role)| role);
        let policies = role.into_iter().flat_map(|role| &role.policies);
        for statement in policies.flat_map(|policy| &policy.policy_document.statement) {
            number += 1;
            for action in statement.action.as_slice() {
                grants.extend(statement.resource.as_slice().iter().map(|resource| Grant {
                    handler: handler.clone(),
                    statement: number,
                    action: action.clone(),
                    shown: resource.0.clone(),
                    pattern: pattern(resource),
                }));
            }
        }
    }
    Ok(grants)
}

/// The same in short: an ARN of the deployment's own account and region without the parts that say so.
pub(super) fn abridged(shown: &str) -> String {
    shown.replace("arn:${AWS::Partition}:", "").replace(":${AWS::Region}:${AWS::AccountId}:", "…:")
}

/// A resource as the tests name it.
fn pattern(resource: &Text) -> String {
    let name = |reference: &str| {
        let known = NAMES.iter().find(|(name, _)| *name == reference);
        Ok::<_, Infallible>(known.map_or_else(|| format!("${{{reference}}}"), |(_, name)| (*name).to_owned()))
    };
    let Ok(pattern) = resource.filled(name);
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
            assert_eq!(pattern(&serde_json::from_value(resource).unwrap()), expected);
        }
    }
}
