//! Storage: the source, destination and log buckets, and the workflow table.

use pipeline::record::table;
use pipeline::settings::ArchiveClass;
use synth::aws::dynamodb::{self, table as dynamo};
use synth::aws::s3::{self, bucket};
use synth::constructs::{Bucket, BucketProps, BucketReference, Table, TableProps};
use synth::iam::{Action, Condition, Principal, Statement};
use synth::{List, RemovalPolicy, Scope};

use super::access_logs::StandardLogging;
use config::Config;
use config::model;

/// A source is archived no sooner than this, so that it can still be encoded again at once; in days.
const DAYS_BEFORE_ARCHIVE: i64 = 1;

/// Where videos and what is known of them lie.
#[derive(Debug)]
pub(super) struct Storage {
    /// Where videos arrive; perhaps a bucket that exists already.
    pub(super) source: BucketReference,
    /// Where outputs go.
    pub(super) destination: Bucket,
    /// Where access logs go.
    pub(super) logs: Bucket,
    /// The workflow table.
    pub(super) table: Table,
}

impl Storage {
    /// Adds the buckets and the table.
    pub(super) fn new(scope: &mut Scope<'_>, config: &Config) -> Self {
        let mut scope = scope.child("Storage");
        let removal = removal_policy(config);
        let days = Days::of(&config.storage);
        let bucket = |properties| BucketProps::default().properties(properties).removal(removal);
        let logs = Bucket::new(&mut scope, "Logs", bucket(log_bucket(config, days)));
        let source = if let Some(name) = &config.source.bucket {
            BucketReference::existing(name.as_str())
        } else {
            let properties = source_bucket(days).logging_configuration(logging(&logs, "source/"));
            let source = Bucket::new(&mut scope, "Source", bucket(properties));
            allow_access_logs(&mut scope, &logs, &source, "source/");
            BucketReference::clone(&source)
        };
        let properties = destination_bucket(config, days).logging_configuration(logging(&logs, "destination/"));
        let destination = Bucket::new(&mut scope, "Destination", bucket(properties));
        allow_access_logs(&mut scope, &logs, &destination, "destination/");
        let table = Table::new(&mut scope, "Workflows", TableProps::new(workflow_table()).removal(removal));
        Self { source, destination, logs, table }
    }
}

/// What happens to buckets, table and key when they leave the stack; a stack that fails while it is created leaves nothing behind.
pub(super) fn removal_policy(config: &Config) -> RemovalPolicy {
    use config::choice::RemovalPolicy as Choice;
    match config.storage.removal_policy {
        Choice::Retain => RemovalPolicy::RetainExceptOnCreate,
        Choice::Destroy => RemovalPolicy::Delete,
    }
}

/// How long things are kept, in days.
#[derive(Clone, Copy)]
struct Days {
    access_logs: i64,
    abandoned_uploads: i64,
    old_versions: i64,
}

impl Days {
    fn of(storage: &model::Storage) -> Self {
        Self {
            access_logs: storage.access_log_days.get().into(),
            abandoned_uploads: storage.abandoned_upload_days.get().into(),
            old_versions: storage.old_version_days.get().into(),
        }
    }
}

fn rule(id: &str) -> bucket::Rule {
    bucket::Rule::new(bucket::RuleStatus::Enabled).id(id)
}

/// What every bucket tidies away: uploads that never finished, and versions that were replaced.
fn tidying(days: Days) -> [bucket::Rule; 2] {
    [
        rule("AbandonedUploads")
            .abort_incomplete_multipart_upload(bucket::AbortIncompleteMultipartUpload::new(days.abandoned_uploads)),
        rule("OldVersions").noncurrent_version_expiration(bucket::NoncurrentVersionExpiration::new(days.old_versions)),
    ]
}

fn lifecycle(rules: impl IntoIterator<Item = bucket::Rule>) -> bucket::LifecycleConfiguration {
    bucket::LifecycleConfiguration::new(rules.into_iter().collect::<Vec<_>>())
}

