//! The templates hold what the contract says, and nothing more.

use std::collections::BTreeSet;

use config::{self, Config, Input};
use pipeline::contract::Handler;
use pipeline::custom_resource::{EndpointProperties, JobTemplateProperties, Kind, PlayerProperties, PurgeProperties};
use serde_json::{Value, json};
use stacks::artifacts::Artifacts;
use strum::VariantArray as _;
use testing::configuration;

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
    let assembly = stacks::build(&config, &Artifacts::of_this_build()).unwrap().app.synth().unwrap();
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

#[test]
fn functions_are_those_of_the_contract() {
    for (config, template) in configurations() {
        let features = stacks::features(&config);
        let functions = resources(&template, "AWS::Lambda::Function");
        let expected: BTreeSet<String> = Handler::VARIANTS
            .iter()
            .filter(|handler| pipeline::contract::is_on(handler.contract().feature, &features))
            .map(|handler| handler.into_str().to_owned())
            .collect();
        let found: BTreeSet<String> =
            functions.iter().map(|(_, function)| function["Handler"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found, expected);
        for (id, function) in functions {
            let handler: Handler = function["Handler"].as_str().unwrap().parse().unwrap();
            let contract = handler.contract();
            assert_eq!(function["Timeout"], contract.timeout_seconds, "{id}");
            assert_eq!(function["MemorySize"], contract.memory_mib, "{id}");
            let expected: BTreeSet<&str> = contract.variables_with(&features).map(Into::into).collect();
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
        let features = stacks::features(&config);
        for &handler in Handler::VARIANTS {
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

/// The finding R3: CloudFormation updates a role first and removes what the update no longer has afterwards, so what a removal
/// takes is allowed whatever is switched off.
#[test]
fn a_part_that_is_switched_off_can_still_be_removed() {
    const REMOVING: [&str; 6] = [
        "s3:GetObject",
        "s3:DeleteObjectVersion",
        "s3:ListBucketVersions",
        "mediapackage-vod:ListAssets",
        "mediapackage-vod:DeleteAsset",
        "mediaconvert:DeleteJobTemplate",
    ];
    let removing = |sets: &[&str]| -> BTreeSet<(String, String)> {
        let sets = sets.iter().map(ToString::to_string).collect();
        let config = config::load(&Input { file: None, variables: Vec::new(), sets }).unwrap();
        let assembly = stacks::build(&config, &Artifacts::of_this_build()).unwrap().app.synth().unwrap();
        let template: Value = serde_json::from_str(assembly.template(config.name.as_str()).unwrap()).unwrap();
        let policy = &template["Resources"]["FunctionsCustomResourceRole"]["Properties"]["Policies"][0];
        let statements = policy["PolicyDocument"]["Statement"].as_array().unwrap();
        let pairs = statements.iter().flat_map(|statement| {
            let actions: Vec<String> =
                list(&statement["Action"]).into_iter().map(|action| action.as_str().unwrap().to_owned()).collect();
            let resources: Vec<String> = list(&statement["Resource"]).into_iter().map(ToString::to_string).collect();
            actions
                .into_iter()
                .flat_map(move |action| resources.clone().into_iter().map(move |resource| (action.clone(), resource)))
        });
        pairs.filter(|(action, _)| REMOVING.contains(&action.as_str())).collect()
    };
    let everything = [
        "packaging.media_package=true",
        "encoding.endpoint=discover",
        "notifications.sqs=true",
        "notifications.sns=true",
    ];
    let with_everything = removing(&everything);
    for action in REMOVING {
        assert!(with_everything.iter().any(|(granted, _)| granted == action), "{action} is granted");
    }
    for off in [
        &["player.enabled=false"][..],
        &["packaging.media_package=false"],
        &["player.enabled=false", "notifications.sqs=false", "notifications.sns=false", "encoding.endpoint=regional"],
        &["encoding.family=cmaf"],
    ] {
        assert_eq!(removing(off), with_everything, "{off:?}");
    }
    // And nothing is written that nobody reads.
    let config =
        config::load(&Input { file: None, variables: Vec::new(), sets: vec!["player.enabled=false".to_owned()] });
    let assembly = stacks::build(&config.unwrap(), &Artifacts::of_this_build()).unwrap().app.synth().unwrap();
    let template: Value = serde_json::from_str(assembly.template("vod").unwrap()).unwrap();
    let role = template["Resources"]["FunctionsCustomResourceRole"].to_string();
    assert!(!role.contains("s3:PutObject"), "{role}");
}

/// The finding R9: an event that can be neither handled nor kept is seen by nothing else.
#[test]
fn an_event_that_is_lost_raises_an_alarm() {
    let watched = |template: &Value, metric: &str| -> BTreeSet<String> {
        let alarms = resources(template, "AWS::CloudWatch::Alarm").into_iter();
        let of_metric = alarms.filter(|(_, alarm)| alarm["MetricName"] == metric);
        of_metric.map(|(_, alarm)| alarm["Dimensions"][0]["Value"]["Ref"].as_str().unwrap().to_owned()).collect()
    };
    for (_, template) in configurations() {
        let rules: BTreeSet<String> =
            resources(&template, "AWS::Events::Rule").into_iter().map(|(id, _)| id.to_owned()).collect();
        assert!(rules.len() >= 4 && watched(&template, "InvocationsFailedToBeSentToDlq") == rules, "{rules:?}");
        let kept = resources(&template, "AWS::Lambda::EventInvokeConfig").into_iter();
        let functions: BTreeSet<String> =
            kept.map(|(_, config)| config["FunctionName"]["Ref"].as_str().unwrap().to_owned()).collect();
        assert!(
            functions.len() >= 3 && watched(&template, "DestinationDeliveryFailures") == functions,
            "{functions:?}"
        );
    }
}

/// The finding R5: a packaging group that is full fails no video and no execution.
#[test]
fn a_video_without_its_asset_raises_an_alarm() {
    for (config, template) in configurations() {
        let alarms = resources(&template, "AWS::CloudWatch::Alarm").into_iter();
        let watching = alarms.filter(|(_, alarm)| {
            let dimension = &alarm["Dimensions"][0];
            alarm["Namespace"] == "VideoOnDemand"
                && alarm["MetricName"] == "AssetsFailed"
                && (&dimension["Name"], dimension["Value"].is_string()) == (&json!("Workflow"), true)
        });
        assert_eq!(watching.count(), usize::from(config.packaging.media_package), "{}", config.name);
    }
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
    assert_eq!(kinds.len(), Kind::VARIANTS.len(), "every kind is in some configuration");
}

/// Every switch of the configuration changes the template.
#[test]
fn every_switch_does_something() {
    let template = |sets: &[&str]| {
        let sets = sets.iter().map(ToString::to_string).collect();
        let config = config::load(&Input { file: None, variables: Vec::new(), sets }).unwrap();
        let assembly = stacks::build(&config, &Artifacts::of_this_build()).unwrap().app.synth().unwrap();
        assembly.template(config.name.as_str()).unwrap().to_owned()
    };
    let default = template(&[]);
    for set in [
        "name=other",
        "admin_email=a@example.com",
        "export_outputs=true",
        "tags.Stage=test",
        "source.trigger=metadata",
        "source.trigger=both",
        "source.archive=GLACIER",
        "source.bucket=my-videos",
        "source.folder=in/",
        "source.ignore=['*.m3u8']",
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
