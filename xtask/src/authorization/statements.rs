//! The statements of every policy in a template, with sample ARNs in place of references.

use miette::{bail, miette};
use serde_json::{Map, Value};

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

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Who may assume a role; it names no resource.
    Trust,
    /// A key's policy, in which `*` is the key.
    KeyPolicy,
    /// Any other policy.
    Policy,
}

/// One statement.
#[derive(Debug)]
pub(super) struct Statement {
    /// The logical ID of the resource that has the policy.
    pub(super) resource: String,
    pub(super) place: Place,
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    /// The keys of its conditions.
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

/// Every statement of a template.
pub(super) fn of(template: &Value) -> miette::Result<Vec<Statement>> {
    let resources = template["Resources"].as_object().ok_or_else(|| miette!("not a template"))?;
    let mut found = Vec::new();
    for (id, resource) in resources {
        let place = if resource["Type"] == "AWS::KMS::Key" { Place::KeyPolicy } else { Place::Policy };
        let mut statements = Vec::new();
        walk(&resource["Properties"], place, &mut statements);
        if resource["Type"] == "AWS::Lambda::Permission" {
            let properties = &resource["Properties"];
            let permission =
                serde_json::json!({"Action": properties["Action"], "Resource": properties["FunctionName"]});
            statements.push((Place::Policy, permission));
        }
        for (place, statement) in statements {
            found.push(read(resources, id, place, &statement)?);
        }
    }
    Ok(found)
}

/// Finds the policy documents below a value.
fn walk(value: &Value, place: Place, found: &mut Vec<(Place, Value)>) {
    match value {
        Value::Object(members) => {
            if let Some(statements) = members.get("Statement").and_then(Value::as_array) {
                found.extend(statements.iter().map(|statement| (place, statement.clone())));
            }
            for (name, member) in members {
                walk(member, if name == "AssumeRolePolicyDocument" { Place::Trust } else { place }, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, place, found)),
        _ => {}
    }
}

fn read(resources: &Map<String, Value>, id: &str, place: Place, statement: &Value) -> miette::Result<Statement> {
    let texts = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        single => vec![single.clone()],
    };
    let actions = texts(&statement["Action"]).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let named: miette::Result<Vec<_>> =
        texts(&statement["Resource"]).iter().map(|resource| sample(resources, resource)).collect();
    let conditions = statement["Condition"].as_object().into_iter().flat_map(Map::values);
    let conditions = conditions.filter_map(Value::as_object).flat_map(|keys| keys.keys().cloned()).collect();
    let provider = provider(resources, &statement["Principal"]["Federated"]);
    Ok(Statement { resource: id.to_owned(), place, actions, resources: named?, conditions, provider })
}

/// The host of an identity provider, given by ARN.
fn provider(resources: &Map<String, Value>, arn: &Value) -> Option<String> {
    if let Some(id) = arn["Fn::GetAtt"][0].as_str() {
        return resources.get(id)?["Properties"]["Url"].as_str()?.strip_prefix("https://").map(str::to_owned);
    }
    let text = arn["Fn::Sub"].as_str().or_else(|| arn.as_str())?;
    text.split_once(":oidc-provider/").map(|(_, host)| host.to_owned())
}

/// A resource as an ARN, with samples in place of what only CloudFormation knows.
fn sample(resources: &Map<String, Value>, resource: &Value) -> miette::Result<String> {
    if let Some(text) = resource.as_str() {
        return Ok(text.to_owned());
    }
    if let Some(name) = resource["Ref"].as_str() {
        return value_of(resources, name);
    }
    if let Some([name, attribute]) = resource["Fn::GetAtt"].as_array().map(Vec::as_slice) {
        let (name, attribute) = (name.as_str().unwrap_or_default(), attribute.as_str().unwrap_or_default());
        return value_of(resources, &format!("{name}.{attribute}"));
    }
    let Some(text) = resource["Fn::Sub"].as_str() else { bail!("{resource} is no resource that can be judged") };
    let mut pieces = text.split("${");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').unwrap_or((piece, ""));
        filled.push_str(&value_of(resources, name)?);
        filled.push_str(rest);
    }
    Ok(filled)
}

/// A sample of what a reference (`Name` or `Name.Attribute`) gives.
fn value_of(resources: &Map<String, Value>, reference: &str) -> miette::Result<String> {
    if let Some((_, value)) = PSEUDO_PARAMETERS.iter().find(|(name, _)| *name == reference) {
        return Ok((*value).to_owned());
    }
    let (name, attribute) = reference.split_once('.').unwrap_or((reference, ""));
    let kind = resources.get(name).and_then(|resource| resource["Type"].as_str()).unwrap_or_default();
    let known = REFERENCES.iter().find(|(type_name, of, _)| *type_name == kind && *of == attribute);
    let (.., form) = known.ok_or_else(|| miette!("no sample is known for {reference}, a {kind}"))?;
    Ok(form.replace("{}", name))
}
