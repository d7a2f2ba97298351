//! What can end a deployment, each with a hint.

use std::fmt;
use std::path::PathBuf;

use aws::CallError;
use aws_sdk_cloudformation::types::StackStatus;
use miette::Diagnostic;
use synth::ParameterSource;
use thiserror::Error;

use super::diagnosis::Diagnosis;

/// Why a deployment did not come to its end.
#[derive(Debug, Error)]
pub enum DeployError {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A file that is to be uploaded is not there.
    #[error("`{}` is not there", path.display())]
    MissingAsset {
        /// The file.
        path: PathBuf,
    },
    /// The stack is for another account than the credentials.
    #[error("the stack {stack} is for the account {wanted}, and the credentials are of {found}")]
    OtherAccount {
        /// The stack.
        stack: String,
        /// The account that it is for.
        wanted: String,
        /// The credentials' account.
        found: String,
    },
    /// Nobody said which region a stack is for.
    #[error("no region is known for the stack {stack}")]
    NoRegion {
        /// The stack.
        stack: String,
    },
    /// The assembly or the account has no such stack.
    #[error("there is no stack {stack}")]
    NoStack {
        /// The stack.
        stack: String,
    },
    /// No stack has such an output.
    #[error("there is no output {name}")]
    NoOutput {
        /// The output.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A parameter has no value.
    #[error("the stack {stack} needs a value for its parameter {parameter}")]
    NoParameter {
        /// The stack.
        stack: String,
        /// The parameter.
        parameter: String,
        /// Where its value should come from.
        origin: ParameterSource,
    },
    /// No stack has a parameter that is given.
    #[error("no stack has a parameter {parameter}")]
    UnknownParameter {
        /// The parameter.
        parameter: String,
    },
    /// The bucket for the stack's files is not there.
    #[error("there is no bucket {bucket} for the files of the stacks")]
    NoAssetBucket {
        /// Its name.
        bucket: String,
    },
    /// A template is too large to be sent with a request, and the assembly does not say where in S3 it goes.
    #[error("the template of {stack} has more than 51,200 bytes, and the assembly does not say where in S3 it goes")]
    LargeTemplate {
        /// The stack.
        stack: String,
    },
    /// The deployed template is not one of ours.
    #[error("the template of the deployed stack {stack} is not JSON, so it is not one of this program")]
    ForeignTemplate {
        /// The stack.
        stack: String,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// Nobody agreed to go on.
    #[error("nothing is changed in the stack {stack}: it was not agreed to")]
    Declined {
        /// The stack.
        stack: String,
    },
    /// Nobody agreed to what holds data being replaced or removed.
    #[error("nothing is changed in the stack {stack}: it would replace or remove {}, which holds data", resources.join(", "))]
    WouldLoseData {
        /// The stack.
        stack: String,
        /// The resources' logical IDs.
        resources: Vec<String>,
    },
    /// CloudFormation does not take the template, parameters or options.
    #[error("CloudFormation refuses the change to the stack {stack}: {reason}{}", lines(details))]
    Refused {
        /// The stack.
        stack: String,
        /// Why.
        reason: String,
        /// What failed in its early validation or in a hook, one line each.
        details: Vec<String>,
    },
    /// A bucket is filled faster than it is emptied.
    #[error("the bucket {bucket} is never empty: something still writes to it")]
    NeverEmpty {
        /// The bucket.
        bucket: String,
    },
    /// Somebody else changed the stack meanwhile.
    #[error("the stack {stack} was changed by somebody else meanwhile: {reason}")]
    Overtaken {
        /// The stack.
        stack: String,
        /// What CloudFormation says.
        reason: String,
    },
    /// The stack is in a status that takes a person to leave.
    #[error("the stack {stack} is in {status}{}", reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    Stuck {
        /// The stack.
        stack: String,
        /// Its region.
        region: String,
        /// Its status.
        status: StackStatus,
        /// Why it is in it.
        reason: Option<String>,
    },
    /// The stack was not changed as wanted; CloudFormation has undone what it could.
    #[error("the stack {stack} is in {status}\n{diagnosis}")]
    Failed {
        /// The stack.
        stack: String,
        /// Where it ended.
        status: StackStatus,
        /// What failed first.
        diagnosis: Box<Diagnosis>,
    },
}

impl Diagnostic for DeployError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(match self {
            Self::Call(error) => return error.help(),
            Self::MissingAsset { .. } => "build it with `vod package`".to_owned(),
            Self::OtherAccount { wanted, .. } => {
                format!("use a profile of the account {wanted} with `--profile`, or set `account` in stack.toml")
            }
            Self::NoRegion { .. } => "set `region` in stack.toml, or use `--region`".to_owned(),
            Self::NoStack { .. } => {
                "look at `name` and `region` in stack.toml; `vod deploy` makes the stack".to_owned()
            }
            Self::NoOutput { known, .. } => format!("there are {}", known.join(", ")),
            Self::NoParameter { parameter, origin: ParameterSource::Output { .. }, .. } => {
                format!("it is the output {parameter} of another stack: deploy all stacks, without `--stack`")
            }
            Self::NoParameter { stack, parameter, .. } => format!("give it with `--parameters {stack}:{parameter}=VALUE`"),
            Self::UnknownParameter { .. } => "write it as `NAME=VALUE` or as `STACK:NAME=VALUE`".to_owned(),
            Self::NoAssetBucket { .. } => {
                "`npx aws-cdk bootstrap` makes the one that assemblies name; with `assets.bucket` in stack.toml another is used"
                    .to_owned()
            }
            Self::LargeTemplate { .. } => "let the program that writes the assembly use its default synthesizer".to_owned(),
            Self::ForeignTemplate { .. } => "look at `name` in stack.toml: another stack has it".to_owned(),
            Self::Declined { .. } => "repeat the command when it may be done".to_owned(),
            Self::WouldLoseData { resources, .. } => {
                let options: Vec<String> = resources.iter().map(|id| format!("--allow-loss-of {id}")).collect();
                format!("change the configuration back, or agree on the command line: `{}`", options.join(" "))
            }
            Self::Refused { .. } => {
                "edit the configuration if the message is about a name or a value of it; nothing is changed yet"
                    .to_owned()
            }
            Self::NeverEmpty { .. } => {
                "logs arrive for some hours after what they are about: repeat the command later, it goes on where it stopped"
                    .to_owned()
            }
            Self::Overtaken { .. } => {
                "repeat the command: it waits for the other change, and shows what is left to change".to_owned()
            }
            Self::Stuck { stack, region, status, .. } => match status {
                StackStatus::UpdateRollbackFailed => format!(
                    "fix what the events name, and let the rollback go on: `aws cloudformation continue-update-rollback \
                     --stack-name {stack} --region {region}`; then repeat the command"
                ),
                StackStatus::DeleteFailed => {
                    "delete or empty by hand what the events name, and repeat `vod destroy`".to_owned()
                }
                _ => "remove what is left of it with `vod destroy`, and repeat the command".to_owned(),
            },
            Self::Failed { status, diagnosis, .. } => match status {
                StackStatus::RollbackComplete if diagnosis.is_of_queue_name() => {
                    "wait a minute, and repeat the command: it removes what is left of the failed stack first".to_owned()
                }
                StackStatus::RollbackComplete | StackStatus::RollbackFailed => {
                    "fix the cause, and repeat the command: it removes what is left of the failed stack first"
                        .to_owned()
                }
                StackStatus::DeleteFailed => {
                    "repeat the command: it goes on where it stopped; logs arrive late, so a bucket of logs may take hours. \
                     What is no bucket has to be deleted by hand first"
                        .to_owned()
                }
                StackStatus::UpdateRollbackFailed => {
                    "the rollback failed too: repeat the command, which says how to go on".to_owned()
                }
                _ => "the stack is as it was before; fix the cause, and repeat the command".to_owned(),
            },
        }))
    }
}

/// Each on a line of its own.
fn lines(details: &[String]) -> String {
    details.iter().flat_map(|detail| ["\n", detail]).collect()
}
