//! Moves jobs that have waited too long to other queues.

use std::time::Duration;

use crate::service::{
    Service,
    events::detail::Happened,
    store::{Job, Queue, Status, Transition, now},
};
use crate::work::Warning;

/// MediaConvert has no number of its own for a hop that fails.
const CANNOT_HOP: u32 = 0;

/// Makes every hop that is due, and says how long it is until the next.
pub(super) fn all_due(service: &Service) -> Option<Duration> {
    let mut session = service.store.session();
    loop {
        let now = now();
        let waiting = session.tables.jobs.values().filter(|job| job.status == Status::Submitted);
        let next = waiting.filter_map(|job| Some((due(job, service.pace.hop_minute)?, job.id.clone()))).min()?;
        if next.0 > now {
            return Some(Duration::from_millis(next.0 - now));
        }
        let tables = &session.tables;
        let target = tables.jobs[&next.1].hops.first().map(|hop| hop.queue.clone()).unwrap_or_default();
        let exists = session.get::<Queue>(&target).is_some();
        service.change(&mut session, &next.1, |job| if exists { hop(job, now) } else { stay(job, &target) });
    }
}

/// When a job's next hop is due, in milliseconds since 1970.
fn due(job: &Job, minute: Duration) -> Option<u64> {
    let wait = minute.as_millis().saturating_mul(u128::from(job.hops.first()?.wait_minutes));
    Some(job.submitted.saturating_add(u64::try_from(wait).unwrap_or(u64::MAX)))
}

fn hop(job: &mut Job, now: u64) -> Vec<Happened> {
    let hop = job.hops.remove(0);
    let previous_priority = job.priority;
    job.priority = hop.priority.unwrap_or(previous_priority);
    let from = std::mem::replace(&mut job.queue, hop.queue);
    let hop = Transition { from, to: job.queue.clone(), at: now };
    job.transitions.push(hop.clone());
    vec![Happened::QueueHop { hop, previous_priority }]
}

fn stay(job: &mut Job, target: &str) -> Vec<Happened> {
    job.hops.remove(0);
    let message = format!("the job cannot hop: there is no queue `{target}`");
    job.messages.push(message.clone());
    *job.warnings.entry(CANNOT_HOP).or_default() += 1;
    vec![Happened::NewWarning(Warning { code: CANNOT_HOP, message })]
}
