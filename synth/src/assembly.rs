//! Apps, and the cloud assemblies that they become.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path as FilePath, PathBuf};

use atomic_write_file::AtomicWriteFile;
use fs_err as fs;
use serde_json::{Map, Value as Plain, json};
use sha2::{Digest, Sha256};

use crate::assets::{self, AssetBucket, FileAsset, Packaging};
use crate::problem::{InvalidStack, Problem};
use crate::stack::{Scope, Stack};

/// The version of the cloud assembly schema: the newest that every current CDK command line reads.
const SCHEMA_VERSION: &str = "36.0.0";

/// The file that names all others.
const MANIFEST: &str = "manifest.json";

/// The stacks of one program.
#[derive(Debug, Default)]
pub struct App {
    asset_bucket: AssetBucket,
    stacks: Vec<Stack>,
}

impl App {
    /// An app without stacks, whose templates and assets are uploaded to the bucket.
    #[must_use]
    pub fn new(asset_bucket: AssetBucket) -> Self {
        Self { asset_bucket, stacks: Vec::new() }
    }

    /// Adds an empty stack; the result is the scope at its root.
    pub fn stack(&mut self, name: &str) -> Scope<'_> {
        let mut stack = Stack::new(name);
        stack.asset_bucket = self.asset_bucket.clone();
        self.stacks.push_mut(stack).root()
    }

    /// The stacks, in the order they were added.
    pub fn stacks(&self) -> impl Iterator<Item = &Stack> {
        self.stacks.iter()
    }

    /// Checks every stack and renders the cloud assembly.
    ///
    /// # Errors
    /// The problems of the first stack that has any.
    pub fn synth(self) -> Result<CloudAssembly, InvalidStack> {
        let mut files = BTreeMap::new();
        let mut artifacts = Map::new();
        artifacts.insert("Tree".to_owned(), json!({ "type": "cdk:tree", "properties": { "file": "tree.json" } }));
        for stack in &self.stacks {
            let name = stack.name();
            if artifacts.contains_key(name) {
                let problems = vec![Problem::DuplicateStack { name: name.to_owned() }];
                return Err(InvalidStack { stack: name.to_owned(), problems });
            }
            stack.synth(&mut files, &mut artifacts)?;
        }
        let tree = construct_tree(self.stacks());
        files.insert("tree.json".to_owned(), document(&tree));
        files.insert("cdk.out".to_owned(), document(&json!({ "version": SCHEMA_VERSION })));
        files.insert(MANIFEST.to_owned(), document(&json!({ "version": SCHEMA_VERSION, "artifacts": artifacts })));
        let assets = self.stacks.iter().flat_map(|stack| &stack.assets);
        let assets = assets.filter_map(|asset| Some((asset.path.clone(), asset.source.clone()?))).collect();
        Ok(CloudAssembly { files, assets })
    }
}

impl Stack {
    fn synth(
        &self,
        files: &mut BTreeMap<String, String>,
        artifacts: &mut Map<String, Plain>,
    ) -> Result<(), InvalidStack> {
        let name = self.name.clone();
        let template = self.template()?;
        let template_file = format!("{name}.template.json");
        let hash = hex::encode(Sha256::digest(template.as_bytes()));
        let key = format!("{hash}.json");
        // A template over 51,200 bytes is deployed from S3, so it is an asset of its own stack.
        let own =
            FileAsset { hash, path: template_file.clone(), packaging: Packaging::File, key: key.clone(), source: None };
        let assets_file = format!("{name}.assets.json");
        let assets =
            asset_manifest(self.assets.iter().chain([&own]), &self.asset_bucket, self.environment.region.as_deref());

        let mut metadata: Vec<(String, Plain)> = Vec::new();
        for (id, entry) in &self.entries {
            metadata.push((
                format!("/{name}/{}", entry.path),
                json!([{ "type": "aws:cdk:logicalId", "data": id.as_str() }]),
            ));
        }
        let mut properties = json!({
            "templateFile": template_file,
            "stackName": name,
            "stackTemplateAssetObjectUrl": format!("s3://{}/{key}", self.asset_bucket.placeholder()),
        });
        if !self.tags.is_empty() {
            properties["tags"] = json!(self.tags);
        }
        artifacts.insert(
            format!("{name}.assets"),
            json!({ "type": "cdk:asset-manifest", "properties": { "file": assets_file } }),
        );
        artifacts.insert(
            name.clone(),
            json!({
                "type": "aws:cloudformation:stack",
                "environment": self.environment.to_string(),
                "properties": properties,
                "dependencies": [format!("{name}.assets")],
                "metadata": Map::from_iter(metadata),
                "displayName": name,
            }),
        );
        files.insert(assets_file, document(&assets));
        files.insert(template_file, template);
        Ok(())
    }
}

