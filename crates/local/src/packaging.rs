//! A stand-in for MediaPackage VOD: it keeps assets and gives them addresses, and packages nothing.
//!
//! Wire format: <https://docs.aws.amazon.com/mediapackage-vod/latest/apireference/assets.html>.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use fs_err as fs;
use pipeline::packaging::PackageFormat;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::VariantArray as _;

use super::Error;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// The place that the assets' ARNs name.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) region: String,
    pub(super) account: String,
}

/// An asset as it was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asset {
    id: String,
    packaging_group_id: String,
    source_arn: String,
    source_role_arn: String,
    #[serde(default)]
    resource_id: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Service {
    place: Place,
    file: PathBuf,
    assets: Mutex<BTreeMap<String, Asset>>,
}

/// The service, with the assets that the file holds.
pub(super) fn router(place: Place, file: PathBuf) -> Result<Router, Error> {
    let assets = if file.exists() { super::read_json(&file)? } else { BTreeMap::new() };
    let service = Service { place, file, assets: Mutex::new(assets) };
    Ok(Router::new()
        .route("/assets", get(list).post(create))
        .route("/assets/{id}", get(describe).delete(delete))
        .with_state(Arc::new(service)))
}

impl Service {
    /// Changes the assets, and keeps the change.
    fn change<T>(&self, change: impl FnOnce(&mut BTreeMap<String, Asset>) -> T) -> Result<T, Refusal> {
        let mut assets = self.assets.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = change(&mut assets);
        let text = json!(*assets).to_string();
        match fs::write(&self.file, text) {
            Ok(()) => Ok(answer),
            Err(error) => {
                Err(Refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerErrorException", error.to_string()))
            }
        }
    }

    fn described(&self, asset: &Asset) -> Value {
        let Place { region, account } = &self.place;
        let mut body = json!(asset);
        body["arn"] = format!("arn:aws:mediapackage-vod:{region}:{account}:assets/{}", asset.id).into();
        body["egressEndpoints"] = PackageFormat::VARIANTS
            .iter()
            .map(|format| {
                let manifest = match format {
                    PackageFormat::Hls | PackageFormat::Cmaf => "index.m3u8",
                    PackageFormat::Dash => "index.mpd",
                    PackageFormat::Mss => "index.ism/Manifest",
                };
                let configuration = format.configuration_id(&asset.packaging_group_id, None);
                let path = format!("out/v1/{}/{configuration}/{manifest}", asset.id);
                let url = format!("https://local.egress.mediapackage-vod.{region}.amazonaws.com/{path}");
                json!({ "packagingConfigurationId": configuration, "status": "PLAYABLE", "url": url })
            })
            .collect();
        body
    }
}

/// An error as the service returns it.
struct Refusal(StatusCode, &'static str, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, kind, message) = self;
        (status, [(ERROR_TYPE, kind)], Json(json!({ "message": message }))).into_response()
    }
}

fn missing(id: &str) -> Refusal {
    Refusal(StatusCode::NOT_FOUND, "NotFoundException", format!("there is no asset `{id}`"))
}

async fn create(State(service): State<Arc<Service>>, body: String) -> Result<Response, Refusal> {
    let unprocessable = |message| Refusal(StatusCode::UNPROCESSABLE_ENTITY, "UnprocessableEntityException", message);
    let asset: Asset = serde_json::from_str(&body).map_err(|error| unprocessable(error.to_string()))?;
    let described = service.described(&asset);
    let taken = service.change(|assets| {
        let taken = assets.contains_key(&asset.id);
        assets.entry(asset.id.clone()).or_insert(asset);
        taken
    })?;
    if taken {
        return Err(unprocessable("an asset has this id".to_owned()));
    }
    tracing::info!("packaging: asset {}", described["id"]);
    Ok(Json(described).into_response())
}

async fn list(
    State(service): State<Arc<Service>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, Refusal> {
    let group = query.get("packagingGroupId");
    let assets = service.assets.lock().unwrap_or_else(PoisonError::into_inner);
    let ours = assets.values().filter(|asset| group.is_none_or(|group| *group == asset.packaging_group_id));
    let assets: Vec<Value> = ours.map(|asset| service.described(asset)).collect();
    Ok(Json(json!({ "assets": assets })))
}

async fn describe(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let assets = service.assets.lock().unwrap_or_else(PoisonError::into_inner);
    assets.get(&id).map(|asset| Json(service.described(asset))).ok_or_else(|| missing(&id))
}

async fn delete(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    match service.change(|assets| assets.remove(&id))? {
        Some(_) => Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response()),
        None => Err(missing(&id)),
    }
}
