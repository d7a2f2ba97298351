//! Cloud assemblies: what they hold, and how they are written over an older one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use proptest::prelude::*;
use serde_json::{Value as Plain, json};
use synth::assets::{AssetBucket, FileAsset, Packaging};
use synth::aws::sns;
use synth::{App, CloudAssembly, Environment, LogicalId, Stack};

fn assembly(stacks: &[&str]) -> CloudAssembly {
    let mut app = App::new(AssetBucket::bootstrap("hnb659fds"));
    for name in stacks {
        let environment = Environment { account: None, region: Some("eu-west-1".to_owned()) };
        let mut scope = app.stack(name);
        scope.child("Messages").add("Topic", sns::Topic::new());
        let stack = scope.stack();
        stack.set_description("A test.");
        stack.set_environment(environment);
        stack.tag("Stage", "dev");
        stack.asset(FileAsset {
            hash: "abc".to_owned(),
            path: "abc.zip".to_owned(),
            packaging: Packaging::Zip,
            key: "abc.zip".to_owned(),
            source: None,
        });
    }
    app.synth().unwrap()
}

/// Every file of a folder, with when it was last written.
fn listing(folder: &Path) -> BTreeMap<String, SystemTime> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().modified().unwrap()))
        .collect()
}

fn names(folder: &Path) -> Vec<String> {
    listing(folder).into_keys().collect()
}

#[test]
fn every_file() {
    let files: Vec<String> = assembly(&["videos"]).files().map(|(name, text)| format!("== {name}\n{text}")).collect();
    insta::assert_snapshot!(files.concat());
}

#[test]
fn writing_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("new/cdk.out");
    assert_eq!(assembly(&["videos"]).write(&folder).unwrap().len(), 5);
    let first = listing(&folder);
    assert_eq!(assembly(&["videos"]).write(&folder).unwrap(), Vec::<std::path::PathBuf>::new());
    assert_eq!(listing(&folder), first);
}

#[test]
fn the_manifest_is_written_last() {
    let folder = tempfile::tempdir().unwrap();
    let written = assembly(&["videos", "edge"]).write(folder.path()).unwrap();
    assert_eq!(written.last(), Some(&folder.path().join("manifest.json")));
}

#[test]
fn what_an_older_assembly_left_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assembly(&["videos", "old"]).write(folder).unwrap();
    for mine in ["abc.zip", "notes.template.json"] {
        fs::write(folder.join(mine), "mine").unwrap();
    }
    assembly(&["videos"]).write(folder).unwrap();
    assert_eq!(
        names(folder),
        [
            "abc.zip",
            "cdk.out",
            "manifest.json",
            "notes.template.json",
            "tree.json",
            "videos.assets.json",
            "videos.template.json"
        ]
    );
}

#[test]
fn a_manifest_that_names_files_elsewhere_removes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(folder.path().join("a.template.json"), "mine").unwrap();
    for manifest in [
        r#"{"version":"36.0.0","artifacts":{"a":{"type":"","properties":{"templateFile":"../a.template.json"}}}}"#,
        "[]",
        "not JSON",
        "",
    ] {
        fs::write(out.join("manifest.json"), manifest).unwrap();
        assembly(&["videos"]).write(&out).unwrap();
        assert!(folder.path().join("a.template.json").exists());
    }
}

#[test]
fn a_folder_that_cannot_take_every_file_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assembly(&["old"]).write(folder).unwrap();
    fs::create_dir(folder.join("videos.template.json")).unwrap();
    let before = listing(folder);
    let error = assembly(&["videos"]).write(folder).unwrap_err();
    assert!(error.to_string().contains("videos.template.json"), "{error}");
    assert_eq!(listing(folder).into_keys().collect::<Vec<_>>(), before.into_keys().collect::<Vec<_>>());
    assert!(fs::read_to_string(folder.join("manifest.json")).unwrap().contains("old.assets"));
}

