//! A program that builds on the platform, `examples/extended-platform`: deployed, used and destroyed, with policies enforced.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use stacks::{artifacts::Artifacts, config::Input};

use super::{User, videos};
use crate::e2e::{
    emulator::{Emulator, free_port, setting},
    samples,
    transcoder::{Transcoder, endpoint},
};

const CONFIGURATION: &str = include_str!("../../../../../examples/extended-platform/stack.toml");

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_builds_on_the_platform_is_deployed_used_and_destroyed() {
    let port = free_port();
    let media_convert = endpoint(port);
    let emulator = Emulator::start(&[("MEDIACONVERT", &media_convert)]);
    let _transcoder = Transcoder::start(port, &emulator);
    tokio::task::block_in_place(|| life(&emulator, media_convert));
}

fn life(emulator: &Emulator, media_convert: String) {
    let user = User { folder: tempfile::tempdir().unwrap(), emulator, media_convert };
    fs_err::write(user.folder.path().join("stack.toml"), CONFIGURATION).unwrap();
    let sets = ["name=extended", "storage.removal_policy=destroy", "assets.bucket=my-assets"].map(str::to_owned);
    let config = stacks::config::load(&Input { sets: sets.to_vec(), ..Input::default() }).unwrap();
    let artifacts = Artifacts::of_this_build();
    let out = user.folder.path().join("cdk.out");
    extended_platform::assembly(&config, &artifacts).unwrap().write(&out).unwrap();
    package::pack(&setting("E2E_BOOTSTRAP"), &out.join(stacks::code_file(&config, &artifacts))).unwrap();
    emulator.put_object("my-assets", "made", b"before");

    let app = ["--app", "cdk.out"];
    let printed = user.aws(0, &[&["deploy", "--yes"], &app[..]].concat());
    assert!(printed.contains("extended is in CREATE_COMPLETE."), "{printed}");
    assert_eq!(user.aws(0, &[&["diff", "--fail"], &app[..]].concat()), "extended in us-east-1: no difference\n");

    let [source, reports] = ["SourceBucket", "ReportBucket"].map(|name| user.aws(0, &["outputs", name]));
    let reports = reports.trim();
    emulator.put_object(source.trim(), "film.mp4", &samples::plain());
    let guid = videos::newest(&user, |video| video["workflowStatus"] == "Complete");
    let deadline = Instant::now() + Duration::from_secs(30);
    let report = loop {
        if let Some(report) = emulator.get_object(reports, &format!("{guid}.json")) {
            break serde_json::from_str::<Value>(&report).unwrap();
        }
        assert!(Instant::now() < deadline, "there is no report:\n{}", emulator.log());
        thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(report["video"], "film.mp4");
    let outputs = report["outputs"].as_array().unwrap();
    assert!(outputs.iter().any(|key| key.as_str().unwrap().contains("/hls/")), "{report:#}");

    let printed = user.aws(0, &[&["destroy", "--yes"], &app[..]].concat());
    assert!(printed.contains("extended is in DELETE_COMPLETE."), "{printed}");
    assert!(printed.contains(&format!("deleted: {reports} (AWS::S3::Bucket)")), "{printed}");
}
