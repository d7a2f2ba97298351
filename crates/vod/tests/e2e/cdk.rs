//! The stock CDK command line reads what `vod synth` writes, and talks about it with the emulator.

use std::env;
use std::process::Command;

use crate::e2e::assembly::{Assembly, Configuration};
use crate::e2e::emulator::{ACCOUNT, Emulator, REGION, environment, setting};
use crate::e2e::media_fake::MediaFake;

/// What `cdk <arguments> --app cdk.out` prints, its report first, when it ends with this code.
fn cdk(assembly: &Assembly, emulator: &Emulator, code: i32, arguments: &[&str]) -> (String, String) {
    let mut command = Command::new(setting("E2E_NODE_MODULES").join(".bin/cdk"));
    command.args(arguments).args(["--app", "cdk.out", "--no-notices", "--no-color"]).current_dir(assembly.directory());
    command.env_clear().env("PATH", env::var_os("PATH").unwrap()).env("HOME", emulator.state());
    command.envs(environment()).envs([
        ("AWS_REGION", REGION),
        ("AWS_ENDPOINT_URL", &emulator.url()),
        ("CDK_DISABLE_CLI_TELEMETRY", "true"),
        ("CI", "true"),
    ]);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (printed, errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "cdk {}: {printed}{errors}", arguments.join(" "));
    (printed, errors)
}

fn read_by_cdk(configuration: Configuration) {
    let assembly = Assembly::synth(configuration);
    let emulator = Emulator::start(&[]);
    let (listed, _) = cdk(&assembly, &emulator, 0, &["ls"]);
    assert!(!listed.trim().is_empty());
    cdk(&assembly, &emulator, 0, &["synth", "--quiet"]);
    let (difference, _) = cdk(&assembly, &emulator, 0, &["diff"]);
    let stacks = listed.lines().count();
    assert!(difference.contains(&format!("Number of stacks with differences: {stacks}")), "{difference}");
}

#[test]
fn the_default_assembly() {
    read_by_cdk(Configuration::Default);
}

#[test]
fn the_assembly_with_everything() {
    read_by_cdk(Configuration::Everything);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployments_whole_life_by_cdk() {
    let fake = MediaFake::start();
    let media = fake.url();
    let emulator = Emulator::start(&[("MEDIACONVERT", &media), ("MEDIAPACKAGE_VOD", &media)]);
    tokio::task::block_in_place(|| whole_life(&fake, &emulator));
}

fn whole_life(fake: &MediaFake, emulator: &Emulator) {
    let deploy = ["deploy", "--all", "--require-approval", "never"];
    let (first, second) =
        (Assembly::synth(Configuration::Default), Assembly::synth(Configuration::Set(&["encoding.mp4=true"])));
    first.package();
    second.package();
    cdk(&first, emulator, 0, &["bootstrap", &format!("aws://{ACCOUNT}/{REGION}")]);
    cdk(&first, emulator, 0, &deploy);
    let before = fake.templates();
    assert!(!before.is_empty());
    let (printed, _) = cdk(&first, emulator, 0, &["diff", "--fail"]);
    assert!(printed.contains("Number of stacks with differences: 0"), "{printed}");

    // Another configuration.
    let (printed, _) = cdk(&second, emulator, 1, &["diff", "--fail"]);
    assert!(printed.contains("EncodingTemplate1080p"), "{printed}");
    cdk(&second, emulator, 0, &deploy);
    let after = fake.templates();
    assert_ne!(after, before);

    // A custom resource that fails: its own words in the last report, and all as it was.
    fake.reject(Some(before[0].rsplit_once('-').unwrap().0));
    let (printed, errors) = cdk(&first, emulator, 1, &deploy);
    let printed = format!("{printed}{errors}");
    let (_, cause) = printed.split_once("vod failed to deploy").expect(&printed);
    assert!(cause.contains("EncodingTemplate") && cause.contains("rejected, as the test asked"), "{printed}");
    assert_eq!(fake.templates(), after);
    fake.reject(None);
    cdk(&first, emulator, 0, &deploy);
    assert_eq!(fake.templates(), before);

    cdk(&first, emulator, 0, &["destroy", "--all", "--force"]);
    assert_eq!(fake.templates(), Vec::<String>::new());
    let (printed, _) = cdk(&first, emulator, 0, &["diff"]);
    assert!(printed.contains("Number of stacks with differences: 1"), "{printed}");
}
