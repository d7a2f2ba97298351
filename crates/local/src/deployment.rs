//! Deploys the assembly's stacks into the emulator, as `vod deploy` does into AWS. What is deployed is kept in a file, so
//! that commands need not ask the emulator.

use std::collections::BTreeMap;

use ::deploy::{Answer, AssetBucket, Event, Options, Question, Watcher};
use aws::DeployedStack;
use pipeline::settings::WorkflowTrigger;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Error, Session, StateError,
    folder::Folder,
    http::Client,
    read_json,
    up::{Step, Up},
    write_json,
};

/// The deployed stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub stack: String,
    /// What starts its workflows.
    pub trigger: WorkflowTrigger,
    /// The folder whose files start them, if it is not the whole bucket.
    #[serde(default)]
    pub source_folder: Option<String>,
    /// How many seconds a video waits for a metadata file before anything is seen of it.
    #[serde(default)]
    pub metadata_wait_seconds: u32,
    pub outputs: BTreeMap<String, String>,
}

impl Deployment {
    /// What is deployed in a folder's platform, if anything is.
    pub fn find(folder: &Folder) -> Result<Option<Self>, Error> {
        let path = folder.deployment();
        path.exists().then(|| read_json(&path)).transpose()
    }

    /// What is deployed in a folder's platform.
    pub fn expect(folder: &Folder) -> Result<Self, Error> {
        Ok(Self::find(folder)?.ok_or(StateError::NotDeployed)?)
    }

    /// The same with the outputs of its stack among these.
    #[must_use]
    pub fn with_outputs_of(mut self, stacks: &[DeployedStack]) -> Self {
        let outputs = stacks.iter().filter(|stack| stack.name == self.stack).flat_map(|stack| &stack.outputs);
        self.outputs = outputs.map(|(name, output)| (name.clone(), output.value.clone())).collect();
        self
    }

    /// Lets commands that ask no emulator know what is deployed.
    pub fn keep(&self, folder: &Folder) -> Result<(), Error> {
        write_json(&folder.deployment(), self)
    }

    /// The key under which a file of this name starts a workflow.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.source_folder.as_deref().unwrap_or_default())
    }

    pub fn output(&self, name: &str) -> Result<&str, StateError> {
        self.outputs.get(name).map(String::as_str).ok_or_else(|| StateError::NoOutput { name: name.to_owned() })
    }
}

/// Creates the stacks, or updates them where something changed.
pub(super) async fn deploy(up: &Up<'_>, session: &Session, notify: &mut dyn FnMut(Step)) -> Result<Deployment, Error> {
    let (aws, mut watcher) = (session.way(), Reporter { notify });
    // The emulator's CloudFormation only records a queue that the stack makes, and knows nothing of one that is to exist
    // already.
    let (client, url) = (Client::default(), format!("{}/2017-08-29/queues", session.mediaconvert()));
    for name in &up.queues {
        client.make(&url, &json!({ "name": name })).await?;
    }
    let bucket = AssetBucket::own(&aws, &up.asset_bucket, &up.region).await?;
    bucket.ensure(&aws, &up.region, &mut watcher).await?;
    let folder = up.folder.assembly();
    let stacks = ::deploy::deploy(&aws, up.assembly, &folder, &Options::default(), &mut watcher).await?;
    Ok(up.deployment.clone().with_outputs_of(&stacks))
}

/// Consents to everything: what is stored here can be made anew.
struct Reporter<'a> {
    notify: &'a mut dyn FnMut(Step),
}

impl Watcher for Reporter<'_> {
    fn notify(&mut self, event: &Event) {
        match event {
            Event::Unchanged { .. } => (self.notify)(Step::Unchanged),
            Event::Started { resources, .. } => (self.notify)(Step::Change { resources: *resources }),
            _ => {}
        }
    }

    fn asked(&mut self, _: &Question<'_>) -> Answer {
        Answer::Yes
    }
}