#[test]
fn a_file_in_the_folders_place_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("cdk.out");
    fs::write(&place, "a file").unwrap();
    let error = assembly(&["videos"]).write(&place).unwrap_err();
    assert!(error.to_string().contains("cdk.out"), "{error}");
    assert_eq!(fs::read_to_string(place).unwrap(), "a file");
}

#[test]
fn a_tag_changed_after_a_look_at_the_template_counts() {
    let mut stack = Stack::new("videos");
    stack.root().add("Topic", sns::Topic::new());
    stack.tag("Stage", "dev");
    let first = stack.template().unwrap();
    assert_eq!(stack.template().unwrap(), first);
    stack.tag("Stage", "prod");
    assert_eq!(stack.template().unwrap(), first.replace("dev", "prod"));
}

fn paths() -> impl Strategy<Value = Vec<Vec<String>>> {
    let segment = prop_oneof!["[A-Za-z0-9]{1,4}", "\\PC{0,5}", "[a-z]{90,200}"];
    prop::collection::vec(prop::collection::vec(segment, 1..4), 1..8)
}

proptest! {
    #[test]
    fn logical_ids_are_valid_and_an_accepted_stack_keeps_every_resource(paths in paths()) {
        let build = || {
            let mut stack = Stack::new("test");
            for path in &paths {
                let (name, scopes) = path.split_last().unwrap();
                let mut place = synth::Path::root();
                for scope in scopes {
                    place = place.child(scope);
                }
                add(&mut stack.root(), scopes, name);
                let id = LogicalId::from_path(&place.child(name));
                assert!(!id.as_str().is_empty() && id.as_str().len() <= LogicalId::MAX_LENGTH);
                assert!(id.as_str().chars().all(|character| character.is_ascii_alphanumeric()), "{id}");
            }
            stack
        };
        let stack = build();
        prop_assert_eq!(stack.template(), build().template());
        if stack.template().is_ok() {
            let ids: Vec<&LogicalId> = stack.resources().map(|(id, _, _)| id).collect();
            prop_assert_eq!(ids.len(), paths.len());
            for (id, path, _) in stack.resources() {
                prop_assert_eq!(id, &LogicalId::from_path(path));
            }
        }
    }
}

fn add(scope: &mut synth::Scope<'_>, scopes: &[String], name: &str) {
    match scopes.split_first() {
        Some((first, rest)) => add(&mut scope.child(first), rest, name),
        None => {
            scope.add(name, sns::Topic::new());
        }
    }
}

/// The stacks of an assembly that aws-cdk-lib wrote (`cdk/app.js`).
fn stock() -> CloudAssembly {
    CloudAssembly::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cdk/assembly")).unwrap()
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for assembly in [assembly(&["videos", "edge"]), stock()] {
        assembly.write(folder.path()).unwrap();
        let read = CloudAssembly::read(folder.path()).unwrap();
        assert_eq!(read.stacks(), assembly.stacks());
    }
}

