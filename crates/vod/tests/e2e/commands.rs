//! `vod deploy`, `diff`, `outputs` and `destroy` as a user types them, through a deployment's whole life.

mod extended;
mod life;
mod videos;

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::e2e::emulator::{Emulator, environment, setting};
use crate::e2e::media_fake::MediaFake;

/// A folder with a configuration and the functions' code.
struct User<'a> {
    folder: TempDir,
    emulator: &'a Emulator,
    /// Where `MediaConvert` is.
    media_convert: String,
}

impl<'a> User<'a> {
    fn new(emulator: &'a Emulator, media_convert: &str) -> Self {
        let user = Self { folder: tempfile::tempdir().unwrap(), emulator, media_convert: media_convert.to_owned() };
        user.run(0, &["init"]);
        let summary = user.run(0, &["synth", "--json"]);
        let summary: Value = serde_json::from_str(&summary).unwrap();
        let zip = user.folder.path().join(summary["missing_code"].as_str().unwrap());
        package::pack(&setting("E2E_BOOTSTRAP"), &zip).unwrap();
        user
    }

    /// Runs a command that talks to AWS; both its outputs.
    fn aws(&self, code: i32, arguments: &[&str]) -> String {
        self.vod(
            code,
            arguments,
            &[("AWS_ENDPOINT_URL", &self.emulator.url()), ("AWS_ENDPOINT_URL_MEDIACONVERT", &self.media_convert)],
        )
    }

    fn run(&self, code: i32, arguments: &[&str]) -> String {
        self.vod(code, arguments, &[])
    }

    fn vod(&self, code: i32, arguments: &[&str], endpoints: &[(&str, &str)]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vod"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.envs(environment()).env("PATH", "");
        let output = command.envs(endpoints.iter().copied()).env("HOME", self.folder.path()).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "vod {}:\n{out}{err}", arguments.join(" "));
        assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'), "there are no colours in a pipe:\n{out}{err}");
        format!("{out}{err}")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployments_whole_life() {
    let fake = MediaFake::start();
    let media = fake.url();
    let emulator = Emulator::start(&[("MEDIACONVERT", &media), ("MEDIAPACKAGE_VOD", &media)]);
    tokio::task::block_in_place(|| whole_life(&fake, &emulator));
}

fn whole_life(fake: &MediaFake, emulator: &Emulator) {
    let user = User::new(emulator, &fake.url());
    let mp4 = ["--set", "encoding.mp4=true"];

    let printed = user.aws(3, &["diff", "--fail"]);
    assert!(printed.starts_with("vod in us-east-1: a new stack of "), "{printed}");
    user.aws(2, &["deploy"]);
    let printed = user.aws(0, &["deploy", "--yes"]);
    assert!(printed.contains("Made the bucket vod-assets-000000000000-us-east-1"), "{printed}");
    assert!(printed.contains("vod is in CREATE_COMPLETE.") && printed.contains("  SourceBucket "), "{printed}");

    let printed = user.aws(0, &["diff", "--fail"]);
    assert_eq!(printed, "vod in us-east-1: no difference\n");
    let printed = user.aws(0, &["deploy", "--yes"]);
    assert!(printed.contains("vod is up to date: nothing is changed."), "{printed}");

    // Another configuration.
    let printed = user.aws(3, &[&["diff", "--fail"], &mp4[..]].concat());
    assert!(printed.contains("3 perhaps replaced") && printed.contains("? EncodingTemplate1080p"), "{printed}");
    let json = user.aws(0, &[&["diff", "--json"], &mp4[..]].concat());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["resources"][0]["impact"], "mayReplace", "{json:#}");
    let before = fake.templates();
    let printed = user.aws(0, &[&["deploy", "--yes"], &mp4[..]].concat());
    assert!(printed.contains("vod is in UPDATE_COMPLETE."), "{printed}");
    assert_ne!(fake.templates(), before);

    // A custom resource that fails: the cause first, and all as it was.
    let after = fake.templates();
    fake.reject(Some(before[0].rsplit_once('-').unwrap().0));
    let printed = user.aws(1, &["deploy", "--yes"]);
    let (_, cause) = printed.split_once("the stack vod is in UPDATE_ROLLBACK_COMPLETE").expect(&printed);
    let first = cause.lines().find(|line| line.contains("Template")).expect(&printed);
    assert!(first.contains("(Custom::") && first.contains("UPDATE_FAILED"), "{printed}");
    assert!(cause.contains("rejected, as the test asked"), "{printed}");
    assert_eq!(fake.templates(), after);
    fake.reject(None);
    let printed = user.aws(0, &["deploy", "--yes"]);
    assert!(printed.contains("vod is in UPDATE_COMPLETE."), "{printed}");
    assert_eq!(fake.templates(), before);

    videos::looks_after(&user, emulator, fake);

    // The end: what stays is listed, and goes only when the name is typed.
    let bucket = user.aws(0, &["outputs", "SourceBucket"]).trim().to_owned();
    emulator.put_object(&bucket, "notes.txt", b"no video");
    user.aws(2, &["destroy"]);
    let purge = ["destroy", "--yes", "--purge", "--confirm-purge"];
    let printed = user.aws(2, &[&purge[..], &["vodka"]].concat());
    assert!(printed.contains("`vodka` was typed"), "{printed}");
    assert!(user.aws(0, &["outputs"]).contains(&bucket));
    // The purge is thought of when the stack is gone.
    let printed = user.aws(0, &["destroy", "--yes"]);
    assert!(printed.contains(&format!("kept: {bucket} (AWS::S3::Bucket)")), "{printed}");
    assert!(printed.contains("`vod destroy --purge` empties and removes it, now or later"), "{printed}");
    assert_eq!(fake.templates(), Vec::<String>::new());
    let printed = user.aws(0, &[&purge[..], &["vod"]].concat());
    assert!(
        printed.contains(&format!("kept by an earlier run, now emptied and deleted: {bucket} in us-east-1")),
        "{printed}"
    );
    assert!(printed.contains(&format!("Removed {bucket} with 3 objects.")), "{printed}");
    assert!(user.aws(2, &[&purge[..], &["vod"]].concat()).contains("there is no stack vod"));
    assert!(user.aws(2, &["outputs"]).contains("there is no stack vod"));
    assert!(user.aws(2, &["destroy", "--yes"]).contains("there is no stack vod"));
}
