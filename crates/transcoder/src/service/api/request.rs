//! Reads requests: path, query and body, checked against the service model.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query},
    http::request::Parts,
};
use mediaconvert::{Request, from_wire, to_wire};
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::service::Service;

/// A request's body with the parameter of its path.
pub(super) struct Body<T> {
    /// The request as the model has it.
    pub(super) request: T,
    /// The same as JSON, in `PascalCase`.
    pub(super) json: Value,
}

/// The parameter that stands in the path; empty where there is none.
pub(super) struct InPath(pub(super) String);

/// A request whose parameters stand in the query.
pub(super) struct InQuery<T>(pub(super) T);

impl<T: Request> FromRequest<Arc<Service>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: axum::extract::Request, service: &Arc<Service>) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let Path(path) = Path::<Vec<(String, String)>>::from_request_parts(&mut parts, service)
            .await
            .map_err(|rejection| ApiError::bad_request(rejection.body_text()))?;
        let request = axum::extract::Request::from_parts(parts, body);
        let bytes = Bytes::from_request(request, service).await;
        let bytes = bytes.map_err(|rejection| ApiError::bad_request(rejection.body_text()))?;
        let mut json = from_wire(&members(&bytes)?);
        for (name, value) in path {
            json[pascal(&name)] = value.into();
        }
        Ok(Self { request: T::read(&service.files.for_the_model(&json))?, json })
    }
}

/// The members of a body; a missing body has none.
fn members(bytes: &[u8]) -> Result<Value, ApiError> {
    if bytes.is_empty() {
        return Ok(Map::new().into());
    }
    let body: Value = serde_json::from_slice(bytes)
        .map_err(|error| ApiError::bad_request(format!("the body cannot be read as JSON: {error}")))?;
    if !body.is_object() {
        return Err(ApiError::bad_request("the body is not an object"));
    }
    if to_wire(&from_wire(&body)) != body {
        return Err(ApiError::bad_request("a member's name starts with a capital letter; on the wire none does"));
    }
    Ok(body)
}

impl FromRequestParts<Arc<Service>> for InPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, service).await;
        path.map(|Path(text)| Self(text)).map_err(|rejection| ApiError::bad_request(rejection.body_text()))
    }
}

impl<T: Request> FromRequestParts<Arc<Service>> for InQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, ApiError> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, service).await;
        let Query(pairs) = query.map_err(|rejection| ApiError::bad_request(rejection.body_text()))?;
        let members = pairs.into_iter().map(|(name, text)| {
            let number = (name == "maxResults").then(|| text.parse::<i64>().ok()).flatten();
            (pascal(&name), number.map_or_else(|| Value::from(text), Value::from))
        });
        Ok(Self(T::read(&Value::Object(members.collect()))?))
    }
}

fn pascal(name: &str) -> String {
    let mut rest = name.chars();
    rest.next().iter().map(char::to_ascii_uppercase).chain(rest).collect()
}
