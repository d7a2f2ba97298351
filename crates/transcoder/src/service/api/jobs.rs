//! Jobs: create, get, list, search, cancel.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use axum::{Json, extract::State, http::StatusCode};
use mediaconvert::{
    JobList, JobSearch, Request as _,
    settings::{HopDestination, JobStatus, Order},
};
use serde_json::{Value, json};

use super::{
    Answer,
    error::ApiError,
    render,
    request::{Body, InPath, InQuery, Page},
    tags,
};
use crate::service::{
    Service,
    account::{Account, Kind},
    events::Happened,
    resolve::resolve,
    store::{Hop, Job, Queue, Session, Tags, Text, now},
};

/// How many jobs may wait; more are answered with a request to retry later.
const MAX_WAITING: usize = 10_000;
const MAX_TOKEN: usize = 64;
/// How long a job may wait before it hops, in minutes.
const HOP_WAIT: std::ops::RangeInclusive<i64> = 1..=4320;

pub(super) async fn create(State(service): State<Arc<Service>>, body: Body<mediaconvert::Job>) -> Answer {
    let asked = body.request;
    check_token(asked.client_request_token.as_deref())?;
    check_role(&asked.role)?;
    let mut session = service.store.session();
    if let Some(job) = same(&service, &session, asked.client_request_token.as_deref()) {
        return Ok((StatusCode::CREATED, Json(json!({ "job": render::job(job, &service.account) }))));
    }
    if session.tables.jobs.values().filter(|job| job.status == JobStatus::Submitted).count() >= MAX_WAITING {
        return Err(ApiError::too_many(format!("{MAX_WAITING} jobs are waiting; come back later")));
    }
    let resolved = resolve(&body.json, &session, &service)?;
    let merged = mediaconvert::Job::from_value(&service.for_the_model(&resolved.request))?;
    let queue = queue(merged.queue.as_deref(), &session, &service.account)?;
    let hops = hops(merged.hop_destinations, &queue, &session, &service.account)?;
    let submitted = now();
    let mut job = Job::submitted(
        new_id(&session, submitted),
        queue,
        Text::from(&resolved.request),
        Text::from(&resolved.settings),
        submitted,
    );
    job.priority = merged.priority.unwrap_or(0);
    job.token = asked.client_request_token;
    job.tags = tags::merged(Tags::new(), asked.tags)?;
    job.hops = hops;
    let answer = json!({ "job": render::job(&job, &service.account) });
    session.save(job)?;
    service.work.notify_one();
    Ok((StatusCode::CREATED, Json(answer)))
}

fn check_token(token: Option<&str>) -> Result<(), ApiError> {
    match token {
        Some(token) if token.len() > MAX_TOKEN || !token.is_ascii() => {
            Err(ApiError::bad_request(format!("ClientRequestToken: a token has {MAX_TOKEN} ASCII characters at most")))
        }
        _ => Ok(()),
    }
}

