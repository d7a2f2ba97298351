//! The deployment itself: every stack of the assembly, each after those it takes parameters from.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use aws::{Aws, DeployedStack, During, StackState, state_of, succeeded};
use synth::{CloudAssembly, ParameterSource, StackArtifact, partition};

use super::change_set::{self, Given, Plan, PlanKind, Wanted};
use super::diagnosis::Diagnosis;
use super::diff::{StackDiff, deployed_template, synthesized_template};
use super::follow::{Ended, Follower, last_deletion};
use super::upload::{is_inline, upload};
use super::{Answer, DeployError, Event, Question, Watcher};

const QUEUE: &str = "AWS::SQS::Queue";

/// For how long SQS refuses a queue of a deleted one's name: "at least 60 seconds"
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>).
const QUEUE_NAME_HELD: Duration = Duration::from_secs(61);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    pub stack: Option<String>,
    /// The role that CloudFormation uses instead of the caller's own permissions.
    pub role_arn: Option<String>,
    /// Values of parameters, by `NAME` or `STACK:NAME`.
    pub parameters: BTreeMap<String, String>,
}

impl Options {
    /// Whether the stack is one of those that are meant.
    pub(super) fn wants(&self, artifact: &StackArtifact) -> bool {
        self.stack.as_ref().is_none_or(|only| *only == artifact.name)
    }

    pub(super) fn parameter(&self, artifact: &StackArtifact, name: &str) -> Option<&String> {
        self.parameters.get(&format!("{}:{name}", artifact.name)).or(self.parameters.get(name))
    }

    /// A parameter's value: the one on the command line, the assembly's, or another stack's output.
    pub(super) fn value(
        &self,
        artifact: &StackArtifact,
        (name, source): (&str, &ParameterSource),
        others: &[DeployedStack],
    ) -> Option<String> {
        let given = self.parameter(artifact, name).cloned();
        given.or_else(|| match source {
            ParameterSource::Fixed(value) | ParameterSource::Default(value) => Some(value.clone()),
            ParameterSource::Output { .. } | ParameterSource::Deployer => {
                others.iter().find_map(|stack| stack.outputs.get(name)).map(|output| output.value.clone())
            }
        })
    }

    /// Whether the assembly has what is named here.
    pub(super) fn check(&self, assembly: &CloudAssembly) -> Result<(), DeployError> {
        if let Some(stack) = self.stack.as_ref().filter(|name| assembly.stack(name).is_none()) {
            return Err(DeployError::NoStack { stack: stack.clone() });
        }
        for given in self.parameters.keys() {
            let (stack, name) =
                given.split_once(':').map_or((None, given.as_str()), |(stack, name)| (Some(stack), name));
            let mut stacks =
                assembly.stacks().iter().filter(|artifact| stack.is_none_or(|stack| stack == artifact.name));
            if !stacks.any(|artifact| artifact.parameters.contains_key(name)) {
                return Err(DeployError::UnknownParameter { parameter: given.clone() });
            }
        }
        Ok(())
    }
}

/// Deploys the stacks of an assembly whose files lie in the folder, and returns them as they are then.
pub async fn deploy(
    aws: &Aws,
    assembly: &CloudAssembly,
    folder: &Path,
    options: &Options,
    watcher: &mut dyn Watcher,
) -> Result<Vec<DeployedStack>, DeployError> {
    options.check(assembly)?;
    let account = aws.account().await?;
    let mut deployed = Vec::new();
    for artifact in assembly.stacks() {
        let region = region_of(artifact, aws)?;
        let aws = aws.in_region(&region);
        if options.wants(artifact) {
            let run = Run { aws: &aws, artifact, folder, region: &region, account: &account, options };
            deployed.push(run.deploy(&deployed, watcher).await?);
        } else if let Some(stack) = DeployedStack::find(&aws.cloudformation(), &artifact.name).await? {
            // Not to be changed, but its outputs are wanted.
            deployed.push(stack);
        }
    }
    deployed.retain(|stack| options.stack.as_ref().is_none_or(|only| *only == stack.name));
    Ok(deployed)
}

pub fn region_of(artifact: &StackArtifact, aws: &Aws) -> Result<String, DeployError> {
    let region = artifact.environment.region.as_deref().or(aws.region());
    region.map(str::to_owned).ok_or_else(|| DeployError::NoRegion { stack: artifact.name.clone() })
}

