//! What the examples deploy.

use std::fs;

use insta::assert_snapshot;
use synth::App;

#[path = "../examples/bucket_and_function/main.rs"]
mod bucket_and_function;
#[path = "../examples/website.rs"]
mod website;
#[path = "../examples/worker/main.rs"]
mod worker;

/// The template of an example's only stack.
fn template(app: &App) -> String {
    app.stacks().next().unwrap().template().unwrap()
}

#[test]
fn bucket_and_function() {
    assert_snapshot!(template(&bucket_and_function::app().unwrap()));
}

#[test]
fn website() {
    assert_snapshot!(template(&website::app()));
}

#[test]
fn worker() {
    assert_snapshot!(template(&worker::app().unwrap()));
}

#[test]
fn assets_are_copied_beside_the_template() {
    let folder = tempfile::tempdir().unwrap();
    let assembly = worker::app().unwrap().synth().unwrap();
    assembly.write(folder.path()).unwrap();
    let manifest = fs::read_to_string(folder.path().join("worker.assets.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let files = manifest["files"].as_object().unwrap();
    let code: Vec<_> = files.values().filter(|file| file["source"]["packaging"] == "zip").collect();
    assert_eq!(code.len(), 1, "both functions share it");
    let copy = folder.path().join(code[0]["source"]["path"].as_str().unwrap());
    assert!(copy.join("start.py").is_file() && copy.join("work.py").is_file());
    assembly.write(folder.path()).unwrap();
}

#[test]
fn an_asset_is_named_by_its_content() {
    use synth::assets::FileAsset;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("code.zip");
    let write = |content: &str| {
        fs::write(&file, content).unwrap();
        (FileAsset::file(&file).unwrap(), FileAsset::folder(folder.path()).unwrap())
    };
    let first = write("a");
    assert_eq!(write("a"), first);
    let second = write("b");
    assert!(second.0.hash != first.0.hash && second.1.hash != first.1.hash);
    assert_eq!(first.0.key, format!("{}.zip", first.0.hash));
    assert!(FileAsset::file(&folder.path().join("missing.zip")).is_err());
}
