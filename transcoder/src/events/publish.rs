//! Sends events, and forgets an event only once it was taken.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_eventbridge::{Client, error::DisplayErrorContext, primitives::DateTime, types::PutEventsRequestEntry};
use tokio_util::sync::CancellationToken;

use crate::{
    account::{Account, Kind},
    service::Service,
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

/// Sends events until the service stops.
pub(crate) async fn publish(service: Arc<Service>, bus: Bus, stop: CancellationToken) {
    let mut wait = WAIT.0;
    // How often EventBridge refused an event: those it never refused go first, so that one bad event holds up no other.
    let mut refused = BTreeMap::<(String, u64), u32>::new();
    loop {
        let batch = next_batch(&service, &refused);
        let pause = if batch.is_empty() {
            None
        } else {
            match bus.send(&batch, &service.account).await {
                Ok(taken) => {
                    let (taken, left): (Vec<_>, Vec<_>) = batch.into_iter().zip(taken).partition(|(_, taken)| *taken);
                    let failed = !left.is_empty();
                    for ((job, event), _) in left {
                        tracing::warn!(job, "EventBridge refused an event, which will be sent again");
                        *refused.entry((job, event.number)).or_default() += 1;
                    }
                    for ((job, event), _) in taken {
                        refused.remove(&(job.clone(), event.number));
                        service.forget_event(&job, event.number);
                    }
                    failed.then_some(())
                }
                Err(error) => {
                    tracing::warn!(error, "cannot send events, which will be sent again");
                    Some(())
                }
            }
            .map(|()| wait)
            .or(Some(Duration::ZERO))
        };
        wait = match pause {
            Some(pause) if pause > Duration::ZERO => (wait * 2).min(WAIT.1),
            _ => WAIT.0,
        };
        let pause = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => service.news.notified().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = pause => {}
        }
    }
}

/// The next events to send with their jobs' ids: first those refused least often, then the oldest.
fn next_batch(service: &Service, refused: &BTreeMap<(String, u64), u32>) -> Vec<(String, Event)> {
    let session = service.store.session();
    let jobs = session.tables.jobs.values();
    let mut waiting: Vec<_> = jobs.flat_map(|job| job.unsent.iter().map(|event| (&job.id, event))).collect();
    waiting.sort_by_key(|(job, event)| {
        let times = refused.get(&((*job).clone(), event.number)).copied().unwrap_or(0);
        (times, event.at, *job, event.number)
    });
    waiting.into_iter().take(BATCH).map(|(job, event)| (job.clone(), event.clone())).collect()
}