/// Nobody takes on the role here, but what could never be one is a mistake.
fn check_role(role: &str) -> Result<(), ApiError> {
    let mut parts = role.splitn(6, ':');
    let is_role = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && parts.next() == Some("iam")
        && parts.next() == Some("")
        && parts.next().is_some_and(|account| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
        && parts.next().and_then(|resource| resource.strip_prefix("role/")).is_some_and(|name| !name.is_empty());
    if is_role { Ok(()) } else { Err(ApiError::bad_request(format!("Role: `{role}` is not the ARN of a role"))) }
}

/// The job that was made with the same token a short while ago.
fn same<'s>(service: &Service, session: &'s Session<'_>, token: Option<&str>) -> Option<&'s Job> {
    let token = token?;
    let since = now().saturating_sub(u64::try_from(service.pace.token.as_millis()).unwrap_or(u64::MAX));
    // Ids ascend with time.
    let mut recent = session.tables.jobs.values().rev().take_while(|job| job.submitted >= since);
    recent.find(|job| job.token.as_deref() == Some(token))
}

fn queue(given: Option<&str>, session: &Session<'_>, account: &Account) -> Result<String, ApiError> {
    let name = account.name(Kind::Queue, given.unwrap_or(Queue::DEFAULT))?;
    match session.get::<Queue>(&name) {
        Some(_) => Ok(name),
        None => Err(ApiError::bad_request(format!("Queue: there is no queue `{name}`"))),
    }
}

/// The hops of a job, the earliest first.
fn hops(
    asked: Vec<HopDestination>,
    from: &str,
    session: &Session<'_>,
    account: &Account,
) -> Result<Vec<Hop>, ApiError> {
    let mut hops = Vec::new();
    for (at, hop) in asked.into_iter().enumerate() {
        let place = format!("HopDestinations[{at}]");
        let to = queue(hop.queue.as_deref(), session, account)?;
        if to == from {
            return Err(ApiError::bad_request(format!("{place}.Queue: the job is in the queue `{to}` already")));
        }
        let wait = hop.wait_minutes.filter(|minutes| HOP_WAIT.contains(minutes));
        let wait_minutes = wait.and_then(|minutes| u64::try_from(minutes).ok()).ok_or_else(|| {
            let (least, most) = (HOP_WAIT.start(), HOP_WAIT.end());
            ApiError::bad_request(format!("{place}.WaitMinutes: a job waits {least} to {most} minutes before it hops"))
        })?;
        hops.push(Hop { queue: to, wait_minutes, priority: hop.priority });
    }
    hops.sort_by_key(|hop| hop.wait_minutes);
    Ok(hops)
}

/// An id as `MediaConvert` makes them: the time in milliseconds and six characters; always above the last one.
fn new_id(session: &Session<'_>, now: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let last = session.tables.jobs.keys().next_back().and_then(|id| id.split('-').next()?.parse::<u64>().ok());
    let time = last.map_or(now, |last| now.max(last + 1));
    let mut random = RandomState::new().hash_one(time);
    let mut suffix = String::new();
    for _ in 0..6 {
        suffix.push(char::from(DIGITS[usize::try_from(random % 36).unwrap_or_default()]));
        random /= 36;
    }
    format!("{time:013}-{suffix}")
}

pub(super) async fn get(State(service): State<Arc<Service>>, InPath(id): InPath) -> Answer {
    let session = service.store.session();
    let job = session.get::<Job>(&id).ok_or_else(|| ApiError::not_found(Kind::Job, &id))?;
    Ok((StatusCode::OK, Json(json!({ "job": render::job(job, &service.account) }))))
}

pub(super) async fn list(State(service): State<Arc<Service>>, InQuery(list): InQuery<JobList>) -> Answer {
    let order = list.order.unwrap_or(Order::Descending);
    let page = Page { order, max: list.max_results, token: list.next_token };
    matching(&service, &page, list.queue.as_deref(), list.status, |_| true)
}

pub(super) async fn search(State(service): State<Arc<Service>>, InQuery(search): InQuery<JobSearch>) -> Answer {
    let order = search.order.unwrap_or(Order::Descending);
    let page = Page { order, max: search.max_results, token: search.next_token };
    let wanted = search.input_file.unwrap_or_default();
    matching(&service, &page, search.queue.as_deref(), search.status, |job| {
        if wanted.is_empty() {
            return true;
        }
        let request = job.request.tree();
        let inputs = request.pointer("/Settings/Inputs").and_then(Value::as_array).into_iter().flatten();
        let mut files = inputs.filter_map(|input| input.get("FileInput")?.as_str());
        files.any(|file| file.contains(&wanted))
    })
}

fn matching(
    service: &Service,
    page: &Page,
    queue: Option<&str>,
    status: Option<JobStatus>,
    also: impl Fn(&Job) -> bool,
) -> Answer {
    let queue = queue.map(|queue| service.account.name(Kind::Queue, queue)).transpose()?;
    let session = service.store.session();
    let jobs = session.tables.jobs.values().filter(|job| {
        queue.as_ref().is_none_or(|queue| job.queue == *queue)
            && status.is_none_or(|status| job.status == status)
            && also(job)
    });
    let (found, next) = page.of(jobs.map(|job| (job.id.clone(), job)).collect())?;
    let found = found.into_iter().map(|job| render::job(job, &service.account));
    Ok((StatusCode::OK, Json(render::page("jobs", found, next.as_ref()))))
}

/// A canceled job is over at once; its place in the queue is free when the engine has stopped.
pub(super) async fn cancel(State(service): State<Arc<Service>>, InPath(id): InPath) -> Answer {
    let mut session = service.store.session();
    let job = session.get::<Job>(&id).ok_or_else(|| ApiError::not_found(Kind::Job, &id))?;
    if job.is_over() {
        return Err(ApiError::conflict(format!("the job is over already: {}", job.status)));
    }
    service.change(&mut session, &id, |job| {
        job.end(JobStatus::Canceled);
        vec![Happened::Canceled]
    });
    if let Some(running) = service.running().get(&id) {
        running.cancel.cancel();
    }
    Ok((StatusCode::ACCEPTED, Json(json!({}))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_distinguished_from_other_texts() {
        for role in ["arn:aws:iam::111122223333:role/r", "arn:aws-cn:iam::111122223333:role/a/b"] {
            assert!(check_role(role).is_ok(), "{role}");
        }
        for other in
            ["", "r", "arn:aws:iam::1:role/r", "arn:aws:iam::111122223333:user/u", "arn:aws:iam::111122223333:role/"]
        {
            assert!(check_role(other).is_err(), "{other}");
        }
    }

    #[test]
    fn tokens_are_short_and_ascii() {
        assert!(check_token(Some(&"x".repeat(64))).is_ok());
        assert!(check_token(Some(&"x".repeat(65))).is_err());
        assert!(check_token(Some("ü")).is_err());
    }
}
