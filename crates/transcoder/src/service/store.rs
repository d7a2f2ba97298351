//! What the service remembers: one JSON file for each job, job template, preset and queue.
//!
//! A file is replaced as a whole or not at all, and before memory changes; so what was answered survives a crash. Files are
//! small, and written while the lock is held: requests see each other's effects in order.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use atomic_write_file::AtomicWriteFile;
use mediaconvert::settings::{Commitment, JobStatus, PricingPlan, QueueStatus, RenewalType};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};
use sha2::{Digest as _, Sha256};

use super::account::Kind;
use crate::work::{Completed, JobFailure, Phase};

pub(crate) type Tags = BTreeMap<String, String>;

pub(crate) trait Entity: Serialize + DeserializeOwned {
    const KIND: Kind;
    const FOLDER: &'static str;

    /// What distinguishes it from others of its kind.
    fn key(&self) -> &str;
    fn tags_mut(&mut self) -> &mut Tags;
    fn table(tables: &Tables) -> &BTreeMap<String, Self>;
    fn table_mut(tables: &mut Tables) -> &mut BTreeMap<String, Self>;
}

macro_rules! entity {
    ($type:ident in $table:ident, $folder:literal, $this:ident: $key:expr, $tags:expr) => {
        impl Entity for $type {
            const KIND: Kind = Kind::$type;
            const FOLDER: &'static str = $folder;

            fn key(&self) -> &str {
                let $this = self;
                &$key
            }

            fn tags_mut(&mut self) -> &mut Tags {
                let $this = self;
                &mut $tags
            }

            fn table(tables: &Tables) -> &BTreeMap<String, Self> {
                &tables.$table
            }

            fn table_mut(tables: &mut Tables) -> &mut BTreeMap<String, Self> {
                &mut tables.$table
            }
        }
    };
}

entity!(Job in jobs, "jobs", job: job.id, job.tags);
entity!(JobTemplate in templates, "job-templates", template: template.0.name, template.0.tags);
entity!(Preset in presets, "presets", preset: preset.0.name, preset.0.tags);
entity!(Queue in queues, "queues", queue: queue.name, queue.tags);

#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) jobs: BTreeMap<String, Job>,
    pub(crate) templates: BTreeMap<String, JobTemplate>,
    pub(crate) presets: BTreeMap<String, Preset>,
    pub(crate) queues: BTreeMap<String, Queue>,
}

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

    /// Keeps a thing until the service stops: for what is not worth a file, such as progress.
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
/// A queue to move to after a wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hop {
    pub(crate) queue: String,
    pub(crate) wait_minutes: u64,
    pub(crate) priority: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transition {
    pub(crate) from: String,
    pub(crate) to: String,
    /// In milliseconds since 1970.
    pub(crate) at: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) number: u64,
    /// When it happened, in milliseconds since 1970.
    pub(crate) at: u64,
    pub(crate) detail: Value,
}

/// A job.
///
/// State and unsent events are in one file, so that a crash cannot separate them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Ids ascend with time.
    pub(crate) id: String,
    pub(crate) status: JobStatus,
    pub(crate) queue: String,
    pub(crate) priority: i64,
    /// The request in `PascalCase`, with its template's settings; presets are names.
    pub(crate) request: Text,
    /// The request with its presets' settings, which is what is carried out; none when that is over.
    pub(crate) resolved: Option<Text>,
    pub(crate) token: Option<String>,
    pub(crate) tags: Tags,
    /// When it was submitted, in milliseconds since 1970.
    pub(crate) submitted: u64,
    pub(crate) started: Option<u64>,
    pub(crate) finished: Option<u64>,
    pub(crate) phase: Option<Phase>,
    pub(crate) percent: u8,
    /// How often it was started anew after the service had died.
    pub(crate) retries: u32,
    pub(crate) failure: Option<JobFailure>,
    pub(crate) warnings: BTreeMap<u32, u32>,
    pub(crate) messages: Vec<String>,
    pub(crate) completed: Option<Completed>,
    /// The hops to come, the next one first.
    pub(crate) hops: Vec<Hop>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) next_event: u64,
    /// The events not sent yet, in order.
    pub(crate) unsent: Vec<Event>,
}

