//! What `vod synth` writes, deployed by its own `deploy.sh` with nothing but the AWS CLI.

use std::{
    env,
    path::Path,
    process::{Command, Output},
};

use crate::{
    assembly::{Assembly, Configuration},
    emulator::{ACCOUNT, Emulator, REGION, setting},
    media_fake::MediaFake,
};

/// Runs a program as a user of the AWS CLI would, in a folder.
fn run(emulator: &Emulator, folder: &Path, program: &Path, arguments: &[&str]) -> Output {
    let tools = setting("E2E_AWS_CLI");
    let path = env::join_paths(
        std::iter::once(tools.parent().unwrap().to_owned()).chain(env::split_paths(&env::var_os("PATH").unwrap())),
    );
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_clear().env("HOME", emulator.state()).env("PATH", path.unwrap());
    command.envs([
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ENDPOINT_URL", &emulator.url()),
        ("AWS_PAGER", ""),
    ]);
    command.output().unwrap()
}

/// What `sh deploy.sh` prints.
fn deploy(emulator: &Emulator, assembly: &Assembly) -> Output {
    run(emulator, &assembly.directory().join("cdk.out"), Path::new("sh"), &["deploy.sh"])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn status(emulator: &Emulator, assembly: &Assembly) -> String {
    let arguments = ["cloudformation", "describe-stacks", "--stack-name", "vod", "--query", "Stacks[0].StackStatus"];
    let answer = run(emulator, assembly.directory(), &setting("E2E_AWS_CLI"), &arguments);
    text(&answer.stdout).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_deploys_updates_and_says_what_is_missing() {
    let fake = MediaFake::start().await;
    let media = fake.url();
    let emulator = Emulator::start(&[("MEDIACONVERT", &media), ("MEDIAPACKAGE_VOD", &media)]);
    let assembly = Assembly::synth(Configuration::Default);

    // Without the code nothing is deployed.
    let refused = deploy(&emulator, &assembly);
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("`vod package` builds it"), "{}", text(&refused.stderr));

    // Into a bucket of our own, because `cdk bootstrap` never ran here.
    assembly.package();
    let deployed = deploy(&emulator, &assembly);
    let (told, errors) = (text(&deployed.stdout), text(&deployed.stderr));
    assert!(deployed.status.success(), "{told}{errors}\n{}", emulator.log());
    assert!(told.contains("uploading ") && told.contains("SourceBucket\t"), "{told}");
    assert_eq!(status(&emulator, &assembly), "\"CREATE_COMPLETE\"");
    assert!(!fake.templates().is_empty());
    let bucket = format!("vod-assets-{ACCOUNT}-{REGION}");
    let arguments = ["s3api", "get-public-access-block", "--bucket", &bucket];
    let block = run(&emulator, assembly.directory(), &setting("E2E_AWS_CLI"), &arguments);
    assert!(text(&block.stdout).contains("\"BlockPublicPolicy\": true"), "{}", text(&block.stdout));

    // Again: nothing to upload, nothing to change.
    let again = deploy(&emulator, &assembly);
    let told = text(&again.stdout);
    assert!(again.status.success(), "{told}{}", text(&again.stderr));
    assert!(told.contains("No changes to deploy") && !told.contains("uploading "), "{told}");
}
