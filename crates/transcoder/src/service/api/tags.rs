//! Tags of all kinds of resources.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use mediaconvert::{Tagging, Untagging};
use serde_json::json;

use super::{
    Answer,
    error::ApiError,
    request::{Body, InPath},
};
use crate::service::{
    Service,
    account::Kind,
    store::{Entity, Job, JobTemplate, Preset, Queue, Session, Tags},
};

// What AWS allows: tags of a resource, characters of a key and of a value.
const MAX_TAGS: usize = 50;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

pub(super) async fn tag(State(service): State<Arc<Service>>, body: Body<Tagging>) -> Answer {
    change(&service, &body.request.arn, |tags| merged(tags, body.request.tags))?;
    Ok((StatusCode::OK, Json(json!({}))))
}

pub(super) async fn untag(State(service): State<Arc<Service>>, body: Body<Untagging>) -> Answer {
    let gone = body.request.tag_keys;
    change(&service, &body.request.arn, |mut tags| {
        tags.retain(|key, _| !gone.contains(key));
        Ok(tags)
    })?;
    Ok((StatusCode::OK, Json(json!({}))))
}

pub(super) async fn list(State(service): State<Arc<Service>>, InPath(arn): InPath) -> Answer {
    let (kind, name) = service.account.parse(&arn)?;
    let session = service.store.session();
    let tags = match kind {
        Kind::Job => session.get::<Job>(&name).map(|job| &job.tags),
        Kind::JobTemplate => session.get::<JobTemplate>(&name).map(|template| &template.0.tags),
        Kind::Preset => session.get::<Preset>(&name).map(|preset| &preset.0.tags),
        Kind::Queue => session.get::<Queue>(&name).map(|queue| &queue.tags),
    };
    let tags = tags.ok_or_else(|| ApiError::not_found(kind, &name))?;
    Ok((StatusCode::OK, Json(json!({ "resourceTags": { "arn": arn, "tags": tags } }))))
}

/// Tags with others laid over them.
pub(super) fn merged(mut tags: Tags, over: Tags) -> Result<Tags, ApiError> {
    for (key, value) in over {
        if key.is_empty()
            || key.chars().count() > MAX_KEY
            || value.chars().count() > MAX_VALUE
            || key.starts_with("aws:")
        {
            return Err(ApiError::bad_request(format!(
                "Tags[{key:?}]: keys have 1 to {MAX_KEY} characters and do not start with `aws:`, values have {MAX_VALUE} at most"
            )));
        }
        tags.insert(key, value);
    }
    if tags.len() > MAX_TAGS {
        return Err(ApiError::bad_request(format!("Tags: a resource has {MAX_TAGS} tags at most")));
    }
    Ok(tags)
}

/// Changes the tags of whatever an ARN names.
fn change(service: &Service, arn: &str, change: impl FnOnce(Tags) -> Result<Tags, ApiError>) -> Result<(), ApiError> {
    let (kind, name) = service.account.parse(arn)?;
    let session = &mut service.store.session();
    match kind {
        Kind::Job => in_place::<Job>(session, &name, change),
        Kind::JobTemplate => in_place::<JobTemplate>(session, &name, change),
        Kind::Preset => in_place::<Preset>(session, &name, change),
        Kind::Queue => in_place::<Queue>(session, &name, change),
    }
}

fn in_place<E: Entity + Clone>(
    session: &mut Session<'_>,
    name: &str,
    change: impl FnOnce(Tags) -> Result<Tags, ApiError>,
) -> Result<(), ApiError> {
    let mut entity = session.get::<E>(name).cloned().ok_or_else(|| ApiError::not_found(E::KIND, name))?;
    let tags = entity.tags_mut();
    *tags = change(std::mem::take(tags))?;
    Ok(session.save(entity)?)
}
