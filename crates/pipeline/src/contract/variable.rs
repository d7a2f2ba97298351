//! The environment variables of all handlers, each once.

use strum::{Display, IntoStaticStr, VariantArray};

use super::Feature;

/// An environment variable that some handler reads; its text is its name.
///
/// Every value is a plain string; a list or map is JSON. Variables of Lambda itself and of the SDK
/// (`AWS_REGION`, `AWS_ENDPOINT_URL`, …) are not ours and are not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Display, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", const_into_str)]
pub enum Variable {
    /// The lowest level that is logged: `error`, `warn`, `info`, `debug` or `trace`.
    LogLevel,
    /// The name of the deployment, stored in each record as `workflowName`.
    WorkflowName,
    /// The name of the bucket that videos and metadata files arrive in.
    SourceBucket,
    /// Which files of that bucket start a workflow: an [`Uploads`](crate::uploads::Uploads) as JSON.
    Uploads,
    /// The name of the bucket that outputs go to.
    DestinationBucket,
    /// The name of the bucket that the catalogue is in, which is the destination bucket.
    CatalogueBucket,
    /// The name of the table of workflow records.
    WorkflowTable,
    /// The name of the table that workflows claim videos in, which is that of the records.
    ClaimTable,
    /// The domain name that viewers reach the destination bucket under, without a scheme.
    #[strum(serialize = "CLOUDFRONT_DOMAIN")]
    CloudFrontDomain,
    TopicArn,
    QueueUrl,
    IngestStateMachine,
    ProcessStateMachine,
    PublishStateMachine,
    /// The URL of the `MediaConvert` endpoint, as [`crate::custom_resource::Kind::MediaConvertEndpoint`] gives it.
    #[strum(serialize = "MEDIACONVERT_ENDPOINT")]
    MediaConvertEndpoint,
    /// The ARN of the role that `MediaConvert` takes to read sources and write outputs.
    #[strum(serialize = "MEDIACONVERT_ROLE")]
    MediaConvertRole,
    /// The ARN of the queue that jobs wait in.
    #[strum(serialize = "MEDIACONVERT_QUEUE")]
    MediaConvertQueue,
    /// The priority of jobs in their queue, from -50 to 50.
    JobPriority,
    /// A JSON list of `MediaConvert` hop destinations (`[]` for none), in `PascalCase` as in CloudFormation.
    HopDestinations,
    /// The name of the job template for 2160p sources.
    #[strum(serialize = "JOB_TEMPLATE_2160P")]
    JobTemplate2160p,
    /// The name of the job template for 1080p sources.
    #[strum(serialize = "JOB_TEMPLATE_1080P")]
    JobTemplate1080p,
    /// The name of the job template for 720p sources.
    #[strum(serialize = "JOB_TEMPLATE_720P")]
    JobTemplate720p,
    /// The id of the `MediaPackage` packaging group.
    PackagingGroup,
    /// The ARN of the role that `MediaPackage` takes to read outputs.
    #[strum(serialize = "MEDIAPACKAGE_ROLE")]
    MediaPackageRole,
    /// A [`crate::settings::ArchiveClass`]: what becomes of a source after its workflow.
    ArchiveSource,
    /// `true` or `false`: whether thumbnails are captured.
    FrameCapture,
    /// A [`crate::settings::Acceleration`] of jobs.
    AcceleratedTranscoding,
    /// A [`crate::settings::InputRotate`] of jobs.
    InputRotate,
    /// `true` or `false`: whether workflows announce themselves on the topic.
    EnableSns,
    /// `true` or `false`: whether finished workflows are sent to the queue.
    EnableSqs,
    /// `true` or `false`: whether finished workflows become `MediaPackage` assets.
    EnableMediaPackage,
    /// A JSON object of the tags put on what handlers create while running (jobs, assets).
    Tags,
}

impl Variable {
    /// The feature without which nobody sets the variable.
    pub const fn feature(self) -> Option<Feature> {
        match self {
            Self::CatalogueBucket => Some(Feature::Player),
            Self::ClaimTable => Some(Feature::Claims),
            Self::QueueUrl => Some(Feature::Sqs),
            Self::PackagingGroup | Self::MediaPackageRole => Some(Feature::MediaPackage),
            _ => None,
        }
    }
}
