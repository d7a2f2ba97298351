//! In whose account a command works: profiles, and who is named before something is changed.

use std::os::unix::fs::PermissionsExt as _;

use snapbox::cmd::Command;

use crate::deploy::aws_fake::{error, result};
use crate::deploy::world::{CALLER, World, text};

const GUID: &str = "0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10";

/// The commands that change something.
const CHANGES: [&[&str]; 5] = [
    &["deploy", "--yes"],
    &["destroy", "--yes"],
    &["videos", "retry", GUID],
    &["videos", "cancel", GUID],
    &["videos", "delete", GUID, "--yes"],
];

/// Those that only look.
const LOOKS: [&[&str]; 6] =
    [&["diff"], &["outputs"], &["status"], &["logs"], &["videos", "list"], &["videos", "show", GUID]];

const CREDENTIALS: &str = "[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = secret

[other]
aws_access_key_id = AKIAOTHER
aws_secret_access_key = secret
";

/// A command of the world's user, whose every service is the world's.
fn vod(world: &World, arguments: &[&str]) -> Command {
    world.vod().args(arguments).args(["--endpoint-url", &world.aws.url()])
}

/// The keys that a command is signed with, however it ends.
fn keys(world: &World, arguments: &[&str], variables: &[(&str, &str)], without: &[&str]) -> Vec<String> {
    let command = without.iter().fold(vod(world, arguments), Command::env_remove);
    let _ = command.envs(variables.iter().copied()).assert();
    world.aws.keys()
}

const KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

#[test]
fn a_profile_that_is_named_wins_over_keys_in_the_environment() {
    for command in LOOKS.iter().chain(&CHANGES) {
        let world = World::deployed().configures("credentials", CREDENTIALS);
        let used = keys(&world, &[command, &["--profile", "other"][..]].concat(), &[], &[]);
        assert_eq!(used, ["AKIAOTHER"], "{command:?}");
    }
}

/// As the AWS CLI does it: only its option takes the keys out of the chain.
#[test]
fn a_variable_that_names_a_profile_does_not_win_over_keys() {
    for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        let world = || World::deployed().configures("credentials", CREDENTIALS);
        assert_eq!(keys(&world(), &["outputs"], &[(variable, "other")], &[]), ["test"]);
        assert_eq!(keys(&world(), &["outputs"], &[(variable, "other")], &KEYS), ["AKIAOTHER"]);
        assert_eq!(
            keys(&world(), &["outputs", "--profile", "default"], &[(variable, "other")], &KEYS),
            ["AKIADEFAULT"]
        );
        assert_eq!(keys(&world(), &["outputs"], &[], &KEYS), ["AKIADEFAULT"]);
    }
}

