//! The platform through a stack's whole life: create, update, failed update, delete.

use std::collections::BTreeSet;

use aws_sdk_cloudformation::types::{ResourceStatus, StackStatus};
use pipeline::custom_resource::Kind;
use serde_json::{Value, json};

use crate::e2e::assembly::{Assembly, Configuration, Template};
use crate::e2e::cloudformation_fake::{CloudFormationFake, Request};
use crate::e2e::deployment::Deployment;
use crate::e2e::emulator::{Emulator, free_port};
use crate::e2e::media_fake::MediaFake;
use crate::e2e::transcoder::{Transcoder, endpoint};

/// A deployed platform with everything around it.
pub(crate) struct Platform {
    template: Template,
    pub(crate) fake: MediaFake,
    pub(crate) emulator: Emulator,
    deployment: Deployment,
    /// The stacks whose outputs are the platform's parameters.
    others: Vec<Deployment>,
}

impl Platform {
    pub(crate) async fn deploy(configuration: Configuration) -> Self {
        let fake = MediaFake::start();
        let media = fake.url();
        let emulator = Emulator::start(&[("MEDIACONVERT", &media), ("MEDIAPACKAGE_VOD", &media)]);
        let platform = Self::on(emulator, fake, configuration).await;
        platform.job_templates_agree().await;
        platform
    }

    /// One whose jobs our transcoder carries out.
    pub(crate) async fn deploy_with_transcoder(configuration: Configuration) -> (Self, Transcoder) {
        let fake = MediaFake::start();
        let port = free_port();
        let address = endpoint(port);
        let emulator = Emulator::start(&[("MEDIACONVERT", &address), ("MEDIAPACKAGE_VOD", &fake.url())]);
        let transcoder = Transcoder::start(port, &emulator);
        (Self::on(emulator, fake, configuration).await, transcoder)
    }

    async fn on(emulator: Emulator, fake: MediaFake, configuration: Configuration) -> Self {
        let (template, other_templates) = Assembly::synth(configuration).templates();
        let (mut others, mut parameters) = (Vec::new(), Vec::new());
        for (number, template) in other_templates.iter().enumerate() {
            let mut other = Deployment::new(&emulator, &format!("vod-e2e-other-{number}"), Vec::new());
            let status = other.create(&template.upload(&emulator)).await;
            other.expect(status, StackStatus::CreateComplete).await;
            parameters.extend(other.outputs().await);
            others.push(other);
        }
        let mut deployment = Deployment::new(&emulator, "vod-e2e", parameters);
        let status = deployment.create(&template.upload(&emulator)).await;
        deployment.expect(status, StackStatus::CreateComplete).await;
        Self { template, fake, emulator, deployment, others }
    }

    /// The value of one of the stack's outputs.
    pub(crate) async fn output(&self, name: &str) -> String {
        let outputs = self.deployment.outputs().await;
        let output = outputs.into_iter().find(|output| output.parameter_key.as_deref() == Some(name));
        output.and_then(|output| output.parameter_value).unwrap_or_else(|| panic!("there is no output {name}"))
    }

    /// Takes all permissions from the function whose role has this logical id.
    pub(crate) async fn disarm(&self, role: &str) {
        let name = self.deployment.physical_id(role).await;
        let request = [("Action", "DeleteRolePolicy"), ("RoleName", &name), ("PolicyName", "Access")];
        self.emulator.query("iam", &request);
    }

    /// What CloudFormation calls the job templates is what exists.
    async fn job_templates_agree(&self) {
        let mut names = BTreeSet::new();
        for logical_id in self.template.job_templates() {
            names.insert(self.deployment.physical_id(&logical_id).await);
        }
        assert_eq!(names, BTreeSet::from_iter(self.fake.templates()));
    }

    async fn update(&self, template: &Template, wanted: StackStatus) {
        let status = self.deployment.update(&template.upload(&self.emulator)).await;
        self.deployment.expect(status, wanted).await;
        self.job_templates_agree().await;
    }
}

