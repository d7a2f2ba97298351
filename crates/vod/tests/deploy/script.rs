//! What `deploy.sh` says when CloudFormation refuses a change set, with an AWS CLI that answers as the test says.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::deploy::world::World;

const CHANGE_SET: &str = "arn:aws:cloudformation:us-east-1:111122223333:changeSet/awscli/1";

/// An AWS CLI whose `deploy` fails: what its `describe-events` does stands in the test.
fn aws(folder: &Path, newest_failed: &str, describe_events: &str) {
    let program = format!(
        r#"#!/bin/sh
case "$1 $2" in
"sts get-caller-identity") echo 111122223333 ;;
"s3api head-bucket" | "s3api head-object") ;;
"cloudformation describe-stacks") echo "does not exist" >&2; exit 254 ;;
"cloudformation deploy") echo "Failed to create the changeset: ResourceExistenceCheck" >&2; exit 255 ;;
"cloudformation list-change-sets") echo "{newest_failed}" ;;
"cloudformation describe-events") [ "$4" = "{CHANGE_SET}" ] || exit 1; {describe_events} ;;
"cloudformation describe-stack-events") echo '"what the events say"' ;;
*) echo "the test has no answer to $*" >&2; exit 1 ;;
esac
"#
    );
    let path = folder.join("bin/aws");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, program).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What the script writes to both outputs, and its exit code.
fn runs(world: &World, arguments: &[&str]) -> (String, String, Option<i32>) {
    let folder = world.folder.path();
    let path = format!("{}:/usr/bin:/bin", folder.join("bin").display());
    let mut script = Command::new("/bin/sh");
    script.arg("deploy.sh").args(arguments).current_dir(folder.join("cdk.out"));
    let output = script.env_clear().env("PATH", path).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// What the script writes to the standard error; it must fail.
fn fails(world: &World, arguments: &[&str]) -> String {
    let (_, said, code) = runs(world, arguments);
    assert_eq!(code, Some(1), "{said}");
    said
}

const USAGE: &str = "\
Usage: sh deploy.sh [--diff] [STACK...]

Deploys the stacks, or those that are named, with the AWS CLI and the credentials
that it finds. It asks nothing: --diff shows what would change, and changes nothing.

Stacks, in the order of their deployment:
  vod-edge-eu-west-1 in us-east-1
  vod in eu-west-1
";

/// Two stacks, whose region has no firewall of CloudFront's.
fn two_stacks() -> World {
    let world = World::new();
    world.vod().args(["synth", "--set", "region=eu-west-1", "--set", "distribution.waf=managed"]).assert().success();
    world
}

#[test]
fn the_script_explains_itself_and_needs_no_credentials_for_it() {
    for arguments in [&["--help"][..], &["-h"], &["vod", "--help"]] {
        assert_eq!(runs(&two_stacks(), arguments), (USAGE.to_owned(), String::new(), Some(0)));
    }
}

#[test]
fn the_script_refuses_a_stack_or_an_option_that_there_is_not() {
    for wrong in ["vdo", "--yes", "vod-edge", ""] {
        let (out, said, code) = runs(&two_stacks(), &["vod", wrong]);
        assert_eq!((out.as_str(), code), ("", Some(2)), "{wrong}: {said}");
        assert_eq!(said, format!("{wrong} is neither a stack of vod nor an option\n{USAGE}"));
    }
}

#[test]
fn the_script_takes_its_option_before_and_after_the_stacks() {
    let world = World::new();
    aws(world.folder.path(), "None", "exit 9");
    for arguments in [&["--diff"][..], &["--diff", "vod"], &["vod", "--diff"]] {
        let (out, said, code) = runs(&world, arguments);
        assert_eq!((out.as_str(), code), ("vod in us-east-1\nvod is a new stack\n", Some(0)), "{said}");
    }
}

#[test]
fn the_script_shows_why_early_validation_refuses() {
    let world = World::new();
    aws(
        world.folder.path(),
        CHANGE_SET,
        "printf 'Queue\\tAWS::SQS::Queue\\tvod-published already exists.\\t/Resources\\n'",
    );
    let said = fails(&world, &[]);
    assert!(said.contains("what CloudFormation refuses in vod:\nQueue\tAWS::SQS::Queue\tvod-published"), "{said}");
    assert!(!said.contains("what failed first"), "{said}");
}

#[test]
fn the_script_fails_no_worse_with_an_old_aws_cli() {
    let world = World::new();
    aws(world.folder.path(), CHANGE_SET, "echo 'argument operation: Invalid choice' >&2; exit 252");
    let said = fails(&world, &[]);
    assert!(said.contains("ResourceExistenceCheck") && said.contains("Invalid choice"), "{said}");
    assert!(said.contains(&format!("describe-events --change-set-name {CHANGE_SET}")), "{said}");

    // Where another thing failed, nothing of a change set is said.
    aws(world.folder.path(), "None", "exit 9");
    let said = fails(&world, &[]);
    assert!(said.contains("what failed first in vod:\n\"what the events say\""), "{said}");
    assert!(!said.contains("refuses"), "{said}");
}
