//! Outputs as a packaged asset of `MediaPackage` VOD: what it is made of, and where viewers find it.

use std::collections::BTreeMap;

use crate::{
    errors::ErrorName,
    location::{Location, LocationError},
    record::Record,
};

crate::settings::words! {
    /// A format that assets are packaged in; the words are the record's.
    PackageFormat is "a packaging format" {
        /// HLS with MPEG-TS segments.
        Hls = "HLS",
        /// DASH.
        Dash = "DASH",
        /// HLS with CMAF segments.
        Cmaf = "CMAF",
        /// Smooth Streaming.
        Mss = "MSS",
    }
}

/// How many hexadecimal digits of its content's hash tell the revisions of a packaging configuration apart.
pub const REVISION_DIGITS: usize = 8;

impl PackageFormat {
    /// The id of a deployment's packaging configuration for the format.
    ///
    /// `MediaPackage` cannot change a configuration, and no two have one id. So one with another content than the first
    /// release's has a revision in its id: the first [`REVISION_DIGITS`] digits of its content's hash.
    #[must_use]
    pub fn configuration_id(self, workflow: &str, revision: Option<&str>) -> String {
        let format = self.as_str().to_lowercase();
        match revision {
            None => format!("{workflow}-{format}"),
            Some(revision) => format!("{workflow}-{format}-{revision}"),
        }
    }

    /// The format of a deployment's packaging configuration, whatever its revision.
    fn of_configuration(workflow: &str, id: &str) -> Option<Self> {
        let is_revision =
            |text: &str| text.len() == REVISION_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        Self::ALL.iter().copied().find(|format| {
            let rest = id.strip_prefix(&format.configuration_id(workflow, None));
            rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(is_revision))
        })
    }
}

/// Why the outputs of a workflow cannot be packaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackagingError {
    /// No output is a source for packaging.
    #[error("the outputs hold neither HLS nor CMAF with an HLS playlist, and MediaPackage packages nothing else")]
    NothingToPackage,
    /// The playlist is no object in S3.
    #[error("the playlist `{path}` cannot be packaged")]
    Path {
        /// The playlist.
        path: String,
        /// What is wrong with it.
        source: LocationError,
    },
    /// An address of the asset is none.
    #[error("MediaPackage gave `{url}` as the asset's address")]
    Address {
        /// What was given.
        url: String,
    },
}

impl PackagingError {
    /// The name that state machines know the error by.
    #[must_use]
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::NothingToPackage | Self::Path { .. } => ErrorName::NothingToPackage,
            Self::Address { .. } => ErrorName::Unavailable,
        }
    }
}

/// The asset's id: the workflow's own, so that a repeat finds the asset and makes no second one.
#[must_use]
pub fn asset_id(record: &Record) -> &str {
    &record.guid
}

/// The ARN of the playlist that the asset is made from: that of HLS, or else that of CMAF.
///
/// `role` is the ARN of the role that reads it, which tells the partition.
///
/// # Errors
/// When the record has neither.
pub fn source_arn(record: &Record, role: &str) -> Result<String, PackagingError> {
    let outputs = &record.outputs;
    let path = outputs.hls_playlist.as_ref().or(outputs.cmaf_hls_playlist.as_ref());
    let path = path.ok_or(PackagingError::NothingToPackage)?;
    let playlist: Location = path.parse().map_err(|source| PackagingError::Path { path: path.clone(), source })?;
    Ok(playlist.arn(role.split(':').nth(1).unwrap_or("aws")))
}

/// The record of a workflow whose asset exists.
///
/// `endpoints` are the asset's addresses by packaging configuration. Addresses are moved to CloudFront, which has
/// `MediaPackage` as an origin; those of configurations that are not the deployment's stand under the whole id.
///
/// # Errors
/// When an address is none.
pub fn packaged<'a>(
    mut record: Record,
    endpoints: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Record, PackagingError> {
    let domain = &record.options.cloud_front;
    let moved = endpoints.into_iter().map(|(configuration, url)| {
        let address = || PackagingError::Address { url: url.to_owned() };
        let (_, path) = url.strip_prefix("https://").and_then(|rest| rest.split_once('/')).ok_or_else(address)?;
        let format = PackageFormat::of_configuration(&record.workflow_name, configuration)
            .map_or(configuration, |format| format.as_str());
        Ok((format.to_owned(), format!("https://{domain}/{path}")))
    });
    record.packaging.egress_endpoints = moved.collect::<Result<BTreeMap<_, _>, _>>()?;
    record.packaging.media_package_resource_id = Some(asset_id(&record).to_owned());
    Ok(record)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::Outputs;

    const ROLE: &str = "arn:aws-cn:iam::111122223333:role/packaging";

    fn record(outputs: Outputs) -> Record {
        let record: Record = serde_json::from_value(json!({
            "guid": "g", "startTime": "", "workflowTrigger": "Video", "workflowStatus": "Complete",
            "workflowName": "my-hls", "srcBucket": "source", "srcVideo": "a.mp4", "destBucket": "dest",
            "cloudFront": "d.cloudfront.net", "frameCapture": true, "archiveSource": "DISABLED",
            "jobTemplate_2160p": "u", "jobTemplate_1080p": "f", "jobTemplate_720p": "h", "inputRotate": "DEGREE_0",
            "acceleratedTranscoding": "DISABLED", "enableSns": true, "enableSqs": false, "enableMediaPackage": true
        }))
        .unwrap();
        Record { outputs, ..record }
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
        let packaged = packaged(record(Outputs::default()), urls.iter().map(|(id, url)| (*id, url.as_str()))).unwrap();
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
        for format in PackageFormat::ALL {
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
        for url in ["", "https://host", "http://host/out", "/out/v1"] {
            let error = packaged(record(Outputs::default()), [("my-hls-hls", url)]).unwrap_err();
            assert_eq!(error, PackagingError::Address { url: url.into() });
            assert_eq!(error.name(), ErrorName::Unavailable);
        }
    }
}