#[test]
fn an_assembly_of_the_stock_cdk() {
    let mut text = String::new();
    for stack in stock().stacks() {
        let resources: Vec<&str> = stack.template.resources.values().map(|it| it.resource_type.as_str()).collect();
        writeln!(text, "{} in {}: {}", stack.name, stack.environment, resources.join(", ")).unwrap();
        for (name, source) in &stack.parameters {
            writeln!(text, "  {name} = {source:?}").unwrap();
        }
        writeln!(text, "  tags {:?}, protected {:?}", stack.tags, stack.termination_protection).unwrap();
        for asset in &stack.assets {
            let (bucket, key) = asset.location("111122223333", "cn-north-1");
            let path = asset.path.display().to_string();
            writeln!(text, "  {:?} {:.20} to {bucket}/{key:.8}", asset.packaging, path).unwrap();
        }
        assert!(stack.template_asset().is_some());
    }
    insta::assert_snapshot!(text, @r#"
    Prod-Inner in aws://unknown-account/unknown-region: AWS::S3::Bucket
      BootstrapVersion = Default("/cdk-bootstrap/hnb659fds/version")
      tags {}, protected Some(false)
      File assembly-Prod/ProdIn to cdk-hnb659fds-assets-111122223333-cn-north-1/925aff30
    Storage in aws://unknown-account/unknown-region: AWS::S3::Bucket
      Stage = Default("test")
      BootstrapVersion = Default("/cdk-bootstrap/hnb659fds/version")
      tags {"Team": "media"}, protected Some(false)
      File Storage.template.jso to cdk-hnb659fds-assets-111122223333-cn-north-1/2daea59a
    resize-pictures in aws://unknown-account/unknown-region: AWS::IAM::Role, AWS::IAM::Policy, AWS::Lambda::Function
      Address = Deployer
      BootstrapVersion = Default("/cdk-bootstrap/hnb659fds/version")
      tags {}, protected Some(true)
      Zip asset.950a8f27646e6d to cdk-hnb659fds-assets-111122223333-cn-north-1/950a8f27
      File asset.ab30044481a658 to cdk-hnb659fds-assets-111122223333-cn-north-1/ab300444
      File Resize.template.json to cdk-hnb659fds-assets-111122223333-cn-north-1/bacb3fea
    "#);
}

#[test]
fn stacks_come_after_those_that_they_need() {
    let order = |stacks: &[&str], change: &dyn Fn(&mut Plain)| -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        assembly(stacks).write(folder.path()).unwrap();
        let path = folder.path().join("manifest.json");
        let mut manifest: Plain = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        change(&mut manifest["artifacts"]);
        fs::write(&path, manifest.to_string()).unwrap();
        let read = CloudAssembly::read(folder.path()).unwrap();
        read.stacks().iter().map(|stack| stack.name.clone()).collect()
    };
    assert_eq!(order(&["a", "b"], &|_| {}), ["a", "b"]);
    assert_eq!(order(&["a", "b"], &|it| it["a"]["dependencies"] = json!(["b", "nobody"])), ["b", "a"]);
    // A circle is CloudFormation's to refuse.
    let circle = |it: &mut Plain| (it["a"]["dependencies"], it["b"]["dependencies"]) = (json!(["b"]), json!(["a"]));
    assert_eq!(order(&["a", "b"], &circle), ["a", "b"]);
}

#[test]
fn what_cannot_be_deployed_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let error = || {
        let error = CloudAssembly::read(folder).unwrap_err();
        error.to_string().replace(folder.to_str().unwrap(), "[FOLDER]")
    };
    assert_eq!(error(), "cannot read `[FOLDER]/manifest.json`");
    fs::write(folder.join("manifest.json"), "[]").unwrap();
    assert_eq!(error(), "`[FOLDER]/manifest.json` is no part of a cloud assembly");
    fs::write(folder.join("manifest.json"), r#"{"version":"1","missing":[{"key":"vpc"}]}"#).unwrap();
    assert!(error().contains("has values that are yet to be looked up"), "{}", error());
    stock().write(folder).unwrap();
    let path = folder.join("Resize.assets.json");
    let assets = fs::read_to_string(&path).unwrap();
    for (text, replacement, problem) in [
        (r#""dockerImages": {}"#, r#""dockerImages": {"1":{"source":{"directory":"image"}}}"#, "has a container image"),
        (r#""packaging": "zip""#, r#""packaging": "zip", "executable": ["make"]"#, "has a file that a program makes"),
        (r#""packaging": "zip""#, r#""packaging": "tar""#, "is no part of a cloud assembly"),
    ] {
        fs::write(&path, assets.replace(text, replacement)).unwrap();
        assert!(error().contains(problem), "{}", error());
    }
}

#[test]
fn a_nested_assembly_lies_in_a_folder_below() {
    let folder = tempfile::tempdir().unwrap();
    for directory in ["", ".", "..", "../elsewhere", "/"] {
        let artifact = json!({ "type": "cdk:cloud-assembly", "properties": { "directoryName": directory } });
        let manifest = json!({ "version": "48.0.0", "artifacts": { "Nested": artifact } });
        fs::write(folder.path().join("manifest.json"), manifest.to_string()).unwrap();
        let error = CloudAssembly::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("an assembly that does not lie in a folder below"), "{directory}: {error}");
    }
}
