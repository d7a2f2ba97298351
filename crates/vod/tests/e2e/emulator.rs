//! The emulator of AWS: MiniStack through `crates/local/emulator/launch.py`, one of its own for each test, with policies enforced.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::e2e::caller::Caller;

/// The account that the emulator plays.
pub(crate) const ACCOUNT: &str = "000000000000";
/// The region that the emulator plays.
pub(crate) const REGION: &str = "us-east-1";

/// The variables with the credentials of the account's root, which this process has, too.
const CREDENTIALS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// A running emulator with a state of its own; it ends, with every function it runs, when this is dropped.
pub(crate) struct Emulator {
    process: Child,
    port: u16,
    state: TempDir,
}

impl Emulator {
    /// Starts one whose functions find the given services (`MEDIACONVERT`, …) at the given addresses.
    pub(crate) fn start(endpoints: &[(&str, &str)]) -> Self {
        let state = tempfile::tempdir().unwrap();
        let log = File::create(state.path().join("log")).unwrap();
        let port = free_port();
        let mut command = Command::new(setting("E2E_PYTHON"));
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../local/emulator/launch.py"));
        command.args(["--port", &port.to_string(), "--region", REGION, "--account", ACCOUNT]);
        for (service, url) in endpoints {
            command.args(["--endpoint", &format!("{service}={url}")]);
        }
        // Functions inherit the emulator's environment, so it gets none of ours.
        command
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap())
            .env("HOME", state.path())
            .env("TMPDIR", state.path())
            .envs(environment());
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let process = command.process_group(0).spawn().unwrap();
        let mut emulator = Self { process, port, state };
        emulator.wait_until_ready();
        emulator
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A directory that goes with the emulator.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    /// What it wrote to its log.
    pub(crate) fn log(&self) -> String {
        fs_err::read_to_string(self.state.path().join("log")).unwrap_or_default()
    }

    /// The account's root.
    pub(crate) fn root(&self) -> Caller {
        let [key, secret] = credentials();
        Caller { url: self.url(), key, secret, token: None }
    }

    /// Calls a service that speaks AWS's JSON protocol.
    pub(crate) fn call(&self, target: &str, body: &Value) -> Value {
        self.root().call(target, body)
    }

    /// Calls a service that speaks AWS's query protocol.
    pub(crate) fn query(&self, service: &str, form: &[(&str, &str)]) {
        let body = form.iter().map(|(name, value)| format!("{name}={}", percent_encode(value))).collect::<Vec<_>>();
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let mut answer = self.root().send(service, "POST", "/", &headers, body.join("&").as_bytes());
        assert_eq!(answer.status(), 200, "{form:?}: {:?}", answer.body_mut().read_to_string());
    }

    /// Puts an object into a bucket, which is created where it does not exist.
    pub(crate) fn put_object(&self, bucket: &str, key: &str, content: &[u8]) {
        for (path, content) in [(format!("/{bucket}"), &b""[..]), (format!("/{bucket}/{key}"), content)] {
            let mut answer = self.root().send("s3", "PUT", &path, &[], content);
            assert_eq!(answer.status(), 200, "{path}: {:?}", answer.body_mut().read_to_string());
        }
    }

    /// What S3 answers about an object, such as `?tagging`.
    pub(crate) fn ask_s3(&self, path: &str) -> String {
        let mut answer = self.root().send("s3", "GET", &format!("/{path}"), &[], b"");
        assert_eq!(answer.status(), 200, "{path}");
        answer.body_mut().read_to_string().unwrap()
    }

    /// The text of an object, if there is one.
    pub(crate) fn get_object(&self, bucket: &str, key: &str) -> Option<String> {
        let mut answer = self.root().send("s3", "GET", &format!("/{bucket}/{key}"), &[], b"");
        answer.status().is_success().then(|| answer.body_mut().read_to_string().unwrap())
    }

    /// Deletes an object, which a versioned bucket hides behind a delete marker.
    pub(crate) fn delete_object(&self, bucket: &str, key: &str) {
        let answer = self.root().send("s3", "DELETE", &format!("/{bucket}/{key}"), &[], b"");
        assert_eq!(answer.status(), 204, "{bucket}/{key}");
    }

    /// The ARNs or names of what exists, in the services that can be asked without knowing what to ask for.
    pub(crate) fn inventory(&self) -> Vec<String> {
        [
            ("ResourceGroupsTaggingAPI_20170126.GetResources", "ResourceTagMappingList", "ResourceARN"),
            ("Logs_20140328.DescribeLogGroups", "logGroups", "logGroupName"),
            ("AWSStepFunctions.ListStateMachines", "stateMachines", "stateMachineArn"),
        ]
        .into_iter()
        .flat_map(|(target, list, name)| {
            let answer = self.call(target, &json!({}));
            let found = answer[list].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned());
            found.collect::<Vec<_>>()
        })
        .collect()
    }

    /// Invokes a function and waits for its answer.
    pub(crate) fn invoke(&self, function: &str, event: &Value) -> Value {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let mut answer = self.root().send("lambda", "POST", &path, &[], event.to_string().as_bytes());
        assert_eq!(answer.status(), 200, "{function}");
        answer.body_mut().read_json().unwrap()
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while ureq::get(format!("{}/_ministack/health", self.url())).call().is_err() {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "the emulator did not start:\n{}", self.log());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Nothing can be done about a failure here, and an emulator that has ended already is none.
        let group = i32::try_from(self.process.id()).map(Pid::from_raw);
        let _ = group.map(|group| killpg(group, Signal::SIGKILL));
        let _ = self.process.wait();
    }
}

/// The key and the secret of the account's root.
pub(crate) fn credentials() -> [String; 2] {
    CREDENTIALS.map(|name| setting(name).into_os_string().into_string().unwrap())
}

/// The credentials as a program reads them.
pub(crate) fn environment() -> [(&'static str, String); 2] {
    let ([key, secret], [key_id, secret_key]) = (credentials(), CREDENTIALS);
    [(key_id, key), (secret_key, secret)]
}

/// A value of a form.
fn percent_encode(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A variable that `cargo xtask test e2e` sets, most often a path.
pub(crate) fn setting(name: &str) -> PathBuf {
    env::var_os(name).unwrap_or_else(|| panic!("{name} is not set: run `cargo xtask test e2e`")).into()
}

/// A port of the loopback interface that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
