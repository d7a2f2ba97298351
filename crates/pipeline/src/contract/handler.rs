//! The thirteen functions and the contract of each.

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::{
    Bucket::{Destination, Source},
    Contract, Feature, Need, Variable as V,
    Workflow::{Ingest, Process, Publish},
};
use crate::settings::UnknownWord;

/// One of the platform's functions, in the order a video passes them; all of them are the same binary.
///
/// Its text is the last part of the function's name, and Lambda's `_HANDLER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, strum::VariantNames)]
#[strum(serialize_all = "kebab-case", const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum Handler {
    /// Starts the state machines.
    StepFunctions,
    /// Builds the record.
    InputValidate,
    /// Looks into the source.
    Mediainfo,
    /// Chooses the job template.
    Profiler,
    /// Submits the job.
    Encode,
    /// Checks what the job wrote.
    OutputValidate,
    /// Marks the source for archiving.
    ArchiveSource,
    /// Makes the packaged asset.
    MediaPackageAssets,
    /// Stores the record.
    DynamoUpdate,
    /// Announces a workflow on the topic.
    SnsNotification,
    /// Sends a finished workflow to the queue.
    SqsPublish,
    /// Records and announces a failure.
    ErrorHandler,
    /// Answers CloudFormation.
    CustomResource,
}

impl Handler {
    /// What the function is, reads and touches.
    pub const fn contract(self) -> &'static Contract {
        match self {
            Self::StepFunctions => &STEP_FUNCTIONS,
            Self::InputValidate => &INPUT_VALIDATE,
            Self::Mediainfo => &MEDIAINFO,
            Self::Profiler => &PROFILER,
            Self::Encode => &ENCODE,
            Self::OutputValidate => &OUTPUT_VALIDATE,
            Self::ArchiveSource => &ARCHIVE_SOURCE,
            Self::MediaPackageAssets => &MEDIA_PACKAGE_ASSETS,
            Self::DynamoUpdate => &DYNAMO_UPDATE,
            Self::SnsNotification => &SNS_NOTIFICATION,
            Self::SqsPublish => &SQS_PUBLISH,
            Self::ErrorHandler => &ERROR_HANDLER,
            Self::CustomResource => &CUSTOM_RESOURCE,
        }
    }
}

// Memory: below 256 MiB Lambda's share of a CPU makes TLS handshakes slow; more only helps where there is work to do.

/// A file that no workflow can be started for is recorded and announced as failed.
const STEP_FUNCTIONS: Contract = Contract {
    summary: "Starts the ingest, process or publish workflow for an arrived file, a record or a finished job.",
    timeout_seconds: 30,
    memory_mib: 256,
    variables: &[
        V::LogLevel,
        V::WorkflowTable,
        V::TopicArn,
        V::Uploads,
        V::IngestStateMachine,
        V::ProcessStateMachine,
        V::PublishStateMachine,
    ],
    needs: &[
        Need::StartExecution(Ingest),
        Need::StartExecution(Process),
        Need::StartExecution(Publish),
        Need::UpdateTable,
        Need::PublishTopic,
        Need::SendDeadLetters,
    ],
    feature: None,
};

/// Without the listing, S3 answers 403 for a file that does not exist.
const INPUT_VALIDATE: Contract = Contract {
    summary: "Builds the workflow record from the defaults and the metadata file, and checks that the source exists.",
    timeout_seconds: 60,
    memory_mib: 256,
    variables: &[
        V::LogLevel,
        V::WorkflowName,
        V::SourceBucket,
        V::DestinationBucket,
        V::CloudFrontDomain,
        V::ArchiveSource,
        V::FrameCapture,
        V::AcceleratedTranscoding,
        V::InputRotate,
        V::EnableSns,
        V::EnableSqs,
        V::EnableMediaPackage,
        V::ClaimTable,
    ],
    needs: &[Need::ReadVersions(Source), Need::List(Source), Need::ClaimVideos],
    feature: None,
};

/// The probe may take a while on large files, and the function reads boxes itself, of the version that the record names.
/// Tracks without number and texts without end go to a file beside the outputs. Without the listing, S3 answers 403 for a
/// file that does not exist.
const MEDIAINFO: Contract = Contract {
    summary: "Finds out containers, tracks, sizes and rotation of a source without downloading it.",
    timeout_seconds: 120,
    memory_mib: 512,
    variables: &[V::LogLevel, V::MediaConvertEndpoint],
    needs: &[Need::ReadVersions(Source), Need::List(Source), Need::WriteOverflow, Need::Probe],
    feature: None,
};

