//! One job, from its start to its end.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use mediaconvert::{Choice as _, Job as Request, settings::StatusUpdateInterval};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::{Instant, interval_at},
};
use tokio_util::sync::CancellationToken;

use super::again;
use crate::service::{
    Service,
    events::detail::Happened,
    store::{Job, Session, Status},
};
use crate::work::{Completed, JobFailure, Phase, Update, Work};

/// How often updates come when a job does not say, in seconds of the service.
const STATUS_INTERVAL: u32 = 60;

/// Runs a job that was marked as started.
pub(super) async fn run(service: Arc<Service>, id: String, work_files: PathBuf, stop: CancellationToken) {
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
        Ok(completed) => complete(job, completed),
        Err(failure) => fail(job, failure),
    });
    service.running().remove(&id);
}

/// Lets the engine work, while what it tells becomes state and events.
async fn attempt(service: &Arc<Service>, id: &str, scratch: &Path) -> Result<Completed, JobFailure> {
    let job = service
        .store
        .session()
        .get::<Job>(id)
        .cloned()
        .ok_or_else(|| JobFailure::unknown("the job is gone".to_owned()))?;
    let resolved = job.resolved.as_ref().ok_or_else(|| JobFailure::unknown("the job is over".to_owned()))?;
    // The model judged it when it was made.
    let request: Request = resolved
        .read()
        .map_err(|invalid| JobFailure::unknown(format!("the job's settings are no longer accepted: {invalid}")))?;
    let interval = service.pace.status_second * seconds(request.status_update_interval);
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
            Some(update) = updates_in.recv() => tell(service, id, update),
            _ = ticks.tick() => note(service, id, |_| vec![Happened::StatusUpdate]),
        }
    };
    rest(service, id, &mut updates_in);
    ended.unwrap_or_else(|panic| Err(JobFailure::unknown(format!("the transcoder failed: {panic}"))))
}

/// What the engine reported just before its end.
fn rest(service: &Service, id: &str, updates_in: &mut UnboundedReceiver<Update>) {
    while let Ok(update) = updates_in.try_recv() {
        tell(service, id, update);
    }
}

fn tell(service: &Service, id: &str, update: Update) {
    match update {
        Update::Progress { phase, percent } => progress(&mut service.store.session(), id, phase, percent),
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
    if session.get::<Job>(id).is_some_and(|job| job.status == Status::Progressing) {
        service.change(&mut session, id, change);
    }
}

/// Progress is not worth writing to the disk.
fn progress(session: &mut Session<'_>, id: &str, phase: Phase, percent: u8) {
    if let Some(job) = session.tables.jobs.get_mut(id) {
        job.phase = Some(phase);
        job.percent = percent.min(100);
    }
}

fn complete(job: &mut Job, completed: Completed) -> Vec<Happened> {
    job.end(Status::Complete);
    job.completed = Some(completed.clone());
    vec![Happened::Complete(completed)]
}

/// Ends a job with an error.
pub(super) fn fail(job: &mut Job, failure: JobFailure) -> Vec<Happened> {
    job.end(Status::Error);
    job.failure = Some(failure.clone());
    vec![Happened::Error(failure)]
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The interval in seconds, which is written in the value's name: `SECONDS_30`.
fn seconds(interval: Option<StatusUpdateInterval>) -> u32 {
    let written = interval.and_then(|interval| interval.name().strip_prefix("SECONDS_")?.parse().ok());
    written.unwrap_or(STATUS_INTERVAL)
}
