//! Outputs as a packaged asset of `MediaPackage` VOD: what it is made of, and where viewers find it.

use std::collections::BTreeMap;

use strum::{IntoStaticStr, VariantArray};

use crate::{
    contract::Handler,
    errors::ErrorName,
    location::{Location, LocationError},
    record::{Packaging, Record, Warning},
};

/// A format that assets are packaged in; the words are the record's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "UPPERCASE", const_into_str)]
pub enum PackageFormat {
    /// HLS with MPEG-TS segments.
    Hls,
    Dash,
    /// HLS with CMAF segments.
    Cmaf,
    /// Smooth Streaming.
    Mss,
}

/// How many hexadecimal digits of its content's hash distinguish the revisions of a packaging configuration.
pub const REVISION_DIGITS: usize = 8;

impl PackageFormat {
    /// The id of a deployment's packaging configuration for the format.
    ///
    /// `MediaPackage` cannot change a configuration, and no two have one id. So one with another content than the first
    /// release's has a revision in its id: the first [`REVISION_DIGITS`] digits of its content's hash.
    pub fn configuration_id(self, workflow: &str, revision: Option<&str>) -> String {
        let format = self.into_str().to_lowercase();
        match revision {
            None => format!("{workflow}-{format}"),
            Some(revision) => format!("{workflow}-{format}-{revision}"),
        }
    }

    /// The format of a deployment's packaging configuration, whatever its revision.
    fn of_configuration(workflow: &str, id: &str) -> Option<Self> {
        let is_revision =
            |text: &str| text.len() == REVISION_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        Self::VARIANTS.iter().copied().find(|format| {
            let rest = id.strip_prefix(&format.configuration_id(workflow, None));
            rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(is_revision))
        })
    }
}

/// Why the outputs of a workflow cannot be packaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackagingError {
    #[error("the outputs hold neither HLS nor CMAF with an HLS playlist, and MediaPackage packages nothing else")]
    NothingToPackage,
    #[error("the playlist `{path}` cannot be packaged")]
    Path { path: String, source: LocationError },
    #[error("MediaPackage gave `{url}` as the asset's address")]
    Address { url: String },
}

impl PackagingError {
    /// The name that state machines know the error by.
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::NothingToPackage | Self::Path { .. } => ErrorName::NothingToPackage,
            Self::Address { .. } => ErrorName::Unavailable,
        }
    }
}

/// The asset's id: the workflow's own, so that a repeat finds the asset and makes no second one.
pub fn asset_id(record: &Record) -> &str {
    &record.guid
}

/// The ARN of the playlist that the asset is made from: that of HLS, or else that of CMAF.
///
/// `role` is the ARN of the role that reads it, which names the partition.
pub fn source_arn(record: &Record, role: &str) -> Result<String, PackagingError> {
    let outputs = &record.outputs;
    let path = outputs.hls_playlist.as_ref().or(outputs.cmaf_hls_playlist.as_ref());
    let path = path.ok_or(PackagingError::NothingToPackage)?;
    let playlist: Location = path.parse().map_err(|source| PackagingError::Path { path: path.clone(), source })?;
    Ok(playlist.arn(role.split(':').nth(1).unwrap_or("aws")))
}

/// Where an asset is to be found in one format, as `MediaPackage` reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// The id of the packaging configuration.
    pub configuration: &'a str,
    /// The address; none yet, or none at all.
    pub url: Option<&'a str>,
    /// `QUEUED`, `PROCESSING`, `PLAYABLE` or `FAILED` (service model, `EgressEndpoint.Status`).
    pub status: Option<&'a str>,
}

impl<'a> Endpoint<'a> {
    fn has_failed(&self) -> bool {
        self.status == Some("FAILED")
    }

    /// The configuration and the address, where that works or will.
    pub fn address(&self) -> Option<(&'a str, &'a str)> {
        let url = self.url.filter(|url| !url.is_empty() && !self.has_failed())?;
        Some((self.configuration, url))
    }
}

