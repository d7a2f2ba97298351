//! Sends events, and forgets an event only once it was taken.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_eventbridge::{Client, error::DisplayErrorContext, primitives::DateTime, types::PutEventsRequestEntry};
use tokio_util::sync::CancellationToken;

use crate::service::{
    Service,
    account::{Account, Kind},
    store::Event,
};

/// The most that `PutEvents` takes at once.
const BATCH: usize = 10;
/// The first and the longest wait after a failure; each wait is twice the one before.
const WAIT: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(15));

/// Where events go.
#[derive(Debug)]
pub(crate) enum Bus {
    EventBridge(Client),
    Nowhere,
}

impl Bus {
    /// Sends events; says of each whether it was taken.
    async fn send(&self, events: &[(String, Event)], account: &Account) -> Result<Vec<bool>, String> {
        let Self::EventBridge(client) = self else { return Ok(vec![true; events.len()]) };
        let entries = events.iter().map(|(job, event)| {
            PutEventsRequestEntry::builder()
                .source("aws.mediaconvert")
                .detail_type("MediaConvert Job State Change")
                .resources(account.arn(Kind::Job, job))
                .time(DateTime::from_millis(i64::try_from(event.at).unwrap_or(i64::MAX)))
                .detail(event.detail.to_string())
                .build()
        });
        let answer = client.put_events().set_entries(Some(entries.collect())).send().await;
        let answer = answer.map_err(|error| DisplayErrorContext(&error).to_string())?;
        Ok((0..events.len())
            .map(|at| answer.entries().get(at).is_some_and(|entry| entry.error_code().is_none()))
            .collect())
    }
}

/// How often EventBridge refused events, by job and number.
type Refusals = BTreeMap<(String, u64), u32>;

/// Sends events until the service stops.
pub(crate) async fn publish(service: Arc<Service>, bus: Bus, stop: CancellationToken) {
    let mut wait = WAIT.0;
    let mut refused = Refusals::new();
    loop {
        let batch = next_batch(&service, &refused);
        if batch.is_empty() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = service.news.notified() => continue,
            }
        }
        let taken = tokio::select! {
            () = stop.cancelled() => return,
            taken = bus.send(&batch, &service.account) => taken,
        };
        let all = match taken {
            Ok(taken) => sort_out(&service, batch, &taken, &mut refused),
            Err(error) => {
                tracing::warn!(error, "cannot send events, which will be sent again");
                false
            }
        };
        if all {
            wait = WAIT.0;
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => wait = (wait * 2).min(WAIT.1),
        }
    }
}

/// Forgets the events that were taken, and says whether all were.
fn sort_out(service: &Service, batch: Vec<(String, Event)>, taken: &[bool], refused: &mut Refusals) -> bool {
    let mut sent = BTreeMap::<String, Vec<u64>>::new();
    for ((job, event), taken) in batch.into_iter().zip(taken) {
        let key = (job.clone(), event.number);
        if *taken {
            refused.remove(&key);
            sent.entry(job).or_default().push(event.number);
        } else {
            tracing::warn!(job, "EventBridge refused an event, which will be sent again");
            *refused.entry(key).or_default() += 1;
        }
    }
    service.forget_events(&sent);
    taken.iter().all(|taken| *taken)
}

/// The next events to send with their jobs' ids: those refused least often first, so that a bad event holds up no other,
/// and then the oldest.
fn next_batch(service: &Service, refused: &Refusals) -> Vec<(String, Event)> {
    let session = service.store.session();
    let jobs = session.tables.jobs.values();
    let mut waiting: Vec<_> = jobs.flat_map(|job| job.unsent.iter().map(|event| (&job.id, event))).collect();
    waiting.sort_by_key(|(job, event)| {
        let times = refused.get(&((*job).clone(), event.number)).copied().unwrap_or(0);
        (times, event.at, *job, event.number)
    });
    waiting.into_iter().take(BATCH).map(|(job, event)| (job.clone(), event.clone())).collect()
}
