//! What a function may need to touch, on which of the platform's resources.

use strum::{Display, EnumString, IntoStaticStr, VariantArray, VariantNames};

use super::Feature;

/// One of the platform's buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Where videos and metadata files arrive.
    Source,
    /// Where outputs go.
    Destination,
}

/// One of the three state machines, in the order a video passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum Workflow {
    /// From an arrived file to a record.
    Ingest,
    /// From a record to an encoding job.
    Process,
    /// From a finished job to published outputs.
    Publish,
}

impl Workflow {
    /// The name in logical IDs. Deployments have it in their resources: it stays what it is.
    pub const fn construct(self) -> &'static str {
        match self {
            Self::Ingest => "Ingest",
            Self::Process => "Process",
            Self::Publish => "Publish",
        }
    }

    /// The output of the stack with the state machine's ARN.
    pub fn output(self) -> String {
        format!("{}StateMachine", self.construct())
    }
}

/// One thing that a function does to one resource; `stacks` turns each into one IAM statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantNames)]
pub enum Need {
    /// Read objects (also their headers and ranges) of a bucket, also in a version that is named.
    ReadVersions(Bucket),
    /// List the objects of a bucket.
    List(Bucket),
    /// Read and replace the tags of objects (also of one version) of a bucket.
    TagObjects(Bucket),
    /// Read objects below `<guid>/`[`OVERFLOW_FOLDER`](super::OVERFLOW_FOLDER)`/` of the destination bucket.
    ReadOverflow,
    /// Write objects below `<guid>/`[`OVERFLOW_FOLDER`](super::OVERFLOW_FOLDER)`/` of the destination bucket.
    WriteOverflow,
    /// Read and write the files of the [catalogue](crate::catalogue) in the destination bucket.
    UpdateCatalogue,
    /// Write the [page](crate::player) of the player to the destination bucket.
    InstallPlayer,
    /// Look at and delete the [page](crate::player) of the player, with every version of its files.
    RemovePlayer,
    /// Write the empty files of the [catalogue](crate::catalogue).
    PrepareCatalogue,
    /// Read the files of the [catalogue](crate::catalogue), and delete those that stayed empty.
    ClearCatalogue,
    /// Get one record of the table by its key.
    ReadTable,
    /// Update one record of the table by its key.
    UpdateTable,
    /// [Claim](crate::store::Claim) a video in the table.
    ClaimVideos,
    /// Start an execution of a state machine.
    StartExecution(Workflow),
    /// Publish to the topic (with the topic's key).
    PublishTopic,
    /// Send to the queue (with the queue's key).
    SendQueue,
    /// Send events that the function failed on to the dead-letter queue.
    SendDeadLetters,
    /// Ask `MediaConvert` what is in a file; it reads the file with the caller's permissions.
    Probe,
    /// Get this account's `MediaConvert` job templates (with the list of them, which the service may ask for as well).
    ReadJobTemplates,
    /// Create (with tags) jobs on the platform's queue and hop destinations.
    SubmitJobs,
    /// Find the jobs that exist in the platform's queue and hop destinations.
    FindJobs,
    /// Pass the encoding role to `MediaConvert`.
    PassEncodingRole,
    /// Create (with tags), get and delete the deployment's `MediaConvert` job templates.
    ManageJobTemplates,
    /// Ask `MediaConvert` for the account's endpoint.
    DescribeEndpoints,
    /// Create (with tags) and describe `MediaPackage` VOD assets, and delete those that have to be made again.
    ManageAssets,
    /// Pass the packaging role to `MediaPackage`.
    PassPackagingRole,
    /// List and delete `MediaPackage` VOD assets.
    PurgeAssets,
}

impl Need {
    /// The feature without which there is nothing to touch.
    ///
    /// What the removal of a part takes has none: CloudFormation takes a function's permissions away first, and then asks it
    /// to remove what the update no longer has
    /// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html>).
    pub const fn feature(self) -> Option<Feature> {
        match self {
            Self::SendQueue => Some(Feature::Sqs),
            Self::DescribeEndpoints => Some(Feature::EndpointDiscovery),
            Self::UpdateCatalogue | Self::InstallPlayer | Self::PrepareCatalogue => Some(Feature::Player),
            Self::ClaimVideos => Some(Feature::Claims),
            Self::ManageAssets | Self::PassPackagingRole => Some(Feature::MediaPackage),
            Self::ReadVersions(_)
            | Self::List(_)
            | Self::TagObjects(_)
            | Self::ReadOverflow
            | Self::WriteOverflow
            | Self::ReadTable
            | Self::UpdateTable
            | Self::PublishTopic
            | Self::SendDeadLetters
            | Self::StartExecution(_)
            | Self::Probe
            | Self::ReadJobTemplates
            | Self::SubmitJobs
            | Self::FindJobs
            | Self::PassEncodingRole
            | Self::ManageJobTemplates
            | Self::PurgeAssets
            | Self::RemovePlayer
            | Self::ClearCatalogue => None,
        }
    }
}
