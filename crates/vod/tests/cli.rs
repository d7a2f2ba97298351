//! The program as a user starts it.

use std::collections::BTreeMap;
use std::path::Path;

use snapbox::cmd::{Command, cargo_bin};

/// The program in a folder of its own, with no configuration in the environment.
fn vod(folder: &Path) -> Command {
    Command::new(cargo_bin!("vod")).current_dir(folder).env_remove("RUST_LOG").env("NO_COLOR", "1")
}

#[test]
fn init_writes_a_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stack.toml");
    vod(folder.path()).arg("init").assert().success().stdout_eq(snapbox::str![[r"
Wrote stack.toml. Look through it, then run `vod synth`.

"]]);
    let starter = std::fs::read_to_string(&file).unwrap();

    std::fs::write(&file, "name = \"mine\"").unwrap();
    let refused = vod(folder.path()).arg("init").assert().code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("`stack.toml` is there already"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "name = \"mine\"");

    vod(folder.path()).args(["init", "--force"]).assert().success();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), starter);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
}

#[test]
fn a_file_that_cannot_be_written_is_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    let failed = vod(folder.path()).args(["init", "no/such/folder/stack.toml"]).assert().code(2);
    assert!(String::from_utf8_lossy(&failed.get_output().stderr).contains("cannot write `no/such/folder/stack.toml`"));
}

#[test]
fn the_schema_is_a_json_schema() {
    let folder = tempfile::tempdir().unwrap();
    let printed = vod(folder.path()).arg("schema").assert().success();
    let schema: serde_json::Value = serde_json::from_slice(&printed.get_output().stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn every_shell_gets_completions() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let printed = vod(folder.path()).args(["completions", shell]).assert().success();
        assert!(String::from_utf8_lossy(&printed.get_output().stdout).contains("init"), "{shell}");
    }
}

#[test]
fn an_unknown_command_is_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    vod(folder.path()).arg("sinth").assert().code(2);
}

/// The names and contents of a folder's files.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("it can be listed"));
    files
        .map(|entry| {
            let content = std::fs::read(entry.path()).expect("its files can be read");
            (entry.file_name().to_string_lossy().into_owned(), content)
        })
        .collect()
}

/// A folder with the starter in it.
fn started() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    vod(folder.path()).arg("init").assert().success();
    folder
}

#[test]
fn synth_writes_the_same_bytes_every_time() {
    let folder = started();
    vod(folder.path()).args(["synth", "--quiet"]).assert().success().stdout_eq("");
    let first = contents(&folder.path().join("cdk.out"));
    assert!(first.contains_key("vod.template.json") && first.contains_key("manifest.json"));

    let again = vod(folder.path()).arg("synth").assert().success();
    assert!(String::from_utf8_lossy(&again.get_output().stdout).contains("cdk.out/ was up to date"));
    assert_eq!(contents(&folder.path().join("cdk.out")), first);
}

#[test]
fn the_summary_fits_on_a_screen_and_is_there_as_json() {
    let folder = started();
    let printed = vod(folder.path()).args(["synth", "--out", "there"]).assert().success();
    let text = String::from_utf8_lossy(&printed.get_output().stdout).into_owned();
    assert!(text.lines().count() < 24 && text.contains("to there/."), "{text}");

    let printed = vod(folder.path()).args(["synth", "--json", "--set", "name=other"]).assert().success();
    let summary: serde_json::Value = serde_json::from_slice(&printed.get_output().stdout).unwrap();
    assert_eq!(summary["stacks"][0]["template"], "other.template.json");
    assert_eq!(summary["written"].as_array().unwrap().last().unwrap(), "manifest.json");
}

#[test]
fn bad_input_leaves_the_folder_as_it_was() {
    let folder = started();
    vod(folder.path()).args(["synth", "--quiet"]).assert().success();
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    for tier in ["2160p", "1080p", "720p"] {
        std::fs::write(folder.path().join(format!("templates/{tier}.json")), r#"{"Settings": {"Outputs": 1}}"#)
            .unwrap();
    }
    let before = contents(&folder.path().join("cdk.out"));
    for set in [
        "colour=red",
        "name=Vod",
        "name=a-name-that-goes-on-for-more-than-forty-characters",
        "notifications.sns=yes",
        "admin_email=nobody",
        "distribution.alias=video.example.com",
        "encoding.templates=nowhere",
        "encoding.templates=templates",
    ] {
        let failed = vod(folder.path()).args(["synth", "--set", set]).assert().code(2);
        let output = failed.get_output();
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{set}");
        assert_eq!(contents(&folder.path().join("cdk.out")), before, "{set}");
    }
    vod(folder.path()).env("VOD_NAME", "Vod").arg("synth").assert().code(2);
    vod(folder.path()).args(["synth", "--config", "nowhere.toml"]).assert().code(2);
    assert_eq!(contents(&folder.path().join("cdk.out")), before);
}

#[test]
fn a_folder_that_cannot_be_written_is_bad_input() {
    let folder = started();
    let failed = vod(folder.path()).args(["synth", "--out", "stack.toml"]).assert().code(2);
    assert!(String::from_utf8_lossy(&failed.get_output().stderr).contains("cannot write `stack.toml`"));
}

#[test]
fn list_and_graph_show_what_synth_writes() {
    let folder = started();
    for (args, expected) in [
        (["list", "--set=name=v"], "AWS::StepFunctions::StateMachine"),
        (["list", "--json"], "\"logicalId\": \"StorageSource\""),
        (["graph", "--set=name=v"], "subgraph v"),
        (["graph", "ingest"], "Validate the input"),
        (["graph", "process"], "flowchart"),
        (["graph", "publish"], "flowchart"),
    ] {
        let printed = vod(folder.path()).args(args).assert().success();
        assert!(String::from_utf8_lossy(&printed.get_output().stdout).contains(expected), "{args:?}");
    }
}
