//! Wrong input, of every kind that a user can give: the message, the place, the hint and the exit code, in one table.
//!
//! None of it panics, and none changes a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use snapbox::cmd::{Command, cargo_bin};

/// Configurations that `synth` refuses.
const CONFIGURATIONS: [&str; 52] = [
    "name = \"Vod\"",
    "name = \"\"",
    "name = \"a-name-that-goes-on-for-more-than-forty-characters\"",
    "name = 5",
    "name = \"vod",
    "name = \"vod\"\nname = \"vod\"",
    "nmae = \"vod\"",
    "region = \"us-est-1\"",
    "region = \"mars-north-1\"",
    "region = \"cn-north-1\"",
    "region = \"ap-southeast-6\"",
    "account = \"1234\"",
    "account = 111122223333",
    "admin_email = \"nobody\"",
    "export_outputs = \"yes\"",
    "tags = [\"a\"]",
    "[tags]\n\"aws:a\" = \"b\"",
    "[source]\ntrigger = \"videos\"",
    "[source]\nbucket = \"My_Bucket\"",
    "[source]\nfolder = \"/in\"",
    "[source]\nignore = \"*.ts\"",
    "[source]\nmetadata_wait_seconds = 1",
    "[source]\narchive = \"GLACIERS\"",
    "[source]\narchive = true",
    "[encoding]\nfamly = \"qvbr\"",
    "[encoding]\nfamily = \"hls\"",
    "[encoding]\nfamily = \"cmaf\"\nmp4 = true",
    "[encoding]\nfamily = \"cmaf\"\nmp4 = true\nrotation = \"auto\"",
    "[encoding]\ntemplates = \"nowhere\"",
    "[encoding]\nacceleration = \"ON\"",
    "[encoding.queue]\ncreate = true",
    "[encoding.queue]\npriority = 51",
    "[encoding.queue]\nhop = [{ queue = \"a\" }]",
    "[encoding.queue]\nhop = [{ queue = \"a\", wait_minutes = 0 }]",
    "[functions]\narchitecture = \"arm\"",
    "[functions]\nlog_retention_days = 31",
    "[functions.vpc]\nsubnets = []\nsecurity_groups = []",
    "[functions.vpc]\nsubnets = [\"subnet-1\"]\nsecurity_groups = [\"sg\"]",
    "[storage]\nremoval_policy = \"keep\"",
    "[storage]\naccess_log_days = -1",
    "[distribution]\nalias = \"video.example.com\"",
    "[distribution]\nalias = \"https://video.example.com\"",
    "[distribution]\nalias = \"video.example.com\"\ncertificate_arn = \"arn:aws:acm:eu-west-1:111122223333:certificate/0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10\"",
    "[distribution]\nprice_class = \"PriceClass_300\"",
    "[distribution]\ncors_origins = [\"example.com\"]",
    "[distribution.geo]\nallow = [\"DE\"]\ndeny = [\"FR\"]",
    "[distribution.geo]\nallow = [\"Germany\"]",
    "[alarms]\nperiod_minutes = 0",
    "[assets]\nqualifier = \"too-long-a-qualifier\"",
    "[ci]\nrepository = \"vod\"",
    "= 1",
    "[source",
];

