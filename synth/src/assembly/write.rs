//! Apps, and how the assemblies that they become are written.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path as FilePath, PathBuf};

use atomic_write_file::AtomicWriteFile;
use fs_err as fs;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value as Plain, json};
use sha2::{Digest, Sha256};

use super::schema::{
    Artifact, ArtifactType, AssetManifest, FileDestination, FileEntry, FileProperties, FileSource, MANIFEST, Manifest,
    StackProperties, VERSION,
};
use super::{Asset, CloudAssembly, StackArtifact};
use crate::assets::{self, AssetBucket, FileAsset, Packaging};
use crate::problem::{InvalidStack, Problem};
use crate::stack::{Scope, Stack};

/// The stacks of one program.
#[derive(Debug, Default)]
pub struct App {
    asset_bucket: AssetBucket,
    stacks: Vec<Stack>,
}

impl App {
    /// An app without stacks, whose templates and assets are uploaded to the bucket.
    pub fn new(asset_bucket: AssetBucket) -> Self {
        Self { asset_bucket, stacks: Vec::new() }
    }

    /// Adds an empty stack; the result is the scope at its root.
    pub fn stack(&mut self, name: &str) -> Scope<'_> {
        let mut stack = Stack::new(name);
        stack.asset_bucket = self.asset_bucket.clone();
        self.stacks.push_mut(stack).root()
    }

    /// The root of a stack that was added before.
    pub fn scope(&mut self, name: &str) -> Option<Scope<'_>> {
        self.stacks.iter_mut().find(|stack| stack.name == name).map(Stack::root)
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
        let mut manifest = Manifest { version: VERSION.to_owned(), ..Manifest::default() };
        let of_file = |kind, file: &str| Artifact {
            kind,
            properties: plain(&FileProperties { file: file.to_owned() }),
            ..Artifact::default()
        };
        manifest.artifacts.insert("Tree".to_owned(), of_file(ArtifactType::Tree, "tree.json"));
        let mut stacks = Vec::new();
        for stack in &self.stacks {
            let name = stack.name.clone();
            if manifest.artifacts.contains_key(&name) {
                let problems = vec![Problem::DuplicateStack { name: name.clone() }];
                return Err(InvalidStack { stack: name, problems });
            }
            let (template, text) = stack.render()?;
            let template_file = format!("{name}.template.json");
            let hash = hex::encode(Sha256::digest(text.as_bytes()));
            let key = format!("{hash}.json");
            let properties = StackProperties {
                template_file: template_file.clone(),
                stack_name: Some(name.clone()),
                stack_template_asset_object_url: Some(format!("s3://{}/{key}", stack.asset_bucket.placeholder())),
                tags: stack.tags.clone(),
                ..StackProperties::default()
            };
            // A template over 51,200 bytes is deployed from S3, so it is an asset of the stack.
            let own = FileAsset { hash, path: template_file.clone(), packaging: Packaging::File, key, source: None };
            let assets = asset_manifest(stack, &own);
            let (assets_id, assets_file) = (format!("{name}.assets"), format!("{name}.assets.json"));
            let artifact = Artifact {
                kind: ArtifactType::Stack,
                environment: Some(stack.environment.to_string()),
                properties: plain(&properties),
                dependencies: vec![assets_id.clone()],
                metadata: stack
                    .entries
                    .iter()
                    .map(|(id, entry)| {
                        let logical_id = json!([{ "type": "aws:cdk:logicalId", "data": id.as_str() }]);
                        (format!("/{name}/{}", entry.path), logical_id)
                    })
                    .collect(),
                display_name: Some(name.clone()),
            };
            files.insert(assets_file.clone(), document(&assets));
            files.insert(template_file, text.clone());
            let assets = Asset::all_of(assets, FilePath::new("")).collect();
            stacks.push(StackArtifact::new(&name, &artifact, properties, (template, text), assets));
            manifest.artifacts.insert(assets_id, of_file(ArtifactType::AssetManifest, &assets_file));
            manifest.artifacts.insert(name, artifact);
        }
        files.insert("tree.json".to_owned(), document(&construct_tree(self.stacks())));
        files.insert("cdk.out".to_owned(), document(&json!({ "version": VERSION })));
        files.insert(MANIFEST.to_owned(), document(&manifest));
        let mut assembly = CloudAssembly::new(stacks, files);
        let assets = self.stacks.iter().flat_map(|stack| &stack.assets);
        assembly.sources = assets.filter_map(|asset| Some((asset.path.clone(), asset.source.clone()?))).collect();
        Ok(assembly)
    }
}

fn asset_manifest(stack: &Stack, template: &FileAsset) -> AssetManifest {
    let files = stack.assets.iter().chain([template]).map(|asset| {
        let destination = FileDestination {
            bucket_name: stack.asset_bucket.placeholder().to_owned(),
            object_key: asset.key.clone(),
            region: stack.environment.region.clone(),
        };
        let entry = FileEntry {
            source: FileSource { path: asset.path.clone(), packaging: asset.packaging, executable: Vec::new() },
            destinations: IndexMap::from([("current".to_owned(), destination)]),
        };
        (asset.hash.clone(), entry)
    });
    AssetManifest { version: VERSION.to_owned(), files: files.collect(), docker_images: IndexMap::new() }
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

fn plain(properties: &impl Serialize) -> Plain {
    serde_json::to_value(properties).expect("every key of an assembly's files is text")
}

fn document(json: &impl Serialize) -> String {
    serde_json::to_string_pretty(json).expect("every key of an assembly's files is text") + "\n"
}

impl CloudAssembly {
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
        for (name, source) in &self.sources {
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
            if let Some(nested) = path.parent() {
                fs::create_dir_all(nested)?;
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
        let manifest: Manifest = serde_json::from_slice(&manifest).unwrap_or_default();
        let artifacts = manifest.artifacts.values();
        artifacts
            .flat_map(|artifact| ["templateFile", "file"].map(|key| artifact.properties[key].as_str()))
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
