//! What the service remembers: one JSON file for each job, job template, preset and queue.
//!
//! A file is replaced as a whole or not at all, and before memory changes; so what was answered survives a crash. Files are
//! small, and written while the lock is held: requests see each other's effects in order.

mod definition;
mod job;
mod queue;
mod text;

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use atomic_write_file::AtomicWriteFile;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

pub(crate) use definition::{Definition, JobTemplate, Preset};
pub(crate) use job::{Event, Hop, Job, Status, Transition};
pub(crate) use queue::{PricingPlan, Queue, QueueStatus, Reservation};
pub(crate) use text::Text;

/// A kind of things that are kept.
pub(crate) trait Entity: Serialize + DeserializeOwned {
    /// The folder for its files.
    const FOLDER: &'static str;

    /// What tells it from others of its kind.
    fn key(&self) -> &str;
    fn table(tables: &Tables) -> &BTreeMap<String, Self>;
    fn table_mut(tables: &mut Tables) -> &mut BTreeMap<String, Self>;
}

/// Everything that is kept.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) jobs: BTreeMap<String, Job>,
    pub(crate) templates: BTreeMap<String, JobTemplate>,
    pub(crate) presets: BTreeMap<String, Preset>,
    pub(crate) queues: BTreeMap<String, Queue>,
}

/// The kept things and their folder.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    tables: Mutex<Tables>,
}

/// Exclusive access to what is kept.
pub(crate) struct Session<'s> {
    folder: &'s Path,
    pub(crate) tables: MutexGuard<'s, Tables>,
}

impl Store {
    /// Opens the folder, which need not exist, and reads what is in it.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let tables =
            Tables { jobs: load(folder)?, templates: load(folder)?, presets: load(folder)?, queues: load(folder)? };
        Ok(Self { folder: folder.to_owned(), tables: Mutex::new(tables) })
    }

    pub(crate) fn session(&self) -> Session<'_> {
        Session { folder: &self.folder, tables: self.tables.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

impl Session<'_> {
    pub(crate) fn get<E: Entity>(&self, key: &str) -> Option<&E> {
        E::table(&self.tables).get(key)
    }

    /// Keeps a thing, in place of the one with the same key.
    pub(crate) fn save<E: Entity>(&mut self, entity: E) -> io::Result<()> {
        let mut file = AtomicWriteFile::open(path::<E>(self.folder, entity.key()))?;
        file.write_all(&serde_json::to_vec(&entity)?)?;
        file.commit()?;
        self.remember(entity);
        Ok(())
    }

    /// Keeps a thing until the service stops: for what is not worth a file of its own, such as progress.
    pub(crate) fn remember<E: Entity>(&mut self, entity: E) {
        E::table_mut(&mut self.tables).insert(entity.key().to_owned(), entity);
    }

    /// Forgets a thing; false if there was none.
    pub(crate) fn remove<E: Entity>(&mut self, key: &str) -> io::Result<bool> {
        if E::table(&self.tables).contains_key(key) {
            fs_err::remove_file(path::<E>(self.folder, key))?;
        }
        Ok(E::table_mut(&mut self.tables).remove(key).is_some())
    }
}

/// Names are anybody's text, so files are named by their hash.
fn path<E: Entity>(folder: &Path, key: &str) -> PathBuf {
    folder.join(E::FOLDER).join(hex::encode(Sha256::digest(key))).with_extension("json")
}

fn load<E: Entity>(folder: &Path) -> io::Result<BTreeMap<String, E>> {
    let folder = folder.join(E::FOLDER);
    fs_err::create_dir_all(&folder)?;
    let mut found = BTreeMap::new();
    for entry in fs_err::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let entity: E = serde_json::from_slice(&fs_err::read(&path)?)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display())))?;
            found.insert(entity.key().to_owned(), entity);
        } else {
            // What a crash left of a file that was being written.
            fs_err::remove_file(path)?;
        }
    }
    Ok(found)
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
