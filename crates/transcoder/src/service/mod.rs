//! The service: jobs, job templates, presets and queues over HTTP. It knows nothing of ffmpeg.

mod account;
mod api;
mod events;
mod resolve;
mod schedule;
mod server;
mod store;

pub use server::{Error, https_client, serve, serve_with};

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use self::{
    account::Account,
    events::{Happened, detail},
    store::{Event, Job, Session, Store, now},
};
use crate::{
    config::{Config, Pace},
    work::Engine,
};

/// A request that cannot be carried out as it is, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct InvalidRequest(String);

impl InvalidRequest {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl From<mediaconvert::Invalid> for InvalidRequest {
    fn from(invalid: mediaconvert::Invalid) -> Self {
        Self(invalid.to_string())
    }
}

pub(crate) struct Service {
    pub(crate) account: Account,
    pub(crate) pace: Pace,
    /// Whether settings may name files of this machine.
    has_files: bool,
    pub(crate) concurrency: usize,
    pub(crate) store: Store,
    pub(crate) engine: Arc<dyn Engine>,
    /// Rings when a job may have become ready to start.
    pub(crate) work: Notify,
    /// Rings when there is an event to send.
    pub(crate) unsent: Notify,
    running: Mutex<BTreeMap<String, Running>>,
}

/// A job that occupies a place in its queue, which a canceled one does until it has stopped.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) queue: String,
    pub(crate) cancel: CancellationToken,
}

impl Service {
    pub(crate) fn new(config: &Config, store: Store, engine: Arc<dyn Engine>) -> Self {
        Self {
            account: Account { id: config.account.clone(), region: config.region.clone() },
            pace: config.pace,
            has_files: config.files.is_some(),
            concurrency: config.concurrency,
            store,
            engine,
            work: Notify::new(),
            unsent: Notify::new(),
            running: Mutex::default(),
        }
    }

    /// A request as the model is to judge it, which knows nothing of local files: where those are allowed, their addresses
    /// stand as those of objects.
    pub(crate) fn for_the_model(&self, request: &Value) -> Value {
        fn replace(value: &mut Value) {
            match value {
                Value::String(text) => {
                    if let Some(path) = text.strip_prefix("file:///") {
                        *text = format!("s3://file/{path}");
                    }
                }
                Value::Array(items) => items.iter_mut().for_each(replace),
                Value::Object(members) => members.values_mut().for_each(replace),
                _ => {}
            }
        }
        let mut request = request.clone();
        if let Some(settings) = request.get_mut("Settings").filter(|_| self.has_files) {
            replace(settings);
        }
        request
    }

    /// The jobs that occupy a place, by id.
    pub(crate) fn running(&self) -> MutexGuard<'_, BTreeMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a job, and keeps with it the events about that.
    ///
    /// `change` returns what happened; nothing when it left the job alone. When the disk fails, the change holds until the
    /// service stops: there is nobody who could be refused.
    pub(crate) fn change(&self, session: &mut Session<'_>, id: &str, change: impl FnOnce(&mut Job) -> Vec<Happened>) {
        let Some(mut job) = session.get::<Job>(id).cloned() else { return };
        let happened = change(&mut job);
        let at = now();
        for happened in &happened {
            let event = Event { number: job.next_event, at, detail: detail(happened, &job, &self.account, at) };
            job.next_event += 1;
            job.unsent.push(event);
        }
        if let Err(error) = session.save(job.clone()) {
            tracing::error!(job = id, error = error.to_string(), "cannot keep the job's state");
            session.remember(job);
        }
        if !happened.is_empty() {
            self.unsent.notify_one();
        }
    }
}