impl Job {
    pub(crate) fn submitted(id: String, queue: String, request: Text, resolved: Text, submitted: u64) -> Self {
        Self {
            id,
            status: JobStatus::Submitted,
            queue,
            priority: 0,
            request,
            resolved: Some(resolved),
            token: None,
            tags: Tags::new(),
            submitted,
            started: None,
            finished: None,
            phase: None,
            percent: 0,
            retries: 0,
            failure: None,
            warnings: BTreeMap::new(),
            messages: Vec::new(),
            completed: None,
            hops: Vec::new(),
            transitions: Vec::new(),
            next_event: 0,
            unsent: Vec::new(),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.status, JobStatus::Complete | JobStatus::Canceled | JobStatus::Error)
    }

    /// Ends it. What is carried out is forgotten: jobs that are over are what the service has most of.
    pub(crate) fn end(&mut self, status: JobStatus) {
        self.status = status;
        self.finished = Some(now());
        self.resolved = None;
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reservation {
    pub(crate) commitment: Commitment,
    pub(crate) renewal_type: RenewalType,
    pub(crate) reserved_slots: usize,
    /// When it was bought, in milliseconds since 1970.
    pub(crate) purchased: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Queue {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub(crate) created: u64,
    /// When it was changed last, in milliseconds since 1970.
    pub(crate) updated: u64,
    pub(crate) status: QueueStatus,
    pub(crate) plan: PricingPlan,
    /// How many of its jobs may run at once; as many as the service allows when left out.
    pub(crate) concurrency: Option<usize>,
    pub(crate) feeds: Option<i64>,
    pub(crate) reservation: Option<Reservation>,
    pub(crate) tags: Tags,
}

impl Queue {
    /// The queue that every account has.
    pub(crate) const DEFAULT: &'static str = "Default";

    /// An active queue without limits.
    pub(crate) fn new(name: &str, now: u64) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            created: now,
            updated: now,
            status: QueueStatus::Active,
            plan: PricingPlan::OnDemand,
            concurrency: None,
            feeds: None,
            reservation: None,
            tags: Tags::new(),
        }
    }

    /// How many of its jobs may run at once, out of what the whole service may run.
    pub(crate) fn slots(&self, all: usize) -> usize {
        let own = self.reservation.as_ref().map(|reservation| reservation.reserved_slots).or(self.concurrency);
        own.unwrap_or(all).min(all)
    }
}

/// A job template or a preset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// When it was made, in milliseconds since 1970.
    pub(crate) created: u64,
    /// When it was changed last, in milliseconds since 1970.
    pub(crate) updated: u64,
    /// The request that made it, with later changes, in `PascalCase`; without name and tags.
    pub(crate) request: Value,
    pub(crate) tags: Tags,
}

macro_rules! defined {
    ($type:ident) => {
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $type(pub(crate) Definition);

        impl From<Definition> for $type {
            fn from(definition: Definition) -> Self {
                Self(definition)
            }
        }

        impl AsRef<Definition> for $type {
            fn as_ref(&self) -> &Definition {
                &self.0
            }
        }
    };
}

defined!(JobTemplate);
defined!(Preset);

/// JSON as its text, which takes a tenth of the memory of a tree: requests are most of what the service remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text(Box<RawValue>);

impl Text {
    pub(crate) fn tree(&self) -> Value {
        self.read().unwrap_or_default()
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.0.get())
    }
}

impl From<&Value> for Text {
    fn from(tree: &Value) -> Self {
        Self(to_raw_value(tree).expect("a tree's keys are strings"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_over_keeps_what_was_asked_alone() {
        let settings = json!({"Settings": {"OutputGroups": []}});
        let job = json!({
            "id": "1-a", "status": "PROGRESSING", "queue": "Default", "priority": 0, "request": settings,
            "resolved": settings, "token": null, "tags": {}, "submitted": 1, "started": 2, "finished": null, "phase": null,
            "percent": 0, "retries": 0, "failure": null, "warnings": {}, "messages": [], "completed": null, "hops": [],
            "transitions": [], "next_event": 1, "unsent": [],
        });
        let mut job: Job = serde_json::from_str(&job.to_string()).unwrap();
        assert!(!job.is_over());
        job.end(JobStatus::Canceled);
        assert!(job.is_over() && job.finished.is_some());
        assert_eq!(job.request.tree(), settings);
        assert!(job.resolved.is_none());
    }

    proptest! {
        #[test]
        fn nothing_is_lost(key: String, text: String, number: i64) {
            let tree = json!({ key: [text, number, null] });
            let kept = serde_json::to_vec(&Text::from(&tree)).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Text>(&kept).unwrap().tree(), tree);
        }
    }
}
