//! Recording stand-ins for the services that the emulator lacks: `MediaConvert`'s job templates and endpoints, and the assets
//! of `MediaPackage` VOD. Wire formats: their API references (rest-json).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use pipeline::packaging::PackageFormat;
use serde_json::{Value, json};
use strum::VariantArray as _;
use tokio::net::TcpListener;

use crate::e2e::emulator::{ACCOUNT, REGION};

/// Both services on one port; they end with the test's runtime.
#[derive(Clone)]
pub(crate) struct MediaFake {
    address: SocketAddr,
    records: Arc<Mutex<Records>>,
}

#[derive(Default)]
struct Records {
    templates: BTreeMap<String, Value>,
    assets: BTreeMap<String, String>,
    calls: Vec<String>,
    rejected: Option<String>,
    jobs: Vec<Value>,
    canceled: Vec<String>,
}

impl MediaFake {
    /// Serves on a free port of the loopback interface.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let fake = Self { address: listener.local_addr().unwrap(), records: Arc::default() };
        let router = Router::new()
            .route("/2017-08-29/jobTemplates", post(create_template).get(list_templates))
            .route("/2017-08-29/jobTemplates/{name}", get(get_template).delete(delete_template))
            .route("/2017-08-29/endpoints", post(describe_endpoints))
            .route("/2017-08-29/jobs", post(create_job))
            .route("/2017-08-29/jobs/{id}", delete(cancel_job))
            .route("/2017-08-29/search", get(search_jobs))
            .route("/2017-08-29/probe", post(probe))
            .route("/assets", get(list_assets).post(create_asset))
            .route("/assets/{id}", delete(delete_asset))
            .fallback(unknown)
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The names of the job templates that exist now.
    pub(crate) fn templates(&self) -> Vec<String> {
        self.records().templates.keys().cloned().collect()
    }

    /// The calls since this was last asked, as `METHOD thing`.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.records().calls)
    }

    /// From now on refuses job templates whose name starts so; `None` accepts all again.
    pub(crate) fn reject(&self, prefix: Option<&str>) {
        self.records().rejected = prefix.map(str::to_owned);
    }

    /// The jobs that were submitted.
    pub(crate) fn jobs(&self) -> Vec<Value> {
        self.records().jobs.clone()
    }

    /// The ids of the jobs that were canceled.
    pub(crate) fn canceled(&self) -> Vec<String> {
        self.records().canceled.clone()
    }

    /// Puts an asset into a packaging group.
    pub(crate) fn add_asset(&self, id: &str, packaging_group: &str) {
        self.records().assets.insert(id.to_owned(), packaging_group.to_owned());
    }

    /// The ids of the assets that exist now.
    pub(crate) fn assets(&self) -> Vec<String> {
        self.records().assets.keys().cloned().collect()
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap()
    }

    fn record(&self, call: String) -> MutexGuard<'_, Records> {
        let mut records = self.records();
        records.calls.push(call);
        records
    }
}

async fn create_template(State(fake): State<MediaFake>, Json(mut body): Json<Value>) -> Response {
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    let mut records = fake.record(format!("POST {name}"));
    let well_named = (1..=80).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !well_named || !body["settings"].is_object() {
        return refusal(
            StatusCode::BAD_REQUEST,
            "BadRequestException",
            "a job template needs a valid name and settings",
        );
    }
    if records.templates.contains_key(&name) {
        return refusal(StatusCode::CONFLICT, "ConflictException", "a job template has this name");
    }
    if records.rejected.as_ref().is_some_and(|prefix| name.starts_with(prefix.as_str())) {
        return refusal(StatusCode::BAD_REQUEST, "BadRequestException", "rejected, as the test asked");
    }
    body["arn"] = format!("arn:aws:mediaconvert:{REGION}:{ACCOUNT}:jobTemplates/{name}").into();
    body["type"] = "CUSTOM".into();
    records.templates.insert(name, body.clone());
    (StatusCode::CREATED, Json(json!({ "jobTemplate": body }))).into_response()
}

async fn list_templates(State(fake): State<MediaFake>) -> Response {
    let templates: Vec<Value> = fake.record("LIST".to_owned()).templates.values().cloned().collect();
    Json(json!({ "jobTemplates": templates })).into_response()
}

async fn get_template(State(fake): State<MediaFake>, Path(name): Path<String>) -> Response {
    match fake.record(format!("GET {name}")).templates.get(&name) {
        Some(template) => Json(json!({ "jobTemplate": template })).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "NotFoundException", "no such job template"),
    }
}

async fn delete_template(State(fake): State<MediaFake>, Path(name): Path<String>) -> Response {
    match fake.record(format!("DELETE {name}")).templates.remove(&name) {
        Some(_) => (StatusCode::ACCEPTED, Json(json!({}))).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "NotFoundException", "no such job template"),
    }
}

