//! Makes the outputs of a workflow a `MediaPackage` asset.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_mediapackagevod::{Client, types::EgressEndpoint};
use aws_types::SdkConfig;
use futures_util::{FutureExt as _, future::BoxFuture};
use pipeline::{
    contract::Variable,
    packaging::{self, PackagingError},
    record::Record,
};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::Handle;
use crate::{aws::failure::ServiceFailure, environment::Environment, failure::Failure, service::Invocation};

/// The answer to an id that is taken, among others
/// (<https://docs.aws.amazon.com/mediapackage-vod/latest/apireference/assets.html>).
const UNPROCESSABLE: &str = "UnprocessableEntityException";

/// The handler, which takes a record and returns it with the asset's addresses.
#[derive(Debug)]
pub(super) struct MediaPackageAssets {
    client: Client,
    group: String,
    role: String,
    tags: HashMap<String, String>,
}

impl MediaPackageAssets {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        let tags: BTreeMap<_, _> = serde_json::from_str(environment.get(Variable::Tags)?)
            .map_err(|source| Failure::InvalidVariable { variable: Variable::Tags, source: source.into() })?;
        Ok(Self {
            client: Client::new(sdk),
            group: environment.get(Variable::PackagingGroup)?.to_owned(),
            role: environment.get(Variable::MediaPackageRole)?.to_owned(),
            tags: tags.into_iter().collect(),
        })
    }

    async fn package(&self, event: Value) -> Result<Value, Failure> {
        let record = Record::deserialize(event)
            .map_err(|source| Failure::InvalidEvent { expected: "a workflow's record", source })?;
        let source = packaging::source_arn(&record, &self.role)?;
        let id = packaging::asset_id(&record);
        let endpoints = match self.create(id, &source).await {
            Ok(endpoints) => endpoints,
            Err(refusal) if refusal.is(UNPROCESSABLE) => self.existing(id, &source).await?.ok_or(refusal)?,
            Err(failure) => return Err(failure.into()),
        };
        let endpoints =
            endpoints.iter().filter_map(|endpoint| Some((endpoint.packaging_configuration_id()?, endpoint.url()?)));
        Ok(json!(packaging::packaged(record, endpoints)?))
    }

    async fn create(&self, id: &str, source: &str) -> Result<Vec<EgressEndpoint>, ServiceFailure> {
        let request = self.client.create_asset().id(id).packaging_group_id(&self.group);
        let request = request.source_arn(source).source_role_arn(&self.role).set_tags(Some(self.tags.clone()));
        match request.send().await {
            Ok(asset) => Ok(asset.egress_endpoints.unwrap_or_default()),
            Err(error) => Err(ServiceFailure::new(format!("create the asset `{id}`"), &error)),
        }
    }

    /// The addresses of the asset that an earlier try made from the same source, if there is one.
    async fn existing(&self, id: &str, source: &str) -> Result<Option<Vec<EgressEndpoint>>, ServiceFailure> {
        match self.client.describe_asset().id(id).send().await {
            Ok(asset) => {
                let same = asset.source_arn() == Some(source) && asset.packaging_group_id() == Some(&self.group);
                tracing::info!(same, "the asset exists");
                Ok(same.then_some(asset.egress_endpoints.unwrap_or_default()))
            }
            Err(error) => {
                let failure = ServiceFailure::new(format!("look up the asset `{id}`"), &error);
                if failure.is("NotFoundException") { Ok(None) } else { Err(failure) }
            }
        }
    }
}

impl Handle for MediaPackageAssets {
    fn handle(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, Failure>> {
        self.package(invocation.event).boxed()
    }
}

impl From<PackagingError> for Failure {
    fn from(error: PackagingError) -> Self {
        Self::rejected(error.name(), error)
    }
}