fn asset_manifest<'a>(
    assets: impl Iterator<Item = &'a FileAsset>,
    bucket: &AssetBucket,
    region: Option<&str>,
) -> Plain {
    let mut files = Map::new();
    for asset in assets {
        let mut destination = json!({ "bucketName": bucket.placeholder(), "objectKey": asset.key });
        if let Some(region) = region {
            destination["region"] = region.into();
        }
        files.insert(
            asset.hash.clone(),
            json!({
                "source": { "path": asset.path, "packaging": asset.packaging.name() },
                "destinations": { "current": destination },
            }),
        );
    }
    json!({ "version": SCHEMA_VERSION, "files": files, "dockerImages": {} })
}

/// The construct tree, for tools that show it.
fn construct_tree<'a>(stacks: impl Iterator<Item = &'a Stack>) -> Plain {
    let node = |id: &str, path: &str| json!({ "id": id, "path": path });
    let mut root = node("App", "");
    for stack in stacks {
        let mut tree = node(&stack.name, &stack.name);
        for entry in stack.entries.values() {
            let mut place = &mut tree;
            let mut path = stack.name.clone();
            for segment in entry.path.segments() {
                path = format!("{path}/{segment}");
                let child = &mut place["children"][segment];
                if child.is_null() {
                    *child = node(segment, &path);
                }
                place = child;
            }
            place["attributes"] = json!({ "aws:cdk:cloudformation:type": entry.resource.type_name() });
        }
        root["children"][&stack.name] = tree;
    }
    json!({ "version": "tree-0.1", "tree": root })
}

fn document(json: &Plain) -> String {
    format!("{json:#}\n")
}

/// A cloud assembly in memory: what a CDK command line deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudAssembly {
    files: BTreeMap<String, String>,
    /// What is copied into it, by its name there.
    assets: BTreeMap<String, PathBuf>,
}

impl CloudAssembly {
    /// Its files: name and content.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, content)| (name.as_str(), content.as_str()))
    }

    /// Adds a file for people, which no deployer reads.
    pub fn accompany(&mut self, name: &str, content: String) {
        self.files.insert(name.to_owned(), content);
    }

    /// A stack's template.
    #[must_use]
    pub fn template(&self, stack: &str) -> Option<&str> {
        self.files.get(&format!("{stack}.template.json")).map(String::as_str)
    }

    /// Writes the assembly to a folder, each file whole or not at all, the manifest last; the result is what was written.
    ///
    /// Files that already have their content are left alone. Templates and asset manifests that the folder's manifest
    /// named before and names no more are removed. Anything else in the folder (built assets) stays.
    ///
    /// # Errors
    /// When a file cannot be written. Every file is first written under another name, so that the folder is as it was
    /// before, unless the renaming itself fails; the old manifest then still is in place.
    pub fn write(&self, folder: impl AsRef<FilePath>) -> io::Result<Vec<PathBuf>> {
        let folder = folder.as_ref();
        fs::create_dir_all(folder)?;
        for (name, source) in &self.assets {
            let target = folder.join(name);
            // An asset's name holds the hash of its content.
            if target.exists() {
                continue;
            }
            if source.is_dir() {
                for file in assets::files(source)? {
                    let target = target.join(&file);
                    fs::create_dir_all(target.parent().unwrap_or(folder))?;
                    fs::copy(source.join(file), target)?;
                }
            } else {
                fs::copy(source, target)?;
            }
        }
        let stale = self.stale(folder);
        let mut staged = Vec::new();
        let manifest_last = self.files.iter().filter(|(name, _)| *name != MANIFEST);
        for (name, content) in manifest_last.chain(self.files.get_key_value(MANIFEST)) {
            let path = folder.join(name);
            if fs::read(&path).is_ok_and(|present| present == content.as_bytes()) {
                continue;
            }
            if path.is_dir() {
                return Err(named(&path)(io::ErrorKind::IsADirectory.into()));
            }
            let mut file = AtomicWriteFile::open(&path).map_err(named(&path))?;
            file.write_all(content.as_bytes()).map_err(named(&path))?;
            staged.push((path, file));
        }
        let mut written = Vec::new();
        for (path, file) in staged {
            file.commit().map_err(named(&path))?;
            written.push(path);
        }
        for path in stale {
            fs::remove_file(path)?;
        }
        Ok(written)
    }

    /// The files that the folder's manifest names, but this assembly does not have.
    fn stale(&self, folder: &FilePath) -> Vec<PathBuf> {
        let manifest = fs::read(folder.join(MANIFEST)).unwrap_or_default();
        let manifest: Plain = serde_json::from_slice(&manifest).unwrap_or_default();
        let artifacts = manifest["artifacts"].as_object().into_iter().flat_map(Map::values);
        artifacts
            .flat_map(|artifact| ["templateFile", "file"].map(|key| artifact["properties"][key].as_str()))
            .flatten()
            .filter(|name| name.ends_with(".template.json") || name.ends_with(".assets.json"))
            .filter(|name| !name.contains(['/', '\\']) && !self.files.contains_key(*name))
            .map(|name| folder.join(name))
            .filter(|path| path.is_file())
            .collect()
    }
}

/// Puts the file's path into an error.
fn named(path: &FilePath) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("failed to write `{}`: {error}", path.display()))
}
