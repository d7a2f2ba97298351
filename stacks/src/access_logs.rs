//! The distribution's access logs, and how they reach the log bucket.
//!
//! Legacy standard logging is a property of the distribution, but it does not deliver to buckets in regions that an
//! account has to enable. Standard logging v2 does; it is set up in us-east-1 alone, for a distribution that exists, so it
//! has a stack of its own there, which is deployed last
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html>).

use synth::aws::logs;
use synth::constructs::Bucket;
use synth::iam::{Action, Condition, Principal, Statement};
use synth::{Arn, Parameter, Scope, Value, sub};

use super::{EDGE_REGION, global_name};
use config::Config;
use config::region::Access;

/// The folder of the log bucket that the logs go to.
pub(super) const FOLDER: &str = "cloudfront";

/// How the logs are written: as legacy standard logging writes them.
const FORMAT: &str = "w3c";

/// How the logs are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StandardLogging {
    /// As a property of the distribution; the bucket takes access-control lists.
    Legacy,
    /// By CloudWatch Logs; the bucket takes a policy.
    V2,
}

impl StandardLogging {
    /// What works in the configuration's region.
    pub(super) fn of(config: &Config) -> Self {
        match config.region.facts().access {
            Access::Default => Self::Legacy,
            Access::OptIn => Self::V2,
        }
    }
}

/// Lets CloudWatch Logs write the logs of this deployment's distribution into the bucket.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html>
pub(super) fn allow_delivery(scope: &mut Scope<'_>, config: &Config, bucket: &Bucket) {
    const ACTIONS: [Action; 1] = [Action::new("s3:PutObject")];
    let source = Arn::build("logs").region(EDGE_REGION).resource(format!("delivery-source:{}", global_name(config)));
    let statement = Statement::allow(ACTIONS, [bucket.objects(&format!("{FOLDER}/*"))])
        .principal(Principal::Service("delivery.logs.amazonaws.com"))
        .when(Condition::string_equals("s3:x-amz-acl", "bucket-owner-full-control"))
        .when(Condition::own_account())
        .when(Condition::arn_like("aws:SourceArn", source));
    bucket.allow(scope, statement);
}

/// Fills the stack in us-east-1.
pub(super) fn fill(scope: &mut Scope<'_>, config: &Config) {
    let mut parameter = |name: &str, pattern: &str, what: &str| -> Value<String> {
        let parameter = Parameter {
            description: format!("The output {name} of the stack {}.", config.name),
            default: None,
            allowed_pattern: Some(pattern.to_owned()),
            constraint_description: Some(what.to_owned()),
        };
        scope.stack().parameter(name, parameter)
    };
    let distribution = parameter("DistributionId", "[A-Za-z0-9]+", "the ID of a CloudFront distribution");
    let bucket = parameter("LogBucket", "[a-z0-9.-]+", "the name of a bucket");
    let mut scope = scope.child("AccessLogs");
    let arn = Arn::build("cloudfront").global().resource(sub!["distribution/", distribution]);
    // The names of sources and destinations have at most 60 characters; these have 55.
    let source = logs::DeliverySource::new(global_name(config)).resource_arn(arn).log_type("ACCESS_LOGS");
    let source = scope.add("Source", source);
    let folder = Arn::build("s3").global().account("").resource(sub![bucket, format!("/{FOLDER}")]);
    let destination =
        logs::DeliveryDestination::new(global_name(config)).destination_resource_arn(folder).output_format(FORMAT);
    let destination = scope.add("Destination", destination);
    scope.add("Delivery", logs::Delivery::new(destination.arn(), source.reference::<String>()));
}
