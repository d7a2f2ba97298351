//! `.vod/`, the folder beside `stack.toml` that holds everything local mode needs and keeps.

use std::{
    fs::{File, TryLockError},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use fs_err as fs;

use super::Error;

/// Its mode: sources, logs and keys are its user's alone.
const MODE: u32 = 0o700;
const NAME: &str = ".vod";

/// A local platform's folder.
///
/// | below it | what it holds | `local reset` |
/// | --- | --- | --- |
/// | `tools/` | the emulator and its Python packages | keeps it |
/// | `state/` | buckets, tables, stacks, jobs | deletes it |
/// | `cdk.out/` | the templates and the functions' code | deletes it |
/// | `run/` | what belongs to the running platform: its addresses, logs and work files | deletes it |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

/// Says that a platform runs: the operating system gives it back however its owner ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "dropping it unlocks")] File);

impl Folder {
    /// The folder beside a configuration, which need not exist.
    pub fn beside(config: &Path) -> Self {
        let parent = config.parent().filter(|parent| !parent.as_os_str().is_empty());
        Self(parent.unwrap_or(Path::new(".")).join(NAME))
    }

    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Makes the folder, which version control is to ignore.
    pub fn create(&self) -> Result<(), Error> {
        fs::create_dir_all(&self.0)?;
        fs::set_permissions(&self.0, std::fs::Permissions::from_mode(MODE))?;
        for folder in [self.tools(), self.emulator_state(), self.transcoder_state(), self.run()] {
            fs::create_dir_all(folder)?;
        }
        let ignore = self.0.join(".gitignore");
        if !ignore.exists() {
            fs::write(ignore, "*\n")?;
        }
        Ok(())
    }

    /// Deletes everything but the tools.
    pub fn reset(&self) -> Result<(), Error> {
        for folder in [self.0.join("state"), self.assembly(), self.run()] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
        }
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn tools(&self) -> PathBuf {
        self.0.join("tools")
    }

    pub(super) fn emulator_state(&self) -> PathBuf {
        self.0.join("state/emulator")
    }

    pub(super) fn transcoder_state(&self) -> PathBuf {
        self.0.join("state/transcoder")
    }

    /// The assets of the packaging stand-in.
    pub(super) fn assets(&self) -> PathBuf {
        self.0.join("state/assets.json")
    }

    pub(super) fn deployment(&self) -> PathBuf {
        self.0.join("state/deployment.json")
    }

    /// What opens the platform.
    pub(super) fn keys(&self) -> PathBuf {
        self.0.join("state/keys.json")
    }

    /// The ports of the last run.
    pub(super) fn ports(&self) -> PathBuf {
        self.0.join("state/ports.json")
    }

    pub fn assembly(&self) -> PathBuf {
        self.0.join("cdk.out")
    }

    pub(super) fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    /// The running platform's addresses.
    pub(super) fn session(&self) -> PathBuf {
        self.run().join("session.json")
    }

    /// The log of the platform's own processes.
    pub fn log(&self) -> PathBuf {
        self.run().join("vod.log")
    }

    pub fn emulator_log(&self) -> PathBuf {
        self.run().join("emulator.log")
    }

    /// Where processes put what they need while they run.
    pub(super) fn scratch(&self) -> PathBuf {
        self.run().join("tmp")
    }

    /// Takes the lock; `None` while another process holds it.
    pub(super) fn lock(&self) -> Result<Option<Lock>, Error> {
        let path = self.run().join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(|error| {
            io::Error::new(error.kind(), format!("failed to open file `{}`: {error}", path.display()))
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Whether a platform runs here.
    pub(super) fn is_locked(&self) -> Result<bool, Error> {
        Ok(self.run().exists() && self.lock()?.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_beside_the_configuration() {
        assert_eq!(Folder::beside(Path::new("stack.toml")).path(), Path::new("./.vod"));
        assert_eq!(Folder::beside(Path::new("a/b/dev.toml")).path(), Path::new("a/b/.vod"));
    }

    #[test]
    fn one_process_at_a_time_has_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::beside(&directory.path().join("stack.toml"));
        assert!(!folder.is_locked().unwrap(), "nothing is there yet");
        folder.create().unwrap();
        let lock = folder.lock().unwrap().unwrap();
        assert!(folder.is_locked().unwrap());
        assert!(folder.lock().unwrap().is_none());
        drop(lock);
        assert!(!folder.is_locked().unwrap());
        assert_eq!(fs::read_to_string(folder.path().join(".gitignore")).unwrap(), "*\n");
    }
}
