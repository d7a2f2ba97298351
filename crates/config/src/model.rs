//! The configuration as one typed value: each struct is a table of `stack.toml`, each field a key.
//!
//! The first sentence of a field's doc is what an editor shows for the key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pipeline::settings::{
    Acceleration, Architecture, ArchiveClass, EndpointMode, InputRotate, TemplateFamily, WorkflowTrigger,
};
use pipeline::uploads::Uploads;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::{Hsts, OidcProvider, PriceClass, Ranged, RemovalPolicy, RetentionDays, Waf};
use super::region::Region;
use super::text::{
    AccountId, Branch, BucketName, CertificateArn, CountryCode, DomainName, Email, EnvironmentName, KeyPattern,
    KeyPrefix, LibraryTitle, Origin, Qualifier, QueueName, Repository, SecurityGroupId, StackName, SubnetId, TagKey,
    TagValue,
};

/// A deployment of the video platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The stack's name, and the beginning of its resources' names.
    pub name: StackName,
    /// The region to deploy to.
    pub region: Region,
    /// The account to deploy to; unset, the one of the credentials at hand.
    pub account: Option<AccountId>,
    /// Who gets an e-mail about finished videos, failures and alarms; AWS asks for a confirmation first.
    pub admin_email: Option<Email>,
    /// Whether the outputs are exported, for other stacks of the region to import: `<name>:SourceBucket` and so on.
    pub export_outputs: bool,
    /// Tags for every resource, besides `SolutionId` and `Project`.
    #[schemars(with = "BTreeMap<String, TagValue>")]
    pub tags: BTreeMap<TagKey, TagValue>,
    /// Where videos come from.
    pub source: Source,
    /// How videos are encoded.
    pub encoding: Encoding,
    /// Packaging for further players and DRM.
    pub packaging: Packaging,
    /// Who hears about a video's progress.
    pub notifications: Notifications,
    /// How the Lambda functions run.
    pub functions: Functions,
    /// How long things are kept.
    pub storage: Storage,
    /// How viewers get the videos.
    pub distribution: Distribution,
    /// The page that plays the videos.
    pub player: Player,
    /// When to raise an alarm.
    pub alarms: Alarms,
    /// Where the functions' code is uploaded to.
    pub assets: Assets,
    /// Deployments from GitHub Actions.
    pub ci: Ci,
}

/// Where videos come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    /// What starts a workflow: an uploaded video, a metadata file (.json) that names one, or both.
    pub trigger: WorkflowTrigger,
    /// An existing bucket to take videos from; unset, the stack makes one.
    ///
    /// Its notifications to `EventBridge` must be on.
    pub bucket: Option<BucketName>,
    /// The folder whose files start a workflow; unset, every file of the bucket.
    pub folder: Option<KeyPrefix>,
    /// Files that start none, by their whole key; `*` stands for any text, slashes too.
    #[schemars(length(max = 20))]
    pub ignore: Vec<KeyPattern>,
    /// How many seconds a video waits for a metadata file that names it, with the trigger both.
    pub metadata_wait_seconds: MetadataWait,
    /// Where a source goes once its video is published.
    pub archive: ArchiveClass,
}

/// Seconds that a video waits for its metadata file; the time between two looks of a metadata file for its video is shorter.
pub type MetadataWait = Ranged<10, 3600>;

impl Source {
    /// How many seconds a video waits for a metadata file, where there may be one.
    pub fn metadata_wait(&self) -> u32 {
        self.metadata_wait_seconds.get().unsigned_abs()
    }

    /// Which files of the bucket start a workflow.
    pub fn uploads(&self) -> Uploads {
        Uploads {
            trigger: self.trigger,
            folder: self.folder.as_ref().map(ToString::to_string),
            ignore: self.ignore.iter().map(ToString::to_string).collect(),
        }
    }
}

