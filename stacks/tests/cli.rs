//! The program as a user starts it.

use snapbox::cmd::{Command, cargo_bin};

/// The program in a folder of its own, with no configuration in the environment.
fn vod(folder: &std::path::Path) -> Command {
    Command::new(cargo_bin!("vod")).current_dir(folder).env_remove("RUST_LOG").env("NO_COLOR", "1")
}

#[test]
fn init_writes_a_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stack.toml");
    vod(folder.path()).arg("init").assert().success().stdout_eq(snapbox::str![[r#"
Wrote stack.toml. Look through it, then run `vod synth`.

"#]]);
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
