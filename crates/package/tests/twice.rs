//! The functions' package, built twice in two folders: the same bytes, for Lambda's glibc, and a program that answers.
//!
//! Two builds take minutes: `cargo xtask test package` runs it on demand.
#![expect(clippy::unwrap_used, reason = "a test may end where its surroundings fail")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Duration;

use package::{Glibc, Workspace, package};
use pipeline::settings::Architecture;
use serde_json::json;
use testing::lambda::{self, Ended};
use tokio::process::Command;

/// Copies the sources; the tools are shared, and what was built stays behind.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        match name.to_str().unwrap() {
            "target" | ".git" | "cdk.out" | ".vod" => {}
            ".tools" => symlink(entry.path(), target).unwrap(),
            _ if entry.file_type().unwrap().is_dir() => copy(&entry.path(), &target),
            _ => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_sources_are_the_same_package_wherever_they_lie() {
    let sources = Workspace::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "a/longer/name"].map(|name| {
        let (place, zip) = (folder.path().join(name), folder.path().join(name).with_extension("zip"));
        copy(sources.folder(), &place);
        let packaged = package(&place, Architecture::X86_64, &zip).unwrap();
        assert!(packaged.glibc.unwrap() <= Glibc::OF_LAMBDA, "{packaged:?}");
        fs::read(zip).unwrap()
    });
    assert!(one == other, "the packages differ");

    let program = folder.path().join("bootstrap");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(one)).unwrap();
    std::io::copy(&mut zip.by_name("bootstrap").unwrap(), &mut fs::File::create(&program).unwrap()).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut bootstrap = Command::new(&program);
    bootstrap.env_clear();
    let (ended, _) = lambda::run(bootstrap, "encode", Duration::from_mins(1), &[json!({"guid": "1"})]).await;
    let [Ended::Error(error)] = &ended[..] else { panic!("{ended:?}") };
    assert_eq!(error["errorMessage"], "the environment variable MEDIACONVERT_ROLE is not set");
}
