//! The templates hold what the contract says, and nothing more.

#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::configuration;
use pipeline::contract::{Handler, Variable};
use pipeline::custom_resource::{EndpointProperties, JobTemplateProperties, Kind, PlayerProperties, PurgeProperties};
use serde_json::Value;
use vod::artifacts::Artifacts;
use vod::config::{self, Config, Input};
use vod::platform;

/// What every function may do besides its contract: write its own log, send traces, and join its VPC.
const OF_EVERY_FUNCTION: [&str; 10] = [
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

fn configurations() -> Vec<(Config, Value)> {
    [None, Some("prod.toml"), Some("everything.toml")].map(synthesized).into()
}

fn synthesized(file: Option<&str>) -> (Config, Value) {
    let config = configuration(file);
    let assembly = platform::build(&config, &Artifacts::of_this_build()).unwrap().app.synth().unwrap();
    let template = serde_json::from_str(assembly.template(config.name.as_str()).unwrap()).unwrap();
    (config, template)
}

fn resources<'a>(template: &'a Value, type_name: &str) -> Vec<(&'a str, &'a Value)> {
    let resources = template["Resources"].as_object().unwrap();
    resources
        .iter()
        .filter(|(_, resource)| resource["Type"] == type_name)
        .map(|(id, resource)| (id.as_str(), &resource["Properties"]))
        .collect()
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

/// Every statement of every policy, with the resource that it is in.
fn statements(template: &Value) -> Vec<(String, Value)> {
    fn walk(id: &str, value: &Value, found: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(members) => {
                if let Some(statements) = members.get("Statement").and_then(Value::as_array) {
                    found.extend(statements.iter().map(|statement| (id.to_owned(), statement.clone())));
                }
                members.values().for_each(|member| walk(id, member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(id, item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (id, resource) in template["Resources"].as_object().unwrap() {
        walk(id, resource, &mut found);
    }
    found
}

#[test]
fn functions_are_those_of_the_contract() {
    for (config, template) in configurations() {
        let features = platform::features(&config);
        let functions = resources(&template, "AWS::Lambda::Function");
        let expected: BTreeSet<String> = Handler::ALL
            .iter()
            .filter(|handler| pipeline::contract::is_on(handler.contract().feature, &features))
            .map(|handler| handler.name().to_owned())
            .collect();
        let found: BTreeSet<String> =
            functions.iter().map(|(_, function)| function["Handler"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found, expected);
        for (id, function) in functions {
            let handler: Handler = function["Handler"].as_str().unwrap().parse().unwrap();
            let contract = handler.contract();
            assert_eq!(function["Timeout"], contract.timeout_seconds, "{id}");
            assert_eq!(function["MemorySize"], contract.memory_mib, "{id}");
            let expected: BTreeSet<&str> = contract.variables_with(&features).map(Variable::name).collect();
            let variables = function["Environment"]["Variables"].as_object().unwrap();
            assert_eq!(variables.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{id}");
            for (name, value) in variables {
                assert_ne!(value, "", "{id}: {name} is empty");
            }
        }
    }
}

/// A function whose contract needs nothing has no permission but those of every function; one statement's actions come
/// with each need.
#[test]
fn permissions_come_from_needs() {
    for (config, template) in configurations() {
        let features = platform::features(&config);
        for handler in Handler::ALL {
            let role = format!("Functions{handler:?}Role");
            let Some(role) = template["Resources"].get(&role) else { continue };
            let policies = role["Properties"]["Policies"].as_array().unwrap();
            assert_eq!(policies.len(), 1);
            let own: Vec<&Value> = policies[0]["PolicyDocument"]["Statement"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|statement| {
                    !list(&statement["Action"])
                        .iter()
                        .all(|action| OF_EVERY_FUNCTION.contains(&action.as_str().unwrap()))
                })
                .collect();
            let needs = handler.contract().needs_with(&features).count();
            // A need comes to one statement, or to two where a key or a list goes with it.
            assert!((needs..=2 * needs).contains(&own.len()), "{handler}: {needs} needs, {own:#?}");
        }
    }
}

#[test]
fn no_statement_allows_a_wildcard_action() {
    for (_, template) in configurations() {
        for (id, statement) in statements(&template) {
            if statement["Effect"] == "Allow" {
                for action in list(&statement["Action"]) {
                    let action = action.as_str().unwrap();
                    assert!(!action.contains(['*', '?']), "{id} allows {action}");
                }
            } else {
                assert_eq!(statement["Effect"], "Deny");
            }
        }
    }
}

/// Where no ARN can be named, the statement's Sid says why; docs/security.md lists them.
#[test]
fn every_bare_wildcard_has_its_reason() {
    let documented =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security.md")).unwrap();
    let mut sids = BTreeSet::new();
    for (_, template) in configurations() {
        for (id, statement) in statements(&template) {
            let is_key_policy = template["Resources"][&id]["Type"] == "AWS::KMS::Key";
            if !is_key_policy && list(&statement["Resource"]).iter().any(|resource| **resource == "*") {
                let sid = statement["Sid"].as_str().unwrap_or_else(|| panic!("{id}: {statement:#}")).to_owned();
                assert!(documented.contains(&sid), "docs/security.md does not explain {sid}");
                sids.insert(sid);
            }
        }
    }
    assert_eq!(
        sids.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            "AssetListsHaveNoArn",
            "EndpointsHaveNoArn",
            "InterfacesAreMadeByLambda",
            "LogDeliveriesHaveNoArn",
            "NewAssetsHaveNoArn",
            "ProbesHaveNoArn",
            "SamplingRulesHaveNoArn",
            "TracesHaveNoArn",
        ]
    );
}

#[test]
fn custom_resources_have_the_properties_that_are_read() {
    fn plain(value: &Value) -> Value {
        // What only CloudFormation knows is some text.
        if value.is_object() { "known-later".into() } else { value.clone() }
    }
    let mut kinds = BTreeSet::new();
    for (_, template) in configurations() {
        for (id, resource) in template["Resources"].as_object().unwrap() {
            let Ok(kind) = resource["Type"].as_str().unwrap().parse::<Kind>() else { continue };
            let mut properties: serde_json::Map<String, Value> = resource["Properties"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(key, value)| (key.clone(), plain(value)))
                .collect();
            assert!(properties.remove("ServiceToken").is_some(), "{id}");
            let timeout = properties.remove("ServiceTimeout").unwrap();
            assert!(timeout.as_u64() > Some(Handler::CustomResource.contract().timeout_seconds.into()), "{id}");
            let given: BTreeSet<String> = properties.keys().cloned().collect();
            let properties = Value::Object(properties);
            let read = match kind {
                Kind::JobTemplate => {
                    serde_json::to_value(serde_json::from_value::<JobTemplateProperties>(properties).unwrap())
                }
                Kind::MediaConvertEndpoint => {
                    serde_json::to_value(serde_json::from_value::<EndpointProperties>(properties).unwrap())
                }
                Kind::MediaPackagePurge => {
                    serde_json::to_value(serde_json::from_value::<PurgeProperties>(properties).unwrap())
                }
                Kind::Player => serde_json::to_value(serde_json::from_value::<PlayerProperties>(properties).unwrap()),
            };
            let read: BTreeSet<String> = read.unwrap().as_object().unwrap().keys().cloned().collect();
            assert_eq!(given, read, "{id}");
            kinds.insert(kind);
        }
    }
    assert_eq!(kinds.len(), Kind::ALL.len(), "every kind is in some configuration");
}

/// Every switch of the configuration changes the template.
#[test]
fn every_switch_does_something() {
    let template = |sets: &[&str]| {
        let sets = sets.iter().map(ToString::to_string).collect();
        let config = config::load(&Input { file: None, variables: Vec::new(), sets }).unwrap();
        let assembly = platform::build(&config, &Artifacts::of_this_build()).unwrap().app.synth().unwrap();
        assembly.template(config.name.as_str()).unwrap().to_owned()
    };
    let default = template(&[]);
    for set in [
        "name=other",
        "admin_email=a@example.com",
        "tags.Stage=test",
        "source.trigger=metadata",
        "source.trigger=both",
        "source.archive=GLACIER",
        "source.bucket=my-videos",
        "encoding.family=mvod",
        "encoding.family=cmaf",
        "encoding.mp4=true",
        "encoding.frame_capture=false",
        "encoding.acceleration=ENABLED",
        "encoding.rotation=DEGREES_90",
        "encoding.endpoint=discover",
        "encoding.queue.name=mine",
        "packaging.media_package=true",
        "notifications.sns=false",
        "notifications.sqs=false",
        "functions.architecture=arm64",
        "functions.log_retention_days=7",
        "functions.vpc={subnets=['subnet-01234567'],security_groups=['sg-01234567']}",
        "storage.removal_policy=destroy",
        "storage.access_log_days=5",
        "storage.abandoned_upload_days=5",
        "storage.old_version_days=5",
        "distribution.price_class=PriceClass_All",
        "distribution.waf=managed",
        "distribution.hsts=none",
        "distribution.cors_origins=['https://example.com']",
        "distribution.geo.allow=['DE']",
        "distribution.geo.deny=['DE']",
        "player.enabled=false",
        "player.title=Films",
        "alarms.enabled=false",
        "alarms.period_minutes=10",
        "alarms.failed_executions=2",
        "alarms.dead_letters=2",
        "alarms.error_handler_errors=2",
        "alarms.encode_wait_minutes=5",
        "assets.bucket=my-assets",
        "assets.qualifier=other",
    ] {
        assert_ne!(template(&[set]), default, "{set}");
    }
}
