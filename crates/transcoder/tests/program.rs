//! The program itself: what is left of it when it is killed.
#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::media::samples::ffmpeg;

/// A running program; it ends when this is dropped.
struct Program {
    process: Child,
    address: String,
}

impl Program {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_transcoder"));
        command.arg("--no-events").arg("--files").arg(folder).arg("--state").arg(folder.join("state"));
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { process, address: address.trim().to_owned() }
    }

    fn create_job(&self, job: &Value) {
        let request = ureq::post(format!("{}/2017-08-29/jobs", self.address)).header("Authorization", "a test");
        assert_eq!(request.send_json(job).unwrap().status(), 201);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether an ffmpeg runs that has to do with a folder.
fn encodes(folder: &Path) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|process| {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        line.starts_with(b"ffmpeg\0") && String::from_utf8_lossy(&line).contains(folder.to_str().unwrap())
    })
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_killed_service_leaves_no_encoder() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let film = folder.join("film.mp4").display().to_string();
    let pictures = "testsrc2=size=320x180:rate=25:duration=40,format=yuv420p";
    ffmpeg(&["-f", "lavfi", "-i", pictures, "-c:v", "libx264", "-preset", "ultrafast", &film]);
    let mut service = Program::start(folder);
    // So many pixels and so slow an encoder that it takes minutes.
    let picture = json!({ "width": 1920, "height": 1080, "codecSettings": { "codec": "H_265", "h265Settings": {
        "rateControlMode": "QVBR", "maxBitrate": 9_000_000, "qualityTuningLevel": "MULTI_PASS_HQ",
    } } });
    service.create_job(&json!({ "role": "arn:aws:iam::000000000000:role/encoder", "settings": {
        "inputs": [{ "fileInput": format!("file://{film}") }],
        "outputGroups": [{
            "outputGroupSettings": { "type": "FILE_GROUP_SETTINGS", "fileGroupSettings": {
                "destination": format!("file://{}/", folder.join("out").display()),
            } },
            "outputs": [{ "containerSettings": { "container": "MP4" }, "videoDescription": picture }],
        }],
    } }));
    wait_until("the job starts", || encodes(folder));
    service.process.kill().unwrap();
    service.process.wait().unwrap();
    wait_until("ffmpeg is gone", || !encodes(folder));
}
