//! Reads requests: path, query and body, checked against the service model; and the page that they ask for.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query},
    http::request::Parts,
};
use mediaconvert::{Request, from_wire, settings::Order, to_wire};
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::service::Service;

/// A request's body with the parameter of its path.
pub(super) struct Body<T> {
    pub(super) request: T,
    /// The same as JSON, in `PascalCase`.
    pub(super) json: Value,
}

/// The parameter that stands in the path; empty where there is none.
pub(super) struct InPath(pub(super) String);

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
        let mut wire = members(&bytes)?;
        for (name, value) in path {
            wire[name] = value.into();
        }
        let json = from_wire(&wire);
        Ok(Self { request: T::from_value(&service.for_the_model(&json))?, json })
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
            (name, number.map_or_else(|| Value::from(text), Value::from))
        });
        Ok(Self(T::from_value(&from_wire(&Value::Object(members.collect())))?))
    }
}

/// What one page holds at most, and by default.
const MAX_ITEMS: usize = 20;

/// The page of a list that a request asks for; a token says where the next page starts.
pub(super) struct Page {
    pub(super) order: Order,
    pub(super) max: Option<u32>,
    pub(super) token: Option<String>,
}

impl Page {
    /// The items of this page, and the token for the next one; keys distinguish and order items.
    pub(super) fn of<T>(&self, mut items: Vec<(String, T)>) -> Result<(Vec<T>, Option<String>), ApiError> {
        items.sort_by(|(one, _), (other, _)| match self.order {
            Order::Ascending => one.cmp(other),
            Order::Descending => other.cmp(one),
        });
        if let Some(token) = &self.token {
            let last = hex::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let last = last.ok_or_else(|| ApiError::bad_request("NextToken: this token is not from here"))?;
            items.retain(|(key, _)| match self.order {
                Order::Ascending => *key > last,
                Order::Descending => *key < last,
            });
        }
        let max = self.max.and_then(|max| usize::try_from(max).ok()).map_or(MAX_ITEMS, |max| max.min(MAX_ITEMS));
        let next = (items.len() > max).then(|| hex::encode(&items[max - 1].0));
        Ok((items.into_iter().take(max).map(|(_, item)| item).collect(), next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_in_both_orders_while_items_come_and_go() {
        let items = |keys: &[u32]| keys.iter().map(|key| (format!("{key:02}"), *key)).collect::<Vec<_>>();
        let page = |order, token| Page { order, max: Some(2), token };
        let (first, token) = page(Order::Ascending, None).of(items(&[3, 1, 5, 4])).unwrap();
        assert_eq!(first, [1, 3]);
        let (second, token) = page(Order::Ascending, token).of(items(&[1, 2, 4, 5])).unwrap();
        assert_eq!((second, token), (vec![4, 5], None), "2 came too late, 3 is gone");
        let (first, token) = page(Order::Descending, None).of(items(&[3, 1, 5])).unwrap();
        assert_eq!(first, [5, 3]);
        assert_eq!(page(Order::Descending, token).of(items(&[3, 1, 5])).unwrap(), (vec![1], None));
    }

    #[test]
    fn a_token_from_elsewhere_is_refused() {
        let page = Page { order: Order::Ascending, max: None, token: Some("not hex".to_owned()) };
        assert!(page.of(vec![(String::new(), ())]).is_err());
    }
}
