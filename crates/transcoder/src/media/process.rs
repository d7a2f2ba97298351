//! Runs ffmpeg and ffprobe within bounds: a list of arguments, no shell, an own process group, and limits.
//!
//! A [`Runner`] belongs to one job. Whatever it started is gone when it returns: a cancellation, a limit or a dropped
//! future kills the whole process group. When this process is killed itself, its programs go too, where util-linux has
//! `setpriv`.

use std::{
    collections::VecDeque,
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::OnceLock,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::work::{JobFailure, Limits};

/// The first arguments of every run of ffmpeg: no questions, no chatter, progress on its output, overwrite own files.
const FFMPEG: [&str; 9] =
    ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-stats_period", "0.5", "-progress", "pipe:1"];
/// The first arguments of every run of ffprobe.
const FFPROBE: [&str; 3] = ["-hide_banner", "-loglevel", "error"];
/// How long ffprobe's description of a file may be, in bytes.
const MAX_DESCRIPTION: u64 = 16 << 20;
/// How often the size of the work files is measured.
const MEASURE_INTERVAL: Duration = Duration::from_millis(500);

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

    pub(crate) fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Runs ffmpeg with these arguments, and reports how far it is about twice a second.
    pub(crate) async fn ffmpeg<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        mut progress: impl FnMut(Progress),
    ) -> Result<(), ProcessError> {
        let threads = self.threads().to_string();
        let general = [&FFMPEG[..], &["-y", "-filter_threads", &threads, "-filter_complex_threads", &threads]].concat();
        self.run("ffmpeg", &general, arguments, async |output| {
            let mut now = Progress::default();
            let mut lines = BufReader::new(output).lines();
            while let Some(line) = lines.next_line().await? {
                if now.ends_step(&line) {
                    progress(now);
                }
            }
            Ok(())
        })
        .await
    }

    /// Runs ffprobe with these arguments and returns what it writes.
    pub(crate) async fn ffprobe<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Vec<u8>, ProcessError> {
        self.run("ffprobe", &FFPROBE, arguments, async |output| {
            let mut description = Vec::new();
            output.take(MAX_DESCRIPTION).read_to_end(&mut description).await.map(|_| description)
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
        let mut command = command(program);
        command.args(general).args(&arguments).current_dir(&self.scratch).env_clear();
        command.envs(env::var_os("PATH").map(|path| ("PATH", path)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let started = |source| ProcessError::Start { program, source };
        let mut child = command.spawn().map_err(started)?;
        let group = ProcessGroup::of(&child);
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
                    status => Err(ProcessError::Failed { program, status, stderr: tail.text() }),
                }
            }
            Err(stopped) => {
                drop(group);
                if let Err(error) = child.wait().await {
                    tracing::warn!(%error, "a killed process does not end");
                }
                Err(stopped)
            }
        }
    }

    /// Returns when the work files have become too large.
    async fn overflown(&self) {
        let mut ticks = interval(MEASURE_INTERVAL);
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

#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    #[error("cannot start {program}; is it installed and on the PATH?")]
    Start { program: &'static str, source: std::io::Error },
    #[error("lost {program}")]
    Talk { program: &'static str, source: std::io::Error },
    #[error("{program} failed ({status}): {stderr}")]
    Failed {
        program: &'static str,
        status: ExitStatus,
        /// The last of what it wrote.
        stderr: String,
    },
    #[error("canceled")]
    Canceled,
    #[error("took longer than the {} s that a job may take", .0.as_secs())]
    TooLong(Duration),
    #[error("the work files became larger than {0} bytes")]
    TooLarge(u64),
}

impl From<ProcessError> for JobFailure {
    /// With MediaConvert's number for unknown errors of its encoder
    /// (<https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html>).
    fn from(error: ProcessError) -> Self {
        Self::unknown(error.to_string())
    }
}

/// Where a file is that ffmpeg or ffprobe reads.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Address {
    File(PathBuf),
    /// A web address, such as a presigned one.
    Url(String),
}

/// What kind of file is expected; no other is opened, above all no playlist, which could name other files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Formats {
    Media,
    Image,
    Captions,
}

impl Formats {
    /// The names of ffmpeg's demuxers.
    const fn names(self) -> &'static str {
        match self {
            Self::Media => {
                "mov,matroska,mxf,wav,w64,avi,mpegts,mpeg,mpegvideo,mp3,flac,asf,ogg,aac,ac3,eac3,flv,aiff,dv,h264,\
                 hevc,m4v,obu,ivf,gxf,amr,caf,gif"
            }
            Self::Image => "png_pipe,jpeg_pipe,bmp_pipe,tiff_pipe,webp_pipe,gif,apng",
            Self::Captions => "srt,webvtt,scc,sami",
        }
    }
}

/// The largest picture that is decoded, in pixels: 8192 by 8192, nearly twice the 8192 by 4320 that MediaConvert makes at most.
///
/// A file of a few bytes may announce a picture that takes all memory.
const MAX_PIXELS: &str = "67108864";

/// How long a server may keep ffmpeg waiting, in microseconds.
const RW_TIMEOUT: &str = "30000000";

