//! Makes the outputs of a workflow a `MediaPackage` asset.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_mediapackagevod::{Client, types::EgressEndpoint};
use aws_types::SdkConfig;
use pipeline::{
    contract::Variable,
    errors::ErrorName,
    metrics::Metric,
    packaging::{self, Endpoint},
    record::Record,
};

use crate::{
    clock,
    environment::Environment,
    failure::{Failure, ServiceFailure, unless_gone},
    metrics,
};

/// The answer to an id that is taken, among others
/// (<https://docs.aws.amazon.com/mediapackage-vod/latest/apireference/assets.html>).
const UNPROCESSABLE: &str = "UnprocessableEntityException";

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

    pub(super) async fn package(&self, record: Record) -> Result<Record, Failure> {
        let source = packaging::source_arn(&record, &self.role)?;
        let id = packaging::asset_id(&record);
        let endpoints = match self.create(id, &source).await {
            Ok(endpoints) => endpoints,
            Err(refusal) if packaging::is_quota(refusal.message()) => {
                tracing::error!(error = %refusal, "the video is published without an asset");
                metrics::emit(&record.workflow_name, None, &[(Metric::AssetsFailed, 1.0)]);
                return Ok(packaging::unpackaged(record, ErrorName::QuotaReached, &refusal.to_string()));
            }
            Err(refusal) if refusal.is(UNPROCESSABLE) => self.existing(&record, &source).await?.ok_or(refusal)?,
            Err(failure) => return Err(failure.into()),
        };
        let before = record.workflow_warnings.len();
        let packaged = packaging::packaged(record, &seen(&endpoints))?;
        for warning in &packaged.workflow_warnings[before..] {
            tracing::error!(warning = warning.message, "the asset cannot be played");
            metrics::emit(&packaged.workflow_name, None, &[(Metric::AssetsFailed, 1.0)]);
        }
        Ok(packaged)
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
    ///
    /// One that does not serve is deleted, which takes a while: the step is retried, and makes a new one.
    async fn existing(&self, record: &Record, source: &str) -> Result<Option<Vec<EgressEndpoint>>, ServiceFailure> {
        let id = packaging::asset_id(record);
        let answer = self.client.describe_asset().id(id).send().await;
        let Some(asset) = unless_gone(format!("look up the asset `{id}`"), answer)? else { return Ok(None) };
        let same = asset.source_arn() == Some(source) && asset.packaging_group_id() == Some(&self.group);
        tracing::info!(same, "the asset exists");
        if !same {
            return Ok(None);
        }
        let created = asset.created_at().and_then(clock::milliseconds);
        let endpoints = asset.egress_endpoints.unwrap_or_default();
        let Some(reason) = packaging::obsolete(record, created, &seen(&endpoints)) else { return Ok(Some(endpoints)) };
        tracing::warn!(reason, "the asset is deleted and made again");
        unless_gone(format!("delete the asset `{id}`"), self.client.delete_asset().id(id).send().await)?;
        let reason = format!("there is one already, but {reason}; it is being deleted");
        Err(ServiceFailure::named(ErrorName::Unavailable, format!("create the asset `{id}`"), &reason))
    }
}

/// An asset's endpoints as the pipeline sees them.
fn seen(endpoints: &[EgressEndpoint]) -> Vec<Endpoint<'_>> {
    let seen = endpoints.iter().map(|endpoint| Endpoint {
        configuration: endpoint.packaging_configuration_id().unwrap_or_default(),
        url: endpoint.url(),
        status: endpoint.status(),
    });
    seen.collect()
}