async fn whole_life(configuration: Configuration) {
    let mut platform = Platform::deploy(configuration).await;
    let job_templates = platform.template.job_templates();
    assert!(!job_templates.is_empty());

    // Another ladder: the template gets a new name, and the old one goes.
    let before = platform.deployment.physical_id(&job_templates[0]).await;
    platform.template = platform.template.with_other_ladder(&job_templates[0], 3_210_000);
    platform.update(&platform.template, StackStatus::UpdateComplete).await;
    assert!(!platform.fake.templates().contains(&before));

    // An update that fails, whichever job template is refused: all is as it was.
    let names = platform.fake.templates();
    let all_changed =
        job_templates.iter().fold(platform.template.clone(), |template, id| template.with_other_ladder(id, 4_321_000));
    for name in &names {
        let (base_name, _) = name.rsplit_once('-').unwrap();
        platform.fake.reject(Some(base_name));
        platform.update(&all_changed, StackStatus::UpdateRollbackComplete).await;
        assert_eq!(platform.fake.templates(), names);
    }
    platform.fake.reject(None);

    // The end: what stays is what the template says stays.
    let packaging_groups: Vec<String> = platform
        .template
        .of_type("AWS::MediaPackage::PackagingGroup")
        .map(|(logical_id, _)| logical_id.clone())
        .collect();
    for logical_id in &packaging_groups {
        platform.fake.add_asset("an-asset", &platform.deployment.physical_id(logical_id).await);
    }
    let mut retained = BTreeSet::new();
    for logical_id in platform.template.retained() {
        retained.insert(platform.deployment.physical_id(logical_id).await);
    }
    let functions = platform.template.of_type("AWS::Lambda::Function").count();
    assert!(platform.emulator.inventory().len() > functions, "the inventory must see what it is to miss afterwards");
    let status = platform.deployment.delete().await;
    platform.deployment.expect(status, StackStatus::DeleteComplete).await;
    for other in &platform.others {
        let status = other.delete().await;
        other.expect(status, StackStatus::DeleteComplete).await;
    }
    assert_eq!(platform.fake.templates(), Vec::<String>::new());
    assert_eq!(platform.fake.assets(), Vec::<String>::new());
    let events = platform.deployment.events().await;
    let skipped = events.into_iter().filter(|event| event.resource_status == Some(ResourceStatus::DeleteSkipped));
    assert_eq!(skipped.map(|event| event.physical_resource_id.unwrap()).collect::<BTreeSet<_>>(), retained);
    for left in platform.emulator.inventory() {
        assert!(retained.iter().any(|id| left.ends_with(id.as_str())), "{left} is left behind");
    }
    assert_eq!(platform.fake.unknown(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_platform_lives_and_leaves_nothing() {
    whole_life(Configuration::Default).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_with_everything_lives_and_leaves_nothing() {
    whole_life(Configuration::Everything).await;
}

/// The sequences of requests that CloudFormation sends and the emulator does not.
#[tokio::test(flavor = "multi_thread")]
async fn custom_resources_answer_cloudformations_own_sequences() {
    let platform = Platform::deploy(Configuration::Default).await;
    let cloudformation = CloudFormationFake::start();
    let function = platform.deployment.physical_id(&platform.template.custom_resource_function()).await;
    let resource_type = Kind::JobTemplate.into_str();
    let ask = |kind: &str, physical_id: Option<&str>, properties: &Value, old_properties: Option<&Value>| {
        let request = Request { kind, resource_type, physical_id, properties, old_properties };
        let answer = cloudformation.ask(&platform.emulator, &function, &request);
        (answer["Status"].as_str().unwrap().to_owned(), answer["PhysicalResourceId"].as_str().unwrap().to_owned())
    };
    let properties = |bitrate: u32| {
        let settings = json!({ "Settings": { "OutputGroups": [], "AdAvailOffset": bitrate } });
        json!({ "ServiceToken": "arn", "BaseName": "asked", "Settings": settings.to_string() })
    };
    let (old, new) = (properties(1), properties(2));
    let asked =
        || -> Vec<String> { platform.fake.templates().into_iter().filter(|name| name.starts_with("asked-")).collect() };

    // Rolling back a replacement: Update forth, Update back, Delete of the new one.
    let (status, first) = ask("Create", None, &old, None);
    assert_eq!((status.as_str(), asked()), ("SUCCESS", vec![first.clone()]));
    let (status, second) = ask("Update", Some(&first), &new, Some(&old));
    assert_eq!(status, "SUCCESS");
    assert_ne!(first, second);
    assert_eq!(ask("Update", Some(&second), &old, Some(&new)), ("SUCCESS".to_owned(), first.clone()));
    assert_eq!(ask("Delete", Some(&second), &new, None).0, "SUCCESS");
    assert_eq!(asked(), [first.as_str()]);

    // Whatever is repeated changes nothing: CloudFormation retries.
    assert_eq!(ask("Create", None, &old, None), ("SUCCESS".to_owned(), first.clone()));
    assert_eq!(ask("Delete", Some(&second), &new, None).0, "SUCCESS");
    assert_eq!(ask("Delete", Some(&first), &old, None).0, "SUCCESS");
    assert_eq!(asked(), Vec::<String>::new());

    // A failed Create is followed by a Delete of the id that the failure named.
    platform.fake.reject(Some("asked"));
    let (status, failed) = ask("Create", None, &old, None);
    assert_eq!(status, "FAILED");
    assert_eq!(ask("Delete", Some(&failed), &old, None).0, "SUCCESS");

    // Properties that make no sense are answered as well, and what was never made can be deleted.
    let nonsense = json!({ "ServiceToken": "arn" });
    let (status, failed) = ask("Create", None, &nonsense, None);
    assert_eq!(status, "FAILED");
    assert_eq!(ask("Delete", Some(&failed), &nonsense, None).0, "SUCCESS");
}
