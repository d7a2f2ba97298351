//! The next job to start.
//!
//! In a queue, the highest priority goes first, and among equals the oldest. Between queues, the one with the fewest
//! running jobs goes first, so that a long queue does not keep a short one waiting.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::service::{
    Running,
    store::{Queue, QueueStatus, Status, Tables},
};

/// The id of the next job to start, if one may start now.
pub(super) fn next(tables: &Tables, running: &BTreeMap<String, Running>, concurrency: usize) -> Option<String> {
    if running.len() >= concurrency {
        return None;
    }
    let busy = |queue: &Queue| running.values().filter(|running| running.queue == queue.name).count();
    let open = |name: &str| {
        let queue = tables.queues.get(name)?;
        let busy = busy(queue);
        (queue.status == QueueStatus::Active && busy < queue.slots(concurrency)).then_some(busy)
    };
    let waiting = tables.jobs.values().filter(|job| job.status == Status::Submitted && !running.contains_key(&job.id));
    let ready = waiting.filter_map(|job| Some((open(&job.queue)?, job)));
    let first = ready.min_by_key(|(busy, job)| (*busy, &job.queue, Reverse(job.priority), &job.id));
    first.map(|(_, job)| job.id.clone())
}
