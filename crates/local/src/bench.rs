//! Many small videos at once: how fast they go through, whether one is lost, and what memory that takes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{
    Error, Folder, Session, ToolError,
    ingest::{Ingest, Item, Stage, Until},
    session::processes,
};

/// The time between two looks at the processes.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(500);

/// The clips: name, size, seconds and whether there is sound.
const CLIPS: [(&str, &str, &str, bool); 3] =
    [("wide.mp4", "640x360", "2", true), ("tall.mp4", "270x480", "1", true), ("silent.mp4", "320x180", "1", false)];

/// What a run found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub sent: usize,
    pub complete: usize,
    pub failed: usize,
    /// For how many no workflow has started.
    pub lost: usize,
    /// From the first upload to the last published video.
    pub wall: Duration,
    /// The memory of the processes by command.
    pub memory: BTreeMap<String, Memory>,
}

/// The resident memory of the processes of one command, all together, in KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    pub before: u64,
    pub peak: u64,
    pub after: u64,
}

/// Sends copies of small videos through a running platform.
pub async fn run(
    folder: &Folder,
    copies: usize,
    cancel: &CancellationToken,
    watch: &(dyn Fn(usize, Stage) + Sync),
) -> Result<Report, Error> {
    let directory = tempfile::tempdir()?;
    let clips = CLIPS.iter().map(|clip| make(directory.path(), clip)).collect::<Result<Vec<_>, _>>()?;
    let (ingest, session) = (Ingest::new(folder)?, Session::expect(folder)?);
    let items: Vec<Item> = (0..copies)
        .zip(clips.iter().cycle())
        .map(|(number, file)| Item {
            file: file.clone(),
            key: ingest.deployment().key(&format!("bench/{number:04}.mp4")),
            metadata: None,
            companions: Vec::new(),
        })
        .collect();
    let memory = Mutex::new(BTreeMap::new());
    sample(&session, &memory, |memory, now| memory.before = now);
    let started = Instant::now();
    let watching = async {
        loop {
            sample(&session, &memory, |memory, now| memory.peak = memory.peak.max(now));
            tokio::time::sleep(SAMPLE_INTERVAL).await;
        }
    };
    let outcomes = tokio::select! {
        outcomes = ingest.run(&items, Until::Ended, cancel, watch) => outcomes?,
        () = watching => Vec::new(),
    };
    let wall = started.elapsed();
    sample(&session, &memory, |memory, now| memory.after = now);
    let count = |stage| outcomes.iter().filter(|outcome| outcome.stage == stage).count();
    Ok(Report {
        sent: outcomes.len(),
        complete: count(Stage::Complete),
        failed: count(Stage::Failed),
        lost: count(Stage::NotStarted),
        wall,
        memory: memory.into_inner().unwrap_or_default(),
    })
}

/// Adds up the processes' memory by command, and puts it where `set` says.
fn sample(session: &Session, memory: &Mutex<BTreeMap<String, Memory>>, set: impl Fn(&mut Memory, u64)) {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for process in processes(session.process) {
        *sums.entry(process.command).or_default() += process.memory;
    }
    if let Ok(mut memory) = memory.lock() {
        for (command, sum) in sums {
            set(memory.entry(command).or_default(), sum);
        }
    }
}

fn make(folder: &Path, (name, size, seconds, sound): &(&str, &str, &str, bool)) -> Result<PathBuf, Error> {
    let file = folder.join(name);
    let mut make = Command::new("ffmpeg");
    make.args(["-v", "error", "-f", "lavfi", "-i", &format!("testsrc2=size={size}:rate=25:duration={seconds}")]);
    if *sound {
        make.args(["-f", "lavfi", "-i", &format!("sine=duration={seconds}"), "-c:a", "aac"]);
    }
    make.args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]).arg(&file);
    let output = make.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(file);
    }
    let output = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(ToolError::Command { what: "make a clip with ffmpeg", output, hint: None }.into())
}
