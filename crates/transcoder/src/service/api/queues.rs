//! Queues: create, get, list, update, delete.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use mediaconvert::{
    QueueList, QueueUpdate,
    settings::{Order, PricingPlan, QueueListBy, QueueStatus, ReservationPlanSettings},
};
use serde_json::json;

use super::{
    Answer, Reply,
    error::ApiError,
    render,
    request::{Body, InPath, InQuery, Page},
    tags,
};
use crate::service::{
    Service,
    account::Kind,
    store::{Queue, Reservation, Session, Tags, now},
};

pub(super) async fn create(State(service): State<Arc<Service>>, body: Body<mediaconvert::Queue>) -> Answer {
    let asked = body.request;
    if asked.name.is_empty() || asked.name.starts_with("System-") {
        return Err(ApiError::bad_request("Name: no resource can have this name"));
    }
    let mut session = service.store.session();
    if session.get::<Queue>(&asked.name).is_some() {
        return Err(ApiError::conflict(format!("there is a queue `{}` already", asked.name)));
    }
    let plan = asked.pricing_plan.unwrap_or(PricingPlan::OnDemand);
    let queue = Queue {
        description: asked.description,
        status: asked.status.unwrap_or(QueueStatus::Active),
        plan,
        concurrency: asked.concurrent_jobs.map(|jobs| positive("ConcurrentJobs", jobs)).transpose()?,
        feeds: asked.maximum_concurrent_feeds,
        reservation: reservation(plan, asked.reservation_plan_settings.as_deref(), None)?,
        tags: tags::merged(Tags::new(), asked.tags)?,
        ..Queue::new(&asked.name, now())
    };
    session.save(queue.clone())?;
    Ok(answer(&service, &session, StatusCode::CREATED, &queue))
}

pub(super) async fn get(State(service): State<Arc<Service>>, InPath(name): InPath) -> Answer {
    let session = service.store.session();
    let queue = session.get::<Queue>(&service.account.name(Kind::Queue, &name)?);
    let queue = queue.ok_or_else(|| ApiError::not_found(Kind::Queue, &name))?;
    Ok(answer(&service, &session, StatusCode::OK, queue))
}

pub(super) async fn list(State(service): State<Arc<Service>>, InQuery(list): InQuery<QueueList>) -> Answer {
    let page = Page { order: list.order.unwrap_or(Order::Ascending), max: list.max_results, token: list.next_token };
    let session = service.store.session();
    let queues = session.tables.queues.values();
    let keyed = queues.map(|queue| match list.list_by {
        Some(QueueListBy::Name) => (queue.name.clone(), queue),
        Some(QueueListBy::CreationDate) | None => (format!("{:015}/{}", queue.created, queue.name), queue),
    });
    let (found, next) = page.of(keyed.collect())?;
    let render = |queue| render::queue(queue, &session.tables, &service.account, service.concurrency);
    let mut answer = render::page("queues", found.into_iter().map(render), next.as_ref());
    answer["totalConcurrentJobs"] = service.concurrency.into();
    Ok((StatusCode::OK, Json(answer)))
}

pub(super) async fn update(State(service): State<Arc<Service>>, body: Body<QueueUpdate>) -> Answer {
    let asked = body.request;
    let mut session = service.store.session();
    let found = session.get::<Queue>(&service.account.name(Kind::Queue, &asked.name)?).cloned();
    let mut queue = found.ok_or_else(|| ApiError::not_found(Kind::Queue, &asked.name))?;
    queue.description = asked.description.or(queue.description);
    queue.status = asked.status.unwrap_or(queue.status);
    queue.concurrency =
        asked.concurrent_jobs.map(|jobs| positive("ConcurrentJobs", jobs)).transpose()?.or(queue.concurrency);
    queue.feeds = asked.maximum_concurrent_feeds.or(queue.feeds);
    queue.reservation = reservation(queue.plan, asked.reservation_plan_settings.as_deref(), queue.reservation)?;
    queue.updated = now();
    session.save(queue.clone())?;
    service.work.notify_one();
    Ok(answer(&service, &session, StatusCode::OK, &queue))
}

pub(super) async fn delete(State(service): State<Arc<Service>>, InPath(name): InPath) -> Answer {
    let name = service.account.name(Kind::Queue, &name)?;
    if name == Queue::DEFAULT {
        return Err(ApiError::bad_request("the default queue cannot be deleted"));
    }
    let mut session = service.store.session();
    if session.tables.jobs.values().any(|job| job.queue == name && !job.is_over()) {
        return Err(ApiError::conflict(format!("the queue `{name}` has jobs that are not over")));
    }
    if session.remove::<Queue>(&name)? {
        return Ok((StatusCode::ACCEPTED, Json(json!({}))));
    }
    Err(ApiError::not_found(Kind::Queue, &name))
}

fn answer(service: &Service, session: &Session<'_>, status: StatusCode, queue: &Queue) -> Reply {
    let queue = render::queue(queue, &session.tables, &service.account, service.concurrency);
    (status, Json(json!({ "queue": queue })))
}

fn positive(setting: &str, asked: i64) -> Result<usize, ApiError> {
    let number = usize::try_from(asked).ok().filter(|number| *number > 0);
    number.ok_or_else(|| ApiError::bad_request(format!("{setting}: {asked} is below 1")))
}

/// The reservation that a queue has after a request.
fn reservation(
    plan: PricingPlan,
    asked: Option<&ReservationPlanSettings>,
    had: Option<Reservation>,
) -> Result<Option<Reservation>, ApiError> {
    match (plan, asked) {
        (PricingPlan::OnDemand, None) => Ok(None),
        (PricingPlan::OnDemand, Some(_)) => {
            Err(ApiError::bad_request("ReservationPlanSettings: only reserved queues have a reservation"))
        }
        (PricingPlan::Reserved, None) => {
            had.map(Some).ok_or_else(|| ApiError::bad_request("ReservationPlanSettings: this setting is required"))
        }
        (PricingPlan::Reserved, Some(asked)) => Ok(Some(Reservation {
            commitment: asked.commitment,
            renewal_type: asked.renewal_type,
            reserved_slots: positive("ReservationPlanSettings.ReservedSlots", asked.reserved_slots)?,
            purchased: had.map_or_else(now, |had| had.purchased),
        })),
    }
}