/// Command lines that are refused, in a folder with a `stack.toml`, a video, a text, and a folder `empty`.
const COMMANDS: [&[&str]; 44] = [
    &["sinth"],
    &["synth", "--out"],
    &["synth", "--set", "encoding.family"],
    &["synth", "--set", "colour=red"],
    &["synth", "--set", "notifications.sns=yes"],
    &["synth", "--config", "nowhere.toml"],
    &["synth", "--config", "empty"],
    &["synth", "--config", "latin.toml"],
    &["synth", "--out", "letter.txt"],
    &["synth", "--quiet", "--json"],
    &["init"],
    &["init", "no/folder/stack.toml"],
    &["graph", "ingestion"],
    &["cost", "--workload", "nowhere.toml"],
    &["completions", "tcsh"],
    &["deploy"],
    &["deploy", "--app", "nowhere"],
    &["deploy", "--app", "empty", "--yes"],
    &["deploy", "--parameters", "A=b"],
    &["deploy", "--app", "empty", "--parameters", "A"],
    &["deploy", "--stack", "vdo", "--yes"],
    &["deploy", "--local", "--region", "eu-west-1"],
    &["diff", "--profile", "nope"],
    &["destroy"],
    &["destroy", "--confirm-purge", "vod"],
    &["outputs", "--stack", "vdo"],
    &["status", "--stack", "vdo"],
    &["logs", "encoder"],
    &["logs", "--since", "yesterday-ish"],
    &["videos", "list", "--limit", "0"],
    &["videos", "list", "--status", "done"],
    &["videos", "list", "--since", "3 fortnights"],
    &["videos", "show"],
    &["videos", "retry"],
    &["videos", "delete", "0b1f4d0e"],
    &["videos", "delete"],
    &["local", "ingest"],
    &["local", "bench", "0"],
    &["local", "up", "--auth=maybe"],
    &["local", "logs", "encoder"],
    &["local", "status"],
    &["local", "ingest", "a.mp4"],
    &["outputs", "--local"],
    &["local", "env"],
];

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::write(path.join("stack.toml"), configuration).unwrap();
        std::fs::write(path.join("latin.toml"), b"name = \"caf\xe9\"").unwrap();
        std::fs::write(path.join("letter.txt"), "Dear all").unwrap();
        std::fs::write(path.join("a.mp4"), "").unwrap();
        std::fs::create_dir(path.join("empty")).unwrap();
        Self(folder)
    }

    /// What a command says that fails, and its exit code; it leaves everything as it was.
    fn refused(&self, arguments: &[&str]) -> (String, i32) {
        let before = contents(self.0.path());
        let run = Command::new(cargo_bin!("vod")).args(arguments).current_dir(self.0.path());
        let run = run.env_clear().env("NO_COLOR", "1").env("HOME", self.0.path()).env("PATH", "");
        let run = run.env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        assert!(run.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stdout));
        assert_eq!(contents(self.0.path()), before, "{arguments:?}");
        let said = said.replace(self.0.path().to_str().unwrap(), "[FOLDER]");
        let said = said.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        (said.trim_end().to_owned(), run.status.code().unwrap())
    }
}

/// Every file below a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.display().to_string(), Vec::new());
            found.extend(contents(&path));
        } else {
            found.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn a_wrong_configuration_is_shown_with_its_place_and_a_hint() {
    let mut table = String::new();
    for configuration in CONFIGURATIONS {
        let (said, code) = Folder::new(configuration).refused(&["synth"]);
        assert_eq!(code, 2, "{configuration}: {said}");
        assert!(said.contains("stack.toml:") && said.contains("help: "), "{configuration}: {said}");
        let _ = writeln!(table, "{said}\n");
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_wrong_command_line_is_refused_with_what_to_do() {
    let folder = Folder::new("name = \"vod\"\n");
    let mut table = String::new();
    for arguments in COMMANDS {
        let (said, code) = folder.refused(arguments);
        let is_local_platform = said.contains("no platform runs here");
        assert_eq!(code, if is_local_platform { 1 } else { 2 }, "{arguments:?}: {said}");
        let _ = writeln!(table, "$ vod {}\n{said}\n→ {code}\n", arguments.join(" "));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_wrong_variable_is_wrong_input() {
    let folder = Folder::new("name = \"vod\"\n");
    for (name, value, hint) in [
        ("VOD_NAME", "Vod", "VOD_NAME"),
        ("VOD_ENCODING__FAMILY", "hls", "VOD_ENCODING__FAMILY"),
        ("VOD_ENCODING_FAMILY", "cmaf", "VOD_ENCODING__FAMILY"),
        ("VOD_SOURCE__ARCHIV", "GLACIER", "archive"),
    ] {
        let run = Command::new(cargo_bin!("vod")).arg("synth").current_dir(folder.0.path());
        let run = run.env_clear().env("NO_COLOR", "1").env(name, value).output().unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains(hint), "{name}: {said}");
    }
    // Those of other programs that begin so are not ours.
    let run = Command::new(cargo_bin!("vod")).args(["synth", "--quiet"]).current_dir(folder.0.path());
    run.env_clear().env("VOD_DEBUG", "1").assert().success();
}

/// Whoever corrects all that the first run names is done.
#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let configuration = "\
[encoding]
family = \"cmaf\"
mp4 = true
rotation = \"auto\"

[distribution]
alias = \"video.example.com\"

[distribution.geo]
allow = [\"DE\"]
deny = [\"FR\"]
";
    let (said, code) = Folder::new(configuration).refused(&["synth"]);
    assert_eq!(code, 2);
    assert_eq!(said.matches(" × ").count(), 4, "{said}");

    let folder = Folder::new("[encoding]\ntemplates = \"empty\"\n");
    let (said, code) = folder.refused(&["synth"]);
    assert_eq!(code, 2);
    for tier in ["2160p", "1080p", "720p"] {
        assert!(said.contains(tier), "{tier}: {said}");
    }
}
