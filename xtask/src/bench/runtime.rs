//! The profiler as it runs on Lambda, beside one in Node that does the same.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic as _, bail};
use serde_json::{Value, json};
use wait4::Wait4 as _;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::stand_in::StandIn;
use super::{mebibytes, median, milliseconds, peak};
use crate::tools::Tools;
use crate::workspace::{Workspace, run};

/// How many processes are started, and how many invocations the last of them answers after its first.
const STARTS: usize = 11;
const INVOCATIONS: usize = 1_000;

const ZIP_TARGET_BYTES: u64 = 5_000_000;

/// What is measured, and how many times better than Node's it must be.
type Row = (&'static str, fn(&Measured) -> f64, Option<f64>);

const ROWS: [Row; 6] = [
    ("start to answer, ms", |measured| milliseconds(measured.start), None),
    ("start to answer, CPU ms", |measured| milliseconds(measured.start_cpu), Some(20.0)),
    ("warm, ms", |measured| milliseconds(measured.warm), Some(4.0)),
    ("warm p99, ms", |measured| milliseconds(measured.warm_p99), None),
    ("peak resident set, MiB", |measured| mebibytes(measured.memory), Some(5.0)),
    ("zip, MiB", |measured| mebibytes(measured.zip), None),
];

/// How hard a zip is packed, as `vod package` does it.
const LEVEL: i64 = 9;

/// What was measured of one function.
struct Measured {
    /// From the start of the process to its first answer.
    start: Duration,
    /// The CPU time until then, of all threads.
    start_cpu: Duration,
    warm: Duration,
    warm_p99: Duration,
    /// The peak resident set after all invocations, in bytes.
    memory: u64,
    /// The deployment package, in bytes.
    zip: u64,
}

/// Measures both and fails when a target is missed.
pub(crate) fn runtime(workspace: &Workspace) -> miette::Result<()> {
    run(&mut workspace.cargo(&["build", "--profile", "lambda", "--package", "runtime", "--bin", "bootstrap"]))?;
    let bootstrap = workspace.target().join("lambda/bootstrap");
    let node = Tools::new(workspace).node_profiler()?;
    let rust = measure(|| Command::new(&bootstrap), zipped(&[(bootstrap.clone(), "bootstrap".into())])?)?;
    let files = files(&node)?;
    let theirs = measure(
        || {
            let mut command = Command::new("node");
            command.arg("--no-warnings").arg(node.join("runtime.mjs"));
            command
        },
        zipped(&files)?,
    )?;
    report(&rust, &theirs)
}

/// The record of a 1080p video.
fn item() -> Value {
    let text = |text: &str| json!({ "S": text });
    let mediainfo = json!({
        "filename": "clip.mp4",
        "container": { "format": "MPEG-4", "duration": 60.0, "totalBitrate": 8_000_000 },
        "video": [{ "codec": "AVC", "width": 1920, "height": 1080, "framerate": 25.0, "bitrate": 7_800_000 }],
        "audio": [{ "codec": "AAC", "channels": 2, "samplingRate": 48_000, "language": "en" }],
        "text": [],
    });
    json!({ "Item": {
        "guid": text("g"), "startTime": text("2026-01-02T03:04:05Z"), "workflowTrigger": text("Video"),
        "workflowStatus": text("Ingest"), "workflowName": text("vod"), "srcBucket": text("source"),
        "srcVideo": text("clip.mp4"), "srcMediainfo": text(&mediainfo.to_string()), "destBucket": text("destination"),
        "cloudFront": text("d.cloudfront.net"), "frameCapture": { "BOOL": true }, "archiveSource": text("DISABLED"),
        "inputRotate": text("DEGREE_0"), "acceleratedTranscoding": text("DISABLED"), "enableSns": { "BOOL": true },
        "enableSqs": { "BOOL": false }, "enableMediaPackage": { "BOOL": false },
    }})
}

/// Starts a function again and again, and calls the last one until it is warm.
fn measure(function: impl Fn() -> Command, zip: u64) -> miette::Result<Measured> {
    let (mut starts, mut cpu, mut warm, mut memory) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for round in 1..=STARTS {
        // Each process has a stand-in of its own: the last one's still waits for the process that was killed.
        let stand_in = StandIn::start(json!({ "guid": "g" }).to_string(), item().to_string())?;
        let mut command = function();
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path))).envs(environment(&stand_in));
        let began = Instant::now();
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().into_diagnostic()?;
        let first = stand_in.invocation();
        let invocations = if round == STARTS && first.is_ok() { INVOCATIONS } else { 0 };
        let rest: miette::Result<Vec<_>> = (0..invocations).map(|_| stand_in.invocation()).collect();
        let peak =
            fs_err::read_to_string(format!("/proc/{}/status", process.id())).ok().and_then(|status| peak(&status));
        process.kill().into_diagnostic()?;
        let used = process.wait4().into_diagnostic()?.rusage;
        let first = first?;
        check(&first.answer)?;
        if round < STARTS {
            starts.push(first.at - began);
            cpu.push(used.utime + used.stime);
        } else {
            warm.extend(rest?.into_iter().map(|ended| ended.at - ended.began));
            // What `wait4` tells holds the peak of this process, from which the other was begun.
            memory = peak.unwrap_or(used.maxrss);
        }
    }
    warm.sort();
    let warm_p99 = warm[INVOCATIONS * 99 / 100];
    Ok(Measured {
        start: median(starts.into_iter()),
        start_cpu: median(cpu.into_iter()),
        warm: median(warm.into_iter()),
        warm_p99,
        memory,
        zip,
    })
}