async fn describe_endpoints(State(fake): State<MediaFake>) -> Response {
    drop(fake.record("ENDPOINTS".to_owned()));
    Json(json!({ "endpoints": [{ "url": fake.url() }] })).into_response()
}

/// Jobs are deduplicated by their client token, as the service does.
async fn create_job(State(fake): State<MediaFake>, Json(mut body): Json<Value>) -> Response {
    let mut records = fake.record("POST job".to_owned());
    let token = body["clientRequestToken"].clone();
    if let Some(job) = records.jobs.iter().find(|job| job["clientRequestToken"] == token) {
        return (StatusCode::CREATED, Json(json!({ "job": job }))).into_response();
    }
    let id = format!("1700000000000-{:06}", records.jobs.len());
    body["arn"] = format!("arn:aws:mediaconvert:{REGION}:{ACCOUNT}:jobs/{id}").into();
    body["id"] = id.into();
    body["status"] = "SUBMITTED".into();
    records.jobs.push(body.clone());
    (StatusCode::CREATED, Json(json!({ "job": body }))).into_response()
}

/// The newest come first.
async fn search_jobs(State(fake): State<MediaFake>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let records = fake.record("SEARCH jobs".to_owned());
    let file = query.get("inputFile").map_or("", String::as_str);
    let of_file = |job: &&Value| {
        job["settings"]["inputs"][0]["fileInput"].as_str().is_some_and(|input| input.contains(file))
            && query.get("queue").is_none_or(|queue| job["queue"] == queue.as_str())
    };
    let jobs: Vec<&Value> = records.jobs.iter().rev().filter(of_file).collect();
    Json(json!({ "jobs": jobs })).into_response()
}

/// Whoever asks has signed.
async fn cancel_job(State(fake): State<MediaFake>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let mut records = fake.record(format!("DELETE job {id}"));
    if !headers.contains_key("authorization") {
        return refusal(StatusCode::FORBIDDEN, "ForbiddenException", "the request is not signed");
    }
    if records.jobs.iter().all(|job| job["id"] != id.as_str()) {
        return refusal(StatusCode::NOT_FOUND, "NotFoundException", "no such job");
    }
    records.canceled.push(id);
    (StatusCode::ACCEPTED, Json(json!({}))).into_response()
}

/// The service's answer in a region that has no probes.
async fn probe(State(fake): State<MediaFake>) -> Response {
    drop(fake.record("PROBE".to_owned()));
    refusal(StatusCode::NOT_FOUND, "NotFoundException", "no such operation here")
}

async fn list_assets(State(fake): State<MediaFake>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let group = query.get("packagingGroupId");
    let records = fake.record("LIST assets".to_owned());
    let ours = records.assets.iter().filter(|(_, asset_group)| group.is_none_or(|group| group == *asset_group));
    let assets: Vec<Value> = ours.map(|(id, group)| json!({ "id": id, "packagingGroupId": group })).collect();
    Json(json!({ "assets": assets })).into_response()
}

async fn create_asset(State(fake): State<MediaFake>, Json(mut body): Json<Value>) -> Response {
    let (id, group) = (body["id"].as_str().unwrap().to_owned(), body["packagingGroupId"].as_str().unwrap().to_owned());
    let endpoints = PackageFormat::VARIANTS.iter().map(|format| {
        let configuration = format.configuration_id(&group, None);
        let url = format!("https://e2e.egress.mediapackage-vod.{REGION}.amazonaws.com/out/v1/{configuration}/index");
        json!({ "packagingConfigurationId": configuration, "status": "PLAYABLE", "url": url })
    });
    body["egressEndpoints"] = endpoints.collect();
    fake.record(format!("POST asset {id}")).assets.insert(id, group);
    Json(body).into_response()
}

async fn delete_asset(State(fake): State<MediaFake>, Path(id): Path<String>) -> Response {
    match fake.record(format!("DELETE asset {id}")).assets.remove(&id) {
        Some(_) => (StatusCode::ACCEPTED, Json(json!({}))).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "NotFoundException", "no such asset"),
    }
}

/// A call that this fake does not know must not look like a service's answer.
async fn unknown(State(fake): State<MediaFake>, request: axum::extract::Request) -> Response {
    drop(fake.record(format!("UNKNOWN {} {}", request.method(), request.uri())));
    StatusCode::NOT_IMPLEMENTED.into_response()
}

fn refusal(status: StatusCode, kind: &'static str, message: &str) -> Response {
    let headers = HeaderMap::from_iter([(
        axum::http::HeaderName::from_static("x-amzn-errortype"),
        HeaderValue::from_static(kind),
    )]);
    (status, headers, Json(json!({ "message": message }))).into_response()
}
