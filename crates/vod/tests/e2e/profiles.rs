//! Whose keys a command line is signed with: the AWS CLI is the judge.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use testing::aws::{Answer, FakeAws};

use crate::e2e::emulator::setting;

const CREDENTIALS: &str = "[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = secret
[other]
aws_access_key_id = AKIAOTHER
aws_secret_access_key = secret
";

const CONFIG: &str =
    "[profile empty]\nregion = eu-west-1\n[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = other\n";

/// One way to choose credentials.
#[derive(Clone, Copy)]
struct Line {
    option: Option<&'static str>,
    variable: Option<(&'static str, &'static str)>,
    keys: bool,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--profile {:?}, {:?}, keys in the environment: {}", self.option, self.variable, self.keys)
    }
}

/// Runs a program with the same environment, and takes the keys that it signed with.
fn keys_of(program: &Path, arguments: &[&str], line: Line, home: &Path, fake: &FakeAws) -> BTreeSet<String> {
    let url = fake.url.as_str();
    let mut command = Command::new(program);
    command.args(arguments).args(["--endpoint-url", url]).env_clear().current_dir(home);
    command.env("HOME", home).env("PATH", std::env::var_os("PATH").unwrap());
    command.envs([("AWS_ENDPOINT_URL_STS", url), ("AWS_MAX_ATTEMPTS", "1"), ("AWS_EC2_METADATA_DISABLED", "true")]);
    command.env("AWS_DEFAULT_REGION", "us-east-1");
    if let Some(name) = line.option {
        command.args(["--profile", name]);
    }
    command.envs(line.variable);
    if line.keys {
        command.envs([("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT"), ("AWS_SECRET_ACCESS_KEY", "secret")]);
    }
    command.output().unwrap();
    let keys = fake.access_keys();
    fake.forget();
    keys
}

#[test]
fn a_profile_is_chosen_as_the_aws_cli_chooses_it() {
    let fake = FakeAws::modelled(|_| Some(Answer::form_error(400, "ValidationError", "refused")));
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".aws");
    fs_err::create_dir_all(&folder).unwrap();
    fs_err::write(folder.join("credentials"), CREDENTIALS).unwrap();
    fs_err::write(folder.join("config"), CONFIG).unwrap();
    fs_err::write(home.path().join("stack.toml"), "").unwrap();
    let (aws, vod) = (setting("E2E_AWS_CLI"), PathBuf::from(env!("CARGO_BIN_EXE_vod")));

    let mut lines = Vec::new();
    for keys in [false, true] {
        for option in [None, Some("other"), Some("empty"), Some("role"), Some("nope")] {
            lines.push(Line { option, variable: None, keys });
        }
        for variable in [("AWS_PROFILE", "other"), ("AWS_PROFILE", "nope"), ("AWS_DEFAULT_PROFILE", "other")] {
            lines.push(Line { option: None, variable: Some(variable), keys });
            lines.push(Line { option: Some("default"), variable: Some(variable), keys });
        }
    }
    for line in lines {
        let theirs = keys_of(&aws, &["cloudformation", "describe-stacks"], line, home.path(), &fake);
        let ours = keys_of(&vod, &["outputs"], line, home.path(), &fake);
        assert_eq!(ours, theirs, "{line}");
    }
}
