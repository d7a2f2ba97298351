//! `vod local` as a user types it: a platform that starts, publishes a video, keeps it, and leaves no process.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getsid};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::e2e::caller::Caller;

/// How long the processes of an ended platform may take to be gone.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Brings a platform up whose jobs wait in a queue of its own, and hop to one that the stack does not make.
const UP: [&str; 8] = [
    "up",
    "--detach",
    "--set",
    "encoding.queue.name=films",
    "--set",
    "encoding.queue.create=true",
    "--set",
    "encoding.queue.hop=[{queue=\"later\",wait_minutes=9}]",
];

/// A folder with a configuration, as in a checkout.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs_err::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stack.toml"), home.path().join("stack.toml"))
            .unwrap();
        // The emulator is installed once for all runs of this test.
        let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("local-tools");
        fs_err::create_dir_all(&tools).unwrap();
        fs_err::create_dir(home.path().join(".vod")).unwrap();
        fs_err::os::unix::fs::symlink(tools, home.path().join(".vod/tools")).unwrap();
        Self(home)
    }

    /// The folder of the configuration.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn local(&self, arguments: &[&str]) -> Output {
        // The first one installs the emulator, into the folder that all share.
        static UP: Mutex<()> = Mutex::new(());
        let _one_at_a_time = (arguments.first() == Some(&"up")).then(|| UP.lock());
        let mut command = Command::new(env!("CARGO_BIN_EXE_vod"));
        command.arg("local").args(arguments).current_dir(self.0.path());
        command.output().unwrap()
    }

    /// Any other command, which the running platform is meant by.
    fn vod(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vod"));
        command.args(arguments).current_dir(self.0.path()).env("NO_COLOR", "1").env_remove("AWS_ENDPOINT_URL");
        command
    }

    /// What a command prints that succeeds.
    pub(crate) fn expect(&self, arguments: &[&str]) -> String {
        let output = self.local(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}\n{}", self.log());
        String::from_utf8(output.stdout).unwrap()
    }

    fn log(&self) -> String {
        fs_err::read_to_string(self.0.path().join(".vod/run/vod.log")).unwrap_or_default()
    }

    /// The root of the platform's account.
    fn root(&self) -> Caller {
        let session = self.session();
        let key = |name: &str| session["keys"][name].as_str().unwrap().to_owned();
        let url = format!("http://127.0.0.1:{}", session["ports"]["aws"]);
        Caller { url, key: key("access_key_id"), secret: key("secret_access_key"), token: None }
    }

    /// What the platform tells other commands.
    fn session(&self) -> Value {
        let session = fs_err::read_to_string(self.0.path().join(".vod/run/session.json")).unwrap();
        serde_json::from_str(&session).unwrap()
    }

    /// The process that leads the platform's session.
    fn leader(&self) -> Pid {
        Pid::from_raw(self.session()["process"].as_i64().unwrap().try_into().unwrap())
    }

    /// The newest job.
    fn job(&self) -> Value {
        let session = self.session();
        let (port, token) = (&session["ports"]["mediaconvert"], session["keys"]["token"].as_str().unwrap());
        let url = format!("http://127.0.0.1:{port}/{token}/2017-08-29/jobs");
        let mut answer = ureq::get(url).header("Authorization", "a test").call().unwrap();
        answer.body_mut().read_json::<Value>().unwrap()["jobs"][0].take()
    }

    /// The history of the one execution of a workflow.
    pub(crate) fn history(&self, workflow: &str) -> Vec<Value> {
        let root = self.root();
        let ask = |operation: &str, input: Value| root.call(&format!("AWSStepFunctions.{operation}"), &input);
        let machine = format!("arn:aws:states:us-east-1:000000000000:stateMachine:vod-{workflow}");
        let executions = ask("ListExecutions", json!({ "stateMachineArn": machine }));
        let execution = json!({ "executionArn": executions["executions"][0]["executionArn"], "maxResults": 1000 });
        ask("GetExecutionHistory", execution)["events"].as_array().unwrap().clone()
    }

    /// A small video with sound.
    fn clip(&self) -> PathBuf {
        let file = self.0.path().join("my clip.mp4");
        let mut make = Command::new("ffmpeg");
        make.args(["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=2"]);
        make.args(["-f", "lavfi", "-i", "sine=duration=2", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]);
        assert!(make.arg(&file).status().unwrap().success());
        file
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.local(&["down"]);
    }
}

