//! The cloud assembly as a deployer reads it: stacks, their templates, and the files that must be in S3 first.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

/// A folder that `synth` wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembly {
    /// Its stacks, each after those it takes parameters from.
    pub stacks: Vec<StackArtifact>,
}

/// A stack that can be deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct StackArtifact {
    /// Its name.
    pub name: String,
    /// The region it is for; none means any.
    pub region: Option<String>,
    /// The account it is for; none means any.
    pub account: Option<String>,
    /// Its template, as it is uploaded.
    pub template_text: String,
    /// Its template.
    pub template: Value,
    /// Its template's place in S3.
    pub template_location: Location,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The files that must be in S3 before it is deployed, its template among them.
    pub assets: Vec<Asset>,
}

/// A file that must be in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Where it lies.
    pub path: PathBuf,
    /// Where it goes.
    pub location: Location,
}

/// A place in S3; `${AWS::AccountId}` and the like in the bucket's name are yet to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

/// Why a folder is no cloud assembly that can be deployed.
#[derive(Debug, Error)]
pub enum AssemblyError {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("`{}` is no part of a cloud assembly", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// The assembly asks for what only the CDK command line can do.
    #[error("`{}` has {what}, which this program cannot deploy", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it has.
        what: &'static str,
    },
    /// Something is named that is not there.
    #[error("`{}` names {what}, which is missing", path.display())]
    Missing {
        /// The file that names it.
        path: PathBuf,
        /// What is missing.
        what: String,
    },
}