fn environment(stand_in: &StandIn) -> [(&'static str, String); 13] {
    let address = stand_in.address.to_string();
    [
        ("_HANDLER", "profiler".to_owned()),
        ("AWS_LAMBDA_RUNTIME_API", address.clone()),
        ("AWS_LAMBDA_FUNCTION_NAME", "vod-profiler".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "id".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "key".to_owned()),
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
        ("WORKFLOW_TABLE", "vod".to_owned()),
        ("JOB_TEMPLATE_2160P", "uhd".to_owned()),
        ("JOB_TEMPLATE_1080P", "fhd".to_owned()),
        ("JOB_TEMPLATE_720P", "hd".to_owned()),
    ]
}

/// Whether a function did what is measured.
fn check(answer: &[u8]) -> miette::Result<()> {
    let record: Value = serde_json::from_slice(answer).into_diagnostic()?;
    for (member, value) in [("guid", json!("g")), ("encodingProfile", json!(1080)), ("jobTemplate", json!("fhd"))] {
        if record[member] != value {
            bail!("the function answered {record}");
        }
    }
    Ok(())
}

/// The files of the Node function's package, with their names in it.
fn files(directory: &Path) -> miette::Result<Vec<(PathBuf, PathBuf)>> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(directory).sort_by_file_name() {
        let entry = entry.into_diagnostic()?;
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(directory).into_diagnostic()?.to_owned();
            files.push((entry.into_path(), name));
        }
    }
    Ok(files)
}

/// The size of a zip of these files, packed as `vod package` packs.
fn zipped(files: &[(PathBuf, PathBuf)]) -> miette::Result<u64> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, name) in files {
        let options = SimpleFileOptions::default().compression_level(Some(LEVEL));
        zip.start_file_from_path(name, options).into_diagnostic()?;
        zip.write_all(&fs_err::read(path).into_diagnostic()?).into_diagnostic()?;
    }
    Ok(zip.finish().into_diagnostic()?.position())
}

fn report(rust: &Measured, node: &Measured) -> miette::Result<()> {
    println!("profiler, median of {} starts and {INVOCATIONS} warm invocations", STARTS - 1);
    println!("  {:<26} {:>10} {:>10} {:>8}  target", "", "bootstrap", "Node", "times");
    let mut missed = rust.zip > ZIP_TARGET_BYTES;
    for (name, value, target) in ROWS {
        let (ours, theirs) = (value(rust), value(node));
        let times = theirs / ours;
        let shown = target.map(|target| format!("{target} times")).unwrap_or_default();
        println!("  {name:<26} {ours:>10.2} {theirs:>10.2} {times:>8.1}  {shown}");
        missed |= target.is_some_and(|target| times < target);
    }
    if missed {
        bail!("a target is missed; the zip's is {:.2} MiB", mebibytes(ZIP_TARGET_BYTES));
    }
    Ok(())
}
