//! Looking into files, and telling where the service is.

use std::sync::Arc;

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode, header::HOST},
};
use mediaconvert::{EndpointList, Probe};
use serde_json::json;

use super::{Answer, VERSION, error::ApiError, request::Body};
use crate::service::Service;

pub(super) async fn probe(State(service): State<Arc<Service>>, body: Body<Probe>) -> Answer {
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
pub(super) async fn endpoints(OriginalUri(uri): OriginalUri, headers: HeaderMap, _: Body<EndpointList>) -> Answer {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let token = uri.path().split(VERSION).next().unwrap_or_default();
    Ok((StatusCode::OK, Json(json!({ "endpoints": [{ "url": format!("http://{host}{token}") }] }))))
}
