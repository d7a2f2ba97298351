//! What any call can meet: credentials, permissions, throttling, no answer.

use crate::deploy::aws_fake::error;
use crate::deploy::world::{World, end_of, no_stack, text};

#[test]
fn expired_credentials() {
    let world = World::new()
        .on("GetCallerIdentity", error(403, "ExpiredToken", "The security token included in the request is expired"));
    insta::assert_snapshot!(world.printed(1, &["--yes"]), @r"
    × the AWS credentials have expired (sts:GetCallerIdentity: The security
      │ token included in the request is expired)
      help: sign in again (`aws sso login`, or new temporary credentials), and
            repeat the command: it goes on where it stopped
    ");
}

#[test]
fn unknown_credentials() {
    let world = World::new().on(
        "GetCallerIdentity",
        error(403, "InvalidClientTokenId", "The security token included in the request is invalid."),
    );
    insta::assert_snapshot!(world.printed(1, &["--yes"]), @r"
    × AWS does not accept the credentials (sts:GetCallerIdentity: The security
      │ token included in the request is invalid.)
      help: see which credentials are in use with `aws sts get-caller-identity`;
            choose others with `--profile`
    ");
}

#[test]
fn no_credentials() {
    let world = World::new();
    let vod = world.vod().env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let ran = vod.args(["deploy", "--yes", "--endpoint-url", &world.aws.url()]).assert().code(1);
    insta::assert_snapshot!(text(&ran, world.folder.path()), @r"
    × no AWS credentials were found for sts:GetCallerIdentity
      help: name a profile with `--profile`, or sign in: `aws configure`, `aws sso
            login`
    ");
}

#[test]
fn nobody_answers() {
    let world = World::new();
    let ran = world.vod().args(["deploy", "--yes", "--endpoint-url", "http://127.0.0.1:9"]).assert().code(1);
    insta::assert_snapshot!(text(&ran, world.folder.path()), @r"
    × AWS does not tell which account would be changed, so nothing is:
      │ sts:GetCallerIdentity got no answer: Connection refused (os error 111)
      help: look at the network, `--region` and `--endpoint-url`, and repeat the
            command: it goes on where it stopped
    ");
}

#[test]
fn another_account() {
    let world = World::new().knows_us();
    insta::assert_snapshot!(world.printed(2, &["--yes", "--set", "account=999988887777"]), @r"
    × the stack vod is for the account 999988887777, and the credentials are of
      │ 111122223333
      help: use a profile of the account 999988887777 with `--profile`, or set
            `account` in stack.toml
    ");
}

#[test]
fn a_missing_permission() {
    let message =
        "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: cloudformation:CreateChangeSet";
    let world = World::new().ready().on("DescribeStacks", no_stack());
    let world = world
        .on("DeleteChangeSet", error(404, "ChangeSetNotFound", "no such change set"))
        .on("CreateChangeSet", error(403, "AccessDenied", message));
    insta::assert_snapshot!(end_of(&world.printed(1, &["--yes"])), @r"
    × cloudformation:CreateChangeSet is not allowed: User:
      │ arn:aws:iam::111122223333:user/ann is not authorized to perform:
      │ cloudformation:CreateChangeSet
      help: give the user or role the permission cloudformation:CreateChangeSet,
            or use another with `--profile`
    ");
}

#[test]
fn throttling() {
    let world = World::new().ready().on("DescribeStacks", error(400, "Throttling", "Rate exceeded"));
    insta::assert_snapshot!(world.printed(1, &["--yes"]), @r"
    × AWS still throttles cloudformation:DescribeStacks after several tries:
      │ Rate exceeded
      help: wait a minute, and repeat the command: it goes on where it stopped
    ");
}