#[test]
fn a_profile_that_does_not_exist_is_an_error_before_anything_is_asked() {
    let config = "[profile single-sign-on]\nregion = eu-west-1\n[sso-session nope]\nsso_region = eu-west-1\n";
    for command in LOOKS.iter().chain(&CHANGES) {
        let world = World::deployed().configures("credentials", CREDENTIALS).configures("config", config);
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.says(2, &[command, &["--profile", "nope"][..]].concat()), @r"
            × the AWS configuration has no profile `nope`
              help: there are default, other, single-sign-on
            ");
        }
        assert_eq!(world.aws.seen(), Vec::<String>::new(), "{command:?}");
    }
    let world = World::deployed().configures("credentials", CREDENTIALS);
    let ran = vod(&world, &["destroy", "--yes"]).env("AWS_PROFILE", "nope").assert().code(2);
    insta::assert_snapshot!(text(&ran, world.folder.path()), @r"
    × the AWS configuration has no profile `nope`, which AWS_PROFILE names
      help: there are default, other
    ");
    insta::assert_snapshot!(World::deployed().says(2, &["outputs", "--profile", "nope"]), @r"
    × the AWS configuration has no profile `nope`
      help: there is none at all: `aws configure --profile nope` makes one
    ");
}

#[test]
fn a_profile_without_credentials_uses_nobody_elses() {
    let world = World::deployed().configures("config", "[profile other]\nregion = eu-west-1\n");
    insta::assert_snapshot!(world.says(1, &["destroy", "--yes", "--profile", "other"]), @r"
    × no AWS credentials were found for sts:GetCallerIdentity
      help: name a profile with `--profile`, or sign in: `aws configure`, `aws sso
            login`
    ");
    assert_eq!(world.aws.keys(), Vec::<String>::new());
}

#[test]
fn a_role_a_process_and_single_sign_on_give_a_profiles_credentials() {
    let soon = "2099-01-01T00:00:00Z";
    let role = "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/deployer\nsource_profile = other\n";
    let given = format!(
        "<Credentials><AccessKeyId>ASIAOFTHEROLE0000001</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>{soon}</Expiration></Credentials>\
         <AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/deployer/x</Arn></AssumedRoleUser>"
    );
    let world = World::deployed().configures("credentials", CREDENTIALS).configures("config", role);
    let world = world.on("AssumeRole", result("AssumeRole", &given));
    let url = world.aws.url();
    let used = keys(&world, &["outputs", "--profile", "role"], &[("AWS_ENDPOINT_URL_STS", &url)], &[]);
    assert_eq!(used, ["AKIAOTHER", "ASIAOFTHEROLE0000001"], "the role is taken with the profile that it names");

    let world = World::deployed();
    let program = world.folder.path().join("give.sh");
    let answer = r#"{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"s"}"#;
    std::fs::write(&program, format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let config = format!("[profile process]\ncredential_process = {}\n", program.display());
    let world = world.configures("config", &config);
    let used = keys(&world, &["outputs", "--profile", "process"], &[("PATH", "/usr/bin:/bin")], &[]);
    assert_eq!(used, ["AKIAPROCESS"]);

    let config = "[profile sso]\nsso_start_url = https://example.awsapps.com/start\nsso_region = us-east-1\n\
                  sso_account_id = 111122223333\nsso_role_name = Admin\n";
    // The name is the SHA-1 of the start URL.
    let token = "sso/cache/e8be5486177c5b5392bd9aa76563515b29358e6e.json";
    let signed_in = format!(r#"{{"accessToken":"token","expiresAt":"{soon}","region":"us-east-1"}}"#);
    let given = r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t","expiration":4070908800000}}"#;
    let world = World::deployed().configures("config", config).configures(token, &signed_in);
    let world = world.on("GET /federation/credentials", (200, given.to_owned()));
    let url = world.aws.url();
    let used = keys(&world, &["outputs", "--profile", "sso"], &[("AWS_ENDPOINT_URL_SSO", &url)], &[]);
    assert_eq!(used, ["ASIASSO"]);
}

#[test]
fn who_changes_what_is_named_before_it_is_changed() {
    for command in CHANGES {
        let world = World::deployed().configures("credentials", CREDENTIALS);
        let ran = vod(&world, &[command, &["--profile", "other"][..]].concat()).assert();
        let said = text(&ran, world.folder.path());
        let named =
            format!("account  111122223333\ncaller   {CALLER}\n         profile other\nstack    vod in us-east-1\n\n");
        assert!(said.starts_with(&named), "{command:?}: {said}");
    }
    // Every stack, each with its region.
    let world = World::deployed();
    let firewall = ["--set", "region=eu-central-1", "--set", "distribution.waf=managed"];
    let said = world.says(1, &[&["destroy", "--yes"], &firewall[..]].concat());
    assert!(said.contains("in us-east-1\nstack    vod in eu-central-1\n"), "{said}");
}

#[test]
fn another_account_than_the_configurations_is_an_error_for_every_command() {
    for command in LOOKS.iter().chain(&CHANGES) {
        let world = World::deployed();
        let said = world.says(2, &[command, &["--set", "account=999988887777"][..]].concat());
        let wrong = "the stack vod is for the account 999988887777, and the credentials are of";
        assert!(said.contains(wrong), "{command:?}: {said}");
        assert_eq!(world.aws.seen(), ["GetCallerIdentity"], "{command:?}");
    }
}

#[test]
fn nothing_is_changed_where_the_account_is_not_known() {
    let denied = error(403, "AccessDenied", "explicit deny in a service control policy");
    for command in CHANGES {
        let world = World::new().on("GetCallerIdentity", denied.clone());
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.says(1, command), @r"
            × AWS does not tell which account would be changed, so nothing is:
              │ sts:GetCallerIdentity is not allowed: explicit deny in a service control
              │ policy
              help: give the user or role the permission sts:GetCallerIdentity, or use
                    another with `--profile`
            ");
        }
        assert_eq!(world.aws.seen(), ["GetCallerIdentity"], "{command:?}");
    }
    // A command that only looks needs no account.
    let world = World::deployed();
    let _ = vod(&world, &["outputs"]).assert().code(0);
    assert!(!world.aws.seen().contains(&"GetCallerIdentity".to_owned()));
}
