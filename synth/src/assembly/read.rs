//! Assemblies read from a folder, whoever wrote them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use fs_err as fs;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::schema::{
    Artifact, ArtifactType, AssetManifest, FileProperties, MANIFEST, Manifest, NestedProperties, StackProperties,
};
use super::{Asset, CloudAssembly, StackArtifact};

/// Why a folder is no cloud assembly that can be deployed.
#[expect(missing_docs, reason = "each message says what its fields are")]
#[derive(Debug, Error)]
pub enum AssemblyError {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file is not what it should be.
    #[error("`{}` is no part of a cloud assembly", path.display())]
    Malformed { path: PathBuf, source: serde_json::Error },
    /// The assembly asks for what only the CDK command line can do.
    #[error("`{}` has {what}, which only the CDK command line can deploy", path.display())]
    Unsupported { path: PathBuf, what: &'static str },
}

impl AssemblyError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "name the folder that `cdk synth` or `vod synth` wrote, with `manifest.json` in it",
            Self::Malformed { .. } => "write the folder again with the program that made it",
            Self::Unsupported { .. } => "deploy it with `npx aws-cdk deploy --app FOLDER`, or build without that part",
        }
    }
}

impl CloudAssembly {
    /// Reads an assembly, and those nested in it.
    ///
    /// # Errors
    /// When a file is missing or is not what the cloud assembly's schema says, or when the assembly needs what only the CDK's own
    /// command line does: container images, programs that make files, look-ups in the account.
    pub fn read(folder: &Path) -> Result<Self, AssemblyError> {
        let mut reader = Reader { folder, stacks: Vec::new(), files: BTreeMap::new() };
        reader.read(Path::new(""))?;
        Ok(Self::new(reader.stacks, reader.files))
    }
}

struct Reader<'a> {
    folder: &'a Path,
    stacks: Vec<StackArtifact>,
    files: BTreeMap<String, String>,
}

impl Reader<'_> {
    /// Reads the assembly in a folder below the assembly's own, which is the empty path.
    fn read(&mut self, nested: &Path) -> Result<(), AssemblyError> {
        let file = nested.join(MANIFEST);
        let manifest: Manifest = self.parse(&file)?.0;
        if !manifest.missing.is_empty() {
            return Err(self.unsupported(&file, "values that are yet to be looked up in the account"));
        }
        for (id, artifact) in &manifest.artifacts {
            match artifact.kind {
                ArtifactType::Stack => {
                    let stack = self.stack(nested, id, artifact, &manifest)?;
                    self.stacks.push(stack);
                }
                ArtifactType::NestedAssembly => {
                    let properties: NestedProperties = self.properties(&file, artifact)?;
                    // A folder that leads back to this one would never end.
                    let directory = Path::new(&properties.directory_name);
                    if directory.as_os_str().is_empty()
                        || !directory.components().all(|part| matches!(part, Component::Normal(_)))
                    {
                        return Err(self.unsupported(&file, "an assembly that does not lie in a folder below"));
                    }
                    self.read(&nested.join(directory))?;
                }
                ArtifactType::AssetManifest | ArtifactType::Tree | ArtifactType::Other => {}
            }
        }
        Ok(())
    }

    fn stack(
        &mut self,
        nested: &Path,
        id: &str,
        artifact: &Artifact,
        manifest: &Manifest,
    ) -> Result<StackArtifact, AssemblyError> {
        let file = nested.join(MANIFEST);
        let mut properties: StackProperties = self.properties(&file, artifact)?;
        let template_file = nested.join(&properties.template_file);
        properties.template_file = template_file.to_string_lossy().into_owned();
        let template = self.parse(&template_file)?;
        let mut assets = Vec::new();
        let dependencies = artifact.dependencies.iter().filter_map(|dependency| manifest.artifacts.get(dependency));
        for dependency in dependencies.filter(|dependency| dependency.kind == ArtifactType::AssetManifest) {
            let FileProperties { file } = self.properties(&file, dependency)?;
            let file = nested.join(file);
            let manifest: AssetManifest = self.parse(&file)?.0;
            if !manifest.docker_images.is_empty() {
                return Err(self.unsupported(&file, "a container image"));
            }
            if manifest.files.values().any(|entry| !entry.source.executable.is_empty()) {
                return Err(self.unsupported(&file, "a file that a program makes"));
            }
            assets.extend(Asset::all_of(manifest, nested));
        }
        Ok(StackArtifact::new(id, artifact, properties, template, assets))
    }

    fn properties<T: DeserializeOwned>(&self, file: &Path, artifact: &Artifact) -> Result<T, AssemblyError> {
        T::deserialize(&artifact.properties)
            .map_err(|source| AssemblyError::Malformed { path: self.folder.join(file), source })
    }

    fn parse<T: DeserializeOwned>(&mut self, file: &Path) -> Result<(T, String), AssemblyError> {
        let path = self.folder.join(file);
        let text = fs::read_to_string(&path).map_err(|source| AssemblyError::Read { path: path.clone(), source })?;
        let value = serde_json::from_str(&text).map_err(|source| AssemblyError::Malformed { path, source })?;
        self.files.insert(file.to_string_lossy().into_owned(), text.clone());
        Ok((value, text))
    }

    fn unsupported(&self, file: &Path, what: &'static str) -> AssemblyError {
        AssemblyError::Unsupported { path: self.folder.join(file), what }
    }
}
