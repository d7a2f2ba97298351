//! Which job runs when, and each job from its start to its end.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use mediaconvert::{
    Choice as _, Job as Request,
    settings::{JobStatus, QueueStatus},
};
use tokio::{
    sync::mpsc::unbounded_channel,
    task::JoinSet,
    time::{Instant, interval_at},
};
use tokio_util::sync::CancellationToken;

use super::{
    Running, Service,
    events::Happened,
    store::{Job, Queue, Tables, Transition, now},
};
use crate::work::{Completed, JobFailure, Update, Warning, Work};

/// How often a job is started anew when the service died under it: a job that kills the service must not do so forever.
const RETRIES: u32 = 1;
/// How long to sleep when nothing is due.
const IDLE_POLL: Duration = Duration::from_hours(1);

/// Takes up what the service left when it stopped or died: jobs that ran wait again, ahead of younger ones.
pub(crate) fn recover(service: &Service) {
    let mut session = service.store.session();
    let jobs = session.tables.jobs.values().filter(|job| job.status == JobStatus::Progressing);
    let interrupted: Vec<String> = jobs.map(|job| job.id.clone()).collect();
    for id in interrupted {
        service.change(&mut session, &id, |job| {
            if job.retries < RETRIES {
                job.retries += 1;
                again(job);
                return Vec::new();
            }
            let message = format!("the transcoder stopped {} times while it ran this job", job.retries + 1);
            fail(job, JobFailure::unknown(message))
        });
    }
}

/// Lets a job wait once more.
fn again(job: &mut Job) {
    job.status = JobStatus::Submitted;
    job.started = None;
    job.phase = None;
    job.percent = 0;
}