/// Sources that the workflow tagged go to the archive that the tag names.
fn archiving() -> [bucket::Rule; 2] {
    [
        (ArchiveClass::Glacier, bucket::TransitionStorageClass::Glacier),
        (ArchiveClass::DeepArchive, bucket::TransitionStorageClass::DeepArchive),
    ]
    .map(|(class, storage_class)| {
        rule(&format!("Archive-{class}"))
            .tag_filters([bucket::TagFilter::new(ArchiveClass::TAG_KEY, class.into_str())])
            .transitions([bucket::Transition::new(storage_class).transition_in_days(DAYS_BEFORE_ARCHIVE)])
    })
}

fn source_bucket(days: Days) -> s3::Bucket {
    let events = bucket::NotificationConfiguration::new()
        .event_bridge_configuration(bucket::EventBridgeConfiguration::new(true));
    s3::Bucket::new()
        .lifecycle_configuration(lifecycle(tidying(days).into_iter().chain(archiving())))
        .notification_configuration(events)
}

fn destination_bucket(config: &Config, days: Days) -> s3::Bucket {
    let origins: List<_> = config.distribution.cors_origins.iter().map(ToString::to_string).collect::<Vec<_>>().into();
    let cors =
        bucket::CorsRule::new([bucket::CorsRuleAllowedMethods::Get, bucket::CorsRuleAllowedMethods::Head], origins)
            .allowed_headers(["*"])
            .exposed_headers(["Content-Length", "Content-Range", "ETag"])
            .max_age(3000);
    s3::Bucket::new()
        .lifecycle_configuration(lifecycle(tidying(days)))
        .cors_configuration(bucket::CorsConfiguration::new([cors]))
}

/// Legacy standard logging writes through an access-control list, so this bucket alone keeps them, where CloudFront uses it
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html>).
fn log_bucket(config: &Config, days: Days) -> s3::Bucket {
    let expiry = rule("OldLogs").expiration_in_days(days.access_logs);
    let bucket = s3::Bucket::new().lifecycle_configuration(lifecycle(tidying(days).into_iter().chain([expiry])));
    match StandardLogging::of(config) {
        StandardLogging::Legacy => {
            let lists = bucket::OwnershipControlsRule::new()
                .object_ownership(bucket::OwnershipControlsRuleObjectOwnership::BucketOwnerPreferred);
            bucket.ownership_controls(bucket::OwnershipControls::new([lists]))
        }
        StandardLogging::V2 => bucket,
    }
}

fn logging(logs: &Bucket, prefix: &str) -> bucket::LoggingConfiguration {
    bucket::LoggingConfiguration::new().destination_bucket_name(logs.name()).log_file_prefix(prefix)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>
fn allow_access_logs(scope: &mut Scope<'_>, logs: &Bucket, bucket: &BucketReference, prefix: &str) {
    const ACTIONS: [Action; 1] = [Action::new("s3:PutObject")];
    let objects = logs.objects(&format!("{prefix}*"));
    let statement = Statement::allow(ACTIONS, [objects])
        .principal(Principal::Service("logging.s3.amazonaws.com"))
        .when(Condition::arn_like("aws:SourceArn", bucket.arn().clone()))
        .when(Condition::own_account());
    logs.allow(scope, statement);
}

fn workflow_table() -> dynamodb::Table {
    let attribute = |name| dynamo::AttributeDefinition::new(name, dynamo::AttributeDefinitionAttributeType::S);
    let hash = |name| dynamo::KeySchema::new(name, dynamo::KeySchemaKeyType::Hash);
    let range = |name| dynamo::KeySchema::new(name, dynamo::KeySchemaKeyType::Range);
    let by_source = dynamo::GlobalSecondaryIndex::new(
        table::SOURCE_INDEX,
        [hash(table::SRC_BUCKET), range(table::START_TIME)],
        dynamo::Projection::new().projection_type(dynamo::ProjectionProjectionType::All),
    );
    dynamodb::Table::new([hash(table::GUID)])
        .attribute_definitions([attribute(table::GUID), attribute(table::SRC_BUCKET), attribute(table::START_TIME)])
        .global_secondary_indexes([by_source])
}
