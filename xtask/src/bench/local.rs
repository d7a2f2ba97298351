//! What `vod local ingest` adds to the bare ffmpeg command for the same ladder, and what memory each process takes.
//!
//! The bare command is the transcoder's own, read from the system while it runs, with the source and the results in plain files.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic as _, bail, miette};

use super::{mebibytes, peak};
use crate::local::Local;
use crate::workspace::{Workspace, run};

const OVERHEAD_BUDGET: f64 = 15.0;
/// How often each is run: what else a machine does only ever makes a run longer, so the shortest counts.
const RUNS: usize = 2;
/// The time between two looks at the processes.
const PAUSE: Duration = Duration::from_millis(250);

/// ffmpeg's options for a source that comes over the network, each with a value.
const NETWORK: [&str; 5] =
    ["-protocol_whitelist", "-rw_timeout", "-reconnect", "-reconnect_on_network_error", "-reconnect_delay_max"];

/// What was seen of the processes of a platform.
#[derive(Default)]
struct Seen {
    /// The arguments of the encoding ffmpeg.
    ffmpeg: Vec<String>,
    /// When it was first seen and when last, from the beginning on.
    encoding: (Duration, Duration),
    /// The peak resident memory of the largest process of each name, in bytes.
    memory: BTreeMap<String, u64>,
}

impl Seen {
    /// How long the parts of a run took: until ffmpeg encoded, while it did, and from then on.
    fn stages(&self, whole: Duration) -> [Duration; 3] {
        let (first, last) = self.encoding;
        [first, last.saturating_sub(first), whole.saturating_sub(last)]
    }
}

/// Measures a clip of so many seconds, and fails when the overhead is above the budget.
pub(crate) fn local(workspace: &Workspace, seconds: u16, size: &str) -> miette::Result<()> {
    let local = Local::build(workspace)?;
    let clip = local.folder().join("clip.mp4");
    let mut make = Command::new("ffmpeg");
    make.args(["-v", "error", "-f", "lavfi", "-i", &format!("testsrc2=size={size}:rate=25:duration={seconds}")]);
    make.args(["-f", "lavfi", "-i", &format!("sine=duration={seconds}"), "-c:v", "libx264", "-preset", "ultrafast"]);
    run(make.args(["-pix_fmt", "yuv420p", "-c:a", "aac"]).arg(&clip))?;

    let (mut runs, mut bare) = (Vec::new(), Duration::MAX);
    for _ in 0..RUNS {
        local.run(&["up", "--detach"])?;
        let (ingest, seen) = measure(&local)?;
        local.run(&["down"])?;
        bare = bare.min(replay(&seen.ffmpeg, &clip)?);
        runs.push((ingest, seen));
    }
    let shortest = runs.into_iter().min_by_key(|(ingest, _)| *ingest);
    let (ingest, seen) = shortest.ok_or_else(|| miette!("nothing was run"))?;

    let overhead = (ingest.as_secs_f64() / bare.as_secs_f64() - 1.0) * 100.0;
    println!("{seconds} s of {size}, the shortest of {RUNS} runs");
    println!("  vod local ingest  {:7.1} s", ingest.as_secs_f64());
    for (stage, time) in ["before ffmpeg", "ffmpeg", "after ffmpeg"].iter().zip(seen.stages(ingest)) {
        println!("    {stage:<14}  {:7.1} s", time.as_secs_f64());
    }
    println!("  ffmpeg alone      {:7.1} s", bare.as_secs_f64());
    println!("  overhead          {overhead:7.1} %   (budget {OVERHEAD_BUDGET} %)");
    println!("Peak memory of the largest process of each name");
    for (name, bytes) in &seen.memory {
        println!("  {name:<16} {:8.1} MiB", mebibytes(*bytes));
    }
    if overhead > OVERHEAD_BUDGET {
        bail!("over the budget");
    }
    Ok(())
}

/// Runs `ingest` and looks at the platform's processes meanwhile.
fn measure(local: &Local) -> miette::Result<(Duration, Seen)> {
    let leader = local.status()?.session.process.to_string();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let started = Instant::now();
        let watcher = scope.spawn({
            let over = &over;
            move || {
                let mut seen = Seen::default();
                while !over.load(Ordering::Relaxed) {
                    look(&leader, started, &mut seen);
                    thread::sleep(PAUSE);
                }
                seen
            }
        });
        let ended = run(local.command(&["ingest", "clip.mp4", "--wait", "--json"]).stdout(Stdio::null()));
        let wall = started.elapsed();
        over.store(true, Ordering::Relaxed);
        let seen = watcher.join().map_err(|_| miette!("the processes could not be watched"))?;
        ended.map(|()| (wall, seen))
    })
}

/// Looks at every process of the session that this one leads.
fn look(leader: &str, started: Instant, seen: &mut Seen) {
    let Ok(processes) = fs_err::read_dir("/proc") else { return };
    for folder in processes.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let read = |name: &str| fs_err::read_to_string(folder.join(name)).ok();
        // The name stands in parentheses and can hold anything; state, parent, group and session follow it.
        let stat = read("stat").unwrap_or_default();
        let session = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(3));
        if session != Some(leader) {
            continue;
        }
        let Some(status) = read("status") else { continue };
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let (Some(name), Some(peak)) = (field("Name:"), peak(&status)) else { continue };
        let known = seen.memory.entry(name.to_owned()).or_default();
        *known = (*known).max(peak);
        let command = read("cmdline").unwrap_or_default();
        let arguments: Vec<String> = command.split_terminator('\0').skip(1).map(str::to_owned).collect();
        // Of several runs, that which encodes has the most options.
        if name == "ffmpeg" && arguments.len() > seen.ffmpeg.len() {
            (seen.ffmpeg, seen.encoding.0) = (arguments.clone(), started.elapsed());
        }
        if name == "ffmpeg" && arguments == seen.ffmpeg {
            seen.encoding.1 = started.elapsed();
        }
    }
}

/// The wall time of the same command on a plain file.
fn replay(arguments: &[String], clip: &Path) -> miette::Result<Duration> {
    if arguments.is_empty() {
        bail!("no ffmpeg was seen");
    }
    let folder = tempfile::tempdir().into_diagnostic()?;
    let mut ffmpeg = Command::new("ffmpeg");
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if NETWORK.contains(&argument.as_str()) {
            rest.next();
        } else if argument == "-i" {
            rest.next();
            ffmpeg.arg("-i").arg(clip);
        } else if let Some(file) = argument.strip_prefix("file:").map(Path::new).and_then(Path::file_name) {
            ffmpeg.arg(folder.path().join(file));
        } else {
            ffmpeg.arg(argument);
        }
    }
    let started = Instant::now();
    run(ffmpeg.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
    Ok(started.elapsed())
}
