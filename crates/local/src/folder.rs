//! `.vod/`, the folder beside a configuration that holds everything local mode needs and keeps.

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
/// The configuration whose platform is `.vod/` itself.
const MAIN: &str = "stack.toml";
/// The folder below `.vod/` that holds the platforms of all others.
const OTHERS: &str = "platforms";

/// A local platform's folder: `.vod/` for `stack.toml`, `.vod/platforms/prod.toml/` for `prod.toml` beside it.
///
/// | below it | what it holds | `local reset` |
/// | --- | --- | --- |
/// | `tools/` | the emulator and its Python packages; all platforms share that of `.vod/` | keeps it |
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
        let shared = parent.unwrap_or(Path::new(".")).join(NAME);
        match config.file_name() {
            Some(name) if name != MAIN => Self(shared.join(OTHERS).join(name)),
            _ => Self(shared),
        }
    }

    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Makes the folder, which version control is to ignore.
    pub fn create(&self) -> Result<(), Error> {
        fs::create_dir_all(&self.0)?;
        for folder in [self.shared(), &self.0] {
            fs::set_permissions(folder, std::fs::Permissions::from_mode(MODE))?;
        }
        for folder in [self.tools(), self.emulator_state(), self.transcoder_state(), self.run()] {
            fs::create_dir_all(folder)?;
        }
        let ignore = self.shared().join(".gitignore");
        if !ignore.exists() {
            fs::write(ignore, "*\n")?;
        }
        Ok(())
    }

    /// Whether there is anything to delete.
    pub fn holds_anything(&self) -> bool {
        self.deployment().exists() || self.assembly().exists() || self.session().exists()
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

    /// What all platforms beside each other share.
    fn shared(&self) -> &Path {
        match self.0.parent() {
            Some(others) if others.ends_with(Path::new(NAME).join(OTHERS)) => others.parent().unwrap_or(&self.0),
            _ => &self.0,
        }
    }

    pub(super) fn tools(&self) -> PathBuf {
        self.shared().join("tools")
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
    fn each_configuration_has_a_folder_beside_it() {
        let folder = |config: &str| Folder::beside(Path::new(config));
        assert_eq!(folder("stack.toml").path(), Path::new("./.vod"));
        assert_eq!(folder("a/b/dev.toml").path(), Path::new("a/b/.vod/platforms/dev.toml"));
        assert_eq!(folder("a/b/dev.toml").tools(), Path::new("a/b/.vod/tools"), "which is shared");
        // Whatever it is called, it is nothing that the main one has.
        assert_eq!(folder("state").path(), Path::new("./.vod/platforms/state"));
        assert_eq!(
            folder("platforms/stack.toml").shared(),
            Path::new("platforms/.vod"),
            "whatever the project is called"
        );
        assert_eq!(folder("platforms/dev.toml").shared(), Path::new("platforms/.vod"));
    }

    #[test]
    fn what_one_configuration_stores_stays_when_another_begins_anew() {
        let directory = tempfile::tempdir().unwrap();
        let folders = ["stack.toml", "dev.toml"].map(|name| Folder::beside(&directory.path().join(name)));
        for folder in &folders {
            folder.create().unwrap();
            fs::write(folder.deployment(), "{}").unwrap();
        }
        let [main, dev] = &folders;
        for (one, other) in [(main, dev), (dev, main)] {
            one.reset().unwrap();
            assert!(!one.deployment().exists() && other.deployment().exists());
            one.create().unwrap();
            fs::write(one.deployment(), "{}").unwrap();
        }
        let _lock = dev.lock().unwrap().unwrap();
        assert!(dev.is_locked().unwrap() && !main.is_locked().unwrap());
        let ignored = fs::read_to_string(directory.path().join(".vod/.gitignore")).unwrap();
        assert_eq!(ignored, "*\n", "by git, all of them");
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
