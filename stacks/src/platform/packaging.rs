//! Packaging: the MediaPackage VOD group, its configurations, and the role that reads the outputs.

use pipeline::custom_resource::{Kind, PurgeProperties};
use pipeline::packaging::PackageFormat;
use synth::aws::mediapackage::{self, packaging_configuration as packages};
use synth::constructs::{BucketReference, Function, Role};
use synth::iam::{Condition, Principal, Statement};
use synth::{Handle, PseudoParameter, Scope, Value};

use super::custom_resources::custom_resource;
use crate::config::Config;
use crate::encoding::ladder::SEGMENT_SECONDS;

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
        let mut scope = scope.child("Packaging");
        let trust = Statement::trust(Principal::Service("mediapackage.amazonaws.com"))
            .when(Condition::string_equals("aws:SourceAccount", PseudoParameter::AccountId));
        let role = Role::new(&mut scope, "Role", "Lets MediaPackage read the outputs of encoding jobs.", trust);
        // MediaPackage asks for the bucket's place and settings before it reads
        // (https://docs.aws.amazon.com/mediapackage/latest/ug/setting-up-create-trust-rel-policy-vod.html).
        role.allow(&mut scope, destination.grant_read("*"));
        role.allow(&mut scope, destination.grant_locate());

        let group = scope.add("Group", mediapackage::PackagingGroup::new(config.name.as_str()));
        for (name, format, set) in FORMATS {
            let id = format.configuration_id(config.name.as_str());
            let configuration = mediapackage::PackagingConfiguration::new(id, group.reference::<String>());
            scope.add(name, set(configuration));
        }
        Self { group, role }
    }

    /// Adds the custom resource that deletes the group's assets before the group goes.
    pub(super) fn purge_on_delete(&self, scope: &mut Scope<'_>, answerer: &Function) {
        let group: Value<String> = self.group.reference();
        let properties = [(PurgeProperties::PACKAGING_GROUP, group.into())];
        custom_resource(&mut scope.child("Packaging"), "Purge", Kind::MediaPackagePurge, answerer, properties);
    }
}

type Set = fn(mediapackage::PackagingConfiguration) -> mediapackage::PackagingConfiguration;

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