/// Starts jobs until the service stops, and then stops those that run.
pub(crate) async fn schedule(service: Arc<Service>, work_files: PathBuf, stop: CancellationToken) {
    let mut tasks = JoinSet::new();
    loop {
        let next_hop = make_due_hops(&service);
        while let Some(id) = start_next(&service, &stop) {
            tasks.spawn(run(Arc::clone(&service), id, work_files.clone(), stop.clone()));
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = service.work.notified() => {}
            Some(_) = tasks.join_next() => {}
            () = tokio::time::sleep(next_hop.unwrap_or(IDLE_POLL)) => {}
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Marks the next job as started, if one may start now.
fn start_next(service: &Service, stop: &CancellationToken) -> Option<String> {
    let mut session = service.store.session();
    let mut running = service.running();
    let id = next(&session.tables, &running, service.concurrency)?;
    let queue = session.get::<Job>(&id)?.queue.clone();
    running.insert(id.clone(), Running { queue, cancel: stop.child_token() });
    service.change(&mut session, &id, |job| {
        job.status = JobStatus::Progressing;
        job.started = Some(now());
        vec![Happened::Progressing]
    });
    Some(id)
}

/// The id of the next job to start, if one may start now.
///
/// In a queue, the highest priority goes first, and among equals the oldest. Between queues, the one with the fewest
/// running jobs goes first, so that a long queue does not keep a short one waiting.
fn next(tables: &Tables, running: &BTreeMap<String, Running>, concurrency: usize) -> Option<String> {
    if running.len() >= concurrency {
        return None;
    }
    let busy = |queue: &Queue| running.values().filter(|running| running.queue == queue.name).count();
    let open = |name: &str| {
        let queue = tables.queues.get(name)?;
        let busy = busy(queue);
        (queue.status == QueueStatus::Active && busy < queue.slots(concurrency)).then_some(busy)
    };
    let waiting =
        tables.jobs.values().filter(|job| job.status == JobStatus::Submitted && !running.contains_key(&job.id));
    let ready = waiting.filter_map(|job| Some((open(&job.queue)?, job)));
    let first = ready.min_by_key(|(busy, job)| (*busy, &job.queue, Reverse(job.priority), &job.id));
    first.map(|(_, job)| job.id.clone())
}

/// MediaConvert has no number for a hop that fails.
const CANNOT_HOP: u32 = 0;

/// Makes every hop that is due, and says how long it is until the next.
fn make_due_hops(service: &Service) -> Option<Duration> {
    let mut session = service.store.session();
    loop {
        let now = now();
        let waiting = session.tables.jobs.values().filter(|job| job.status == JobStatus::Submitted);
        let next = waiting.filter_map(|job| Some((due(job, service.pace.hop_minute)?, job.id.clone()))).min()?;
        if next.0 > now {
            return Some(Duration::from_millis(next.0 - now));
        }
        let tables = &session.tables;
        let target = tables.jobs[&next.1].hops.first().map(|hop| hop.queue.clone()).unwrap_or_default();
        let exists = session.get::<Queue>(&target).is_some();
        service.change(&mut session, &next.1, |job| {
            let hop = job.hops.remove(0);
            if !exists {
                let message = format!("the job cannot hop: there is no queue `{target}`");
                job.messages.push(message.clone());
                *job.warnings.entry(CANNOT_HOP).or_default() += 1;
                return vec![Happened::NewWarning(Warning { code: CANNOT_HOP, message })];
            }
            let previous_priority = job.priority;
            job.priority = hop.priority.unwrap_or(previous_priority);
            let from = std::mem::replace(&mut job.queue, hop.queue);
            let hop = Transition { from, to: job.queue.clone(), at: now };
            job.transitions.push(hop.clone());
            vec![Happened::QueueHop { hop, previous_priority }]
        });
    }
}

/// When a job's next hop is due, in milliseconds since 1970.
fn due(job: &Job, minute: Duration) -> Option<u64> {
    let wait = minute.as_millis().saturating_mul(u128::from(job.hops.first()?.wait_minutes));
    Some(job.submitted.saturating_add(u64::try_from(wait).unwrap_or(u64::MAX)))
}

/// How often updates come when a job does not say, in seconds of the service.
const STATUS_INTERVAL: u32 = 60;

/// Runs a job that was marked as started.
async fn run(service: Arc<Service>, id: String, work_files: PathBuf, stop: CancellationToken) {
    let scratch = work_files.join(&id);
    let result = attempt(&service, &id, &scratch).await;
    if let Err(error) = remove(&scratch) {
        tracing::warn!(job = id, error = error.to_string(), "cannot remove work files");
    }
    let mut session = service.store.session();
    service.change(&mut session, &id, |job| match result {
        _ if job.is_over() => Vec::new(),
        // The engine stopped because the service does: the job will be taken up again.
        Err(_) if stop.is_cancelled() => {
            again(job);
            Vec::new()
        }
        Ok(completed) => {
            job.end(JobStatus::Complete);
            job.completed = Some(completed.clone());
            vec![Happened::Complete(completed)]
        }
        Err(failure) => fail(job, failure),
    });
    service.running().remove(&id);
}

/// Lets the engine work, while what it reports becomes state and events.
async fn attempt(service: &Arc<Service>, id: &str, scratch: &Path) -> Result<Completed, JobFailure> {
    let job = service.store.session().get::<Job>(id).cloned().ok_or_else(|| JobFailure::unknown("the job is gone"))?;
    let resolved = job.resolved.ok_or_else(|| JobFailure::unknown("the job is over"))?;
    // The model judged it when it was made.
    let refused = |invalid| JobFailure::unknown(format!("the job's settings are no longer accepted: {invalid}"));
    let request: Request = resolved.read().map_err(refused)?;
    // The interval in seconds is written in the value's name: `SECONDS_30`.
    let seconds =
        request.status_update_interval.and_then(|interval| interval.name().strip_prefix("SECONDS_")?.parse().ok());
    let interval = service.pace.status_second * seconds.unwrap_or(STATUS_INTERVAL);
    remove(scratch)
        .and_then(|()| fs_err::create_dir_all(scratch))
        .map_err(|error| JobFailure::unknown(format!("cannot make a folder for work files: {error}")))?;
    let cancel = service.running().get(id).map(|running| running.cancel.clone()).unwrap_or_default();
    let (updates, mut updates_in) = unbounded_channel();
    let settings = *request.settings;
    let work = Work { id: id.to_owned(), settings, scratch: scratch.to_owned(), updates, cancel };
    let engine = Arc::clone(&service.engine);
    let mut running = tokio::spawn(async move { engine.run(work).await });
    let mut ticks = interval_at(Instant::now() + interval, interval.max(Duration::from_millis(1)));
    let ended = loop {
        tokio::select! {
            ended = &mut running => break ended,
            Some(update) = updates_in.recv() => apply(service, id, update),
            _ = ticks.tick() => note(service, id, |_| vec![Happened::StatusUpdate]),
        }
    };
    // What the engine reported just before its end.
    while let Ok(update) = updates_in.try_recv() {
        apply(service, id, update);
    }
    ended.unwrap_or_else(|panic| Err(JobFailure::unknown(format!("the transcoder failed: {panic}"))))
}

fn apply(service: &Service, id: &str, update: Update) {
    match update {
        // Progress is not worth writing to the disk.
        Update::Progress { phase, percent } => {
            if let Some(job) = service.store.session().tables.jobs.get_mut(id) {
                job.phase = Some(phase);
                job.percent = percent.min(100);
            }
        }
        Update::Inputs(inputs) => note(service, id, |_| vec![Happened::InputInformation(inputs)]),
        Update::Warning(warning) => note(service, id, |job| {
            *job.warnings.entry(warning.code).or_default() += 1;
            job.messages.push(warning.message.clone());
            vec![Happened::NewWarning(warning)]
        }),
    }
}

/// Changes a job that still runs.
fn note(service: &Service, id: &str, change: impl FnOnce(&mut Job) -> Vec<Happened>) {
    let mut session = service.store.session();
    if session.get::<Job>(id).is_some_and(|job| job.status == JobStatus::Progressing) {
        service.change(&mut session, id, change);
    }
}

fn fail(job: &mut Job, failure: JobFailure) -> Vec<Happened> {
    job.end(JobStatus::Error);
    job.failure = Some(failure.clone());
    vec![Happened::Error(failure)]
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
