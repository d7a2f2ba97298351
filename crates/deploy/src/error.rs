//! What can end a deployment, each with a hint.

use std::path::PathBuf;

use aws::CallError;
use aws_sdk_cloudformation::types::StackStatus;
use miette::Diagnostic;
use synth::ParameterSource;
use thiserror::Error;

use super::diagnosis::Diagnosis;

#[derive(Debug, Diagnostic, Error)]
pub enum DeployError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Call(#[from] CallError),
    #[error("`{}` is not there", path.display())]
    #[diagnostic(help("build it with `vod package`"))]
    MissingAsset { path: PathBuf },
    #[error("the stack {stack} is for the account {wanted}, and the credentials are of {found}")]
    #[diagnostic(help("use a profile of the account {wanted} with `--profile`, or set `account` in stack.toml"))]
    OtherAccount { stack: String, wanted: String, found: String },
    #[error("no region is known for the stack {stack}")]
    #[diagnostic(help("set `region` in stack.toml, or use `--region`"))]
    NoRegion { stack: String },
    #[error("there is no stack {stack}")]
    #[diagnostic(help("look at `name` and `region` in stack.toml; `vod deploy` makes the stack"))]
    NoStack { stack: String },
    #[error("there is no output {name}")]
    #[diagnostic(help("there are {}", known.join(", ")))]
    NoOutput { name: String, known: Vec<String> },
    #[error("the stack {stack} needs a value for its parameter {parameter}")]
    #[diagnostic(help("{}", where_from(stack, parameter, origin)))]
    NoParameter { stack: String, parameter: String, origin: ParameterSource },
    #[error("no stack has a parameter {parameter}")]
    #[diagnostic(help("write it as `NAME=VALUE` or as `STACK:NAME=VALUE`"))]
    UnknownParameter { parameter: String },
    #[error("there is no bucket {bucket} for the files of the stacks")]
    #[diagnostic(help(
        "`npx aws-cdk bootstrap` makes the one that assemblies name; with `assets.bucket` in stack.toml another is used"
    ))]
    NoAssetBucket { bucket: String },
    #[error("there is no bucket {bucket} for the sources")]
    #[diagnostic(help(
        "make it first, or correct `source.bucket` in stack.toml; without that key the stack makes a bucket"
    ))]
    NoSourceBucket { bucket: String },
    #[error("the bucket {bucket} is in {found}, and the stacks are for {region}")]
    #[diagnostic(help(
        "S3 reports objects in the bucket's own region: use `region = \"{found}\"`, or a bucket in {region} as `source.bucket`"
    ))]
    SourceBucketElsewhere { bucket: String, found: String, region: String },
    #[error("the bucket {bucket} does not report its objects to EventBridge, so no upload would start anything")]
    #[diagnostic(help(
        "turn on Amazon EventBridge in the bucket's properties. Where the bucket has no other notifications, which this would \
         replace: `aws s3api put-bucket-notification-configuration --bucket {bucket} --notification-configuration \
         EventBridgeConfiguration={{}}`"
    ))]
    SilentSourceBucket { bucket: String },
    #[error("the template of {stack} has more than 51,200 bytes, and the assembly does not say where in S3 it goes")]
    #[diagnostic(help("let the program that writes the assembly use its default synthesizer"))]
    LargeTemplate { stack: String },
    #[error("the template of the deployed stack {stack} is not JSON, so it is not one of this program")]
    #[diagnostic(help("look at `name` in stack.toml: another stack has it"))]
    ForeignTemplate { stack: String, source: serde_json::Error },
    #[error("nothing is changed in the stack {stack}: it was not agreed to")]
    #[diagnostic(help("repeat the command when it may be done"))]
    Declined { stack: String },
    #[error("nothing is changed in the stack {stack}: the data of {} would be lost", resources.join(", "))]
    #[diagnostic(help(
        "change the configuration back, or agree on the command line: `--allow-loss-of {}`",
        resources.join(" --allow-loss-of ")
    ))]
    WouldLoseData { stack: String, resources: Vec<String> },
    /// The details are what failed in its early validation or in a hook, one line each.
    #[error("CloudFormation refuses the change to the stack {stack}: {reason}{}", lines(details))]
    #[diagnostic(help(
        "edit the configuration if the message is about a name or a value of it; nothing is changed yet"
    ))]
    Refused { stack: String, reason: String, details: Vec<String> },
    #[error("the bucket {bucket} is never empty: something still writes to it")]
    #[diagnostic(help(
        "logs arrive for some hours after what they are about: repeat the command later, it goes on where it stopped"
    ))]
    NeverEmpty { bucket: String },
    #[error("the stack {stack} was changed by somebody else meanwhile: {reason}")]
    #[diagnostic(help("repeat the command: it waits for the other change, and shows what is left to change"))]
    Overtaken { stack: String, reason: String },
    #[error("the stack {stack} is in {status}{}", reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    #[diagnostic(help("{}", out_of(stack, region, status)))]
    Stuck { stack: String, region: String, status: StackStatus, reason: Option<String> },
    #[error("the stack {stack} is in {status}\n{diagnosis}")]
    #[diagnostic(help("{}", after(status, diagnosis)))]
    Failed { stack: String, status: StackStatus, diagnosis: Box<Diagnosis> },
}

