//! Packaging: the MediaPackage VOD group, its configurations, and the role that reads the outputs.

use pipeline::custom_resource::PurgeProperties;
use pipeline::packaging::{PackageFormat, REVISION_DIGITS};
use sha2::{Digest as _, Sha256};
use synth::aws::mediapackage::{self, packaging_configuration as packages};
use synth::constructs::{BucketReference, Function, Role, RoleProps};
use synth::iam::{Action, Condition, Principal, Statement};
use synth::value::{Checker, Property as _};
use synth::{Handle, Scope, Value};

use super::custom_resources::custom_resource;
use crate::ladder::SEGMENT_SECONDS;
use config::Config;

/// How outputs become packaged assets.
#[derive(Debug)]
pub(super) struct Packaging {
    /// The packaging group.
    pub(super) group: Handle<mediapackage::PackagingGroup>,
    /// The role that MediaPackage takes to read outputs.
    pub(super) role: Role,
}

impl Packaging {
    /// Adds the group, a configuration for each format, and the role.
    pub(super) fn new(scope: &mut Scope<'_>, config: &Config, destination: &BucketReference) -> Self {
        const INSPECT: [Action; 3] = [
            Action::new("s3:GetBucketLocation"),
            Action::new("s3:GetBucketRequestPayment"),
            Action::new("s3:ListBucket"),
        ];
        let mut scope = scope.child("Packaging");
        // AWS documents this key for MediaPackage v2 and not for VOD: a service that does not send it could not take the role.
        let trust = Statement::trust(Principal::Service("mediapackage.amazonaws.com"))
            .when(Condition::own_account().if_exists());
        let props = RoleProps::new(trust).description("Lets MediaPackage read the outputs of encoding jobs.");
        let role = Role::new(&mut scope, "Role", props);
        // MediaPackage asks for the bucket's region, and whether the requester pays, before it reads
        // (https://docs.aws.amazon.com/mediapackage/latest/ug/setting-up-create-trust-rel-policy-vod.html).
        destination.objects("*").grant_read_current(&mut scope, &role);
        role.allow(&mut scope, Statement::allow(INSPECT, [destination.arn()]));

        let group = scope.add("Group", mediapackage::PackagingGroup::new(config.name.as_str()));
        for (name, format, set) in FORMATS {
            let id = format.configuration_id(config.name.as_str(), revision(format, set).as_deref());
            let configuration = mediapackage::PackagingConfiguration::new(id, group.reference::<String>());
            scope.add(name, set(configuration));
        }
        Self { group, role }
    }

    /// Adds the custom resource that deletes the group's assets before the group goes.
    pub(super) fn purge_on_delete(&self, scope: &mut Scope<'_>, answerer: &Function) {
        let group: Value<String> = self.group.reference();
        let properties = PurgeProperties { packaging_group: group.into() };
        custom_resource(&mut scope.child("Packaging"), "Purge", answerer, properties);
    }
}

/// Adds the content to a configuration that has an id and a group.
type Set = fn(mediapackage::PackagingConfiguration) -> mediapackage::PackagingConfiguration;

/// The revisions of the first release's configurations, whose ids have none: their assets keep their addresses.
const FIRST: [(PackageFormat, &str); 4] = [
    (PackageFormat::Hls, "fddb4614"),
    (PackageFormat::Dash, "791a1fd2"),
    (PackageFormat::Cmaf, "25122ad3"),
    (PackageFormat::Mss, "8d99ad75"),
];

/// What the id of a configuration has to tell of its content: MediaPackage has no request that changes one, so
/// CloudFormation makes another and removes the old one, with the addresses that assets have there.
fn revision(format: PackageFormat, set: Set) -> Option<String> {
    let content = set(mediapackage::PackagingConfiguration::new("", "")).to_json(&mut Checker::default()).render();
    let mut revision = hex::encode(Sha256::digest(content.to_string()));
    revision.truncate(REVISION_DIGITS);
    let is_first = FIRST.iter().any(|(first, known)| *first == format && *known == revision);
    (!is_first).then_some(revision)
}

const FORMATS: [(&str, PackageFormat, Set); 4] = [
    ("Hls", PackageFormat::Hls, |configuration| {
        let package = packages::HlsPackage::new([packages::HlsManifest::new().manifest_name("index")]);
        configuration
            .hls_package(package.segment_duration_seconds(i64::from(SEGMENT_SECONDS)).use_audio_rendition_group(true))
    }),
    ("Dash", PackageFormat::Dash, |configuration| {
        let package = packages::DashPackage::new([packages::DashManifest::new().manifest_name("index")]);
        configuration.dash_package(package.segment_duration_seconds(i64::from(SEGMENT_SECONDS)))
    }),
    ("Cmaf", PackageFormat::Cmaf, |configuration| {
        let package = packages::CmafPackage::new([packages::HlsManifest::new().manifest_name("index")]);
        configuration.cmaf_package(package.segment_duration_seconds(i64::from(SEGMENT_SECONDS)))
    }),
    ("Mss", PackageFormat::Mss, |configuration| {
        let package = packages::MssPackage::new([packages::MssManifest::new().manifest_name("index")]);
        configuration.mss_package(package.segment_duration_seconds(i64::from(SEGMENT_SECONDS)))
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_of_the_first_release_keep_their_ids() {
        for (name, format, set) in FORMATS {
            assert_eq!(revision(format, set), None, "{name}");
        }
    }

    #[test]
    fn a_configuration_with_another_content_has_another_id() {
        let longer: Set = |configuration| {
            let package = packages::DashPackage::new([packages::DashManifest::new().manifest_name("index")]);
            configuration.dash_package(package.segment_duration_seconds(2 * i64::from(SEGMENT_SECONDS)))
        };
        let id = |set| PackageFormat::Dash.configuration_id("vod", revision(PackageFormat::Dash, set).as_deref());
        let [_, (_, _, dash), ..] = FORMATS;
        assert_eq!(id(dash), "vod-dash");
        assert!(id(longer).starts_with("vod-dash-"), "{}", id(longer));
        assert_ne!(revision(PackageFormat::Hls, longer), None, "another format's first content is none of this one");
    }
}
