//! A bucket in one process: versions, conditional writes and listings as S3 has them, beside a table that takes
//! everything and the address that CloudFormation is answered at.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::Credentials;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    middleware::from_fn,
    response::{IntoResponse, Response},
};
use pipeline::contract::{Handler, Variable};
use runtime::{environment::Environment, failure::Failure, handlers, service::Invocation};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle, time::Instant};

/// The bucket's name.
pub(crate) const NAME: &str = "destination";

/// One object as it is.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) body: Vec<u8>,
    pub(crate) headers: HeaderMap,
    version: u64,
}

impl Object {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    /// Every version of every object, the newest last.
    pub(crate) objects: BTreeMap<String, Vec<Object>>,
    /// What CloudFormation was answered.
    pub(crate) answers: Vec<Value>,
    /// How many writes found that another came first.
    pub(crate) lost: usize,
    /// The next writes of these keys fail with the status.
    pub(crate) faults: BTreeMap<String, u16>,
    /// Objects that somebody deletes just before the next write of them.
    pub(crate) vanishing: std::collections::BTreeSet<String>,
    /// Until when nobody has any permission, as shortly after a role was made.
    pub(crate) denied_until: Option<std::time::Instant>,
    /// Whether what is missing is forbidden, as for those who may not list.
    pub(crate) secretive: bool,
    version: u64,
    handler: &'static str,
}

/// The stand-in, on a loopback port of its own.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) inner: Arc<Mutex<Inner>>,
    pub(crate) url: String,
    server: JoinHandle<()>,
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Bucket {
    pub(crate) async fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner { secretive: true, ..Inner::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .fallback(serve)
            .layer(from_fn(testing::wire::record))
            .layer(axum::extract::DefaultBodyLimit::max(8 << 20))
            .with_state(inner.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { inner, url, server }
    }

    pub(crate) async fn sdk(&self) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::latest())
            .http_client(runtime::aws::https_client())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("id", "key", None, None, "test"))
            .endpoint_url(&self.url)
            .retry_config(RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(1)))
            .load()
            .await
    }

    /// Writes the next calls down as those of a handler.
    pub(crate) fn called_by(&self, handler: Handler) {
        self.inner.lock().unwrap().handler = handler.into_str();
    }

    /// Calls a handler with an event.
    pub(crate) async fn call(
        &self,
        handler: Handler,
        variables: &[(Variable, &str)],
        event: Value,
    ) -> Result<Value, Failure> {
        let environment = Environment::new(variables.iter().map(|(variable, value)| (*variable, (*value).to_owned())));
        self.called_by(handler);
        let handler = handlers::new(handler, &self.sdk().await, &environment)?;
        handler.handle(Invocation { event, deadline: Instant::now() + Duration::from_mins(1) }).await
    }

    /// The keys of the objects that are there.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.inner.lock().unwrap().objects.keys().cloned().collect()
    }

    /// An object as it is now.
    pub(crate) fn object(&self, key: &str) -> Option<Object> {
        self.inner.lock().unwrap().objects.get(key)?.last().cloned()
    }

    /// What CloudFormation was answered last.
    pub(crate) fn answer(&self) -> Value {
        self.inner.lock().unwrap().answers.last().cloned().unwrap()
    }
}

async fn serve(
    State(inner): State<Arc<Mutex<Inner>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inner = inner.lock().unwrap();
    crate::calls::record(inner.handler, &method, &uri, &headers, &body);
    if headers.contains_key("x-amz-target") || body.starts_with(b"Action=") {
        return (StatusCode::OK, json!({}).to_string()).into_response();
    }
    if uri.path() == "/answer" {
        inner.answers.push(serde_json::from_slice(&body).unwrap());
        return StatusCode::OK.into_response();
    }
    if inner.denied_until.is_some_and(|until| std::time::Instant::now() < until) {
        return error(StatusCode::FORBIDDEN, "AccessDenied");
    }
    let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8().unwrap().into_owned();
    let Some(key) = path.strip_prefix(&format!("/{NAME}")).map(|key| key.trim_start_matches('/').to_owned()) else {
        return error(StatusCode::NOT_FOUND, "NoSuchBucket");
    };
    let query = uri.query().unwrap_or_default();
    match method {
        Method::PUT => inner.put(&key, &headers, &body),
        Method::DELETE => inner.delete(&key, query),
        _ if key.is_empty() => inner.list(query),
        _ => inner.get(&key),
    }
}