struct Run<'a> {
    aws: &'a Aws,
    artifact: &'a StackArtifact,
    folder: &'a Path,
    region: &'a str,
    account: &'a str,
    options: &'a Options,
}

impl Run<'_> {
    async fn deploy(&self, others: &[DeployedStack], watcher: &mut dyn Watcher) -> Result<DeployedStack, DeployError> {
        let name = &self.artifact.name;
        if let Some(wanted) = self.artifact.environment.account.as_ref().filter(|wanted| *wanted != self.account) {
            let (stack, wanted, found) = (name.clone(), wanted.clone(), self.account.to_owned());
            return Err(DeployError::OtherAccount { stack, wanted, found });
        }
        let (existing, names_free_at) = self.settle(watcher).await?;
        let parameters = self.parameters(existing.as_ref(), others)?;
        upload(self.aws, self.artifact, self.folder, (self.account, self.region), watcher).await?;
        watcher.notify(&Event::Planning { stack: name.clone() });
        let kind = match &existing {
            Some(stack) if state_of(&stack.status) == StackState::Ready => PlanKind::Update,
            _ => PlanKind::Create,
        };
        let diff = self.diff(existing.as_ref(), others).await?;
        let wanted = Wanted {
            artifact: self.artifact,
            template_url: self.template_url()?,
            parameters,
            role_arn: self.options.role_arn.as_deref(),
            region: self.region,
            diff,
            kind,
        };
        let client = self.aws.cloudformation();
        let Some(plan) = change_set::prepare(&client, wanted).await? else {
            watcher.notify(&Event::Unchanged { stack: name.clone() });
            return existing.ok_or_else(|| DeployError::NoStack { stack: name.clone() });
        };
        if let Err(error) = agreed(&plan, watcher) {
            self.withdraw(&plan).await?;
            return Err(error);
        }
        if let Some(wait) = names_free_at.and_then(|at| at.duration_since(SystemTime::now()).ok()) {
            // A clock that is wrong must not make it longer.
            let wait = wait.min(QUEUE_NAME_HELD);
            watcher.notify(&Event::QueueNameInUse { stack: name.clone(), wait });
            tokio::time::sleep(wait).await;
        }
        let follower = Follower::from_now(&client, &plan.stack_id).await?;
        change_set::execute(&client, &plan).await?;
        watcher.notify(&Event::Started { stack: name.clone(), resources: plan.changes.len() });
        let ended = follower.until_settled(watcher).await?;
        self.judge(ended, watcher).await
    }

    /// The stack once nothing is under way, and once no failed one is in the way; and of a failed one when the names of its
    /// queues can be given again.
    async fn settle(
        &self,
        watcher: &mut dyn Watcher,
    ) -> Result<(Option<DeployedStack>, Option<SystemTime>), DeployError> {
        let client = self.aws.cloudformation();
        let Some(mut stack) = DeployedStack::find(&client, &self.artifact.name).await? else { return Ok((None, None)) };
        if state_of(&stack.status) == StackState::Busy {
            watcher.notify(&Event::Waiting { stack: stack.name.clone(), status: stack.status.clone() });
            let follower = Follower::from_start_of_operation(&client, &stack.id);
            stack = follower.until_settled(watcher).await?.stack;
        }
        match state_of(&stack.status) {
            StackState::Deleted => Ok((None, None)),
            StackState::Stuck => Err(self.stuck(stack)),
            StackState::Failed => {
                if watcher.asked(&Question::RemoveFailed(&stack)) == Answer::No {
                    return Err(DeployError::Declined { stack: stack.name });
                }
                let follower = Follower::from_now(&client, &stack.id).await?;
                let request = client.delete_stack().stack_name(&stack.id);
                request.send().await.during("cloudformation:DeleteStack")?;
                let ended = follower.until_settled(watcher).await?;
                if !succeeded(&ended.stack.status) {
                    return Err(self.stuck(ended.stack));
                }
                // Most of them are gone since the rollback, and not only now.
                let gone = last_deletion(&client, &ended.stack.id, QUEUE).await?;
                Ok((None, gone.map(|at| at + QUEUE_NAME_HELD)))
            }
            StackState::New | StackState::Ready | StackState::Busy => Ok((Some(stack), None)),
        }
    }

    fn stuck(&self, stack: DeployedStack) -> DeployError {
        DeployError::Stuck {
            stack: stack.name,
            region: self.region.to_owned(),
            status: stack.status,
            reason: stack.reason,
        }
    }

    /// Every parameter that the template does not give a value: the one on the command line, the assembly's, another stack's
    /// output, or the value that it has.
    fn parameters(
        &self,
        existing: Option<&DeployedStack>,
        others: &[DeployedStack],
    ) -> Result<BTreeMap<String, Given>, DeployError> {
        let mut parameters = BTreeMap::new();
        for (name, source) in &self.artifact.parameters {
            let is_given = self.options.parameter(self.artifact, name).is_some();
            if matches!(source, ParameterSource::Default(_)) && !is_given {
                continue;
            }
            let value = self.options.value(self.artifact, (name, source), others);
            let given = match value {
                Some(value) => Given::Value(value),
                None if existing.is_some_and(|stack| stack.parameters.contains_key(name)) => Given::Previous,
                None => {
                    let (stack, parameter) = (self.artifact.name.clone(), name.clone());
                    return Err(DeployError::NoParameter { stack, parameter, origin: source.clone() });
                }
            };
            parameters.insert(name.clone(), given);
        }
        Ok(parameters)
    }

    /// How what is wanted differs from what is there.
    async fn diff(&self, existing: Option<&DeployedStack>, others: &[DeployedStack]) -> Result<StackDiff, DeployError> {
        let before = deployed_template(&self.aws.cloudformation(), existing).await?;
        let after = synthesized_template(self.artifact, others, self.options);
        Ok(StackDiff::between(&self.artifact.name, self.region, before.as_ref(), &after))
    }

    /// Where CloudFormation finds the template, if it is too large to be sent with the request.
    fn template_url(&self) -> Result<Option<String>, DeployError> {
        if is_inline(self.artifact) {
            return Ok(None);
        }
        let asset = self.artifact.template_asset();
        let asset = asset.ok_or_else(|| DeployError::LargeTemplate { stack: self.artifact.name.clone() })?;
        let (bucket, key) = asset.location(self.account, self.region);
        if let Some(endpoint) = self.aws.endpoint_url() {
            return Ok(Some(format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/'))));
        }
        let suffix = if partition(self.region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        Ok(Some(format!("https://{bucket}.s3.{}.{suffix}/{key}", self.region)))
    }

    /// Takes back what asking for the plan has left: the change set, and a stack that exists only for it.
    async fn withdraw(&self, plan: &Plan) -> Result<(), DeployError> {
        let client = self.aws.cloudformation();
        change_set::discard(client.delete_change_set().change_set_name(&plan.change_set)).await?;
        if plan.kind == PlanKind::Create {
            client.delete_stack().stack_name(&plan.stack_id).send().await.during("cloudformation:DeleteStack")?;
        }
        Ok(())
    }

    async fn judge(&self, ended: Ended, watcher: &mut dyn Watcher) -> Result<DeployedStack, DeployError> {
        let Ended { stack, events } = ended;
        watcher.notify(&Event::Finished { stack: stack.name.clone(), status: stack.status.clone() });
        if succeeded(&stack.status) {
            if self.artifact.termination_protection == Some(true) {
                let request = self.aws.cloudformation().update_termination_protection().stack_name(&stack.id);
                let answer = request.enable_termination_protection(true).send().await;
                answer.during("cloudformation:UpdateTerminationProtection")?;
            }
            return Ok(stack);
        }
        let since = events.first().map_or(0, |event| event.millis);
        let Some(mut diagnosis) = Diagnosis::of(&events) else { return Err(self.stuck(stack)) };
        diagnosis.read_log(self.aws, &stack.id, &self.artifact.template, since).await;
        Err(DeployError::Failed { stack: stack.name, status: stack.status, diagnosis: Box::new(diagnosis) })
    }
}

/// Whether the plan may be executed; what could lose data is asked for once more.
fn agreed(plan: &Plan, watcher: &mut dyn Watcher) -> Result<(), DeployError> {
    if watcher.asked(&Question::Execute(plan)) == Answer::No {
        return Err(DeployError::Declined { stack: plan.stack.clone() });
    }
    let risks = plan.risks();
    if risks.is_empty() || watcher.asked(&Question::LoseData(&risks)) == Answer::Yes {
        return Ok(());
    }
    let resources = risks.into_iter().map(|risk| risk.logical_id).collect();
    Err(DeployError::WouldLoseData { stack: plan.stack.clone(), resources })
}
