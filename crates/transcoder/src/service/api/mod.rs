//! The operations of the service, as its REST interface has them.

mod definitions;
pub(crate) mod error;
mod jobs;
mod probe;
mod queues;
mod render;
mod request;
mod tags;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::Request,
    http::{StatusCode, header::AUTHORIZATION},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::loopback::Token;
use crate::service::{
    Service,
    store::{JobTemplate, Preset},
};
use error::ApiError;

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
        .route("/endpoints", post(probe::endpoints))
        .route("/probe", post(probe::probe))
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
