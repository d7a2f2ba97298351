//! Cloud assemblies: what a deployer needs, in memory and as the files that the CDK's command line reads.

mod read;
mod schema;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

pub use self::read::AssemblyError;
use self::schema::{Artifact, AssetManifest, StackProperties};
pub use self::write::App;
use crate::assets::Packaging;
use crate::stack::{Environment, partition};
use crate::template::Template;

/// A cloud assembly: stacks, and the files that hold them.
#[derive(Debug, Clone, PartialEq)]
pub struct CloudAssembly {
    stacks: Vec<StackArtifact>,
    files: BTreeMap<String, String>,
    /// What is copied into its folder, by its name there.
    sources: BTreeMap<String, PathBuf>,
}

/// A stack that can be deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct StackArtifact {
    /// Its name.
    pub name: String,
    /// Where it is deployed.
    pub environment: Environment,
    /// Its template.
    pub template: Template,
    /// Its template, as it is uploaded.
    pub template_text: String,
    /// The template's file, relative to the assembly.
    pub template_file: String,
    /// Its parameters, and where each has its value from.
    pub parameters: IndexMap<String, ParameterSource>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The topics that hear of its events.
    pub notification_arns: Vec<String>,
    /// Whether it is to be protected against deletion; none leaves that as it is.
    pub termination_protection: Option<bool>,
    /// The version of the CDK's bootstrap stack that it needs, if it needs one.
    pub bootstrap_version: Option<u32>,
    /// The files that must be in S3 before it is deployed, its template among them.
    pub assets: Vec<Asset>,
    /// Its name in the manifest.
    id: String,
    /// What it comes after, by the names in the manifest.
    dependencies: Vec<String>,
}

/// Where a parameter has its value from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterSource {
    /// From the assembly.
    Fixed(String),
    /// From the template.
    Default(String),
    /// From the output of the same name of another stack of the assembly.
    Output {
        /// That stack's name.
        stack: String,
    },
    /// From whoever deploys it.
    Deployer,
}

/// A file that must be in S3; account, region and partition in the bucket and the key are yet to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Where it lies, relative to the assembly.
    pub path: PathBuf,
    /// How it is uploaded.
    pub packaging: Packaging,
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// The bucket's region; none means the stack's.
    pub region: Option<String>,
}

impl CloudAssembly {
    /// Its stacks, each after those that it needs.
    pub fn stacks(&self) -> &[StackArtifact] {
        &self.stacks
    }

    /// The stack of this name.
    pub fn stack(&self, name: &str) -> Option<&StackArtifact> {
        self.stacks.iter().find(|stack| stack.name == name)
    }

    /// A stack's template, as it is uploaded.
    pub fn template(&self, stack: &str) -> Option<&str> {
        self.stack(stack).map(|stack| stack.template_text.as_str())
    }

    /// Its files: name and content.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, content)| (name.as_str(), content.as_str()))
    }

    /// Adds a file for people, which no deployer reads.
    pub fn add_file(&mut self, name: &str, content: String) {
        self.files.insert(name.to_owned(), content);
    }

    /// The assembly of these stacks, in the order in which they can be deployed.
    fn new(mut stacks: Vec<StackArtifact>, files: BTreeMap<String, String>) -> Self {
        let outputs: Vec<(String, Vec<String>)> =
            stacks.iter().map(|stack| (stack.name.clone(), stack.template.outputs.keys().cloned().collect())).collect();
        for stack in &mut stacks {
            for (name, source) in
                stack.parameters.iter_mut().filter(|(_, source)| **source == ParameterSource::Deployer)
            {
                let others = outputs.iter().filter(|(other, _)| *other != stack.name);
                if let Some((other, _)) = others.into_iter().find(|(_, outputs)| outputs.contains(name)) {
                    *source = ParameterSource::Output { stack: other.clone() };
                }
            }
        }
        let mut ordered = Vec::new();
        while !stacks.is_empty() {
            // In a circle of stacks none is ready: the first goes first, and CloudFormation says what is missing.
            let ready = stacks.iter().position(|stack| !stacks.iter().any(|other| stack.comes_after(other)));
            ordered.push(stacks.remove(ready.unwrap_or_default()));
        }
        Self { stacks: ordered, files, sources: BTreeMap::new() }
    }
}

impl StackArtifact {
    fn new(
        id: &str,
        artifact: &Artifact,
        properties: StackProperties,
        (template, template_text): (Template, String),
        assets: Vec<Asset>,
    ) -> Self {
        let parameters = template.parameters.iter().map(|(name, parameter)| {
            let source = match (properties.parameters.get(name), &parameter.default) {
                (Some(value), _) => ParameterSource::Fixed(value.clone()),
                (None, Some(serde_json::Value::String(text))) => ParameterSource::Default(text.clone()),
                (None, Some(other)) => ParameterSource::Default(other.to_string()),
                (None, None) => ParameterSource::Deployer,
            };
            (name.clone(), source)
        });
        Self {
            id: id.to_owned(),
            name: properties.stack_name.unwrap_or_else(|| id.to_owned()),
            environment: artifact.environment.as_deref().unwrap_or_default().into(),
            parameters: parameters.collect(),
            template,
            template_text,
            template_file: properties.template_file,
            tags: properties.tags,
            notification_arns: properties.notification_arns,
            termination_protection: properties.termination_protection,
            bootstrap_version: properties.requires_bootstrap_stack_version,
            assets,
            dependencies: artifact.dependencies.clone(),
        }
    }

    fn comes_after(&self, other: &Self) -> bool {
        let takes_from = |source: &ParameterSource| *source == ParameterSource::Output { stack: other.name.clone() };
        self.id != other.id && (self.dependencies.contains(&other.id) || self.parameters.values().any(takes_from))
    }

    /// Its template among its files.
    pub fn template_asset(&self) -> Option<&Asset> {
        self.assets.iter().find(|asset| asset.path == Path::new(&self.template_file))
    }
}

impl Asset {
    /// The files of a manifest, each once for every place that it goes to.
    fn all_of(manifest: AssetManifest, folder: &Path) -> impl Iterator<Item = Self> {
        manifest.files.into_values().flat_map(move |file| {
            let (path, packaging) = (folder.join(file.source.path), file.source.packaging);
            file.destinations.into_values().map(move |destination| Self {
                path: path.clone(),
                packaging,
                bucket: destination.bucket_name,
                key: destination.object_key,
                region: destination.region,
            })
        })
    }

    /// Its bucket and key with account, region and partition filled in.
    pub fn location(&self, account: &str, region: &str) -> (String, String) {
        let values = [("AWS::AccountId", account), ("AWS::Region", region), ("AWS::Partition", partition(region))];
        let fill = |text: &str| {
            values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
        };
        (fill(&self.bucket), fill(&self.key))
    }
}
