//! The deployment's constructs, and the variables by which functions know them.

use pipeline::contract::{Handler, Variable, Workflow};
use pipeline::settings::Tier;
use serde_json::json;
use synth::aws::cloudfront;
use synth::constructs::{Bucket, BucketReference, Function, Key, Queue, StateMachine, Table, Topic};
use synth::{Handle, PseudoParameter, Value, sub};

use super::delivery::Delivery;
use super::encoding::Encoding;
use super::functions::Functions;
use super::notifications::Notifications;
use super::packaging::Packaging;
use super::storage::Storage;
use config::Config;

/// How much a function logs.
const LOG_LEVEL: &str = "info";

/// The constructs of the deployment's own stack, to refer to and to grant.
#[derive(Debug)]
pub struct Parts {
    /// The configuration.
    pub(super) config: Config,
    /// Buckets and table.
    pub(super) storage: Storage,
    /// Topic and queues.
    pub(super) notifications: Notifications,
    /// MediaConvert.
    pub(super) encoding: Encoding,
    /// MediaPackage, if it is on.
    pub(super) packaging: Option<Packaging>,
    /// CloudFront.
    pub(super) delivery: Delivery,
    /// The functions.
    pub(super) functions: Functions,
    /// The state machines.
    pub(super) workflows: Workflows,
}

impl Parts {
    /// Where videos arrive; perhaps a bucket that exists already.
    #[must_use]
    pub fn source_bucket(&self) -> &BucketReference {
        &self.storage.source
    }

    /// Where outputs go.
    #[must_use]
    pub fn destination_bucket(&self) -> &Bucket {
        &self.storage.destination
    }

    /// Where access logs go.
    #[must_use]
    pub fn log_bucket(&self) -> &Bucket {
        &self.storage.logs
    }

    /// The table of workflow records.
    #[must_use]
    pub fn workflow_table(&self) -> &Table {
        &self.storage.table
    }

    /// The topic of failures, alarms and, with `notifications.sns`, of each video's course.
    #[must_use]
    pub fn topic(&self) -> &Topic {
        &self.notifications.topic
    }

    /// The queue of finished videos, with `notifications.sqs`.
    #[must_use]
    pub fn queue(&self) -> Option<&Queue> {
        self.notifications.queue.as_ref()
    }

    /// The key that encrypts the topic and the queues.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.notifications.key
    }

    /// The function of a handler, where its feature is on.
    #[must_use]
    pub fn function(&self, handler: Handler) -> Option<&Function> {
        self.functions.iter().find(|(of, _)| *of == handler).map(|(_, function)| function)
    }

    /// A state machine.
    #[must_use]
    pub fn state_machine(&self, workflow: Workflow) -> &StateMachine {
        self.workflows.get(workflow)
    }

    /// The CloudFront distribution; [`Scope::edit`](synth::Scope::edit) adds origins and cache behaviours to it.
    #[must_use]
    pub fn distribution(&self) -> &Handle<cloudfront::Distribution> {
        &self.delivery.distribution
    }

    /// The domain name that viewers use.
    #[must_use]
    pub fn viewer_domain(&self) -> &Value<String> {
        &self.delivery.viewer_domain
    }
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

impl Parts {
    /// A variable's value; empty for one of a feature that is off, which no function is given.
    pub(super) fn variable(&self, variable: Variable) -> Value<String> {
        let config = &self.config;
        let switch = |on: bool| on.to_string().into();
        match variable {
            Variable::LogLevel => LOG_LEVEL.into(),
            Variable::WorkflowName => config.name.as_str().into(),
            Variable::SourceBucket => self.storage.source.name().clone(),
            Variable::DestinationBucket | Variable::CatalogueBucket => self.storage.destination.name().clone(),
            Variable::Uploads => json!(config.source.uploads()).to_string().into(),
            Variable::WorkflowTable | Variable::ClaimTable => self.storage.table.name(),
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
                self.packaging.as_ref().map_or("".into(), |packaging| packaging.group.reference::<String>())
            }
            Variable::MediaPackageRole => {
                self.packaging.as_ref().map_or("".into(), |packaging| packaging.role.arn().into())
            }
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
