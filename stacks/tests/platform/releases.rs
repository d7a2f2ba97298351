//! An update from any release keeps what holds data or an address: no bucket, table, key, distribution or queue is
//! replaced or removed. And logical IDs stay what they are, for the programs and templates that refer to them.
//!
//! `snapshots/releases/<version>/` holds the templates of a release, as `snapshots/` had them. They never change; a
//! release adds a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use deploy::diff::{StackDiff, StackTemplate};
use serde_json::{Value, json};
use stacks::artifacts::Artifacts;
use testing::configuration;

/// The configurations whose templates are kept, each with its file.
const CONFIGURATIONS: [(&str, Option<&str>); 4] = [
    ("default", None),
    ("dev", Some("dev.toml")),
    ("prod", Some("prod.toml")),
    ("everything", Some("everything.toml")),
];

/// What a stack is: the deployment's main one, or one beside it, by what follows the deployment's name.
const KINDS: [(&str, &str); 3] = [("", ""), ("-edge", "-edge"), ("-ci", "-ci")];

fn side(template: Value) -> StackTemplate {
    StackTemplate { template: serde_json::from_value(template).unwrap(), ..StackTemplate::default() }
}

/// The templates of a configuration as they are now, by the kind of stack.
fn current(file: Option<&str>) -> BTreeMap<&'static str, Value> {
    let config = configuration(file);
    let app = stacks::build(&config, &Artifacts::of_this_build()).unwrap().app;
    let names: Vec<String> = app.stacks().map(|stack| stack.name().to_owned()).collect();
    let assembly = app.synth().unwrap();
    let templates = names.iter().map(|name| {
        let suffix = name.strip_prefix(config.name.as_str()).unwrap();
        let (kind, _) = KINDS.iter().rev().find(|(_, begin)| suffix.starts_with(begin)).unwrap();
        (*kind, serde_json::from_str(assembly.template(name).unwrap()).unwrap())
    });
    templates.collect()
}

/// What others know the address of, and hold themselves: a subscriber of a new topic would have to confirm again.
const ADDRESSES: [&str; 1] = ["AWS::SNS::Topic"];

/// What an update would replace or remove although it holds data or an address, a line each.
fn losses(stack: &str, before: &Value, after: &Value) -> Vec<String> {
    let diff = StackDiff::between(stack, "us-east-1", Some(&side(before.clone())), &side(after.clone()));
    let lost = diff.resources.iter().filter(|resource| {
        let matters = resource.holds.is_some() || ADDRESSES.contains(&resource.resource_type.as_str());
        matters && resource.impact.ends_the_old_one()
    });
    let lost = lost.map(|resource| {
        let places: Vec<&str> = resource.properties.iter().map(|place| place.path.as_str()).collect();
        format!("{stack}: {} is {:?}: {}", resource.logical_id, resource.impact, places.join(", "))
    });
    lost.collect()
}

/// The templates of every release, each with what it is called and the template that there is now in its place.
fn releases_and_now() -> Vec<(String, Value, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots/releases");
    let releases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!releases.is_empty());
    let mut pairs = Vec::new();
    for (name, file) in CONFIGURATIONS {
        let current = current(file);
        for (release, (kind, _)) in releases.iter().flat_map(|release| KINDS.map(|kind| (release, kind))) {
            let path = release.join(format!("{name}{kind}.json"));
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let after = current.get(kind).cloned().unwrap_or(json!({ "Resources": {} }));
            pairs.push((path.display().to_string(), serde_json::from_str(&text).unwrap(), after));
        }
    }
    assert!(pairs.len() >= 6 * releases.len(), "{} templates of {} releases", pairs.len(), releases.len());
    pairs
}

#[test]
fn no_update_from_a_release_loses_data_or_an_address() {
    for (release, before, after) in releases_and_now() {
        assert_eq!(losses(&release, &before, &after), Vec::<String>::new());
    }
}

/// Programs that build on the platform, and templates that import from it, name resources by these.
#[test]
fn every_logical_id_of_a_release_is_still_the_same_resource() {
    for (release, before, after) in releases_and_now() {
        for (id, resource) in before["Resources"].as_object().unwrap() {
            assert_eq!(after["Resources"][id]["Type"], resource["Type"], "{release}: {id}");
        }
        for (name, _) in before["Outputs"].as_object().into_iter().flatten() {
            assert!(after["Outputs"][name].is_object(), "{release}: the output {name} is gone");
        }
    }
}

#[test]
fn a_replaced_or_removed_holder_of_data_is_found() {
    let before = current(Some("everything.toml")).remove("").unwrap();
    let id_of = |kind: &str| {
        let resources = before["Resources"].as_object().unwrap();
        resources.iter().find(|(_, resource)| resource["Type"] == kind).unwrap().0.clone()
    };
    for kind in [
        "AWS::S3::Bucket",
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::CloudFront::Distribution",
        "AWS::SQS::Queue",
        "AWS::SNS::Topic",
        "AWS::MediaPackage::PackagingGroup",
        "AWS::MediaPackage::PackagingConfiguration",
    ] {
        let id = id_of(kind);
        let mut after = before.clone();
        after["Resources"].as_object_mut().unwrap().shift_remove(&id);
        assert_eq!(losses("vod", &before, &after), [format!("vod: {id} is Remove: ")], "{kind}");
    }
    for (kind, property, value) in [
        ("AWS::S3::Bucket", "BucketName", "another"),
        ("AWS::DynamoDB::Table", "TableName", "another"),
        ("AWS::SQS::Queue", "QueueName", "another"),
        ("AWS::MediaPackage::PackagingConfiguration", "Id", "another"),
    ] {
        let id = id_of(kind);
        let mut after = before.clone();
        after["Resources"][&id]["Properties"][property] = json!(value);
        let found = losses("vod", &before, &after);
        assert!(found.iter().any(|line| line.starts_with(&format!("vod: {id} is Replace: "))), "{kind}: {found:?}");
    }
    assert_eq!(losses("vod", &before, &before), Vec::<String>::new());
}
