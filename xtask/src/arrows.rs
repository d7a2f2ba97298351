//! Which crate may use which: the arrows of docs/architecture.md, held against cargo's own view.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Each crate, and those of the workspace that it depends on.
const ARROWS: [(&str, &[&str]); 16] = [
    ("aws", &[]),
    ("config", &["pipeline"]),
    ("cost", &["mediaconvert", "pipeline", "stacks", "synth"]),
    ("deploy", &["aws", "synth"]),
    ("extended-platform", &["stacks", "synth"]),
    ("local", &["aws", "deploy", "operate", "package", "pipeline", "synth", "transcoder"]),
    ("mediaconvert", &[]),
    ("operate", &["aws", "pipeline"]),
    ("package", &["pipeline"]),
    ("pipeline", &[]),
    ("runtime", &["pipeline"]),
    ("stacks", &["config", "mediaconvert", "pipeline", "synth"]),
    ("synth", &[]),
    ("transcoder", &["mediaconvert"]),
    ("vod", &["aws", "config", "cost", "deploy", "local", "operate", "package", "pipeline", "stacks", "synth"]),
    ("xtask", &[]),
];

/// The crate that tests share, and what it may use.
const TESTING: (&str, &[&str]) = ("testing", &["config"]);

#[test]
fn the_crates_use_each_other_as_the_page_says() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root);
    let metadata: Value = serde_json::from_slice(&cargo.output().unwrap().stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let names: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let known = ARROWS.iter().chain([&TESTING]).map(|(name, _)| *name);
    assert_eq!(names, known.collect(), "a crate that the table does not know, or one that is gone");
    let page = fs_err::read_to_string(format!("{root}/docs/architecture.md")).unwrap();
    for (name, uses) in ARROWS.iter().chain([&TESTING]) {
        let package = packages.iter().find(|package| package["name"] == *name).unwrap();
        let of_kind = |tests_only: bool| -> BTreeSet<&str> {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let of_kind = dependencies.filter(|dependency| (dependency["kind"] == "dev") == tests_only);
            of_kind.filter_map(|dependency| names.get(dependency["name"].as_str()?).copied()).collect()
        };
        assert_eq!(of_kind(false), uses.iter().copied().collect(), "what {name} uses");
        for used in *uses {
            let drawn = page.contains(&format!("  {name} --> {used}\n"));
            assert!(drawn || *name == TESTING.0, "docs/architecture.md does not draw {name} --> {used}");
        }
    }
}
