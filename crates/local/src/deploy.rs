//! Deploys the assembly's stacks into the emulator, as `vod deploy` does into AWS.

use ::deploy::{Answer, Assembly, AssetBucket, DeployError, Event, Options, Question, Watcher};

use serde_json::json;

use super::{
    Deployment, Error, Session,
    http::Client,
    up::{Step, Up},
};

/// Creates the stacks, or updates them where something changed.
pub(super) async fn deploy(up: &Up<'_>, session: &Session, tell: &mut dyn FnMut(Step)) -> Result<Deployment, Error> {
    let (aws, mut watcher) = (session.way(), Telling { tell });
    make_queues(&up.queues, session).await?;
    let bucket = AssetBucket::own(&aws, &up.asset_bucket, &up.region).await?;
    bucket.ensure(&aws, &up.region, &mut watcher).await?;
    let assembly = Assembly::read(&up.folder.assembly()).map_err(DeployError::from)?;
    let stacks = ::deploy::deploy(&aws, &assembly, &Options::default(), &mut watcher).await?;
    let outputs = stacks.into_iter().filter(|stack| stack.name == up.stack).flat_map(|stack| stack.outputs);
    Ok(Deployment {
        stack: up.stack.clone(),
        trigger: up.trigger,
        outputs: outputs.map(|(name, output)| (name, output.value)).collect(),
    })
}

/// Makes these MediaConvert queues at the transcoder, unless they are there.
///
/// The emulator's CloudFormation only records a queue that the stack makes, and knows nothing of one that is to exist already.
async fn make_queues(names: &[String], session: &Session) -> Result<(), Error> {
    let (client, url) = (Client::default(), format!("{}/2017-08-29/queues", session.mediaconvert()));
    for name in names {
        client.make(&url, &json!({ "name": name })).await?;
    }
    Ok(())
}

/// Consents to everything: what is stored here can be made anew.
struct Telling<'a> {
    tell: &'a mut dyn FnMut(Step),
}

impl Watcher for Telling<'_> {
    fn notify(&mut self, event: &Event) {
        match event {
            Event::Unchanged { .. } => (self.tell)(Step::Unchanged),
            Event::Started { resources, .. } => (self.tell)(Step::Change { resources: *resources }),
            _ => {}
        }
    }

    fn asked(&mut self, _: &Question<'_>) -> Answer {
        Answer::Yes
    }
}
