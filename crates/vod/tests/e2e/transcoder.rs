//! The transcoder as a process of its own, so that it can be killed.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::e2e::emulator::{ACCOUNT, Emulator, REGION, environment, setting};

/// It wants requests to be signed, and checks no signature.
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=e2e/20260101/us-east-1/mediaconvert/aws4_request";

/// What its addresses begin with.
const TOKEN: &str = "aTokenThatOnlyTheTestsHold";

/// The address of a transcoder on a port.
pub(crate) fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}/{TOKEN}")
}

/// A running transcoder; it ends when this is dropped.
pub(crate) struct Transcoder {
    process: Child,
    port: u16,
}

impl Transcoder {
    /// Starts one that works for an emulator and keeps its state beside the emulator's.
    pub(crate) fn start(port: u16, emulator: &Emulator) -> Self {
        let state = emulator.state().join("transcoder");
        let log = OpenOptions::new().create(true).append(true).open(emulator.state().join("transcoder.log")).unwrap();
        let mut command = Command::new(setting("E2E_TRANSCODER"));
        command.args(["--port", &port.to_string(), "--region", REGION, "--account", ACCOUNT]);
        command.arg("--state").arg(&state).args(["--endpoint-url", &emulator.url()]);
        command.env_clear().env("PATH", env::var_os("PATH").unwrap());
        command.envs(environment()).env("TRANSCODER_TOKEN", TOKEN);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        let mut transcoder = Self { process: command.spawn().unwrap(), port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while ureq::get(format!("http://127.0.0.1:{port}/health")).call().is_err() {
            let ended = transcoder.process.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "{}", log_of(emulator.state()));
            thread::sleep(Duration::from_millis(50));
        }
        transcoder
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        let group = i32::try_from(self.process.id()).map(Pid::from_raw).unwrap();
        killpg(group, Signal::SIGKILL).unwrap();
        self.process.wait().unwrap();
    }

    /// Another one in the place of one that ended.
    pub(crate) fn again(&self, emulator: &Emulator) -> Self {
        Self::start(self.port, emulator)
    }

    /// Its jobs, newest first.
    pub(crate) fn jobs(&self) -> Vec<Value> {
        let mut answer = ureq::get(self.address("jobs")).header("Authorization", SIGNED).call().unwrap();
        let answer: Value = answer.body_mut().read_json().unwrap();
        answer["jobs"].as_array().unwrap().clone()
    }

    /// The names of the job templates that exist now.
    pub(crate) fn templates(&self) -> BTreeSet<String> {
        let request = ureq::get(self.address("jobTemplates?maxResults=20")).header("Authorization", SIGNED);
        let answer: Value = request.call().unwrap().body_mut().read_json().unwrap();
        let templates = answer["jobTemplates"].as_array().unwrap().iter();
        templates.map(|template| template["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Starts no job of the default queue, or starts them again: its status is `PAUSED` or `ACTIVE`.
    pub(crate) fn set_queue(&self, status: &str) {
        let request = ureq::put(self.address("queues/Default")).header("Authorization", SIGNED);
        request.send_json(json!({ "status": status })).unwrap();
    }

    /// Cancels a job.
    pub(crate) fn cancel(&self, id: &str) {
        ureq::delete(self.address(&format!("jobs/{id}"))).header("Authorization", SIGNED).call().unwrap();
    }

    /// Makes a job template.
    pub(crate) fn create_template(&self, template: &Value) {
        let answer = ureq::post(self.address("jobTemplates"))
            .header("Authorization", SIGNED)
            .config()
            .http_status_as_error(false)
            .build()
            .send_json(template);
        let mut answer = answer.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.body_mut().read_to_string().unwrap());
    }

    fn address(&self, path: &str) -> String {
        format!("{}/2017-08-29/{path}", endpoint(self.port))
    }
}

impl Drop for Transcoder {
    fn drop(&mut self) {
        // It may have ended already.
        let group = i32::try_from(self.process.id()).map(Pid::from_raw);
        let _ = group.map(|group| killpg(group, Signal::SIGKILL));
        let _ = self.process.wait();
    }
}

/// How many ffmpeg work on files below a folder.
pub(crate) fn encoders(folder: &Path) -> usize {
    let processes = fs_err::read_dir("/proc").unwrap().flatten();
    let ours = processes.filter(|process| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        line.starts_with(b"ffmpeg\0") && String::from_utf8_lossy(&line).contains(folder.to_str().unwrap())
    });
    ours.count()
}

/// What it wrote to its log.
fn log_of(state: &Path) -> String {
    fs_err::read_to_string(state.join("transcoder.log")).unwrap_or_default()
}
