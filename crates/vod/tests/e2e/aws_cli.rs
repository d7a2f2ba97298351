//! What `vod synth` writes, deployed by its own `deploy.sh` with nothing but the AWS CLI.

use std::env;
use std::path::Path;
use std::process::{Command, Output};

use crate::e2e::assembly::{Assembly, Configuration};
use crate::e2e::emulator::{ACCOUNT, Emulator, REGION, environment, setting};
use crate::e2e::media_fake::MediaFake;

/// Runs a program as a user of the AWS CLI would, in a folder.
fn run(emulator: &Emulator, folder: &Path, program: &Path, arguments: &[&str]) -> Output {
    let tools = setting("E2E_AWS_CLI");
    let path = env::join_paths(
        std::iter::once(tools.parent().unwrap().to_owned()).chain(env::split_paths(&env::var_os("PATH").unwrap())),
    );
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_clear().env("HOME", emulator.state()).env("PATH", path.unwrap());
    command.envs(environment());
    command.envs([("AWS_DEFAULT_REGION", REGION), ("AWS_ENDPOINT_URL", &emulator.url()), ("AWS_PAGER", "")]);
    command.output().unwrap()
}

/// What `sh deploy.sh` prints, standard output first.
fn script(emulator: &Emulator, assembly: &Assembly, code: i32, arguments: &[&str]) -> (String, String) {
    let folder = assembly.directory().join("cdk.out");
    let output = run(emulator, &folder, Path::new("sh"), &[&["deploy.sh"], arguments].concat());
    let (printed, errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{printed}{errors}\n{}", emulator.log());
    (printed, errors)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What `aws` answers.
fn aws(emulator: &Emulator, assembly: &Assembly, arguments: &[&str]) -> String {
    text(&run(emulator, assembly.directory(), &setting("E2E_AWS_CLI"), arguments).stdout).trim().to_owned()
}

fn status(emulator: &Emulator, assembly: &Assembly) -> String {
    let arguments = ["cloudformation", "describe-stacks", "--stack-name", "vod", "--query", "Stacks[0].StackStatus"];
    aws(emulator, assembly, &arguments)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployments_whole_life_by_the_script() {
    let fake = MediaFake::start();
    let media = fake.url();
    let emulator = Emulator::start(&[("MEDIACONVERT", &media), ("MEDIAPACKAGE_VOD", &media)]);
    tokio::task::block_in_place(|| whole_life(&fake, &emulator));
}

fn whole_life(fake: &MediaFake, emulator: &Emulator) {
    let first = Assembly::synth(Configuration::Default);

    // Without the code nothing is deployed.
    let (_, errors) = script(emulator, &first, 1, &[]);
    assert!(errors.contains("`vod package` builds it"), "{errors}");

    // Into a bucket of our own, because `cdk bootstrap` never ran here.
    first.package();
    assert!(script(emulator, &first, 0, &["--diff"]).0.contains("vod is a new stack"));
    // A creation that fails, and the next one, which removes what is left of it.
    fake.reject(Some("vod_"));
    let (_, errors) = script(emulator, &first, 1, &[]);
    assert!(errors.contains("CREATE_FAILED") && errors.contains("rejected, as the test asked"), "{errors}");
    assert_eq!(status(emulator, &first), "\"ROLLBACK_COMPLETE\"");
    fake.reject(None);
    let (printed, _) = script(emulator, &first, 0, &[]);
    assert!(printed.contains("removing vod, whose creation failed") && printed.contains("SourceBucket\t"), "{printed}");
    assert_eq!(status(emulator, &first), "\"CREATE_COMPLETE\"");
    let before = fake.templates();
    assert!(!before.is_empty());
    let bucket = format!("vod-assets-{ACCOUNT}-{REGION}");
    let block = aws(emulator, &first, &["s3api", "get-public-access-block", "--bucket", &bucket]);
    assert!(block.contains("\"BlockPublicPolicy\": true"), "{block}");

    // Again: nothing to upload, nothing to change.
    let (printed, _) = script(emulator, &first, 0, &["--diff"]);
    assert!(printed.contains("vod: no difference"), "{printed}");
    let (printed, _) = script(emulator, &first, 0, &[]);
    assert!(printed.contains("No changes to deploy") && !printed.contains("uploading "), "{printed}");

    // Another configuration.
    let second = Assembly::synth(Configuration::Set(&["encoding.mp4=true"]));
    second.package();
    let (printed, _) = script(emulator, &second, 0, &["--diff"]);
    assert!(printed.contains("Modify\tEncodingTemplate1080p\tCustom::MediaConvertJobTemplate"), "{printed}");
    assert_eq!(fake.templates(), before, "a difference changes nothing");
    script(emulator, &second, 0, &[]);
    assert_eq!(status(emulator, &first), "\"UPDATE_COMPLETE\"");
    let after = fake.templates();
    assert_ne!(after, before);

    // A custom resource that fails: the cause alone, and all as it was.
    fake.reject(Some(before[0].rsplit_once('-').unwrap().0));
    let (_, errors) = script(emulator, &first, 1, &[]);
    let (_, cause) = errors.split_once("what failed first in vod:\n").expect(&errors);
    assert!(cause.starts_with("\"EncodingTemplate") && cause.lines().count() == 1, "{errors}");
    assert!(cause.contains("UPDATE_FAILED") && cause.contains("rejected, as the test asked"), "{errors}");
    assert_eq!(status(emulator, &first), "\"UPDATE_ROLLBACK_COMPLETE\"");
    assert_eq!(fake.templates(), after);
    fake.reject(None);
    script(emulator, &first, 0, &[]);
    assert_eq!(fake.templates(), before);

    // The end.
    aws(emulator, &first, &["cloudformation", "delete-stack", "--stack-name", "vod"]);
    aws(emulator, &first, &["cloudformation", "wait", "stack-delete-complete", "--stack-name", "vod"]);
    assert_eq!(status(emulator, &first), "");
    assert_eq!(fake.templates(), Vec::<String>::new());
}