#[derive(Deserialize)]
struct Manifest {
    artifacts: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StackEntry {
    environment: String,
    properties: StackProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StackProperties {
    template_file: String,
    stack_name: Option<String>,
    stack_template_asset_object_url: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssetManifest {
    #[serde(default)]
    files: BTreeMap<String, FileEntry>,
    #[serde(default)]
    docker_images: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct FileEntry {
    source: SourceEntry,
    destinations: BTreeMap<String, DestinationEntry>,
}

#[derive(Deserialize)]
struct SourceEntry {
    path: String,
    packaging: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DestinationEntry {
    bucket_name: String,
    object_key: String,
}

impl Assembly {
    /// Reads the folder.
    ///
    /// # Errors
    /// When a file is missing or is not what the cloud assembly's schema says.
    pub fn read(folder: &Path) -> Result<Self, AssemblyError> {
        let path = folder.join("manifest.json");
        let manifest: Manifest = read(&path)?;
        let mut stacks = Vec::new();
        for (id, artifact) in &manifest.artifacts {
            if artifact["type"] == "aws:cloudformation:stack" {
                stacks.push(StackArtifact::read(folder, &path, id, artifact, &manifest)?);
            }
        }
        Ok(Self { stacks: in_order(stacks) })
    }

    /// The stack of this name.
    #[must_use]
    pub fn stack(&self, name: &str) -> Option<&StackArtifact> {
        self.stacks.iter().find(|stack| stack.name == name)
    }
}

impl StackArtifact {
    fn read(
        folder: &Path,
        manifest_path: &Path,
        id: &str,
        artifact: &Value,
        manifest: &Manifest,
    ) -> Result<Self, AssemblyError> {
        let entry = StackEntry::deserialize(artifact)
            .map_err(|source| AssemblyError::Malformed { path: manifest_path.to_owned(), source })?;
        let template_path = folder.join(&entry.properties.template_file);
        let (template_text, template) = read_with_text(&template_path)?;
        let mut assets = Vec::new();
        for dependency in artifact["dependencies"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let artifact = manifest.artifacts.get(dependency).unwrap_or(&Value::Null);
            if artifact["type"] == "cdk:asset-manifest" {
                let file = artifact["properties"]["file"].as_str().unwrap_or_default();
                assets.extend(read_assets(folder, &folder.join(file))?);
            }
        }
        let url = entry.properties.stack_template_asset_object_url.unwrap_or_default();
        let (bucket, key) = url.strip_prefix("s3://").and_then(|place| place.split_once('/')).ok_or_else(|| {
            AssemblyError::Missing {
                path: manifest_path.to_owned(),
                what: format!("the template's place in S3 (stackTemplateAssetObjectUrl of {id})"),
            }
        })?;
        let mut environment = entry.environment.trim_start_matches("aws://").split('/');
        let mut known = || environment.next().filter(|part| !part.starts_with("unknown-")).map(str::to_owned);
        Ok(Self {
            name: entry.properties.stack_name.unwrap_or_else(|| id.to_owned()),
            account: known(),
            region: known(),
            template_text,
            template,
            template_location: Location { bucket: bucket.to_owned(), key: key.to_owned() },
            tags: entry.properties.tags,
            assets,
        })
    }

    /// The names of the parameters, each with its default.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, Option<&Value>)> {
        let parameters = self.template["Parameters"].as_object().into_iter().flatten();
        parameters.map(|(name, parameter)| (name.as_str(), parameter.get("Default")))
    }

    /// The names of the outputs.
    fn outputs(&self) -> impl Iterator<Item = &str> {
        self.template["Outputs"].as_object().into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// Whether a parameter without a default is an output of the other.
    fn takes_from(&self, other: &Self) -> bool {
        let mut wanted = self.parameters().filter(|(_, default)| default.is_none()).map(|(name, _)| name);
        wanted.any(|name| other.outputs().any(|output| output == name))
    }
}

fn read_assets(folder: &Path, path: &Path) -> Result<Vec<Asset>, AssemblyError> {
    let manifest: AssetManifest = read(path)?;
    let unsupported = |what| AssemblyError::Unsupported { path: path.to_owned(), what };
    if !manifest.docker_images.is_empty() {
        return Err(unsupported("a container image"));
    }
    let mut assets = Vec::new();
    for file in manifest.files.into_values() {
        if file.source.packaging != "file" {
            return Err(unsupported("a folder to be zipped"));
        }
        for destination in file.destinations.into_values() {
            let location = Location { bucket: destination.bucket_name, key: destination.object_key };
            assets.push(Asset { path: folder.join(&file.source.path), location });
        }
    }
    Ok(assets)
}

/// The stacks, each after those it takes parameters from, otherwise as they were.
fn in_order(stacks: Vec<StackArtifact>) -> Vec<StackArtifact> {
    let mut ordered: Vec<StackArtifact> = Vec::new();
    let mut rest = stacks;
    while !rest.is_empty() {
        // In a circle of stacks none is ready: the first goes first, and CloudFormation says what is missing.
        let ready = (0..rest.len())
            .find(|&index| {
                !rest.iter().enumerate().any(|(other, stack)| other != index && rest[index].takes_from(stack))
            })
            .unwrap_or_default();
        ordered.push(rest.remove(ready));
    }
    ordered
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, AssemblyError> {
    read_with_text(path).map(|(_, value)| value)
}

fn read_with_text<T: DeserializeOwned>(path: &Path) -> Result<(String, T), AssemblyError> {
    let text = fs::read_to_string(path).map_err(|source| AssemblyError::Read { path: path.to_owned(), source })?;
    let value =
        serde_json::from_str(&text).map_err(|source| AssemblyError::Malformed { path: path.to_owned(), source })?;
    Ok((text, value))
}

impl Location {
    /// The same place with account, region and partition filled in.
    #[must_use]
    pub fn in_account(&self, account: &str, region: &str) -> Self {
        let partition = partition(region);
        let values = [("AWS::AccountId", account), ("AWS::Region", region), ("AWS::Partition", partition)];
        let bucket =
            values.iter().fold(self.bucket.clone(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value));
        Self { bucket, key: self.key.clone() }
    }
}

/// The part of AWS that a region belongs to.
///
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
#[must_use]
pub fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::{self, File, Input};
    use stacks::artifacts::Artifacts;

    fn assembly(sets: &[&str]) -> Assembly {
        let folder = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stack.toml")).unwrap();
        let sets = sets.iter().map(|set| (*set).to_owned()).collect();
        let input = Input { file: Some(File { path: "stack.toml".into(), text }), variables: Vec::new(), sets };
        let config = config::load(&input).unwrap();
        let app = stacks::build(&config, &Artifacts::of_this_build()).unwrap().app;
        app.synth().unwrap().write(folder.path()).unwrap();
        Assembly::read(folder.path()).unwrap()
    }

    #[test]
    fn what_synth_writes_can_be_read() {
        let assembly = assembly(&["account=123456789012"]);
        let stack = assembly.stack("vod").unwrap();
        assert_eq!((stack.account.as_deref(), stack.region.as_deref()), (Some("123456789012"), Some("us-east-1")));
        assert_eq!(stack.tags["Project"], "vod");
        assert_eq!(stack.assets.len(), 2, "the functions' code and the template");
        let template = stack.assets.iter().find(|asset| asset.location == stack.template_location).unwrap();
        assert!(template.path.ends_with("vod.template.json"));
        let filled = stack.template_location.in_account("123456789012", "eu-west-1");
        assert_eq!(filled.bucket, "cdk-hnb659fds-assets-123456789012-eu-west-1");
    }

    #[test]
    fn a_stack_comes_after_the_one_that_it_takes_parameters_from() {
        let mut assembly = assembly(&["region=eu-west-1", "distribution.waf=managed"]);
        let names = |stacks: &[StackArtifact]| stacks.iter().map(|stack| stack.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&assembly.stacks), ["vod-edge-eu-west-1", "vod"]);
        assembly.stacks.reverse();
        assert_eq!(names(&in_order(assembly.stacks)), ["vod-edge-eu-west-1", "vod"]);
    }

    #[test]
    fn what_is_no_assembly_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error_of = |folder: &Path| Assembly::read(folder).unwrap_err().to_string();
        assert!(error_of(folder.path()).starts_with("cannot read"));
        fs::write(folder.path().join("manifest.json"), "[]").unwrap();
        assert!(error_of(folder.path()).ends_with("manifest.json` is no part of a cloud assembly"));
    }
}
