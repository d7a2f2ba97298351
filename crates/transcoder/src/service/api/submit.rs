//! Creating jobs.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use axum::{Json, extract::State, http::StatusCode};
use mediaconvert::settings::HopDestination;
use serde_json::json;

use super::{Answer, error::ApiError, render, request::Body, tags};
use crate::service::{
    Service,
    account::{Account, Kind},
    resolve::resolve,
    store::{Hop, Job, Queue, Session, Status, Text, now},
};

/// How many jobs may wait; more are answered with a request to retry later.
const BACKLOG: usize = 10_000;
/// The longest client request token, in characters.
const TOKEN: usize = 64;
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
    if session.tables.jobs.values().filter(|job| job.status == Status::Submitted).count() >= BACKLOG {
        return Err(ApiError::too_many(format!("{BACKLOG} jobs are waiting; come back later")));
    }
    let resolved = resolve(&body.json, &session, &service)?;
    let merged = mediaconvert::Job::from_value(&service.files.for_the_model(&resolved.request))?;
    let queue = queue(merged.queue.as_deref(), &session, &service.account)?;
    let hops = hops(merged.hop_destinations, &queue, &session, &service.account)?;
    let submitted = now();
    let job = Job {
        id: new_id(&session, submitted),
        status: Status::Submitted,
        queue,
        priority: merged.priority.unwrap_or(0),
        request: Text::from(&resolved.request),
        resolved: Some(Text::from(&resolved.settings)),
        token: asked.client_request_token,
        tags: tags::merged(&BTreeMap::new(), asked.tags)?,
        submitted,
        started: None,
        finished: None,
        phase: None,
        percent: 0,
        retries: 0,
        failure: None,
        warnings: BTreeMap::new(),
        messages: Vec::new(),
        completed: None,
        hops,
        transitions: Vec::new(),
        next_event: 0,
        unsent: Vec::new(),
    };
    let answer = json!({ "job": render::job(&job, &service.account) });
    session.save(job)?;
    service.work.notify_one();
    Ok((StatusCode::CREATED, Json(answer)))
}

fn check_token(token: Option<&str>) -> Result<(), ApiError> {
    match token {
        Some(token) if token.len() > TOKEN || !token.is_ascii() => {
            Err(ApiError::bad_request(format!("ClientRequestToken: a token has {TOKEN} ASCII characters at most")))
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
