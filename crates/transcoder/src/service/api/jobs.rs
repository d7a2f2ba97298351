//! Jobs: get, list, search, cancel.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use mediaconvert::{
    Choice as _, JobList, JobSearch,
    settings::{JobStatus, Order},
};
use serde_json::{Value, json};

use super::{
    Answer,
    error::ApiError,
    page::Page,
    render,
    request::{InPath, InQuery},
};
use crate::service::{
    Service,
    account::Kind,
    events::detail::Happened,
    store::{Job, Status},
};

pub(super) async fn get(State(service): State<Arc<Service>>, InPath(id): InPath) -> Answer {
    let session = service.store.session();
    let job = session.get::<Job>(&id).ok_or_else(|| ApiError::not_found(Kind::Job, &id))?;
    Ok((StatusCode::OK, Json(json!({ "job": render::job(job, &service.account) }))))
}

pub(super) async fn list(State(service): State<Arc<Service>>, InQuery(list): InQuery<JobList>) -> Answer {
    let page = Page { order: order(list.order), most: list.max_results, token: list.next_token };
    matching(&service, &page, list.queue.as_deref(), list.status, |_| true)
}

pub(super) async fn search(State(service): State<Arc<Service>>, InQuery(search): InQuery<JobSearch>) -> Answer {
    let page = Page { order: order(search.order), most: search.max_results, token: search.next_token };
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

/// The newest come first when nobody says otherwise.
fn order(asked: Option<Order>) -> Order {
    asked.unwrap_or(Order::Descending)
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
            && status.is_none_or(|status| json!(job.status) == status.name())
            && also(job)
    });
    let (found, next) = page.of(jobs.map(|job| (job.id.clone(), job)).collect())?;
    let found: Value = found.into_iter().map(|job| render::job(job, &service.account)).collect();
    Ok((StatusCode::OK, Json(render::page("jobs", &found, next))))
}

/// A canceled job is over at once; its place in the queue is free when the engine has stopped.
pub(super) async fn cancel(State(service): State<Arc<Service>>, InPath(id): InPath) -> Answer {
    let mut session = service.store.session();
    let job = session.get::<Job>(&id).ok_or_else(|| ApiError::not_found(Kind::Job, &id))?;
    if job.is_over() {
        let status = json!(job.status);
        return Err(ApiError::conflict(format!("the job is over already: {}", status.as_str().unwrap_or_default())));
    }
    service.change(&mut session, &id, |job| {
        job.end(Status::Canceled);
        vec![Happened::Canceled]
    });
    if let Some(running) = service.running().get(&id) {
        running.cancel.cancel();
    }
    Ok((StatusCode::ACCEPTED, Json(json!({}))))
}