fn error(status: StatusCode, code: &str) -> Response {
    (status, format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>")).into_response()
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

impl Inner {
    fn etag(&self, key: &str) -> Option<String> {
        Some(format!("\"{}\"", self.objects.get(key)?.last()?.version))
    }

    fn put(&mut self, key: &str, headers: &HeaderMap, body: &Bytes) -> Response {
        if let Some(status) = self.faults.remove(key) {
            let code = if status == 409 { "ConditionalRequestConflict" } else { "Fault" };
            return error(StatusCode::from_u16(status).unwrap(), code);
        }
        if self.vanishing.remove(key) {
            self.objects.remove(key);
        }
        let condition = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let etag = self.etag(key);
        if condition("if-match").is_some() && etag.is_none() {
            self.lost += 1;
            return error(StatusCode::NOT_FOUND, "NoSuchKey");
        }
        let exists = condition("if-none-match").is_some() && etag.is_some();
        let changed = condition("if-match").is_some_and(|wanted| Some(wanted) != etag);
        if exists || changed {
            self.lost += 1;
            return error(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
        }
        self.version += 1;
        let object = Object { body: plain(headers, body), headers: headers.clone(), version: self.version };
        self.objects.entry(key.to_owned()).or_default().push(object);
        (StatusCode::OK, [("etag", format!("\"{}\"", self.version))]).into_response()
    }

    fn get(&self, key: &str) -> Response {
        let Some(object) = self.objects.get(key).and_then(|versions| versions.last()) else {
            return if self.secretive {
                error(StatusCode::FORBIDDEN, "AccessDenied")
            } else {
                error(StatusCode::NOT_FOUND, "NoSuchKey")
            };
        };
        let mut response = (StatusCode::OK, object.body.clone()).into_response();
        response.headers_mut().insert("etag", self.etag(key).unwrap().parse().unwrap());
        for (name, value) in &object.headers {
            if name.as_str().starts_with("x-amz-meta-") {
                response.headers_mut().insert(name, value.clone());
            }
        }
        response
    }

    fn delete(&mut self, key: &str, query: &str) -> Response {
        let version: u64 = parameter(query, "versionId").expect("versions are deleted, not hidden").parse().unwrap();
        if let Some(versions) = self.objects.get_mut(key) {
            versions.retain(|object| object.version != version);
        }
        self.objects.retain(|_, versions| !versions.is_empty());
        StatusCode::NO_CONTENT.into_response()
    }

    /// Versions, five a page; the version's marker is enough to go on.
    fn list(&self, query: &str) -> Response {
        assert!(query.split('&').any(|name| name.starts_with("versions")), "{query}");
        let prefix = parameter(query, "prefix").unwrap_or_default();
        let prefix = percent_encoding::percent_decode_str(prefix).decode_utf8().unwrap();
        let after = parameter(query, "version-id-marker").map_or(0, |marker| marker.parse::<u64>().unwrap());
        let mut found: Vec<(u64, &String)> = self
            .objects
            .iter()
            .filter(|(key, _)| key.starts_with(prefix.as_ref()))
            .flat_map(|(key, versions)| versions.iter().map(move |object| (object.version, key)))
            .filter(|(version, _)| *version > after)
            .collect();
        found.sort_unstable();
        let more = found.len() > 5;
        found.truncate(5);
        let mut text = format!("<ListVersionsResult><IsTruncated>{more}</IsTruncated>");
        if let Some((version, key)) = found.last().filter(|_| more) {
            write!(text, "<NextKeyMarker>{key}</NextKeyMarker>").unwrap();
            write!(text, "<NextVersionIdMarker>{version}</NextVersionIdMarker>").unwrap();
        }
        for (version, key) in found {
            write!(text, "<Version><Key>{key}</Key><VersionId>{version}</VersionId></Version>").unwrap();
        }
        text.push_str("</ListVersionsResult>");
        text.into_response()
    }
}

/// The content of a body that the SDK sends in signed chunks (`aws-chunked`).
fn plain(headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let chunked = headers.get("content-encoding").is_some_and(|value| value.to_str().unwrap().contains("aws-chunked"));
    if !chunked {
        return body.to_vec();
    }
    let (mut rest, mut content) = (body, Vec::new());
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap().split(';').next().unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        content.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
    content
}