/// The processes of a session that still run; a zombie is none.
fn members(leader: Pid) -> Vec<String> {
    let processes = fs_err::read_dir("/proc").unwrap().filter_map(Result::ok);
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let ours = ids.filter(|id| getsid(Some(Pid::from_raw(*id))) == Ok(leader));
    let status = ours.filter_map(|id| std::fs::read_to_string(format!("/proc/{id}/status")).ok());
    status.filter(|status| !status.contains("State:\tZ")).collect()
}

fn assert_gone(leader: Pid) {
    let deadline = Instant::now() + TIMEOUT;
    while !members(leader).is_empty() {
        assert!(Instant::now() < deadline, "left behind: {:?}", members(leader));
        thread::sleep(Duration::from_millis(100));
    }
}

fn get(url: &str) -> String {
    ureq::get(url).call().unwrap_or_else(|error| panic!("{url}: {error}")).body_mut().read_to_string().unwrap()
}

/// Whoever is no program that holds the platform's keys is answered by no part of it; `published` is an address of a video.
fn only_its_user_is_answered(home: &Home, published: &str) {
    let (session, root) = (home.session(), home.root());
    let [mediaconvert, mediapackage, player] =
        ["mediaconvert", "mediapackage", "player"].map(|name| format!("http://127.0.0.1:{}", session["ports"][name]));
    let token = session["keys"]["token"].as_str().unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let ask = |method: &str, url: &str, headers: &[(&str, &str)]| {
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        agent.run(request.body("").unwrap()).unwrap()
    };
    let signed = ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/x/aws4_request");
    let own = [
        ("GET", format!("{mediaconvert}/{token}/2017-08-29/jobs")),
        ("GET", format!("{mediapackage}/{token}/assets")),
        ("GET", published.to_owned()),
    ];
    let foreign = [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Host", "evil.example"),
    ];
    for (method, url) in &own {
        let answer = ask(method, url, &[signed]);
        assert_eq!(answer.status(), 200, "{url}");
        let shared = answer.headers().keys().any(|name| name.as_str().starts_with("access-control"));
        assert!(!shared, "{url}: {:?}", answer.headers());
        for header in foreign {
            assert_eq!(ask(method, url, &[signed, header]).status(), 403, "{url} {header:?}");
        }
    }
    // Who has found the port lacks the token.
    for url in [format!("{mediaconvert}/2017-08-29/jobs"), format!("{mediapackage}/assets")] {
        assert_eq!(ask("GET", &url, &[signed]).status(), 404, "{url}");
    }
    // Viewers look, and nothing else; the emulator's own addresses are not for them.
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(ask(method, published, &[]).status(), 405, "{method}");
    }
    assert_eq!(ask("GET", &format!("{player}/_ministack/health"), &[]).status(), 404);

    // The credentials that everybody knows, and those that `env` prints.
    let listed = |key: &str, secret: &str| {
        let caller = Caller { key: key.to_owned(), secret: secret.to_owned(), ..root.clone() };
        caller.send("s3", "GET", "/", &[], b"").status().as_u16()
    };
    assert_eq!((listed("test", "test"), listed("000000000000", "test"), listed(&root.key, "test")), (403, 403, 403));
    assert_eq!(listed(&root.key, &root.secret), 200);
    let env = home.expect(&["env"]);
    let variable = |name: &str| env.lines().find_map(|line| line.strip_prefix(&format!("export {name}="))).unwrap();
    assert_eq!(listed(variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")), 200);
    let jobs = format!("{}/2017-08-29/jobs", variable("AWS_ENDPOINT_URL_MEDIACONVERT"));
    assert_eq!(ask("GET", &jobs, &[signed]).status(), 200);

    // Files and arguments, which other users of the machine could read.
    let mode = |path: &str| {
        let path = home.0.path().join(path);
        std::os::unix::fs::PermissionsExt::mode(&fs_err::metadata(path).unwrap().permissions()) & 0o777
    };
    assert_eq!([".vod", ".vod/run/session.json", ".vod/state/keys.json"].map(mode), [0o700, 0o600, 0o600]);
    let arguments = fs_err::read_dir("/proc").unwrap().flatten();
    let arguments = arguments.filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok());
    for line in arguments {
        assert!(!line.contains(&root.secret) && !line.contains(token), "{line}");
    }
}

