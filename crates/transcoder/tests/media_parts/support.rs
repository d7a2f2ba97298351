//! What tests of the media part share: a job's surroundings and tiny films.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{media::process::Runner, work::Limits};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A folder for work files and what runs ffmpeg there.
pub(crate) struct Job {
    pub(crate) folder: TempDir,
    pub(crate) cancel: CancellationToken,
    pub(crate) limits: Limits,
}

impl Job {
    pub(crate) fn new() -> Self {
        let limits = Limits { duration: Duration::from_mins(2), scratch: 256 << 20, threads: 2 };
        Self { folder: TempDir::new().unwrap(), cancel: CancellationToken::new(), limits }
    }

    pub(crate) fn runner(&self) -> Runner {
        Runner::new(self.limits.clone(), self.folder.path(), self.cancel.clone())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a film with these arguments of ffmpeg, in which `V` is two seconds of pictures and `A` as much sound.
    pub(crate) fn film(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.path(name);
        make(&path, arguments);
        path
    }
}

/// Makes a film at this place; see [`Job::film`].
pub(crate) fn make(path: &Path, arguments: &str) {
    let mut all: Vec<&str> = vec!["-hide_banner", "-loglevel", "error", "-nostdin", "-y"];
    for word in arguments.split(' ') {
        match word {
            "V" => all.extend(["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2"]),
            "A" => all.extend(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2"]),
            "X264" => all.extend(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]),
            word => all.push(word),
        }
    }
    let mut name = std::ffi::OsString::from("file:");
    name.push(path);
    let status = Command::new("ffmpeg").args(all).arg(name).status().unwrap();
    assert!(status.success(), "{arguments}");
}
