//! `vod local` as a user types it: a platform that starts, publishes a video, keeps it, and leaves no process.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, getsid},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the processes of an ended platform may take to be gone.
const PATIENCE: Duration = Duration::from_secs(20);

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
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs_err::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../stack.toml"), home.path().join("stack.toml"))
            .unwrap();
        // The emulator is installed once for all runs of this test.
        let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("local-tools");
        fs_err::create_dir_all(&tools).unwrap();
        fs_err::create_dir(home.path().join(".vod")).unwrap();
        fs_err::os::unix::fs::symlink(tools, home.path().join(".vod/tools")).unwrap();
        Self(home)
    }

    fn local(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vod"));
        command.arg("local").args(arguments).current_dir(self.0.path());
        command.output().unwrap()
    }

    /// What a command prints that succeeds.
    fn expect(&self, arguments: &[&str]) -> String {
        let output = self.local(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}\n{}", self.log());
        String::from_utf8(output.stdout).unwrap()
    }

    fn log(&self) -> String {
        fs_err::read_to_string(self.0.path().join(".vod/run/vod.log")).unwrap_or_default()
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
        let url = format!("http://127.0.0.1:{}/2017-08-29/jobs", self.session()["ports"]["mediaconvert"]);
        let mut answer = ureq::get(url).header("Authorization", "a test").call().unwrap();
        answer.body_mut().read_json::<Value>().unwrap()["jobs"][0].take()
    }

    /// The history of the one execution of the publish workflow.
    fn history(&self) -> Vec<Value> {
        let status: Value = serde_json::from_str(&self.expect(&["status", "--json"])).unwrap();
        let ask = |operation: &str, input: Value| -> Value {
            let call = ureq::post(format!("http://127.0.0.1:{}/", status["session"]["ports"]["aws"]));
            let call = call.header("X-Amz-Target", format!("AWSStepFunctions.{operation}"));
            let call = call.header("Content-Type", "application/x-amz-json-1.0");
            serde_json::from_str(&call.send(input.to_string()).unwrap().body_mut().read_to_string().unwrap()).unwrap()
        };
        let machine = "arn:aws:states:us-east-1:000000000000:stateMachine:vod-publish";
        let executions = ask("ListExecutions", json!({ "stateMachineArn": machine }));
        let execution = json!({ "executionArn": executions["executions"][0]["executionArn"] });
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
    let deadline = Instant::now() + PATIENCE;
    while !members(leader).is_empty() {
        assert!(Instant::now() < deadline, "left behind: {:?}", members(leader));
        thread::sleep(Duration::from_millis(100));
    }
}

fn get(url: &str) -> String {
    ureq::get(url).call().unwrap_or_else(|error| panic!("{url}: {error}")).body_mut().read_to_string().unwrap()
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
    assert!(home.expect(&["logs", "encode"]).contains(record["guid"].as_str().unwrap()));
    let job = home.job();
    assert!(job["queue"].as_str().unwrap().ends_with(":queues/films"), "{job:#}");
    assert!(job["hopDestinations"][0]["queue"].as_str().unwrap().ends_with(":queues/later"), "{job:#}");

    let history = home.history();
    assert_eq!(history[0]["type"], "ExecutionStarted");
    assert_eq!(history[history.len() - 1]["type"], "ExecutionSucceeded", "{history:#?}");

    let leader = home.leader();
    assert!(members(leader).len() > 1 && home.expect(&["status"]).contains("Processes:"));
    home.expect(&["down"]);
    assert_gone(leader);
    assert!(!home.local(&["status"]).status.success());

    home.expect(&UP);
    assert!(get(hls).starts_with("#EXTM3U"), "outputs and addresses survive");
    assert_eq!(home.history(), history, "histories survive");
    let leader = home.leader();
    kill(leader, Signal::SIGKILL).unwrap();
    assert_gone(leader);

    home.expect(&["reset"]);
    assert!(!home.0.path().join(".vod/state").exists());
}
