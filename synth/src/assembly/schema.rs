//! The files of a cloud assembly, as `@aws-cdk/cloud-assembly-schema` defines them.
//!
//! What is read may come from a newer version of that schema, so members and artifact types that are not known here are ignored.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Plain;

use crate::assets::Packaging;

/// The version that is written: the newest that every current CDK command line reads.
pub(super) const VERSION: &str = "36.0.0";

/// The file that names all others.
pub(super) const MANIFEST: &str = "manifest.json";

/// `manifest.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) version: String,
    #[serde(default)]
    pub(super) artifacts: IndexMap<String, Artifact>,
    /// What the CDK has yet to look up in the account before the templates are complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) missing: Vec<Plain>,
}

/// A part of the assembly.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Artifact {
    #[serde(rename = "type")]
    pub(super) kind: ArtifactType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,
    /// [`StackProperties`], [`FileProperties`] or [`NestedProperties`], by the type.
    #[serde(default)]
    pub(super) properties: Plain,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) dependencies: Vec<String>,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub(super) metadata: IndexMap<String, Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ArtifactType {
    #[serde(rename = "aws:cloudformation:stack")]
    Stack,
    #[serde(rename = "cdk:asset-manifest")]
    AssetManifest,
    #[serde(rename = "cdk:tree")]
    Tree,
    /// Another assembly in a folder below, with the stacks of a `Stage`.
    #[serde(rename = "cdk:cloud-assembly")]
    NestedAssembly,
    #[default]
    #[serde(other)]
    Other,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StackProperties {
    pub(super) template_file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stack_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stack_template_asset_object_url: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) parameters: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) notification_arns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) termination_protection: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requires_bootstrap_stack_version: Option<u32>,
}

/// Of an asset manifest or a construct tree.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct FileProperties {
    pub(super) file: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NestedProperties {
    pub(super) directory_name: String,
}

/// `ID.assets.json`: the files of a stack, by their hashes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssetManifest {
    pub(super) version: String,
    #[serde(default)]
    pub(super) files: IndexMap<String, FileEntry>,
    #[serde(default)]
    pub(super) docker_images: IndexMap<String, Plain>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FileEntry {
    pub(super) source: FileSource,
    pub(super) destinations: IndexMap<String, FileDestination>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct FileSource {
    #[serde(default)]
    pub(super) path: String,
    #[serde(default)]
    pub(super) packaging: Packaging,
    /// A program that makes the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) executable: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileDestination {
    pub(super) bucket_name: String,
    pub(super) object_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
}
