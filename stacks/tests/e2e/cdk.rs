//! The stock CDK command line reads what `vod synth` writes, and talks about it with the emulator.

use std::{env, process::Command};

use crate::{
    assembly::{Assembly, Configuration},
    emulator::{Emulator, REGION, setting},
};

/// Runs `cdk <arguments> --app cdk.out` on the assembly and returns what it prints.
fn cdk(assembly: &Assembly, emulator: &Emulator, arguments: &[&str]) -> String {
    let mut command = Command::new(setting("E2E_NODE_MODULES").join(".bin/cdk"));
    command.args(arguments).args(["--app", "cdk.out", "--no-notices", "--no-color"]).current_dir(assembly.directory());
    command.env_clear().env("PATH", env::var_os("PATH").unwrap()).env("HOME", emulator.state()).envs([
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", REGION),
        ("AWS_ENDPOINT_URL", &emulator.url()),
        ("CDK_DISABLE_CLI_TELEMETRY", "true"),
        ("CI", "true"),
    ]);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cdk {}: {told}", arguments.join(" "));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn read_by_cdk(configuration: Configuration) {
    let assembly = Assembly::synth(configuration);
    let emulator = Emulator::start(&[]);
    let listed = cdk(&assembly, &emulator, &["ls"]);
    assert!(!listed.trim().is_empty());
    cdk(&assembly, &emulator, &["synth", "--quiet"]);
    let difference = cdk(&assembly, &emulator, &["diff"]);
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
