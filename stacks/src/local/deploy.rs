//! Deploys the configuration's stacks into the emulator, as `vod deploy` does into AWS.

use super::{Deployment, Error, Folder, Session, queues, up::Step};
use crate::{
    artifacts::Artifacts,
    config::Config,
    deploy::{self, Answer, Assembly, AssetBucket, DeployError, News, Question, Watcher},
    platform,
};

/// Creates the stacks, or updates them where something changed.
pub(super) async fn deploy(
    config: &Config,
    folder: &Folder,
    session: &Session,
    tell: &mut dyn FnMut(Step),
) -> Result<Deployment, Error> {
    let (aws, mut watcher) = (session.way(), Telling { tell });
    queues::provide(config, session).await?;
    let bucket = AssetBucket::find(&aws, config).await?;
    bucket.ensure(&aws, config.region.as_str(), &mut watcher).await?;
    let platform = platform::build(&bucket.configure(config.clone()), &Artifacts::of_this_build())?;
    platform.app.synth()?.write(&folder.assembly())?;
    let assembly = Assembly::read(&folder.assembly()).map_err(DeployError::from)?;
    let stacks = deploy::deploy(&aws, &assembly, &deploy::Options::default(), &mut watcher).await?;
    let outputs = stacks.into_iter().filter(|stack| stack.name == config.name.as_str()).flat_map(|stack| stack.outputs);
    Ok(Deployment {
        stack: config.name.to_string(),
        trigger: config.source.trigger,
        outputs: outputs.map(|(name, output)| (name, output.value)).collect(),
    })
}

/// Consents to everything: what is stored here can be made anew.
struct Telling<'a> {
    tell: &'a mut dyn FnMut(Step),
}

impl Watcher for Telling<'_> {
    fn told(&mut self, news: &News) {
        match news {
            News::Unchanged { .. } => (self.tell)(Step::Unchanged),
            News::Started { resources, .. } => (self.tell)(Step::Change { resources: *resources }),
            _ => {}
        }
    }

    fn asked(&mut self, _: &Question<'_>) -> Answer {
        Answer::Yes
    }
}
