//! Cloud assemblies: what they hold, and how they are written over an older one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use proptest::prelude::*;
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
    for manifest in
        [r#"{"artifacts":{"a":{"properties":{"templateFile":"../a.template.json"}}}}"#, "[]", "not JSON", ""]
    {
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