impl DeployError {
    /// Whether what was asked for is wrong, or was not agreed to, and nothing was changed.
    pub fn is_input(&self) -> bool {
        match self {
            Self::MissingAsset { .. }
            | Self::OtherAccount { .. }
            | Self::NoRegion { .. }
            | Self::NoStack { .. }
            | Self::NoOutput { .. }
            | Self::NoParameter { .. }
            | Self::UnknownParameter { .. }
            | Self::NoSourceBucket { .. }
            | Self::SourceBucketElsewhere { .. }
            | Self::SilentSourceBucket { .. }
            | Self::LargeTemplate { .. }
            | Self::Declined { .. }
            | Self::WouldLoseData { .. } => true,
            Self::Call(_)
            | Self::NoAssetBucket { .. }
            | Self::ForeignTemplate { .. }
            | Self::Refused { .. }
            | Self::NeverEmpty { .. }
            | Self::Overtaken { .. }
            | Self::Stuck { .. }
            | Self::Failed { .. } => false,
        }
    }
}

fn lines(details: &[String]) -> String {
    details.iter().flat_map(|detail| ["\n", detail]).collect()
}

fn where_from(stack: &str, parameter: &str, origin: &ParameterSource) -> String {
    match origin {
        ParameterSource::Output { .. } => {
            format!("it is the output {parameter} of another stack: deploy all stacks, without `--stack`")
        }
        _ => format!("give it with `--parameters {stack}:{parameter}=VALUE`"),
    }
}

/// How a stack leaves a status that takes a person to leave.
fn out_of(stack: &str, region: &str, status: &StackStatus) -> String {
    match status {
        StackStatus::UpdateRollbackFailed => format!(
            "fix what the events name, and let the rollback go on: `aws cloudformation continue-update-rollback \
             --stack-name {stack} --region {region}`; then repeat the command"
        ),
        StackStatus::DeleteFailed => {
            "delete or empty by hand what the events name, and repeat `vod destroy`".to_owned()
        }
        _ => "remove what is left of it with `vod destroy`, and repeat the command".to_owned(),
    }
}

/// How it goes on after a change that CloudFormation has undone as far as it could.
fn after(status: &StackStatus, diagnosis: &Diagnosis) -> &'static str {
    match status {
        StackStatus::RollbackComplete if diagnosis.is_of_queue_name() => {
            "wait a minute, and repeat the command: it removes what is left of the failed stack first"
        }
        StackStatus::RollbackComplete | StackStatus::RollbackFailed => {
            "fix the cause, and repeat the command: it removes what is left of the failed stack first"
        }
        StackStatus::DeleteFailed => {
            "repeat the command: it goes on where it stopped; logs arrive late, so a bucket of logs may take hours. \
             What is no bucket has to be deleted by hand first"
        }
        StackStatus::UpdateRollbackFailed => "the rollback failed too: repeat the command, which says how to go on",
        _ => "the stack is as it was before; fix the cause, and repeat the command",
    }
}
