//! The deployment itself against the emulator, without a terminal.

use std::path::Path;

use ::deploy::{Answer, AssetBucket, AssetBucketProps, Event, Options, Presence, Question, Watcher};
use aws::{Aws, Options as AwsOptions};
use config::{Config, File, Input};
use stacks::artifacts::Artifacts;
use stacks::scripts::OWN_BUCKET_PREFIX;
use synth::CloudAssembly;
use tempfile::TempDir;

use crate::e2e::emulator::{Emulator, REGION, setting};
use crate::e2e::media_fake::MediaFake;

/// Consents to everything, and keeps the events.
#[derive(Default)]
struct Recorder {
    events: Vec<Event>,
}

impl Watcher for Recorder {
    fn notify(&mut self, event: &Event) {
        self.events.push(event.clone());
    }

    fn asked(&mut self, _: &Question<'_>) -> Answer {
        Answer::Yes
    }
}

fn everything() -> Config {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks/config/everything.toml");
    let text = fs_err::read_to_string(&path).unwrap();
    config::load(&Input { file: Some(File { path, text }), variables: Vec::new(), sets: Vec::new() }).unwrap()
}

fn props(config: &Config) -> AssetBucketProps<'_> {
    AssetBucketProps {
        name: config.assets.bucket.as_ref().map(config::text::BucketName::as_str),
        qualifier: config.assets.qualifier.as_str(),
        own_prefix: OWN_BUCKET_PREFIX,
        region: config.region.as_str(),
        stack: config.name.as_str(),
    }
}

/// The assembly of a configuration, with the code in it.
fn assembly(config: &Config) -> (TempDir, CloudAssembly) {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = Artifacts::of_this_build();
    let app = stacks::build(config, &artifacts).unwrap().app;
    let assembly = app.synth().unwrap();
    assembly.write(folder.path()).unwrap();
    let zip = folder.path().join(stacks::code_file(config, &artifacts));
    package::pack(&setting("E2E_BOOTSTRAP"), &zip).unwrap();
    (folder, assembly)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stack_is_deployed_once() {
    let fake = MediaFake::start();
    let media = fake.url();
    let emulator = Emulator::start(&[("MEDIACONVERT", &media), ("MEDIAPACKAGE_VOD", &media)]);
    let options = AwsOptions { region: Some(REGION.to_owned()), endpoint_url: Some(emulator.url()), profile: None };
    let aws = Aws::load(&options).await.unwrap();
    let mut config = everything();
    config.account = None;
    config.assets.bucket = None;
    let mut recorder = Recorder::default();

    let bucket = AssetBucket::find(&aws, props(&config)).await.unwrap();
    assert!(matches!(bucket, AssetBucket::Own { presence: Presence::Missing, .. }), "{bucket:?}");
    bucket.ensure(&aws, config.region.as_str(), &mut recorder).await.unwrap();
    config.assets.bucket = bucket.own_name().map(|name| name.parse().unwrap());
    let (folder, assembly) = assembly(&config);
    let stacks = deploy::deploy(&aws, &assembly, folder.path(), &Options::default(), &mut recorder).await;
    let stacks = stacks.unwrap_or_else(|error| panic!("{error:#?}"));
    assert_eq!(stacks.len(), assembly.stacks().len());
    let outputs = &stacks.last().unwrap().outputs;
    assert!(outputs.contains_key("SourceBucket"), "{outputs:?}");
    assert!(!fake.templates().is_empty());
    let made = recorder.events.iter().filter(|event| matches!(event, Event::Resource { .. })).count();
    assert!(made > 100, "every resource is reported: {made}");

    // The bucket is found now, nothing is uploaded again, and nothing is changed.
    let bucket = AssetBucket::find(&aws, props(&config)).await.unwrap();
    assert!(matches!(bucket, AssetBucket::Configured(_)), "{bucket:?}");
    recorder.events.clear();
    let again = deploy::deploy(&aws, &assembly, folder.path(), &Options::default(), &mut recorder).await.unwrap();
    assert_eq!(
        again.iter().map(|stack| &stack.id).collect::<Vec<_>>(),
        stacks.iter().map(|stack| &stack.id).collect::<Vec<_>>()
    );
    assert!(!recorder.events.iter().any(|event| matches!(event, Event::Uploading { .. } | Event::Started { .. })));
    assert_eq!(recorder.events.iter().filter(|event| matches!(event, Event::Unchanged { .. })).count(), stacks.len());
}
