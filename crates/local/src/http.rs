//! Plain HTTP on the loopback interface.

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode, header};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Error;

/// The most that an answer may hold which is read as a whole: 64 MiB.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// What the transcoder wants in place of a signature, which it cannot check; its address is the secret.
const SIGNATURE: &str = "vod local";

/// A client with its pool of connections.
#[derive(Debug, Clone)]
pub(super) struct Client(legacy::Client<HttpConnector, Body>);

impl Default for Client {
    fn default() -> Self {
        Self(legacy::Client::builder(TokioExecutor::new()).build_http())
    }
}

impl Client {
    /// Sends a request and streams the answer, whatever its status.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Body>, legacy::Error> {
        Ok(self.0.request(request).await?.map(Body::new))
    }

    /// What a GET answers if it succeeds.
    pub(super) async fn get(&self, url: &str) -> Result<Bytes, Error> {
        self.whole(Request::get(url).body(Body::empty())).await
    }

    /// A JSON document of the transcoder.
    pub(super) async fn get_json<T: DeserializeOwned>(&self, url: &str) -> Result<T, Error> {
        let request = Request::get(url).header(header::AUTHORIZATION, SIGNATURE).body(Body::empty());
        serde_json::from_slice(&self.whole(request).await?).map_err(|error| Error::answer(url, error))
    }

    /// Makes a thing of the transcoder's by POST, unless it is there.
    pub(super) async fn make(&self, url: &str, thing: &Value) -> Result<(), Error> {
        let request = Request::post(url).header(header::AUTHORIZATION, SIGNATURE);
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(thing.to_string()));
        let request = request.map_err(|error| Error::answer("the request", error))?;
        match self.answer(request).await? {
            (StatusCode::CREATED | StatusCode::CONFLICT, _) => Ok(()),
            (status, body) => Err(refused(url, status, &body)),
        }
    }

    async fn whole(&self, request: Result<Request<Body>, axum::http::Error>) -> Result<Bytes, Error> {
        let request = request.map_err(|error| Error::answer("the request", error))?;
        let url = request.uri().to_string();
        match self.answer(request).await? {
            (StatusCode::OK, body) => Ok(body),
            (status, body) => Err(refused(&url, status, &body)),
        }
    }

    async fn answer(&self, request: Request<Body>) -> Result<(StatusCode, Bytes), Error> {
        let url = request.uri().to_string();
        let answer = self.send(request).await.map_err(|error| Error::answer(&url, error))?;
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), MAX_ANSWER_BYTES)
            .await
            .map_err(|error| Error::answer(&url, error))?;
        Ok((status, body))
    }
}

fn refused(url: &str, status: StatusCode, body: &[u8]) -> Error {
    Error::answer(url, format!("{status}: {}", String::from_utf8_lossy(body)))
}

/// Removes the headers that hold for one connection only
/// (<https://www.rfc-editor.org/rfc/rfc9110#name-connection>).
pub(super) fn remove_hop_by_hop(headers: &mut axum::http::HeaderMap) {
    for name in [header::CONNECTION, header::TE, header::TRAILER, header::TRANSFER_ENCODING, header::UPGRADE] {
        headers.remove(name);
    }
}
