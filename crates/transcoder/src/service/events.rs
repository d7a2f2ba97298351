//! Events about jobs: their `detail`, as "List of MediaConvert EventBridge events" in AWS's user guide has it, and their
//! way to EventBridge, after which an event is forgotten.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_eventbridge::{Client, error::DisplayErrorContext, primitives::DateTime, types::PutEventsRequestEntry};
use serde_json::{Map, Value, json};
use strum::IntoEnumIterator as _;
use tokio_util::sync::CancellationToken;

use super::{
    Service,
    account::{Account, Kind},
    store::{Event, Job, Transition},
};
use crate::work::{Completed, InputDetail, JobFailure, Phase, Warning};

#[derive(Debug, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Happened {
    Progressing,
    StatusUpdate,
    InputInformation(Vec<InputDetail>),
    NewWarning(Warning),
    QueueHop { hop: Transition, previous_priority: i64 },
    Complete(Completed),
    Error(JobFailure),
    Canceled,
}

/// The `detail` of what happened to a job, at a time in milliseconds since 1970.
pub(crate) fn detail(happened: &Happened, job: &Job, account: &Account, at: u64) -> Value {
    let metadata = job.request.tree().get_mut("UserMetadata").map_or_else(|| json!({}), Value::take);
    let mut detail = json!({
        "timestamp": at,
        "accountId": account.id,
        "queue": account.arn(Kind::Queue, &job.queue),
        "jobId": job.id,
        "status": <&str>::from(happened),
        "userMetadata": metadata,
    });
    let own = match happened {
        Happened::Progressing | Happened::Canceled => json!({}),
        Happened::StatusUpdate => json!({ "jobProgress": progress(job) }),
        Happened::InputInformation(inputs) => json!({ "inputDetails": inputs }),
        Happened::NewWarning(warning) => {
            json!({ "warningCode": warning.code.to_string(), "warningMessage": warning.message })
        }
        Happened::QueueHop { hop, previous_priority } => json!({
            "previousQueue": account.arn(Kind::Queue, &hop.from),
            "priority": job.priority,
            "previousPriority": previous_priority,
        }),
        Happened::Complete(completed) => {
            let mut own = json!(completed);
            if !job.warnings.is_empty() {
                own["warnings"] = warnings(job);
            }
            own
        }
        Happened::Error(failure) => json!({ "errorCode": failure.code, "errorMessage": failure.message }),
    };
    if let (Value::Object(detail), Value::Object(own)) = (&mut detail, own) {
        detail.extend(own);
    }
    detail
}

pub(crate) fn warnings(job: &Job) -> Value {
    job.warnings.iter().map(|(code, count)| json!({ "code": code, "count": count })).collect()
}

fn progress(job: &Job) -> Value {
    let current = job.phase.unwrap_or(Phase::Probing);
    let phases = Phase::iter().map(|phase| {
        let (status, percent) = match phase.cmp(&current) {
            std::cmp::Ordering::Less => ("COMPLETE", 100),
            std::cmp::Ordering::Equal => ("PROGRESSING", job.percent),
            std::cmp::Ordering::Greater => ("PENDING", 0),
        };
        (phase.to_string(), json!({ "status": status, "percentComplete": percent }))
    });
    json!({
        "phaseProgress": phases.collect::<Map<_, _>>(),
        "jobPercentComplete": percent(current, job.percent),
        "currentPhase": current,
        "retryCount": job.retries,
    })
}

/// How much of a whole job is done, given how much of a phase is: encoding is nearly all the work.
pub(crate) fn percent(phase: Phase, of_phase: u8) -> u8 {
    let (before, share) = match phase {
        Phase::Probing => (0, 5),
        Phase::Transcoding => (5, 85),
        Phase::Uploading => (90, 10),
    };
    u8::try_from(before + share * u32::from(of_phase.min(100)) / 100).unwrap_or(100)
}

const MAX_BATCH: usize = 10;
/// The first wait after a failure; each wait is twice the one before.
const BACKOFF: Duration = Duration::from_millis(200);
const MAX_BACKOFF: Duration = Duration::from_secs(15);

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
    let mut wait = BACKOFF;
    let mut refused = Refusals::new();
    loop {
        let batch = next_batch(&service, &refused);
        if batch.is_empty() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = service.unsent.notified() => continue,
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
            wait = BACKOFF;
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => wait = (wait * 2).min(MAX_BACKOFF),
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
    for (id, numbers) in sent {
        service.change(&mut service.store.session(), &id, |job| {
            job.unsent.retain(|event| !numbers.contains(&event.number));
            Vec::new()
        });
    }
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
    waiting.into_iter().take(MAX_BATCH).map(|(job, event)| (job.clone(), event.clone())).collect()
}