/// Without an option, too, and with addresses that this machine reaches.
fn the_other_commands_reach_it(home: &Home, record: &Value) {
    let guid = record["guid"].as_str().unwrap();
    let said = |arguments: &[&str]| {
        let output = home.vod(arguments).output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{arguments:?}: {out}{err}");
        (out, err)
    };
    let (listed, why) = said(&["videos", "list"]);
    assert!(why.starts_with("Using the local platform of stack.toml"), "{why}");
    assert!(listed.contains("my clip.mp4") && listed.contains("\thttp://127.0.0.1:"), "{listed}");
    let (shown, why) = said(&["videos", "show", &guid[..8], "--local"]);
    assert_eq!(why, "", "whoever asked for it knows");
    assert!(shown.contains(record["hlsUrl"].as_str().unwrap()), "{shown}");
    let (status, _) = said(&["status", "--local"]);
    assert!(status.contains("vod in us-east-1: CREATE_COMPLETE"), "{status}");
    // That of another configuration has a platform of its own, or none.
    fs_err::copy(home.0.path().join("stack.toml"), home.0.path().join("dev.toml")).unwrap();
    let other = home.vod(&["outputs", "--local", "--config", "dev.toml"]).output().unwrap();
    let said = String::from_utf8(other.stderr).unwrap();
    assert_eq!(other.status.code(), Some(1));
    assert!(said.contains("`vod local up --config dev.toml`"), "{said}");
}