/// How videos are encoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Encoding {
    /// The job templates: qvbr (HLS and DASH), mvod (HLS for `MediaPackage`) or cmaf (one universal package).
    pub family: TemplateFamily,
    /// A folder of your own job templates, used instead of a family; relative to this file.
    #[schemars(with = "Option<String>")]
    pub templates: Option<PathBuf>,
    /// Whether a family's templates also write MP4 files.
    pub mp4: bool,
    /// Whether still pictures are taken from each video.
    pub frame_capture: bool,
    /// Accelerated transcoding, billed as the professional tier; PREFERRED accelerates what can be accelerated.
    pub acceleration: Acceleration,
    /// How a source is turned; AUTO follows the video's own rotation.
    pub rotation: InputRotate,
    /// Where jobs are sent: the region's endpoint, or the account's (which AWS has deprecated).
    pub endpoint: EndpointMode,
    /// The queue that jobs wait in.
    pub queue: Queue,
}

/// The `MediaConvert` queue that jobs wait in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// The queue's name; unset, the account's default queue.
    pub name: Option<QueueName>,
    /// Whether the stack makes the queue of that name; otherwise it exists already.
    pub create: bool,
    /// Which jobs go first: the higher, the sooner.
    pub priority: Priority,
    /// Other queues that a waiting job moves to.
    #[schemars(length(max = 4))]
    pub hop: Vec<Hop>,
}

/// A job's priority in its queue (`MediaConvert` API, `CreateJobRequest.priority`).
pub type Priority = Ranged<-50, 50>;

/// Minutes until a job hops (`MediaConvert` API, `HopDestination.waitMinutes`).
pub type WaitMinutes = Ranged<1, 4320>;

/// A queue that a job moves to after waiting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hop {
    /// The name of the queue to move to.
    pub queue: QueueName,
    /// After how many minutes.
    pub wait_minutes: WaitMinutes,
    /// The job's priority there; unset, the one it had.
    #[serde(default)]
    pub priority: Option<Priority>,
}

/// Packaging for further players and DRM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Packaging {
    /// Whether `MediaPackage` VOD packages each video as HLS, DASH, CMAF and MSS (billed by use).
    pub media_package: bool,
}

/// Who hears about a video's progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notifications {
    /// Whether a topic announces each video that starts and finishes.
    pub sns: bool,
    /// Whether a queue receives the record of each finished video.
    pub sqs: bool,
}

/// How the Lambda functions run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Functions {
    /// The processor; arm64 costs less, and needs Rust's target for it on the build machine.
    pub architecture: Architecture,
    /// How many days the logs of functions and workflows are kept.
    pub log_retention_days: RetentionDays,
    /// A VPC to run in; unset, none.
    pub vpc: Option<Vpc>,
}

/// The network that functions run in; its subnets need a way to the AWS services.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    /// One or more subnets.
    #[schemars(length(min = 1, max = 16))]
    pub subnets: Vec<SubnetId>,
    /// One or more security groups.
    #[schemars(length(min = 1, max = 5))]
    pub security_groups: Vec<SecurityGroupId>,
}

/// How long things are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// What becomes of buckets and the table when the stack is deleted.
    pub removal_policy: RemovalPolicy,
    /// After how many days access logs are deleted.
    pub access_log_days: Days,
    /// After how many days an upload that never finished is cleaned up.
    pub abandoned_upload_days: Days,
    /// After how many days a replaced or deleted version of an object is gone for good.
    pub old_version_days: Days,
}

/// Days from one to ten years.
pub type Days = Ranged<1, 3650>;

/// How viewers get the videos.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Distribution {
    /// The edge locations: the more, the dearer.
    pub price_class: PriceClass,
    /// A domain of your own for the videos; needs `certificate_arn`.
    pub alias: Option<DomainName>,
    /// The ACM certificate for the alias, in us-east-1.
    pub certificate_arn: Option<CertificateArn>,
    /// For which hosts browsers remember for two years that there is https only: none, the host, or its subdomains too.
    pub hsts: Hsts,
    /// The firewall: none, managed (a web ACL with AWS's managed rules), or a web ACL's ARN.
    pub waf: Waf,
    /// The web sites whose scripts may read the videos.
    #[schemars(length(min = 1))]
    pub cors_origins: Vec<Origin>,
    /// Where viewers may be.
    pub geo: Geo,
}

