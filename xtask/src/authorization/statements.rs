//! The statements of every policy in a template, with sample ARNs in place of references.

use indexmap::IndexMap;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use serde::Deserialize;
use serde_json::Value;

use crate::template::{self, Items, Principal, Resource, Template, Text};

/// What a reference to a resource gives: its type, the attribute (none for `Ref`), and a sample with `{}` for its name.
const REFERENCES: [(&str, &str, &str); 12] = [
    ("AWS::S3::Bucket", "Arn", "arn:aws:s3:::{}"),
    ("AWS::DynamoDB::Table", "Arn", "arn:aws:dynamodb:eu-west-1:123456789012:table/{}"),
    ("AWS::SQS::Queue", "Arn", "arn:aws:sqs:eu-west-1:123456789012:{}"),
    ("AWS::SNS::Topic", "", "arn:aws:sns:eu-west-1:123456789012:{}"),
    ("AWS::KMS::Key", "Arn", "arn:aws:kms:eu-west-1:123456789012:key/{}"),
    ("AWS::IAM::Role", "Arn", "arn:aws:iam::123456789012:role/{}"),
    ("AWS::Lambda::Function", "Arn", "arn:aws:lambda:eu-west-1:123456789012:function:{}"),
    ("AWS::Lambda::Function", "", "{}"),
    ("AWS::StepFunctions::StateMachine", "", "arn:aws:states:eu-west-1:123456789012:stateMachine:{}"),
    ("AWS::Logs::LogGroup", "Arn", "arn:aws:logs:eu-west-1:123456789012:log-group:{}:*"),
    ("AWS::MediaConvert::Queue", "Arn", "arn:aws:mediaconvert:eu-west-1:123456789012:queues/{}"),
    ("AWS::S3::Bucket", "", "{}"),
];

/// What the deployer's own values are in the samples.
const PSEUDO_PARAMETERS: [(&str, &str); 3] =
    [("AWS::Partition", "aws"), ("AWS::Region", "eu-west-1"), ("AWS::AccountId", "123456789012")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Who may assume a role; it names no resource.
    Trust,
    /// A key's policy, in which `*` is the key.
    KeyPolicy,
    Policy,
}

#[derive(Debug)]
pub(super) struct Statement {
    /// The logical ID of the resource that has the policy.
    pub(super) resource: String,
    pub(super) place: Place,
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) conditions: Vec<String>,
    /// The host of the identity provider that it trusts.
    provider: Option<String>,
}

impl Statement {
    /// Whether the key is a claim that IAM takes from tokens of the provider that the statement trusts
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>).
    pub(super) fn has_claim(&self, key: &str) -> bool {
        let claim = self.provider.as_deref().and_then(|provider| key.strip_prefix(provider)?.strip_prefix(':'));
        claim.is_some_and(|claim| ["aud", "sub", "amr", "oaud"].contains(&claim))
    }
}

/// What a resource of the type `AWS::Lambda::Permission` allows.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Permission {
    action: String,
    function_name: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IdentityProvider {
    url: String,
}

pub(super) fn of(template: &Template) -> miette::Result<Vec<Statement>> {
    let mut found = Vec::new();
    for (id, resource) in &template.resources {
        let place = if resource.r#type == "AWS::KMS::Key" { Place::KeyPolicy } else { Place::Policy };
        let mut statements = Vec::new();
        walk(&resource.properties, place, &mut statements).wrap_err_with(|| id.clone())?;
        if resource.r#type == "AWS::Lambda::Permission" {
            let Permission { action, function_name } = resource.properties_as(id)?;
            let (action, resource) = (Items::One(action), Items::One(function_name));
            statements.push((Place::Policy, template::Statement { action, resource, ..Default::default() }));
        }
        for (place, statement) in statements {
            let samples = statement.resource.as_slice().iter().map(|text| sample(&template.resources, text));
            found.push(Statement {
                resource: id.clone(),
                place,
                actions: statement.action.as_slice().to_vec(),
                resources: samples.collect::<miette::Result<_>>()?,
                conditions: statement.condition.into_values().flat_map(IndexMap::into_keys).collect(),
                provider: provider(template, statement.principal.as_ref())?,
            });
        }
    }
    Ok(found)
}

/// The kind of principals that are identity providers.
const FEDERATED: &str = "Federated";

/// Finds the policy documents below a value.
fn walk(value: &Value, place: Place, found: &mut Vec<(Place, template::Statement)>) -> miette::Result<()> {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if let ("Statement", Value::Array(statements)) = (name.as_str(), member) {
                    for statement in statements {
                        found.push((place, Deserialize::deserialize(statement).into_diagnostic()?));
                    }
                }
                walk(member, if name == "AssumeRolePolicyDocument" { Place::Trust } else { place }, found)?;
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, place, found)),
        _ => Ok(()),
    }
}

/// The host of the identity provider that is trusted, given by ARN.
fn provider(template: &Template, principal: Option<&Principal>) -> miette::Result<Option<String>> {
    let Some(Principal::Kinds(kinds)) = principal else { return Ok(None) };
    let Some(Items::One(Text(arn))) = kinds.get(FEDERATED) else { return Ok(None) };
    let made = arn.strip_prefix("${").and_then(|reference| reference.strip_suffix(".Arn}"));
    if let Some((id, resource)) = made.and_then(|id| template.resources.get_key_value(id)) {
        let IdentityProvider { url } = resource.properties_as(id)?;
        return Ok(url.strip_prefix("https://").map(str::to_owned));
    }
    Ok(arn.split_once(":oidc-provider/").map(|(_, host)| host.to_owned()))
}

/// A resource as an ARN, with samples in place of what only CloudFormation knows.
fn sample(resources: &IndexMap<String, Resource>, text: &Text) -> miette::Result<String> {
    text.filled(|reference| {
        if let Some((_, value)) = PSEUDO_PARAMETERS.iter().find(|(name, _)| *name == reference) {
            return Ok((*value).to_owned());
        }
        let (name, attribute) = reference.split_once('.').unwrap_or((reference, ""));
        let kind = resources.get(name).map_or("", |resource| &resource.r#type);
        let known = REFERENCES.iter().find(|(type_name, of, _)| *type_name == kind && *of == attribute);
        let (.., form) = known.ok_or_else(|| miette!("no sample is known for {reference}, a {kind}"))?;
        Ok(form.replace("{}", name))
    })
}
