//! What the functions are connected to, and the variables that tell them.

use pipeline::contract::{Variable, Workflow};
use pipeline::settings::Tier;
use serde_json::json;
use synth::constructs::{Queue, StateMachine};
use synth::{PseudoParameter, Value, sub};

use super::delivery::Delivery;
use super::encoding::Encoding;
use super::notifications::Notifications;
use super::packaging::Packaging;
use super::storage::Storage;
use config::Config;

/// How much a function logs.
const LOG_LEVEL: &str = "info";

/// The constructs that functions refer to.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    /// The configuration.
    pub(super) config: &'a Config,
    /// Buckets and table.
    pub(super) storage: &'a Storage,
    /// Topic and queues.
    pub(super) notifications: &'a Notifications,
    /// MediaConvert.
    pub(super) encoding: &'a Encoding,
    /// MediaPackage, if it is on.
    pub(super) packaging: Option<&'a Packaging>,
    /// CloudFront.
    pub(super) delivery: &'a Delivery,
    /// The state machines.
    pub(super) workflows: &'a Workflows,
}

/// The three state machines.
#[derive(Debug)]
pub(super) struct Workflows {
    /// From an arrived file to a record.
    pub(super) ingest: StateMachine,
    /// From a record to an encoding job.
    pub(super) process: StateMachine,
    /// From a finished job to published outputs.
    pub(super) publish: StateMachine,
}

impl Workflows {
    /// One of them.
    pub(super) fn get(&self, workflow: Workflow) -> &StateMachine {
        match workflow {
            Workflow::Ingest => &self.ingest,
            Workflow::Process => &self.process,
            Workflow::Publish => &self.publish,
        }
    }
}

impl Parts<'_> {
    /// A variable's value; empty for one of a feature that is off, which no function is given.
    pub(super) fn variable(&self, variable: Variable) -> Value<String> {
        let config = self.config;
        let switch = |on: bool| on.to_string().into();
        match variable {
            Variable::LogLevel => LOG_LEVEL.into(),
            Variable::WorkflowName => config.name.as_str().into(),
            Variable::SourceBucket => self.storage.source.name().clone(),
            Variable::DestinationBucket | Variable::CatalogueBucket => self.storage.destination.name().clone(),
            Variable::WorkflowTable => self.storage.table.name(),
            Variable::CloudFrontDomain => self.delivery.viewer_domain.clone(),
            Variable::TopicArn => self.notifications.topic.arn().into(),
            Variable::QueueUrl => self.notifications.queue.as_ref().map_or("".into(), Queue::url),
            Variable::IngestStateMachine => self.workflows.ingest.arn().into(),
            Variable::ProcessStateMachine => self.workflows.process.arn().into(),
            Variable::PublishStateMachine => self.workflows.publish.arn().into(),
            Variable::MediaConvertEndpoint => self.encoding.endpoint.clone(),
            Variable::MediaConvertRole => self.encoding.role.arn().into(),
            Variable::MediaConvertQueue => self.encoding.queue.clone().into(),
            Variable::JobPriority => config.encoding.queue.priority.get().to_string().into(),
            Variable::HopDestinations => self.encoding.hop_destinations(config),
            Variable::JobTemplate2160p => self.encoding.job_template(Tier::P2160),
            Variable::JobTemplate1080p => self.encoding.job_template(Tier::P1080),
            Variable::JobTemplate720p => self.encoding.job_template(Tier::P720),
            Variable::PackagingGroup => {
                self.packaging.map_or("".into(), |packaging| packaging.group.reference::<String>())
            }
            Variable::MediaPackageRole => self.packaging.map_or("".into(), |packaging| packaging.role.arn().into()),
            Variable::ArchiveSource => config.source.archive.into_str().into(),
            Variable::FrameCapture => switch(config.encoding.frame_capture),
            Variable::AcceleratedTranscoding => config.encoding.acceleration.into_str().into(),
            Variable::InputRotate => config.encoding.rotation.into_str().into(),
            Variable::EnableSns => switch(config.notifications.sns),
            Variable::EnableSqs => switch(config.notifications.sqs),
            Variable::EnableMediaPackage => switch(config.packaging.media_package),
            Variable::Tags => json!(super::tags(config)).to_string().into(),
        }
    }
}

/// The region's own MediaConvert endpoint.
///
/// <https://docs.aws.amazon.com/general/latest/gr/mediaconvert.html>
pub(super) fn regional_endpoint() -> Value<String> {
    sub!["https://mediaconvert.", PseudoParameter::Region, ".", PseudoParameter::UrlSuffix]
}