/// Where viewers may be: everywhere, only in some countries, or in all but some.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Geo {
    /// Only these countries (ISO 3166-1 codes).
    pub allow: Vec<CountryCode>,
    /// All but these countries.
    pub deny: Vec<CountryCode>,
}

/// The page that plays the videos, at the distribution's root.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Player {
    /// Whether there is a page, and a catalogue of all videos that it shows to everybody.
    pub enabled: bool,
    /// The page's title.
    pub title: LibraryTitle,
}

/// When to raise an alarm: each number is how many in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Alarms {
    /// Whether there are alarms.
    pub enabled: bool,
    /// Minutes in a period.
    pub period_minutes: PeriodMinutes,
    /// Failed or timed-out executions of a workflow.
    pub failed_executions: Threshold,
    /// Events that reached a dead-letter queue.
    pub dead_letters: Threshold,
    /// Errors of the error handler itself.
    pub error_handler_errors: Threshold,
    /// Minutes that a job waits in the encoding queue.
    pub encode_wait_minutes: WaitMinutes,
}

/// A count that an alarm compares with.
pub type Threshold = Ranged<1, 1_000_000>;

/// Minutes of an alarm's period, at most a day.
pub type PeriodMinutes = Ranged<1, 1440>;

/// Where the functions' code is uploaded to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Assets {
    /// An existing bucket; unset, the one that `cdk bootstrap` made.
    pub bucket: Option<BucketName>,
    /// The qualifier given to `cdk bootstrap`.
    pub qualifier: Qualifier,
}

/// Deployments from GitHub Actions: a stack of its own, with the roles that its runs take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ci {
    /// The repository on GitHub, with its ids where its tokens have them; unset, there is no CI stack.
    pub repository: Option<Repository>,
    /// The branch whose runs may deploy, unless `environment` is set.
    pub branch: Branch,
    /// The environment of the repository whose runs may deploy, whatever their branch.
    pub environment: Option<EnvironmentName>,
    /// Whether the stack makes the account's identity provider for GitHub, of which there can be only one.
    pub provider: OidcProvider,
}

/// Where the job templates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Templates<'a> {
    /// A family that this program brings along.
    Family(TemplateFamily),
    /// A folder of the user's own.
    Folder(&'a Path),
}

impl Ci {
    /// The subject in the tokens of runs that may deploy.
    pub fn subject(&self, repository: &str) -> String {
        match &self.environment {
            Some(environment) => format!("repo:{repository}:environment:{environment}"),
            None => format!("repo:{repository}:ref:refs/heads/{}", self.branch),
        }
    }
}

impl Encoding {
    /// Where the job templates come from: the folder if there is one.
    pub fn templates(&self) -> Templates<'_> {
        self.templates.as_deref().map_or(Templates::Family(self.family), Templates::Folder)
    }
}

/// Where viewers may be, as one choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeoRestriction<'a> {
    /// Everywhere.
    None,
    /// Only in these countries.
    Allow(&'a [CountryCode]),
    /// In all but these countries.
    Deny(&'a [CountryCode]),
}

impl Geo {
    /// The two lists as one choice; at most one of them has entries.
    pub fn restriction(&self) -> GeoRestriction<'_> {
        match (self.allow.as_slice(), self.deny.as_slice()) {
            ([], []) => GeoRestriction::None,
            ([], deny) => GeoRestriction::Deny(deny),
            (allow, _) => GeoRestriction::Allow(allow),
        }
    }
}

impl Distribution {
    /// The alias with its certificate: both or neither.
    pub fn alias(&self) -> Option<(&DomainName, &CertificateArn)> {
        self.alias.as_ref().zip(self.certificate_arn.as_ref())
    }
}
