//! The sources that the functions are built from: those of the checkout that this program was built in, or those that it brings along.

use std::collections::BTreeMap;
use std::env;
use std::io;
use std::path::{Path, PathBuf};

use atomic_write_file::AtomicWriteFile;
use flate2::read::GzDecoder;
use fs_err as fs;
use sha2::{Digest, Sha256};

use super::build::cargo_home;
use super::{PackageError, file};

/// The files that `build.rs` has put together: a JSON object of their texts by their paths, compressed.
const ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sources.json.gz"));

/// A workspace with the sources that templates name by their fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Workspace {
    /// The checkout, in which this program and the functions can share what is built.
    Checkout(PathBuf),
    /// The functions' sources alone, in the user's cache.
    Unpacked(PathBuf),
}

impl Workspace {
    /// The checkout while it is there and has the same sources; otherwise those that this program brings along are unpacked.
    pub fn find() -> Result<Self, PackageError> {
        let sources = sources();
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        if let Ok(checkout) = fs::canonicalize(&checkout)
            // Cargo's own checkouts, of `cargo install --git`, are not for building in.
            && !checkout.starts_with(cargo_home())
            && sources
                .iter()
                .filter(|(_, text)| !text.is_empty())
                .all(|(path, text)| is_same(&checkout.join(path), text))
        {
            return Ok(Self::Checkout(checkout));
        }
        let folder = cache()?.join(&hex::encode(Sha256::digest(ARCHIVE))[..16]);
        unpack(&sources, &folder)?;
        Ok(Self::Unpacked(folder))
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        match self {
            Self::Checkout(folder) | Self::Unpacked(folder) => folder,
        }
    }
}

/// The text of each file, by its path in the workspace; of what is not built, nothing.
fn sources() -> BTreeMap<String, String> {
    serde_json::from_reader(io::BufReader::new(GzDecoder::new(ARCHIVE))).expect("`build.rs` writes it")
}

fn is_same(path: &Path, text: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|found| found == text || found.replace('\r', "") == text)
}

/// Writes the files that are not there yet; what cargo has built from the others stays fresh.
fn unpack(sources: &BTreeMap<String, String>, folder: &Path) -> Result<(), PackageError> {
    for (name, text) in sources {
        let path = folder.join(name);
        if !is_same(&path, text) {
            write(&path, text).map_err(file(&path))?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = AtomicWriteFile::open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.commit()
}

/// The folder for what can be made anew.
///
/// <https://specifications.freedesktop.org/basedir/latest/>
fn cache() -> Result<PathBuf, PackageError> {
    let given = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || env::home_dir().filter(|path| path.is_absolute()).map(|home| home.join(".cache"));
    Ok(given.or_else(home).ok_or(PackageError::NoCache)?.join("vod"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_archive_is_small() {
        assert!(ARCHIVE.len() < 1_000_000, "{}", ARCHIVE.len());
    }

    #[test]
    fn cargo_takes_the_unpacked_sources_for_a_workspace_with_the_same_lock_file() {
        let folder = tempfile::tempdir().unwrap();
        unpack(&sources(), folder.path()).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["metadata", "--locked", "--offline", "--format-version", "1", "--manifest-path"]);
        let output = cargo.arg(folder.path().join("runtime/Cargo.toml")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!folder.path().join("crates/vod/src/deploy.rs").exists(), "only what is built is unpacked");
        assert!(folder.path().join("runtime/src/handlers/mod.rs").exists());
    }

    #[test]
    fn a_file_that_was_changed_is_written_again_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let sources = BTreeMap::from([("a".to_owned(), "one".to_owned()), ("b/c".to_owned(), String::new())]);
        unpack(&sources, folder.path()).unwrap();
        let modified = |name: &str| fs::metadata(folder.path().join(name)).unwrap().modified().unwrap();
        let before = modified("b/c");
        fs::write(folder.path().join("a"), "other").unwrap();
        unpack(&sources, folder.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "one");
        assert_eq!(modified("b/c"), before);
    }

    #[test]
    fn the_checkout_is_taken_while_it_has_the_same_sources() {
        let found = Workspace::find().unwrap();
        assert!(matches!(found, Workspace::Checkout(_)), "{found:?}");
    }
}
