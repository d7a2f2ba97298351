//! A stand-in for S3 in one process: objects in memory, ranges, parts.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_types::{SdkConfig, region::Region};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use tokio::task::JoinHandle;

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Default)]
struct Bucket {
    /// By path, decoded: `/bucket/key`.
    objects: BTreeMap<String, Object>,
    /// The content type and the parts of uploads that are under way, by path.
    uploads: BTreeMap<String, (String, BTreeMap<u32, Bytes>)>,
    /// The largest body of any request.
    largest: usize,
    /// How each object was read.
    ranges: Vec<String>,
}

/// The stand-in, which ends with this.
pub(crate) struct S3 {
    address: String,
    bucket: Arc<Mutex<Bucket>>,
    server: JoinHandle<()>,
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl S3 {
    pub(crate) async fn start() -> Self {
        let bucket = Arc::new(Mutex::new(Bucket::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&bucket))
            .layer(axum::extract::DefaultBodyLimit::max(64 << 20));
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, bucket, server }
    }

    /// What the SDK needs to come here.
    pub(crate) fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "test");
        SdkConfig::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .http_client(crate::https_client())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.address)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    pub(crate) fn put(&self, path: &str, bytes: Vec<u8>) {
        let object = Object { content_type: "binary/octet-stream".to_owned(), bytes };
        self.bucket.lock().unwrap().objects.insert(path.to_owned(), object);
    }

    pub(crate) fn objects(&self) -> BTreeMap<String, Object> {
        self.bucket.lock().unwrap().objects.clone()
    }

    /// How many uploads in parts are under way.
    pub(crate) fn uploads(&self) -> usize {
        self.bucket.lock().unwrap().uploads.len()
    }

    /// The largest body of any request, in bytes.
    pub(crate) fn largest(&self) -> usize {
        self.bucket.lock().unwrap().largest
    }

    /// The ranges that were asked for.
    pub(crate) fn ranges(&self) -> Vec<String> {
        self.bucket.lock().unwrap().ranges.clone()
    }
}

async fn answer(
    State(bucket): State<Arc<Mutex<Bucket>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8().unwrap().into_owned();
    let query: BTreeMap<&str, &str> =
        uri.query().unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let content_type = headers.get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
    let mut bucket = bucket.lock().unwrap();
    bucket.largest = bucket.largest.max(body.len());
    let xml = |text: String| ([("content-type", "application/xml")], text).into_response();
    match method {
        Method::POST if query.contains_key("uploads") => {
            bucket.uploads.insert(path, (content_type, BTreeMap::new()));
            xml("<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>".to_owned())
        }
        Method::PUT if query.contains_key("partNumber") => {
            let number = query["partNumber"].parse().unwrap();
            bucket.uploads.get_mut(&path).unwrap().1.insert(number, body);
            [("etag", format!("\"{number}\""))].into_response()
        }
        Method::POST if query.contains_key("uploadId") => {
            let (content_type, parts) = bucket.uploads.remove(&path).unwrap();
            let bytes = parts.into_values().flatten().collect();
            bucket.objects.insert(path, Object { content_type, bytes });
            xml("<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>".to_owned())
        }
        Method::DELETE => {
            bucket.uploads.remove(&path);
            StatusCode::NO_CONTENT.into_response()
        }
        Method::PUT => {
            bucket.objects.insert(path, Object { content_type, bytes: body.to_vec() });
            [("etag", "\"e\"")].into_response()
        }
        _ => {
            let Some(object) = bucket.objects.get(&path).cloned() else {
                let body = if method == Method::HEAD {
                    ""
                } else {
                    "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>"
                };
                return (StatusCode::NOT_FOUND, body).into_response();
            };
            let all = object.bytes.len();
            let range = headers.get("range").map(|range| range.to_str().unwrap().to_owned());
            let (start, end) = match &range {
                Some(range) => {
                    let (start, end) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
                    (start.parse().unwrap(), end.parse::<usize>().map_or(all, |end| (end + 1).min(all)))
                }
                None => (0, all),
            };
            bucket.ranges.extend(range.clone());
            if start >= all {
                return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            }
            let status = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
            let headers = [
                ("accept-ranges", "bytes".to_owned()),
                ("content-range", format!("bytes {start}-{}/{all}", end - 1)),
                ("content-type", object.content_type),
                ("etag", "\"tag\"".to_owned()),
                ("last-modified", "Sun, 22 Nov 2026 20:00:00 GMT".to_owned()),
            ];
            let mut response = (status, headers, object.bytes[start..end].to_vec()).into_response();
            if method == Method::HEAD {
                response.headers_mut().insert("content-length", all.into());
                *response.body_mut() = axum::body::Body::empty();
            }
            response
        }
    }
}
