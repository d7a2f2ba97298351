//! Job templates and presets: create, get, list, update, delete.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use mediaconvert::{
    JobTemplateList, JobTemplateUpdate, PresetUpdate, Request,
    settings::{ListBy, Order},
};
use serde_json::{Value, json};

use super::{
    Answer, Reply,
    error::ApiError,
    render,
    request::{Body, InPath, InQuery, Page},
    tags,
};
use crate::service::{
    Service,
    store::{Definition, Entity, JobTemplate, Preset, Tags, now},
};

/// What job templates and presets differ in; they are listed alike.
pub(crate) trait Defined: Entity + From<Definition> + AsRef<Definition> + Clone + 'static {
    type Create: Request;
    type Update: Request;
}

impl Defined for JobTemplate {
    type Create = mediaconvert::JobTemplate;
    type Update = JobTemplateUpdate;
}

impl Defined for Preset {
    type Create = mediaconvert::Preset;
    type Update = PresetUpdate;
}

pub(super) async fn create<D: Defined>(State(service): State<Arc<Service>>, body: Body<D::Create>) -> Answer {
    let mut request = body.json;
    let name = taken(&mut request, "Name").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    if name.is_empty() || name.starts_with("System-") {
        return Err(ApiError::bad_request("Name: no resource can have this name"));
    }
    let given: Tags = match taken(&mut request, "Tags") {
        Some(tags) => serde_json::from_value(tags).map_err(|error| ApiError::bad_request(error.to_string()))?,
        None => Tags::new(),
    };
    let tags = tags::merged(Tags::new(), given)?;
    let mut session = service.store.session();
    if session.get::<D>(&name).is_some() {
        return Err(ApiError::conflict(format!("there is a {} `{name}` already", D::KIND.spoken())));
    }
    let now = now();
    let definition = Definition { name, created: now, updated: now, request, tags };
    session.save(D::from(definition.clone()))?;
    Ok(answer::<D>(&service, StatusCode::CREATED, &definition))
}

pub(super) async fn get<D: Defined>(State(service): State<Arc<Service>>, InPath(name): InPath) -> Answer {
    let session = service.store.session();
    let found = session.get::<D>(&service.account.name(D::KIND, &name)?);
    let found = found.ok_or_else(|| ApiError::not_found(D::KIND, &name))?;
    Ok(answer::<D>(&service, StatusCode::OK, found.as_ref()))
}

pub(super) async fn list<D: Defined>(
    State(service): State<Arc<Service>>,
    InQuery(list): InQuery<JobTemplateList>,
) -> Answer {
    let page = Page { order: list.order.unwrap_or(Order::Ascending), max: list.max_results, token: list.next_token };
    let by = list.list_by.unwrap_or(ListBy::Name);
    let session = service.store.session();
    let all = D::table(&session.tables).values().map(AsRef::as_ref);
    let wanted = all.filter(|definition: &&Definition| {
        // Those that AWS provides are not here.
        by != ListBy::System
            && list.category.as_ref().is_none_or(|category| definition.request["Category"] == category.as_str())
    });
    let keyed = wanted.map(|definition| match by {
        ListBy::CreationDate => (format!("{:015}/{}", definition.created, definition.name), definition),
        ListBy::Name | ListBy::System => (definition.name.clone(), definition),
    });
    let (found, next) = page.of(keyed.collect())?;
    let found = found.into_iter().map(|one| render::definition(D::KIND, one, &service.account));
    Ok((StatusCode::OK, Json(render::page(&format!("{}s", D::KIND), found, next.as_ref()))))
}

pub(super) async fn update<D: Defined>(State(service): State<Arc<Service>>, body: Body<D::Update>) -> Answer {
    let name = body.json["Name"].as_str().unwrap_or_default().to_owned();
    let mut session = service.store.session();
    let found = session.get::<D>(&service.account.name(D::KIND, &name)?);
    let mut changed = found.ok_or_else(|| ApiError::not_found(D::KIND, &name))?.as_ref().clone();
    let mut whole = changed.request.clone();
    for (member, value) in body.json.as_object().into_iter().flatten() {
        whole[member] = value.clone();
    }
    D::Create::from_value(&service.for_the_model(&whole))?;
    taken(&mut whole, "Name");
    changed.request = whole;
    changed.updated = now();
    session.save(D::from(changed.clone()))?;
    Ok(answer::<D>(&service, StatusCode::OK, &changed))
}

pub(super) async fn delete<D: Defined>(State(service): State<Arc<Service>>, InPath(name): InPath) -> Answer {
    if service.store.session().remove::<D>(&service.account.name(D::KIND, &name)?)? {
        return Ok((StatusCode::ACCEPTED, Json(json!({}))));
    }
    Err(ApiError::not_found(D::KIND, &name))
}

fn answer<D: Defined>(service: &Service, status: StatusCode, definition: &Definition) -> Reply {
    (status, Json(json!({ D::KIND.to_string(): render::definition(D::KIND, definition, &service.account) })))
}

fn taken(request: &mut Value, member: &str) -> Option<Value> {
    request.as_object_mut()?.shift_remove(member)
}