const PROFILER: Contract = Contract {
    summary: "Chooses the job template that fits a source without upscaling it.",
    timeout_seconds: 30,
    memory_mib: 256,
    variables: &[V::LogLevel, V::WorkflowTable, V::JobTemplate2160p, V::JobTemplate1080p, V::JobTemplate720p],
    needs: &[Need::ReadTable, Need::ReadOverflow],
    feature: None,
};

/// The job templates stand here as well as in the profiler: a deployment may end between the two, and take the template
/// away that the profiler chose.
const ENCODE: Contract = Contract {
    summary: "Turns the chosen job template into a MediaConvert job for one source and submits it.",
    timeout_seconds: 60,
    memory_mib: 256,
    variables: &[
        V::LogLevel,
        V::MediaConvertEndpoint,
        V::MediaConvertRole,
        V::MediaConvertQueue,
        V::JobPriority,
        V::HopDestinations,
        V::Tags,
        V::JobTemplate2160p,
        V::JobTemplate1080p,
        V::JobTemplate720p,
    ],
    needs: &[Need::ReadJobTemplates, Need::FindJobs, Need::SubmitJobs, Need::PassEncodingRole, Need::WriteOverflow],
    feature: None,
};

/// Lists every page of a video's outputs, which has sizes as well, so that no output is read; and writes the list of its
/// pictures, which grows with the video, beside them.
const OUTPUT_VALIDATE: Contract = Contract {
    summary: "Checks the outputs of a finished job and completes the record with their addresses.",
    timeout_seconds: 120,
    memory_mib: 256,
    variables: &[V::LogLevel, V::WorkflowTable],
    needs: &[Need::ReadTable, Need::ReadOverflow, Need::WriteOverflow, Need::List(Destination)],
    feature: None,
};

const ARCHIVE_SOURCE: Contract = Contract {
    summary: "Tags a source so that the bucket's lifecycle moves it to the archive.",
    timeout_seconds: 30,
    memory_mib: 256,
    variables: &[V::LogLevel],
    needs: &[Need::TagObjects(Source)],
    feature: None,
};

const MEDIA_PACKAGE_ASSETS: Contract = Contract {
    summary: "Makes the outputs of a workflow a MediaPackage asset.",
    timeout_seconds: 60,
    memory_mib: 256,
    variables: &[V::LogLevel, V::PackagingGroup, V::MediaPackageRole, V::Tags],
    needs: &[Need::ManageAssets, Need::PassPackagingRole],
    feature: Some(Feature::MediaPackage),
};

/// Fields that would push a record over the table's item size go to the destination bucket instead.
const DYNAMO_UPDATE: Contract = Contract {
    summary: "Stores a workflow record, or the progress of its job, in the table.",
    timeout_seconds: 30,
    memory_mib: 256,
    variables: &[V::LogLevel, V::WorkflowTable, V::DestinationBucket, V::CatalogueBucket],
    needs: &[Need::UpdateTable, Need::WriteOverflow, Need::UpdateCatalogue, Need::SendDeadLetters],
    feature: None,
};

const SNS_NOTIFICATION: Contract = Contract {
    summary: "Announces the start or the end of a workflow on the topic.",
    timeout_seconds: 30,
    memory_mib: 256,
    variables: &[V::LogLevel, V::TopicArn],
    needs: &[Need::PublishTopic],
    feature: Some(Feature::Sns),
};

const SQS_PUBLISH: Contract = Contract {
    summary: "Sends a finished workflow to the queue.",
    timeout_seconds: 30,
    memory_mib: 256,
    variables: &[V::LogLevel, V::QueueUrl],
    needs: &[Need::SendQueue],
    feature: Some(Feature::Sqs),
};

const ERROR_HANDLER: Contract = Contract {
    summary: "Records a failed or canceled workflow and announces it.",
    timeout_seconds: 30,
    memory_mib: 256,
    variables: &[V::LogLevel, V::WorkflowName, V::WorkflowTable, V::TopicArn, V::CatalogueBucket],
    needs: &[Need::UpdateTable, Need::UpdateCatalogue, Need::PublishTopic, Need::SendDeadLetters],
    feature: None,
};

/// The endpoint comes as a property, never as a variable: this function is what finds it out.
///
/// Deleting many packaged assets takes minutes; the answer is sent before the timeout in any case.
const CUSTOM_RESOURCE: Contract = Contract {
    summary: "Answers CloudFormation for job templates, the MediaConvert endpoint, packaged assets and the player.",
    timeout_seconds: 600,
    memory_mib: 256,
    variables: &[V::LogLevel],
    needs: &[
        Need::ManageJobTemplates,
        Need::DescribeEndpoints,
        Need::PurgeAssets,
        Need::InstallPlayer,
        Need::RemovePlayer,
        Need::PrepareCatalogue,
        Need::ClearCatalogue,
    ],
    feature: None,
};
