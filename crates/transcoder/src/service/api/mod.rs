//! The operations of the service, as its REST interface has them.

mod definitions;
pub(crate) mod error;
mod jobs;
mod queues;
mod render;
mod request;
mod tags;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{OriginalUri, Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, HOST},
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use mediaconvert::{EndpointList, Probe};
use serde_json::{Value, json};

use self::{error::ApiError, request::Body};
use crate::{
    loopback::Token,
    service::{
        Service,
        store::{JobTemplate, Preset},
    },
};

/// What an address has before its operation: the version of the interface.
const VERSION: &str = "/2017-08-29";

type Reply = (StatusCode, Json<Value>);
type Answer = Result<Reply, ApiError>;

/// Every operation that is served, at addresses that begin with the token.
pub(crate) fn router(service: Arc<Service>, token: Option<&Token>) -> Router {
    let operations = Router::new()
        .route("/jobs", post(jobs::create).get(jobs::list))
        .route("/jobs/{id}", get(jobs::get).delete(jobs::cancel))
        .route("/search", get(jobs::search))
        .route("/jobTemplates", post(definitions::create::<JobTemplate>).get(definitions::list::<JobTemplate>))
        .route(
            "/jobTemplates/{name}",
            get(definitions::get::<JobTemplate>)
                .put(definitions::update::<JobTemplate>)
                .delete(definitions::delete::<JobTemplate>),
        )
        .route("/presets", post(definitions::create::<Preset>).get(definitions::list::<Preset>))
        .route(
            "/presets/{name}",
            get(definitions::get::<Preset>).put(definitions::update::<Preset>).delete(definitions::delete::<Preset>),
        )
        .route("/queues", post(queues::create).get(queues::list))
        .route("/queues/{name}", get(queues::get).put(queues::update).delete(queues::delete))
        .route("/endpoints", post(endpoints))
        .route("/probe", post(probe))
        .route("/tags", post(tags::tag))
        .route("/tags/{*arn}", get(tags::list).put(tags::untag))
        .layer(middleware::from_fn(signed));
    let version = token.map_or_else(|| VERSION.to_owned(), |token| format!("/{token}{VERSION}"));
    Router::new()
        .nest(&version, operations)
        .route("/health", get(|| async { Json(json!({ "status": "ok" })) }))
        .fallback(|| async { ApiError::unknown_operation("there is no such operation, or it is not served here") })
        .method_not_allowed_fallback(|| async { ApiError::unknown_operation("there is no such operation") })
        .with_state(service)
}

/// Wants a signature, as MediaConvert does, though nobody can check it here.
async fn signed(request: Request, next: Next) -> Response {
    if request.headers().contains_key(AUTHORIZATION) {
        return next.run(request).await;
    }
    ApiError::forbidden("the request has no signature").into_response()
}

async fn probe(State(service): State<Arc<Service>>, body: Body<Probe>) -> Answer {
    let files = body.request.input_files;
    let [file] = files.as_slice() else {
        return Err(ApiError::bad_request("InputFiles: expected one file"));
    };
    let url = file.file_url.as_deref().filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| ApiError::bad_request("InputFiles[0].FileUrl: this setting is required"))?;
    let found = service.engine.probe(url).await.map_err(|failure| ApiError::unprocessable(failure.message))?;
    Ok((StatusCode::OK, Json(json!({ "probeResults": [found] }))))
}

/// The endpoint is this one, under the name that the caller knows it by.
async fn endpoints(OriginalUri(uri): OriginalUri, headers: HeaderMap, _: Body<EndpointList>) -> Answer {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let token = uri.path().split(VERSION).next().unwrap_or_default();
    Ok((StatusCode::OK, Json(json!({ "endpoints": [{ "url": format!("http://{host}{token}") }] }))))
}