/// Ten things, one after the other.
fn doctor_names_what_is_broken(home: &Home) {
    let root = home.root();
    let made = |method: &str, path: &str, body: &str| {
        assert!(root.send("s3", method, path, &[], body.as_bytes()).status().is_success(), "{method} {path}");
    };
    made("PUT", "/quiet", "");
    made("PUT", "/sealed", "");
    let events = "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>";
    made("PUT", "/sealed?notification=", events);
    let rule = "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>\
                <KMSMasterKeyID>alias/films</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>";
    let rule = format!("<ServerSideEncryptionConfiguration><Rule>{rule}</Rule></ServerSideEncryptionConfiguration>");
    made("PUT", "/sealed?encryption=", &rule);
    let target = [("X-Amz-Target", "CertificateManager.RequestCertificate")];
    let json = [("Content-Type", "application/x-amz-json-1.1")];
    let name = json!({ "DomainName": "www.example.com" }).to_string();
    let mut requested = root.send("acm", "POST", "/", &[target, json].concat(), name.as_bytes());
    let requested: Value = requested.body_mut().read_json().unwrap();
    let certificate = |arn: &str| format!("distribution.certificate_arn={arn}");
    let (others, none) = (
        certificate(requested["CertificateArn"].as_str().unwrap()),
        certificate("arn:aws:acm:us-east-1:000000000000:certificate/0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10"),
    );
    let alias = "distribution.alias=video.example.com";

    // What is set, the verdict, what is found, and what to do.
    let cases: [(&[&str], &str, &str, &str); 8] = [
        (&["source.bucket=nowhere"], "ERROR", "there is no bucket nowhere", "correct `source.bucket`"),
        (&["source.bucket=quiet"], "ERROR", "does not report its objects", "turn on Amazon EventBridge"),
        (&["source.bucket=sealed"], "warning", "sealed is encrypted by KMS", "`kms:Decrypt`"),
        (&["encoding.queue.name=nowhere"], "ERROR", "there is no queue nowhere", "create-queue"),
        (&["assets.bucket=nowhere"], "ERROR", "there is no bucket nowhere", "leave `assets.bucket` out"),
        (&["account=111122223333"], "ERROR", "the stack is for 111122223333", "`--profile`"),
        (&[alias, &others], "ERROR", "it is for www.example.com, not for", "request one for video.example.com"),
        (&[alias, &none], "ERROR", "there is no arn:aws:acm", "request one in us-east-1"),
    ];
    let said = |command: &mut Command| {
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // On one line each, as nobody wraps them in a test.
        (text.split_whitespace().collect::<Vec<_>>().join(" "), output.status.code().unwrap())
    };
    for (sets, verdict, found, hint) in cases {
        let mut doctor = home.vod(&["doctor", "--local"]);
        let (text, code) = said(sets.iter().fold(&mut doctor, |doctor, set| doctor.args(["--set", set])));
        assert_eq!(code, i32::from(verdict == "ERROR"), "{sets:?}: {text}");
        for expected in [verdict, found, hint] {
            assert!(text.contains(expected), "{sets:?}: {expected}: {text}");
        }
    }
    let (text, code) = said(home.vod(&["doctor", "--local"]).env("PATH", ""));
    assert!(code == 0 && text.contains("missing: ffmpeg") && text.contains("apt-get install ffmpeg"), "{text}");
    let mut stranger = home.vod(&["doctor", "--endpoint-url", &root.url]);
    let (text, code) = said(stranger.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test"));
    assert!(code == 1 && text.contains("ERROR credentials") && text.contains("`--profile`"), "{text}");
    let (text, _) = said(&mut home.vod(&["doctor", "--local"]));
    assert!(text.contains("nobody hears of failures") && text.contains("set `admin_email`"), "{text}");
}

#[test]
fn a_video_is_published_and_stays() {
    let home = Home::new();
    let up = home.expect(&UP);
    assert!(up.contains("  player        http://127.0.0.1:"), "{up}");
    assert!(home.expect(&UP).contains("Nothing has changed."), "a second time deploys what changed");
    assert!(!home.local(&["ingest", "stack.toml"]).status.success(), "what is no video is not uploaded");

    let clip = home.clip();
    let records = home.expect(&["ingest", clip.to_str().unwrap(), "--wait", "--json"]);
    let records: Value = serde_json::from_str(&records).unwrap();
    let record = &records[0];
    assert_eq!((&record["workflowStatus"], &record["srcVideo"]), (&"Complete".into(), &"my clip.mp4".into()));
    let (hls, dash) = (record["hlsUrl"].as_str().unwrap(), record["dashUrl"].as_str().unwrap());
    assert!(get(hls).starts_with("#EXTM3U") && get(dash).contains("<MPD"));
    let part = ureq::get(hls).header("Range", "bytes=0-6").call().unwrap();
    assert_eq!(
        (part.status().as_u16(), part.headers()["content-range"].to_str().unwrap().starts_with("bytes 0-6/")),
        (206, true)
    );
    only_its_user_is_answered(&home, hls);
    assert!(home.expect(&["logs", "encode"]).contains(record["guid"].as_str().unwrap()));
    let job = home.job();
    assert!(job["queue"].as_str().unwrap().ends_with(":queues/films"), "{job:#}");
    assert!(job["hopDestinations"][0]["queue"].as_str().unwrap().ends_with(":queues/later"), "{job:#}");

    the_other_commands_reach_it(&home, record);
    doctor_names_what_is_broken(&home);

    let history = home.history("publish");
    assert_eq!(history[0]["type"], "ExecutionStarted");
    assert_eq!(history[history.len() - 1]["type"], "ExecutionSucceeded", "{history:#?}");

    let leader = home.leader();
    assert!(members(leader).len() > 1 && home.expect(&["status"]).contains("Processes:"));
    home.expect(&["down"]);
    assert_gone(leader);
    assert!(!home.local(&["status"]).status.success());

    home.expect(&UP);
    assert!(get(hls).starts_with("#EXTM3U"), "outputs and addresses survive");
    assert_eq!(home.history("publish"), history, "histories survive");
    let leader = home.leader();
    kill(leader, Signal::SIGKILL).unwrap();
    home.expect(&UP);
    assert_gone(leader);
    assert!(get(hls).starts_with("#EXTM3U"), "one that is killed comes back, at once");

    assert_eq!(home.local(&["reset"]).status.code(), Some(2), "nobody is there to agree");
    home.expect(&["reset", "--yes"]);
    assert!(!home.0.path().join(".vod/state").exists());
}