impl Address {
    /// The arguments that open this file, up to and including `-i`; options of the input go before them.
    pub(crate) fn arguments(&self, formats: Formats) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut option = |name: &str, value: &str| arguments.extend([name.into(), value.into()]);
        match self {
            Self::File(_) => option("-protocol_whitelist", "file"),
            Self::Url(_) => {
                option("-protocol_whitelist", "http,https,tcp,tls");
                option("-rw_timeout", RW_TIMEOUT);
                option("-reconnect", "1");
                option("-reconnect_on_network_error", "1");
                option("-reconnect_delay_max", "4");
            }
        }
        option("-format_whitelist", formats.names());
        option("-max_pixels", MAX_PIXELS);
        arguments.extend(["-i".into(), self.name()]);
        arguments
    }

    /// The name that ffmpeg takes for exactly this file, whatever characters are in it.
    pub(crate) fn name(&self) -> OsString {
        match self {
            Self::File(path) => {
                let mut name = OsString::from("file:");
                name.push(path);
                name
            }
            Self::Url(url) => url.into(),
        }
    }
}

impl std::fmt::Debug for Address {
    /// Without the query, which is a secret in a presigned address.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.fmt(f),
            Self::Url(url) => url.split('?').next().fmt(f),
        }
    }
}

/// The options with which setpriv(1) of util-linux becomes the program in its arguments, which the kernel kills once its
/// parent is gone, and which gains no privileges by what it executes.
const PARENT_DEATH: [&str; 4] = ["--pdeathsig", "KILL", "--no-new-privs", "--"];

/// A command for a program that ends with this process, where the system has `setpriv`.
///
/// To the kernel the thread that starts a program is its parent (prctl(2), `PR_SET_PDEATHSIG`), so the command must be
/// started by a thread that lasts, as those of a runtime do.
fn command(program: &str) -> Command {
    static HAS_SETPRIV: OnceLock<bool> = OnceLock::new();
    // Others of that name cannot do this.
    let has_setpriv = *HAS_SETPRIV.get_or_init(|| {
        let mut trial = std::process::Command::new("setpriv");
        trial.args(PARENT_DEATH).arg("true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        trial.status().is_ok_and(|status| status.success())
    });
    if !has_setpriv {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(PARENT_DEATH).arg(program);
    command
}

/// A process group that is killed when this is dropped.
struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw))
    }

    fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.0.take() {
            // The group may have ended by itself.
            let _ = killpg(leader, Signal::SIGKILL);
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Progress {
    /// How much of the outputs is written, as time of theirs.
    pub(crate) out_time: Duration,
    /// How much faster than playing it goes, where known.
    pub(crate) speed: Option<f64>,
}

impl Progress {
    /// Takes a line `key=value`, and says whether it is `progress=…`, which ends a step. What is not known yet is `N/A`.
    fn ends_step(&mut self, line: &str) -> bool {
        let Some((key, value)) = line.split_once('=') else { return false };
        let value = value.trim();
        match key.trim() {
            "out_time_us" => {
                // Before the first frame the time can be negative.
                if let Ok(time) = value.parse::<i64>() {
                    self.out_time = Duration::from_micros(u64::try_from(time).unwrap_or_default());
                }
            }
            "speed" => self.speed = value.trim_end_matches('x').parse().ok(),
            "progress" => return true,
            _ => {}
        }
        false
    }
}

/// How much of what a program writes is kept, in bytes.
const TAIL_BYTES: usize = 4 << 10;

/// The last few kilobytes of what a program wrote.
#[derive(Default)]
struct Tail(VecDeque<u8>);

impl Tail {
    /// Reads until the program closes its output.
    async fn follow(&mut self, mut output: impl AsyncRead + Unpin) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = output.read(&mut buffer).await {
            self.0.extend(&buffer[..read]);
            self.0.drain(..self.0.len().saturating_sub(TAIL_BYTES));
        }
    }

    /// The text on one line, without the secret part of presigned addresses.
    fn text(self) -> String {
        let bytes: Vec<u8> = self.0.into();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines
            .map(|line| line.split(' ').map(without_query).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// A word, which loses its query when it is a web address.
fn without_query(word: &str) -> &str {
    let end = if word.contains("://") { word.find('?') } else { None };
    end.or_else(|| word.find("X-Amz-")).map_or(word, |end| &word[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_steps() {
        let (mut steps, mut now) = (Vec::new(), Progress::default());
        for line in "frame=0\nout_time_us=-5\nspeed=N/A\nprogress=continue\nout_time_us=N/A\nout_time_us=1500000\n\
                     speed= 2.5x\nprogress=end\nnoise"
            .lines()
        {
            if now.ends_step(line) {
                steps.push((now.out_time.as_micros(), now.speed));
            }
        }
        assert_eq!(steps, [(0, None), (1_500_000, Some(2.5))]);
    }

    #[tokio::test]
    async fn keeps_the_end_and_no_secret() {
        let mut tail = Tail::default();
        let mut stderr = "x".repeat(10_000);
        stderr.push_str("\nhttp://h/b/k?X-Amz-Signature=abc: Server returned 404\n\n  Bye\n");
        tail.follow(stderr.as_bytes()).await;
        let text = tail.text();
        assert!(text.ends_with("x; http://h/b/k Server returned 404; Bye"), "{text}");
        assert!(text.len() < TAIL_BYTES);
    }
}