/// Why an asset that exists does not serve, and has to be made again, if it has to.
///
/// `MediaPackage` reads the outputs once, when an asset is made: one from before the job's end shows what an earlier job
/// wrote. `created` is when the asset was made, in Unix milliseconds.
pub fn obsolete(record: &Record, created: Option<i64>, endpoints: &[Endpoint<'_>]) -> Option<&'static str> {
    let ended = record.encoding.encoding_output.as_ref().and_then(|event| event.pointer("/detail/timestamp")?.as_i64());
    if endpoints.iter().any(Endpoint::has_failed) {
        Some("MediaPackage failed to package it")
    } else if created.zip(ended).is_some_and(|(created, ended)| created < ended) {
        Some("it is of an earlier job's outputs")
    } else {
        None
    }
}

/// Whether a refusal to make an asset is about the number of assets, and not about the number of requests: the service
/// has one error for both (service model, `TooManyRequestsException`), which its message distinguishes.
pub fn is_quota(message: &str) -> bool {
    let message = message.to_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| message.contains(word));
    holds(&["quota", "limit", "maximum number"]) && !holds(&["rate", "throttl", "requests"])
}

/// The record of a workflow whose outputs are published without an asset.
pub fn unpackaged(mut record: Record, error: ErrorName, message: &str) -> Record {
    record.packaging = Packaging::default();
    record.workflow_warnings.push(Warning::new(Handler::MediaPackageAssets, error, message));
    record
}

/// The record of a workflow whose asset exists.
///
/// `endpoints` are the asset's addresses by packaging configuration. Addresses are moved to CloudFront, which has
/// `MediaPackage` as an origin; those of configurations that are not the deployment's stand under the whole id. What
/// has no address, or one that leads nowhere, is a warning: the outputs themselves can be played.
pub fn packaged(mut record: Record, endpoints: &[Endpoint<'_>]) -> Result<Record, PackagingError> {
    let domain = &record.options.cloud_front;
    let moved = endpoints.iter().filter_map(Endpoint::address).map(|(configuration, url)| {
        let address = || PackagingError::Address { url: url.to_owned() };
        let (_, path) = url.strip_prefix("https://").and_then(|rest| rest.split_once('/')).ok_or_else(address)?;
        let format = PackageFormat::of_configuration(&record.workflow_name, configuration)
            .map_or(configuration, |format| format.into_str());
        Ok((format.to_owned(), format!("https://{domain}/{path}")))
    });
    record.packaging.egress_endpoints = moved.collect::<Result<BTreeMap<_, _>, _>>()?;
    record.packaging.media_package_resource_id = Some(asset_id(&record).to_owned());
    let lost: Vec<&str> = endpoints
        .iter()
        .filter(|endpoint| endpoint.address().is_none())
        .map(|endpoint| endpoint.configuration)
        .collect();
    if endpoints.is_empty() || !lost.is_empty() {
        let which = if lost.is_empty() { "any packaging configuration".to_owned() } else { lost.join(", ") };
        let message = format!("the asset `{}` has no address that works for {which}", asset_id(&record));
        record.workflow_warnings.push(Warning::new(Handler::MediaPackageAssets, ErrorName::AssetFailed, &message));
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::{Outputs, sample};

    fn endpoint<'a>(configuration: &'a str, url: &'a str, status: &'a str) -> Endpoint<'a> {
        Endpoint { configuration, url: Some(url).filter(|url| !url.is_empty()), status: Some(status) }
    }

    #[test]
    fn an_address_that_leads_nowhere_is_a_warning_and_no_address() {
        let url = "https://host/out/v1/a";
        for (endpoints, addresses, warned) in [
            (vec![], 0, "any packaging configuration"),
            (vec![endpoint("vod-hls", url, "FAILED")], 0, "vod-hls"),
            (vec![endpoint("vod-hls", "", "QUEUED")], 0, "vod-hls"),
            (vec![endpoint("vod-hls", url, "PLAYABLE"), endpoint("vod-dash", url, "FAILED")], 1, "vod-dash"),
            (vec![endpoint("vod-hls", url, "PLAYABLE")], 1, ""),
        ] {
            let packaged = packaged(record(Outputs::default()), &endpoints).unwrap();
            assert_eq!(packaged.packaging.egress_endpoints.len(), addresses, "{endpoints:?}");
            let warnings = json!(packaged.workflow_warnings).to_string();
            assert!(warnings.contains(warned) && (warnings == "[]") == warned.is_empty(), "{warnings}");
        }
    }

    #[test]
    fn an_asset_is_made_again_when_it_failed_or_is_older_than_the_outputs() {
        let mut record = record(Outputs::default());
        record.encoding.encoding_output = Some(json!({ "detail": { "timestamp": 1000 } }));
        let fine = [endpoint("vod-hls", "https://host/a", "PLAYABLE")];
        assert_eq!(obsolete(&record, Some(1000), &fine), None);
        assert_eq!(obsolete(&record, None, &fine), None);
        assert!(obsolete(&record, Some(999), &fine).is_some());
        assert!(obsolete(&record, Some(1000), &[endpoint("vod-hls", "", "FAILED")]).is_some());
    }

    #[test]
    fn a_quota_is_distinguished_from_throttling() {
        for (message, quota) in [
            ("Asset limit exceeded for packaging group vod", true),
            ("You have reached your quota of 10000 assets", true),
            ("The maximum number of assets in a packaging group is 10000", true),
            ("Too many requests", false),
            ("Rate exceeded", false),
            ("The client has exceeded their resource or throttling limits.", false),
            ("ID g already exists", false),
            ("", false),
        ] {
            assert_eq!(is_quota(message), quota, "{message}");
        }
    }

    const ROLE: &str = "arn:aws-cn:iam::111122223333:role/packaging";

    fn record(outputs: Outputs) -> Record {
        Record { outputs, ..sample(&json!({"workflowName": "my-hls", "enableMediaPackage": true})) }
    }

    #[test]
    fn the_source_is_hls_or_else_cmaf() {
        let both = Outputs {
            hls_playlist: Some("s3://dest/g/hls/a +%🎬.m3u8".into()),
            cmaf_hls_playlist: Some("s3://dest/g/cmaf/a.m3u8".into()),
            ..Outputs::default()
        };
        let arn = |outputs: &Outputs| source_arn(&record(outputs.clone()), ROLE);
        assert_eq!(arn(&both).unwrap(), "arn:aws-cn:s3:::dest/g/hls/a +%🎬.m3u8");
        let cmaf = Outputs { hls_playlist: None, ..both };
        assert_eq!(arn(&cmaf).unwrap(), "arn:aws-cn:s3:::dest/g/cmaf/a.m3u8");
        let dash = Outputs { dash_playlist: Some("s3://dest/g/dash/a.mpd".into()), ..Outputs::default() };
        assert_eq!(arn(&dash), Err(PackagingError::NothingToPackage));
        let wrong = Outputs { hls_playlist: Some("g/hls/a.m3u8".into()), ..Outputs::default() };
        let error = arn(&wrong).unwrap_err();
        assert_eq!(error.name(), ErrorName::NothingToPackage);
        assert!(error.to_string().contains("g/hls/a.m3u8"));
    }

    #[test]
    fn addresses_move_to_cloudfront() {
        let host = "https://0123.egress.mediapackage-vod.eu-west-1.amazonaws.com";
        let urls: Vec<_> = ["my-hls-hls", "my-hls-dash", "my-hls-cmaf", "my-hls-mss", "my-hls", "theirs-hls"]
            .into_iter()
            .map(|id| (id, format!("{host}/out/v1/{id}/index.m3u8?x=1")))
            .collect();
        let endpoints: Vec<_> = urls.iter().map(|(id, url)| endpoint(id, url, "QUEUED")).collect();
        let packaged = packaged(record(Outputs::default()), &endpoints).unwrap();
        assert_eq!(packaged.packaging.media_package_resource_id.as_deref(), Some("g"));
        insta::assert_json_snapshot!(packaged.packaging.egress_endpoints, @r#"
        {
          "CMAF": "https://d.cloudfront.net/out/v1/my-hls-cmaf/index.m3u8?x=1",
          "DASH": "https://d.cloudfront.net/out/v1/my-hls-dash/index.m3u8?x=1",
          "HLS": "https://d.cloudfront.net/out/v1/my-hls-hls/index.m3u8?x=1",
          "MSS": "https://d.cloudfront.net/out/v1/my-hls-mss/index.m3u8?x=1",
          "my-hls": "https://d.cloudfront.net/out/v1/my-hls/index.m3u8?x=1",
          "theirs-hls": "https://d.cloudfront.net/out/v1/theirs-hls/index.m3u8?x=1"
        }
        "#);
    }

    #[test]
    fn a_configuration_is_its_formats_whatever_its_revision() {
        let of = |id: &str| PackageFormat::of_configuration("my", id);
        let revision = "01234567";
        for format in PackageFormat::VARIANTS {
            assert_eq!(of(&format.configuration_id("my", None)), Some(*format));
            assert_eq!(of(&format.configuration_id("my", Some(revision))), Some(*format));
        }
        assert_eq!(PackageFormat::Hls.configuration_id("my", Some(revision)), "my-hls-01234567");
        for other in ["my-hls-", "my-hls-hls", "my-hls-0123456", "my-hls-012345678", "my-hlsx", "your-hls", "my"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn an_address_is_an_address() {
        for url in ["https://host", "http://host/out", "/out/v1"] {
            let error = packaged(record(Outputs::default()), &[endpoint("my-hls-hls", url, "QUEUED")]).unwrap_err();
            assert_eq!(error, PackagingError::Address { url: url.into() });
            assert_eq!(error.name(), ErrorName::Unavailable);
        }
    }
}
