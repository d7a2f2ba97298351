//! `vod deploy`, `diff`, `outputs` and `destroy` as a user types them, through a deployment's whole life.

mod life;
mod videos;

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::e2e::{
    emulator::{Emulator, environment, setting},
    media_fake::MediaFake,
};

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
#[ignore = "needs the tools of `cargo xtask test e2e`"]
async fn a_deployments_whole_life() {
    let fake = MediaFake::start().await;
    let media = fake.url();
    let emulator = Emulator::start(&[("MEDIACONVERT", &media), ("MEDIAPACKAGE_VOD", &media)]);
    tokio::task::block_in_place(|| whole_life(&fake, &emulator));
}

fn whole_life(fake: &MediaFake, emulator: &Emulator) {
    let user = User::new(emulator, &fake.url());
    let mp4 = ["--set", "encoding.mp4=true"];

    let told = user.aws(1, &["diff", "--fail"]);
    assert!(told.starts_with("vod in us-east-1: a new stack of "), "{told}");
    user.aws(2, &["deploy"]);
    let told = user.aws(0, &["deploy", "--yes"]);
    assert!(told.contains("Made the bucket vod-assets-000000000000-us-east-1"), "{told}");
    assert!(told.contains("vod is in CREATE_COMPLETE.") && told.contains("  SourceBucket "), "{told}");

    let told = user.aws(0, &["diff", "--fail"]);
    assert_eq!(told, "vod in us-east-1: no difference\n");
    let told = user.aws(0, &["deploy", "--yes"]);
    assert!(told.contains("vod is up to date: nothing is changed."), "{told}");

    // Another configuration.
    let told = user.aws(1, &[&["diff", "--fail"], &mp4[..]].concat());
    assert!(told.contains("3 perhaps replaced") && told.contains("? EncodingTemplate1080p"), "{told}");
    let json = user.aws(0, &[&["diff", "--json"], &mp4[..]].concat());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["resources"][0]["change"], "perhapsReplaced", "{json:#}");
    let before = fake.templates();
    let told = user.aws(0, &[&["deploy", "--yes"], &mp4[..]].concat());
    assert!(told.contains("vod is in UPDATE_COMPLETE."), "{told}");
    assert_ne!(fake.templates(), before);

    // A custom resource that fails: the cause first, and all as it was.
    let after = fake.templates();
    fake.reject(Some(before[0].rsplit_once('-').unwrap().0));
    let told = user.aws(1, &["deploy", "--yes"]);
    let (_, cause) = told.split_once("the stack vod is in UPDATE_ROLLBACK_COMPLETE").expect(&told);
    let first = cause.lines().find(|line| line.contains("Template")).expect(&told);
    assert!(first.contains("(Custom::") && first.contains("UPDATE_FAILED"), "{told}");
    assert!(cause.contains("rejected, as the test asked"), "{told}");
    assert_eq!(fake.templates(), after);
    fake.reject(None);
    let told = user.aws(0, &["deploy", "--yes"]);
    assert!(told.contains("vod is in UPDATE_COMPLETE."), "{told}");
    assert_eq!(fake.templates(), before);

    videos::looks_after(&user, emulator, fake);

    // The end: what stays is told, and goes only when the name is typed.
    let bucket = user.aws(0, &["outputs", "SourceBucket"]).trim().to_owned();
    emulator.put_object(&bucket, "notes.txt", b"no video");
    user.aws(2, &["destroy"]);
    let purge = ["destroy", "--yes", "--purge", "--confirm-purge"];
    let told = user.aws(1, &[&purge[..], &["vodka"]].concat());
    assert!(told.contains("it was not agreed to"), "{told}");
    assert!(user.aws(0, &["outputs"]).contains(&bucket));
    // The purge is thought of when the stack is gone.
    let told = user.aws(0, &["destroy", "--yes"]);
    assert!(told.contains(&format!("kept: {bucket} (AWS::S3::Bucket)")), "{told}");
    assert!(told.contains("`vod destroy --purge` empties and removes it, now or later"), "{told}");
    assert_eq!(fake.templates(), Vec::<String>::new());
    let told = user.aws(0, &[&purge[..], &["vod"]].concat());
    assert!(told.contains(&format!("kept by an earlier run: {bucket} in us-east-1")), "{told}");
    assert!(told.contains(&format!("Removed {bucket} with 3 objects.")), "{told}");
    assert!(user.aws(1, &[&purge[..], &["vod"]].concat()).contains("there is no stack vod"));
    assert!(user.aws(1, &["outputs"]).contains("there is no stack vod"));
    assert!(user.aws(1, &["destroy", "--yes"]).contains("there is no stack vod"));
}
