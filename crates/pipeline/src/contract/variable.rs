//! The environment variables of all handlers, each once.

use super::Feature;

/// Declares the enumeration, its list and its names from one table.
macro_rules! variables {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal $(if $feature:ident)?,)+) => {
        /// An environment variable that some handler reads.
        ///
        /// Every value is a plain string; a list or map is JSON. Variables of Lambda itself and of the SDK
        /// (`AWS_REGION`, `AWS_ENDPOINT_URL`, …) are not ours and are not here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Variable {
            $($(#[$doc])+ $variant,)+
        }

        impl Variable {
            /// Every variable, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The variable's name in the environment.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The feature without which nobody sets the variable.
            #[must_use]
            pub const fn feature(self) -> Option<Feature> {
                match self {
                    $($(Self::$variant => Some(Feature::$feature),)?)+
                    _ => None,
                }
            }
        }
    };
}

variables! {
    /// The lowest level that is logged: `error`, `warn`, `info`, `debug` or `trace`.
    LogLevel = "LOG_LEVEL",
    /// The name of the deployment, stored in each record as `workflowName`.
    WorkflowName = "WORKFLOW_NAME",
    /// The name of the bucket that videos and metadata files arrive in.
    SourceBucket = "SOURCE_BUCKET",
    /// The name of the bucket that outputs go to.
    DestinationBucket = "DESTINATION_BUCKET",
    /// The name of the bucket that the catalogue is in, which is the destination bucket.
    CatalogueBucket = "CATALOGUE_BUCKET" if Player,
    /// The name of the table of workflow records.
    WorkflowTable = "WORKFLOW_TABLE",
    /// The domain name that viewers reach the destination bucket under, without a scheme.
    CloudFrontDomain = "CLOUDFRONT_DOMAIN",
    /// The ARN of the notification topic.
    TopicArn = "TOPIC_ARN",
    /// The URL of the notification queue.
    QueueUrl = "QUEUE_URL" if Sqs,
    /// The ARN of the ingest state machine.
    IngestStateMachine = "INGEST_STATE_MACHINE",
    /// The ARN of the process state machine.
    ProcessStateMachine = "PROCESS_STATE_MACHINE",
    /// The ARN of the publish state machine.
    PublishStateMachine = "PUBLISH_STATE_MACHINE",
    /// The URL of the `MediaConvert` endpoint, as [`crate::custom_resource::Kind::MediaConvertEndpoint`] gives it.
    MediaConvertEndpoint = "MEDIACONVERT_ENDPOINT",
    /// The ARN of the role that `MediaConvert` takes to read sources and write outputs.
    MediaConvertRole = "MEDIACONVERT_ROLE",
    /// The ARN of the queue that jobs wait in.
    MediaConvertQueue = "MEDIACONVERT_QUEUE",
    /// The priority of jobs in their queue, from -50 to 50.
    JobPriority = "JOB_PRIORITY",
    /// A JSON list of `MediaConvert` hop destinations (`[]` for none), in `PascalCase` as in CloudFormation.
    HopDestinations = "HOP_DESTINATIONS",
    /// The name of the job template for 2160p sources.
    JobTemplate2160p = "JOB_TEMPLATE_2160P",
    /// The name of the job template for 1080p sources.
    JobTemplate1080p = "JOB_TEMPLATE_1080P",
    /// The name of the job template for 720p sources.
    JobTemplate720p = "JOB_TEMPLATE_720P",
    /// The id of the `MediaPackage` packaging group.
    PackagingGroup = "PACKAGING_GROUP" if MediaPackage,
    /// The ARN of the role that `MediaPackage` takes to read outputs.
    MediaPackageRole = "MEDIAPACKAGE_ROLE" if MediaPackage,
    /// A [`crate::settings::ArchiveClass`]: what becomes of a source after its workflow.
    ArchiveSource = "ARCHIVE_SOURCE",
    /// A [`crate::settings::Switch`]: whether thumbnails are captured.
    FrameCapture = "FRAME_CAPTURE",
    /// A [`crate::settings::Acceleration`] of jobs.
    AcceleratedTranscoding = "ACCELERATED_TRANSCODING",
    /// A [`crate::settings::InputRotate`] of jobs.
    InputRotate = "INPUT_ROTATE",
    /// A [`crate::settings::Switch`]: whether workflows announce themselves on the topic.
    EnableSns = "ENABLE_SNS",
    /// A [`crate::settings::Switch`]: whether finished workflows are sent to the queue.
    EnableSqs = "ENABLE_SQS",
    /// A [`crate::settings::Switch`]: whether finished workflows become `MediaPackage` assets.
    EnableMediaPackage = "ENABLE_MEDIA_PACKAGE",
    /// A JSON object of the tags put on what handlers create while running (jobs, assets).
    Tags = "TAGS",
}

impl std::fmt::Display for Variable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}
