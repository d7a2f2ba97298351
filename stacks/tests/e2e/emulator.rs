//! The emulator of AWS: MiniStack through `stacks/emulator/launch.py`, one of its own for each test, with policies enforced.

use std::{
    env,
    fs::File,
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use serde_json::Value;
use tempfile::TempDir;

/// The account that the emulator plays.
pub(crate) const ACCOUNT: &str = "000000000000";
/// The region that the emulator plays.
pub(crate) const REGION: &str = "us-east-1";

/// The services that speak JSON, by what stands before their operations, and the names that requests are signed for.
const SERVICES: [(&str, &str); 6] = [
    ("AWSEvents", "events"),
    ("AWSStepFunctions", "states"),
    ("AmazonSQS", "sqs"),
    ("DynamoDB_20120810", "dynamodb"),
    ("Logs_20140328", "logs"),
    ("ResourceGroupsTaggingAPI_20170126", "tagging"),
];

/// The signature of the account's root, which the emulator believes as it stands.
fn signed(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

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
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("emulator/launch.py"));
        command.args(["--port", &port.to_string(), "--region", REGION, "--account", ACCOUNT, "--auth"]);
        for (service, url) in endpoints {
            command.args(["--endpoint", &format!("{service}={url}")]);
        }
        // Functions inherit the emulator's environment, so it gets none of ours.
        command
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap())
            .env("HOME", state.path())
            .env("TMPDIR", state.path());
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

    /// Calls a service that speaks AWS's JSON protocol.
    pub(crate) fn call(&self, target: &str, body: &Value) -> Value {
        let (service, _) = target.split_once('.').unwrap();
        let (_, service) = SERVICES.iter().find(|(prefix, _)| *prefix == service).unwrap_or_else(|| panic!("{target}"));
        let request = ureq::post(self.url()).header("Authorization", signed(service)).header("X-Amz-Target", target);
        let answer = request.content_type("application/x-amz-json-1.1").send(body.to_string());
        answer.unwrap_or_else(|error| panic!("{target}: {error}")).body_mut().read_json().unwrap()
    }

    /// Calls a service that speaks AWS's query protocol.
    pub(crate) fn query(&self, service: &str, form: &[(&str, &str)]) {
        ureq::post(self.url()).header("Authorization", signed(service)).send_form(form.iter().copied()).unwrap();
    }

    /// Puts an object into a bucket, which is created where it does not exist.
    pub(crate) fn put_object(&self, bucket: &str, key: &str, content: &[u8]) {
        let put = |path: String| ureq::put(format!("{}/{path}", self.url())).header("Authorization", signed("s3"));
        put(bucket.to_owned()).send_empty().unwrap();
        put(format!("{bucket}/{key}")).send(content).unwrap();
    }

    /// What S3 answers about an object, such as `?tagging`.
    pub(crate) fn ask_s3(&self, path: &str) -> String {
        let request = ureq::get(format!("{}/{path}", self.url())).header("Authorization", signed("s3"));
        request.call().unwrap().body_mut().read_to_string().unwrap()
    }

    /// The text of an object, if there is one.
    pub(crate) fn get_object(&self, bucket: &str, key: &str) -> Option<String> {
        let request = ureq::get(format!("{}/{bucket}/{key}", self.url())).header("Authorization", signed("s3"));
        let mut answer = request.call().ok()?;
        Some(answer.body_mut().read_to_string().unwrap())
    }

    /// Invokes a function and waits for its answer.
    pub(crate) fn invoke(&self, function: &str, event: &Value) -> Value {
        let url = format!("{}/2015-03-31/functions/{function}/invocations", self.url());
        let request = ureq::post(url).header("Authorization", signed("lambda"));
        request.send_json(event).unwrap().body_mut().read_json().unwrap()
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

/// A path that `cargo xtask test e2e` sets.
pub(crate) fn setting(name: &str) -> PathBuf {
    env::var_os(name).unwrap_or_else(|| panic!("{name} is not set: run `cargo xtask test e2e`")).into()
}

/// A port of the loopback interface that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
