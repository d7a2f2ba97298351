//! What is uploaded for the files that a user names.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use miette::Diagnostic;

use pipeline::{media_types::FileKind, settings::WorkflowTrigger};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::Deployment;

/// A video to send.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub file: PathBuf,
    /// The key that it gets in the source bucket.
    pub key: String,
    /// The key and the content of the metadata file that starts the workflow.
    pub metadata: Option<(String, Value)>,
    /// What the metadata file needs besides the video: each file and its key.
    pub companions: Vec<(PathBuf, String)>,
}

impl Item {
    /// The key of what starts the workflow.
    pub(super) fn starter(&self) -> &str {
        self.metadata.as_ref().map_or(&self.key, |(key, _)| key)
    }
}

/// A file, and what it is to be called in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub file: PathBuf,
    pub name: String,
}

impl Input {
    /// A file under its own name; of a folder the videos in it and below it, with the folder's name before theirs.
    pub fn of(path: &Path) -> Result<Vec<Self>, PlanError> {
        // The names of `.` and `..` are those of the folders that they mean.
        let meant = path.file_name().is_none().then(|| fs_err::canonicalize(path).ok()).flatten();
        let name = meant.as_deref().unwrap_or(path).file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| PlanError::NoFile { file: path.to_owned() })?;
        if path.is_file() {
            return Ok(vec![Self { file: path.to_owned(), name }]);
        }
        if !path.is_dir() {
            return Err(PlanError::NoFile { file: path.to_owned() });
        }
        let mut found = Vec::new();
        collect(path, &name, &mut found).map_err(|source| PlanError::Folder { folder: path.to_owned(), source })?;
        if found.is_empty() {
            return Err(PlanError::Empty { folder: path.to_owned() });
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<Input>) -> io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let (own, kind) = (entry.file_name().to_string_lossy().into_owned(), entry.file_type()?);
        let (file, name) = (entry.path(), format!("{prefix}/{own}"));
        // Hidden files are no uploads, and a link could lead round in a circle.
        if own.starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            collect(&file, &name, found)?;
        } else if kind.is_file() && FileKind::of(&name) == Some(FileKind::Video) {
            found.push(Input { file, name });
        }
    }
    Ok(())
}

/// Why files cannot be sent.
#[derive(Debug, Diagnostic, Error)]
pub enum PlanError {
    #[error("there is no file `{}`", .file.display())]
    #[diagnostic(help("name a video, a folder of videos, an address, or `-` for the standard input"))]
    NoFile { file: PathBuf },
    #[error("`{name}` does not end as video or audio does")]
    #[diagnostic(help(
        "the deployment takes {}; rename it, or use `--name`", FileKind::Video.suffixes().join(", ")
    ))]
    NoVideo { name: String },
    #[error("`{}` cannot be read", .folder.display())]
    #[diagnostic(help("use a folder that this user may read"))]
    Folder { folder: PathBuf, source: io::Error },
    #[error("there is no video or audio in `{}`", .folder.display())]
    #[diagnostic(help("such names end in {}", FileKind::Video.suffixes().join(", ")))]
    Empty { folder: PathBuf },
    #[error("`{}` is no metadata file: {reason}", .file.display())]
    #[diagnostic(help("it holds one JSON object; see docs/metadata.md"))]
    Metadata { file: PathBuf, reason: String },
    #[diagnostic(help("{}, or set `source.trigger` to \"both\" and repeat `vod local up`", match .trigger {
        WorkflowTrigger::Video => "leave out `--metadata`",
        _ => "give one with `--metadata`",
    }))]
    #[error("the deployed stack starts its workflows by {}", match .trigger {
        WorkflowTrigger::Video => "videos, not by metadata files",
        _ => "metadata files, and none is given",
    })]
    Trigger { trigger: WorkflowTrigger },
}

/// What to upload for some files, and for each with the same metadata, read from a file.
pub fn plan(inputs: &[Input], metadata: Option<&Path>, deployment: &Deployment) -> Result<Vec<Item>, PlanError> {
    let trigger = deployment.trigger;
    match (trigger, metadata) {
        (WorkflowTrigger::Video, Some(_)) | (WorkflowTrigger::Metadata, None) => {
            return Err(PlanError::Trigger { trigger });
        }
        _ => {}
    }
    let given = metadata.map(|path| read(path).map(|document| (path, document))).transpose()?;
    let mut taken = BTreeSet::new();
    inputs
        .iter()
        .map(|Input { file, name }| {
            let key = deployment.key(&distinct(name, &mut taken)?);
            let document = given.as_ref().map(|(_, document)| with_video(document, &key));
            let companions = given.as_ref().map(|(path, document)| captions(path, document)).unwrap_or_default();
            let metadata = document.map(|document| (format!("{key}.json"), document));
            Ok(Item { file: file.clone(), key, metadata, companions })
        })
        .collect()
}

/// The name; below a number where another file of that name came before.
fn distinct(name: &str, taken: &mut BTreeSet<String>) -> Result<String, PlanError> {
    if FileKind::of(name) != Some(FileKind::Video) {
        return Err(PlanError::NoVideo { name: name.to_owned() });
    }
    let numbered = (2..).map(|number| format!("{number}/{name}"));
    let key = std::iter::once(name.to_owned()).chain(numbered).find(|key| !taken.contains(key)).unwrap_or_default();
    taken.insert(key.clone());
    Ok(key)
}

fn read(path: &Path) -> Result<Map<String, Value>, PlanError> {
    let error = |reason: String| PlanError::Metadata { file: path.to_owned(), reason };
    let text = std::fs::read(path).map_err(|source| error(source.to_string()))?;
    serde_json::from_slice(&text).map_err(|source| error(source.to_string()))
}

