//! Jobs, with the events about them that are still to be sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Entity, Tables, Text, now};
use crate::work::{Completed, JobFailure, Phase};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Submitted,
    Progressing,
    Complete,
    Canceled,
    Error,
}

/// A queue to move to after a wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hop {
    pub(crate) queue: String,
    pub(crate) wait_minutes: u64,
    pub(crate) priority: Option<i64>,
}

/// A move that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transition {
    pub(crate) from: String,
    pub(crate) to: String,
    /// In milliseconds since 1970.
    pub(crate) at: u64,
}

/// An event to send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    /// Tells it from the job's other events.
    pub(crate) number: u64,
    /// When it happened, in milliseconds since 1970.
    pub(crate) at: u64,
    /// Its `detail`.
    pub(crate) detail: Value,
}

/// A job.
///
/// State and unsent events are in one file, so that a crash cannot separate them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Ids ascend with time.
    pub(crate) id: String,
    pub(crate) status: Status,
    /// The queue's name.
    pub(crate) queue: String,
    pub(crate) priority: i64,
    /// The request in `PascalCase`, with its template's settings; presets are names.
    pub(crate) request: Text,
    /// The request with its presets' settings, which is what is carried out; none when that is over.
    pub(crate) resolved: Option<Text>,
    pub(crate) token: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// When it was submitted, in milliseconds since 1970.
    pub(crate) submitted: u64,
    pub(crate) started: Option<u64>,
    pub(crate) finished: Option<u64>,
    pub(crate) phase: Option<Phase>,
    /// How much of the phase is done.
    pub(crate) percent: u8,
    /// How often it was started anew after the service had died.
    pub(crate) retries: u32,
    pub(crate) failure: Option<JobFailure>,
    /// How often each warning was given.
    pub(crate) warnings: BTreeMap<u32, u32>,
    /// What the warnings say.
    pub(crate) messages: Vec<String>,
    pub(crate) completed: Option<Completed>,
    /// The hops to come, the next one first.
    pub(crate) hops: Vec<Hop>,
    pub(crate) transitions: Vec<Transition>,
    /// The number of the next event.
    pub(crate) next_event: u64,
    /// The events not sent yet, in order.
    pub(crate) unsent: Vec<Event>,
}

impl Job {
    /// Whether it has come to its end.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.status, Status::Complete | Status::Canceled | Status::Error)
    }

    /// Ends it. What is carried out is forgotten: jobs that are over are what the service has most of.
    pub(crate) fn end(&mut self, status: Status) {
        self.status = status;
        self.finished = Some(now());
        self.resolved = None;
    }
}

impl Entity for Job {
    const FOLDER: &'static str = "jobs";

    fn key(&self) -> &str {
        &self.id
    }

    fn table(tables: &Tables) -> &BTreeMap<String, Self> {
        &tables.jobs
    }

    fn table_mut(tables: &mut Tables) -> &mut BTreeMap<String, Self> {
        &mut tables.jobs
    }
}

#[cfg(test)]
mod tests {
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
        job.end(Status::Canceled);
        assert!(job.is_over() && job.finished.is_some());
        assert_eq!(job.request.tree(), settings);
        assert!(job.resolved.is_none());
    }
}
