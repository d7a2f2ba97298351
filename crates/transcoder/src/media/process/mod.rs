//! Runs ffmpeg and ffprobe within bounds: a list of arguments, no shell, an own process group, and limits.
//!
//! A [`Runner`] belongs to one job. Whatever it started is gone when it returns: a cancellation, a limit or a dropped
//! future kills the whole process group. When this process is killed itself, its programs go too, where util-linux has
//! `setpriv`.

mod address;
mod failure;
mod group;
mod progress;
mod tail;
mod tether;

pub(crate) use address::{Address, Formats};
pub(crate) use failure::ProcessError;
pub(crate) use progress::Progress;

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStdout},
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use self::{group::Group, progress::Reading, tail::Tail};
use crate::work::Limits;

/// What is said before every run of ffmpeg: no questions, no chatter, progress on its output, overwrite own files.
const FFMPEG: [&str; 9] =
    ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-stats_period", "0.5", "-progress", "pipe:1"];
/// What is said before every run of ffprobe.
const FFPROBE: [&str; 3] = ["-hide_banner", "-loglevel", "error"];
/// No description of a file is longer, in bytes.
const DESCRIPTION: u64 = 16 << 20;
/// How often the size of the work files is measured.
const MEASURE: Duration = Duration::from_millis(500);

/// Runs the programs of one job.
#[derive(Debug, Clone)]
pub(crate) struct Runner {
    limits: Limits,
    scratch: PathBuf,
    cancel: CancellationToken,
    deadline: Instant,
}

impl Runner {
    /// A runner whose clock starts now, for a job whose work files are in this folder, which is also the working folder.
    pub(crate) fn new(limits: Limits, scratch: &Path, cancel: CancellationToken) -> Self {
        let deadline = Instant::now() + limits.duration;
        Self { limits, scratch: scratch.to_owned(), cancel, deadline }
    }

    /// How many threads each decoder, filter graph and encoder may have.
    pub(crate) fn threads(&self) -> usize {
        self.limits.threads
    }

    /// The folder of the work files.
    pub(crate) fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Runs ffmpeg with these arguments, and tells how far it is about twice a second.
    pub(crate) async fn ffmpeg<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        progress: impl FnMut(Progress),
    ) -> Result<(), ProcessError> {
        let threads = self.threads().to_string();
        let general = [&FFMPEG[..], &["-y", "-filter_threads", &threads, "-filter_complex_threads", &threads]].concat();
        let reading = Reading::new(progress);
        self.run("ffmpeg", &general, arguments, async |output| reading.follow(output).await).await
    }

    /// Runs ffprobe with these arguments and returns what it writes.
    pub(crate) async fn ffprobe<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Vec<u8>, ProcessError> {
        self.run("ffprobe", &FFPROBE, arguments, async |output| {
            let mut description = Vec::new();
            output.take(DESCRIPTION).read_to_end(&mut description).await.map(|_| description)
        })
        .await
    }

    async fn run<A: AsRef<OsStr>, T>(
        &self,
        program: &'static str,
        general: &[&str],
        arguments: impl IntoIterator<Item = A>,
        read: impl AsyncFnOnce(ChildStdout) -> std::io::Result<T>,
    ) -> Result<T, ProcessError> {
        if self.cancel.is_cancelled() {
            return Err(ProcessError::Canceled);
        }
        let arguments: Vec<OsString> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        let mut command = tether::command(program);
        command.args(general).args(&arguments).current_dir(&self.scratch).env_clear();
        command.envs(env::var_os("PATH").map(|path| ("PATH", path)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let started = |source| ProcessError::Start { program, source };
        let mut child = command.spawn().map_err(started)?;
        let group = Group::of(&child);
        let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(started(std::io::ErrorKind::BrokenPipe.into()));
        };
        let mut tail = Tail::default();
        let finished = async {
            let (read, ()) = tokio::join!(read(output), tail.follow(errors));
            let status = child.wait().await;
            (read, status)
        };
        let ended = tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(ProcessError::Canceled),
            finished = finished => Ok(finished),
            () = tokio::time::sleep_until(self.deadline) => Err(ProcessError::TooLong(self.limits.duration)),
            () = self.overflown() => Err(ProcessError::TooLarge(self.limits.scratch)),
        };
        match ended {
            Ok((read, status)) => {
                group.ended();
                let failed = |source| ProcessError::Talk { program, source };
                match status.map_err(failed)? {
                    status if status.success() => read.map_err(failed),
                    status => Err(ProcessError::Failed { program, status, said: tail.text() }),
                }
            }
            Err(stopped) => {
                stop(group, &mut child).await;
                Err(stopped)
            }
        }
    }

    /// Returns when the work files have become too large.
    async fn overflown(&self) {
        let mut ticks = interval(MEASURE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let folder = self.scratch.clone();
            let size = tokio::task::spawn_blocking(move || size(&folder)).await.unwrap_or_default();
            if size > self.limits.scratch {
                return;
            }
        }
    }
}

/// Kills and waits until the process is gone.
async fn stop(group: Group, child: &mut Child) {
    drop(group);
    if let Err(error) = child.wait().await {
        tracing::warn!(%error, "a killed process does not end");
    }
}

/// The size of all files in a folder, in bytes; what disappears meanwhile does not count.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// The lines of an output, without those that are no text.
fn lines(output: ChildStdout) -> tokio::io::Lines<BufReader<ChildStdout>> {
    BufReader::new(output).lines()
}
