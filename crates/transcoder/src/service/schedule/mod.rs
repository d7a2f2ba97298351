//! Which job runs when.

mod hop;
mod pick;
mod run;

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::service::{
    Running, Service,
    events::detail::Happened,
    store::{Job, Status, now},
};
use crate::work::JobFailure;

/// How often a job is started anew when the service died under it: a job that kills the service must not do so forever.
const RETRIES: u32 = 1;
/// How long to sleep when nothing is due.
const LONG: Duration = Duration::from_hours(1);

/// Takes up what the service left when it stopped or died: jobs that ran wait again, ahead of younger ones.
pub(crate) fn recover(service: &Service) {
    let mut session = service.store.session();
    let interrupted: Vec<String> = session
        .tables
        .jobs
        .values()
        .filter(|job| job.status == Status::Progressing)
        .map(|job| job.id.clone())
        .collect();
    for id in interrupted {
        service.change(&mut session, &id, |job| {
            if job.retries < RETRIES {
                job.retries += 1;
                again(job);
                return Vec::new();
            }
            let message = format!("the transcoder stopped {} times while it ran this job", job.retries + 1);
            run::fail(job, JobFailure::unknown(message))
        });
    }
}

/// Lets a job wait once more.
fn again(job: &mut Job) {
    job.status = Status::Submitted;
    job.started = None;
    job.phase = None;
    job.percent = 0;
}

/// Starts jobs until the service stops, and then stops those that run.
pub(crate) async fn schedule(service: Arc<Service>, work_files: PathBuf, stop: CancellationToken) {
    let mut tasks = JoinSet::new();
    loop {
        let next_hop = hop::all_due(&service);
        while let Some(id) = start_next(&service, &stop) {
            tasks.spawn(run::run(Arc::clone(&service), id, work_files.clone(), stop.clone()));
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = service.work.notified() => {}
            Some(_) = tasks.join_next() => {}
            () = tokio::time::sleep(next_hop.unwrap_or(LONG)) => {}
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Marks the next job as started, if one may start now.
fn start_next(service: &Service, stop: &CancellationToken) -> Option<String> {
    let mut session = service.store.session();
    let mut running = service.running();
    let id = pick::next(&session.tables, &running, service.concurrency)?;
    let queue = session.get::<Job>(&id)?.queue.clone();
    running.insert(id.clone(), Running { queue, cancel: stop.child_token() });
    service.change(&mut session, &id, |job| {
        job.status = Status::Progressing;
        job.started = Some(now());
        vec![Happened::Progressing]
    });
    Some(id)
}
