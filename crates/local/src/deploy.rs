//! Deploys the assembly's stacks into the emulator, as `vod deploy` does into AWS.

use ::deploy::{Answer, AssetBucket, Event, Options, Question, Watcher};

use serde_json::json;

use super::{
    Deployment, Error, Session,
    http::Client,
    up::{Step, Up},
};

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
    let outputs = stacks.into_iter().filter(|stack| stack.name == up.stack).flat_map(|stack| stack.outputs);
    Ok(Deployment {
        stack: up.stack.clone(),
        trigger: up.trigger,
        outputs: outputs.map(|(name, output)| (name, output.value)).collect(),
    })
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