/// The same metadata for another video.
fn with_video(document: &Map<String, Value>, key: &str) -> Value {
    let mut document = document.clone();
    // A field's first letter may be of either case.
    document.retain(|name, _| !["srcVideo", "SrcVideo"].contains(&name.as_str()));
    document.insert("srcVideo".to_owned(), key.into());
    document.into()
}

/// The captions files that lie beside the metadata file; others are in the bucket already, or missing there.
fn captions(metadata: &Path, document: &Map<String, Value>) -> Vec<(PathBuf, String)> {
    let folder = metadata.parent().unwrap_or(Path::new("."));
    let captions = document.get("captions").or_else(|| document.get("Captions"));
    let captions = captions.and_then(|captions| pipeline::captions::parse(captions).ok());
    let keys = captions.into_iter().flatten().map(|captions| captions.file);
    let files = keys.map(|key| (folder.join(&key), key));
    files.filter(|(file, key)| !key.starts_with('/') && file.is_file()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn deployment(trigger: WorkflowTrigger) -> Deployment {
        Deployment {
            stack: "vod".to_owned(),
            trigger,
            source_folder: None,
            metadata_wait_seconds: 0,
            outputs: BTreeMap::new(),
        }
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in ["a.mp4", "other/a.mp4", "letter.txt", "de.srt", "a.json", "list.json"] {
            let path = folder.path().join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "[]").unwrap();
        }
        let metadata = json!({ "SrcVideo": "x", "title": "A", "captions": [{ "file": "de.srt", "language": "de" }, { "srcFile": "up/there.srt" }] });
        fs_err::write(folder.path().join("a.json"), metadata.to_string()).unwrap();
        folder
    }

    /// What is uploaded for these paths.
    fn planned(paths: &[PathBuf], metadata: Option<&Path>, deployment: &Deployment) -> Result<Vec<Item>, PlanError> {
        let mut inputs = Vec::new();
        for path in paths {
            inputs.extend(Input::of(path)?);
        }
        plan(&inputs, metadata, deployment)
    }

    #[test]
    fn a_folder_stands_for_the_videos_in_it() {
        let folder = folder();
        for file in ["films/b.MOV", "films/2024/a.mp4", "films/notes.txt", "films/.hidden.mp4", "films/.git/a.mp4"] {
            let path = folder.path().join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("films/round")).unwrap();
        let deployment = deployment(WorkflowTrigger::Video);
        let items = planned(&[folder.path().join("films/2024/..")], None, &deployment).unwrap();
        assert_eq!(items.len(), 2);
        let items = planned(&[folder.path().join("films")], None, &deployment).unwrap();
        let keys: Vec<_> = items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(keys, ["films/2024/a.mp4", "films/b.MOV"]);

        fs_err::create_dir(folder.path().join("empty")).unwrap();
        let error = planned(&[folder.path().join("empty")], None, &deployment).unwrap_err();
        assert!(error.to_string().starts_with("there is no video or audio in"), "{error}");
    }

    #[test]
    fn files_of_one_name_get_different_keys() {
        let folder = folder();
        let files = ["a.mp4", "other/a.mp4"].map(|file| folder.path().join(file));
        let items = planned(&files, None, &deployment(WorkflowTrigger::Video)).unwrap();
        let keys: Vec<_> = items.iter().map(|item| (item.key.as_str(), item.starter())).collect();
        assert_eq!(keys, [("a.mp4", "a.mp4"), ("2/a.mp4", "2/a.mp4")]);
        let below = Deployment { source_folder: Some("in/".to_owned()), ..deployment(WorkflowTrigger::Video) };
        let keys: Vec<_> = planned(&files, None, &below).unwrap().into_iter().map(|item| item.key).collect();
        assert_eq!(keys, ["in/a.mp4", "in/2/a.mp4"], "where the deployment looks for videos");
    }

    #[test]
    fn metadata_names_the_video_and_brings_its_captions() {
        let folder = folder();
        let (file, metadata) = (folder.path().join("a.mp4"), folder.path().join("a.json"));
        let items = planned(&[file], Some(&metadata), &deployment(WorkflowTrigger::Both)).unwrap();
        assert_eq!(items[0].starter(), "a.mp4.json");
        let (_, document) = items[0].metadata.clone().unwrap();
        assert_eq!((&document["srcVideo"], &document["title"]), (&json!("a.mp4"), &json!("A")));
        assert_eq!(document.get("SrcVideo"), None);
        assert_eq!(items[0].companions, [(folder.path().join("de.srt"), "de.srt".to_owned())]);
    }

    #[test]
    fn what_would_start_nothing_is_refused() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        let error_of = |file: &str, metadata: Option<&str>, trigger| {
            planned(&[path(file)], metadata.map(path).as_deref(), &deployment(trigger)).unwrap_err().to_string()
        };
        assert!(error_of("b.mp4", None, WorkflowTrigger::Video).starts_with("there is no file"));
        assert!(error_of("letter.txt", None, WorkflowTrigger::Video).ends_with("does not end as video or audio does"));
        assert!(error_of("a.mp4", Some("list.json"), WorkflowTrigger::Both).contains("is no metadata file"));
        assert!(
            error_of("a.mp4", Some("a.json"), WorkflowTrigger::Video).ends_with("by videos, not by metadata files")
        );
        assert!(error_of("a.mp4", None, WorkflowTrigger::Metadata).ends_with("by metadata files, and none is given"));
    }
}
