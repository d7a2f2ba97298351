//! The deployment itself: every stack of the assembly, each after those it takes parameters from.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use aws::{Aws, DeployedStack, During, StackState, state_of, succeeded};
use synth::{CloudAssembly, ParameterSource, StackArtifact, partition};

use super::change_set::{self, Given, Plan, PlanKind, TemplateSource, Wanted};
use super::diagnosis::Diagnosis;
use super::diff::{Risk, StackDiff, StackTemplate, deployed_template, synthesized_template};
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
    Deployment::plan(aws, assembly, options, watcher).await?.execute(folder, watcher).await
}

/// The stacks of an assembly beside those that are deployed, and the consent to what differs.
///
/// Nothing is made, changed or uploaded to get it.
#[derive(Debug)]
pub struct Deployment<'a> {
    options: &'a Options,
    account: String,
    stacks: Vec<Planned<'a>>,
}

#[derive(Debug)]
struct Planned<'a> {
    aws: Aws,
    artifact: &'a StackArtifact,
    region: String,
    existing: Option<DeployedStack>,
    /// Its template, if it has one.
    deployed: Option<StackTemplate>,
    /// What was agreed to; none if the stack is not to be changed.
    diff: Option<StackDiff>,
}

impl<'a> Deployment<'a> {
    /// Compares the stacks with those that are deployed, and asks whether they may be changed so.
    pub async fn plan(
        aws: &Aws,
        assembly: &'a CloudAssembly,
        options: &'a Options,
        watcher: &mut dyn Watcher,
    ) -> Result<Self, DeployError> {
        options.check(assembly)?;
        let account = aws.account().await?;
        let mut stacks: Vec<Planned<'_>> = Vec::new();
        for artifact in assembly.stacks() {
            let region = region_of(artifact, aws)?;
            let aws = aws.in_region(&region);
            let mut planned = Planned { aws, artifact, region, existing: None, deployed: None, diff: None };
            if options.wants(artifact) {
                planned.compare(&account, options, &stacks, watcher).await?;
            } else {
                // Not to be changed, but its outputs are wanted.
                planned.existing = DeployedStack::find(&planned.aws.cloudformation(), &artifact.name).await?;
            }
            stacks.push(planned);
        }
        Ok(Self { options, account, stacks })
    }

    /// Whether files are needed: where no template, parameter or tag differs, none are.
    #[must_use]
    pub fn needs_files(&self) -> bool {
        self.stacks.iter().filter_map(|planned| planned.diff.as_ref()).any(|diff| !diff.is_empty())
    }

    /// Makes what was agreed to of the stacks, whose files lie in the folder, and returns them as they are then.
    pub async fn execute(self, folder: &Path, watcher: &mut dyn Watcher) -> Result<Vec<DeployedStack>, DeployError> {
        let mut deployed: Vec<DeployedStack> = Vec::new();
        for planned in &self.stacks {
            let Some(diff) = &planned.diff else {
                deployed.extend(planned.existing.clone());
                continue;
            };
            let (account, options) = (&self.account, self.options);
            let run = Run { planned, diff, folder, account, options, others: &deployed };
            let stack = run.deploy(watcher).await?;
            deployed.push(stack);
        }
        deployed.retain(|stack| self.options.stack.as_ref().is_none_or(|only| *only == stack.name));
        Ok(deployed)
    }
}

impl Planned<'_> {
    async fn compare(
        &mut self,
        account: &str,
        options: &Options,
        before: &[Planned<'_>],
        watcher: &mut dyn Watcher,
    ) -> Result<(), DeployError> {
        let artifact = self.artifact;
        if let Some(wanted) = artifact.environment.account.as_deref().filter(|wanted| *wanted != account) {
            let (stack, wanted, found) = (artifact.name.clone(), wanted.to_owned(), account.to_owned());
            return Err(DeployError::OtherAccount { stack, wanted, found });
        }
        let client = self.aws.cloudformation();
        self.existing = self.settled(watcher).await?;
        self.deployed = deployed_template(&client, self.existing.as_ref()).await?;
        let others: Vec<DeployedStack> = before.iter().filter_map(|planned| planned.existing.clone()).collect();
        // What a stack before this one is going to give need not be there yet.
        let comes = |name: &str| {
            let mut changed = before.iter().filter(|planned| planned.diff.is_some());
            changed.any(|planned| planned.artifact.template.outputs.contains_key(name))
        };
        match parameters(artifact, self.existing.as_ref(), options, &others) {
            Err(DeployError::NoParameter { parameter, .. }) if comes(&parameter) => {}
            other => drop(other?),
        }
        let after = synthesized_template(artifact, &others, options);
        let diff = StackDiff::between(&artifact.name, &self.region, self.deployed.as_ref(), &after);
        // Where nothing differs there is nothing to agree to, unless CloudFormation finds something.
        if !diff.is_empty() {
            if watcher.asked(&Question::Deploy(&diff)) == Answer::No {
                return Err(DeployError::Declined { stack: artifact.name.clone() });
            }
            may_lose(&artifact.name, diff.risks().collect(), watcher)?;
        }
        self.diff = Some(diff);
        Ok(())
    }

    /// The stack once nothing is under way, and once it is agreed that a failed one is removed.
    async fn settled(&self, watcher: &mut dyn Watcher) -> Result<Option<DeployedStack>, DeployError> {
        let client = self.aws.cloudformation();
        let Some(mut stack) = DeployedStack::find(&client, &self.artifact.name).await? else { return Ok(None) };
        if state_of(&stack.status) == StackState::Busy {
            watcher.notify(&Event::Waiting { stack: stack.name.clone(), status: stack.status.clone() });
            let follower = Follower::from_start_of_operation(&client, &stack.id);
            stack = follower.until_settled(watcher).await?.stack;
        }
        match state_of(&stack.status) {
            StackState::Deleted => Ok(None),
            StackState::Stuck => Err(self.stuck(stack)),
            StackState::Failed if watcher.asked(&Question::RemoveFailed(&stack)) == Answer::No => {
                Err(DeployError::Declined { stack: stack.name })
            }
            StackState::Failed | StackState::New | StackState::Ready | StackState::Busy => Ok(Some(stack)),
        }
    }

    fn stuck(&self, stack: DeployedStack) -> DeployError {
        DeployError::Stuck {
            stack: stack.name,
            region: self.region.clone(),
            status: stack.status,
            reason: stack.reason,
        }
    }
}

/// Every parameter that the template does not give a value: the one on the command line, the assembly's, another stack's output,
/// or the value that it has.
fn parameters(
    artifact: &StackArtifact,
    existing: Option<&DeployedStack>,
    options: &Options,
    others: &[DeployedStack],
) -> Result<BTreeMap<String, Given>, DeployError> {
    let mut parameters = BTreeMap::new();
    for (name, source) in &artifact.parameters {
        let is_given = options.parameter(artifact, name).is_some();
        if matches!(source, ParameterSource::Default(_)) && !is_given {
            continue;
        }
        let value = options.value(artifact, (name, source), others);
        let given = match value {
            Some(value) => Given::Value(value),
            None if existing.is_some_and(|stack| stack.parameters.contains_key(name)) => Given::Previous,
            None => {
                let (stack, parameter) = (artifact.name.clone(), name.clone());
                return Err(DeployError::NoParameter { stack, parameter, origin: source.clone() });
            }
        };
        parameters.insert(name.clone(), given);
    }
    Ok(parameters)
}

/// Asks once more where what a stack holds would be gone.
fn may_lose(stack: &str, mut risks: Vec<Risk>, watcher: &mut dyn Watcher) -> Result<(), DeployError> {
    risks.retain(Risk::loses_data);
    if risks.is_empty() || watcher.asked(&Question::LoseData(&risks)) == Answer::Yes {
        return Ok(());
    }
    let resources = risks.into_iter().map(|risk| risk.logical_id).collect();
    Err(DeployError::WouldLoseData { stack: stack.to_owned(), resources })
}

pub fn region_of(artifact: &StackArtifact, aws: &Aws) -> Result<String, DeployError> {
    let region = artifact.environment.region.as_deref().or(aws.region());
    region.map(str::to_owned).ok_or_else(|| DeployError::NoRegion { stack: artifact.name.clone() })
}

struct Run<'a> {
    planned: &'a Planned<'a>,
    /// What was agreed to.
    diff: &'a StackDiff,
    folder: &'a Path,
    account: &'a str,
    options: &'a Options,
    /// The stacks whose outputs may be parameters of this one.
    others: &'a [DeployedStack],
}

impl Run<'_> {
    async fn deploy(&self, watcher: &mut dyn Watcher) -> Result<DeployedStack, DeployError> {
        let Planned { aws, artifact, region, existing, deployed, .. } = self.planned;
        let (name, client) = (&artifact.name, aws.cloudformation());
        let failed = existing.as_ref().filter(|stack| state_of(&stack.status) == StackState::Failed);
        let names_free_at = match failed {
            Some(stack) => self.remove(stack, watcher).await?,
            None => None,
        };
        let existing = existing.as_ref().filter(|_| failed.is_none());
        let parameters = parameters(artifact, existing, self.options, self.others)?;
        let source = if self.diff.is_empty() {
            TemplateSource::Deployed
        } else {
            upload(aws, artifact, self.folder, (self.account, region), watcher).await?;
            self.template_url()?.map_or(TemplateSource::Request, TemplateSource::Url)
        };
        watcher.notify(&Event::Planning { stack: name.clone() });
        let kind = match existing {
            Some(stack) if state_of(&stack.status) == StackState::Ready => PlanKind::Update,
            _ => PlanKind::Create,
        };
        let wanted = Wanted {
            artifact,
            source,
            parameters,
            role_arn: self.options.role_arn.as_deref(),
            region,
            deployed: deployed.as_ref().map(|deployed| &deployed.template),
            kind,
        };
        let Some(plan) = change_set::prepare(&client, wanted).await? else {
            watcher.notify(&Event::Unchanged { stack: name.clone() });
            return existing.cloned().ok_or_else(|| DeployError::NoStack { stack: name.clone() });
        };
        if let Err(error) = self.agreed(&plan, watcher) {
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

    /// Whether the plan may be executed: asks only where it goes beyond what was agreed to.
    fn agreed(&self, plan: &Plan, watcher: &mut dyn Watcher) -> Result<(), DeployError> {
        let changes = plan.beyond(self.diff);
        let (lost, kept): (Vec<Risk>, Vec<Risk>) = plan.new_risks(self.diff).into_iter().partition(Risk::loses_data);
        let asks = (self.diff.is_empty() && !changes.is_empty()) || !kept.is_empty();
        if asks && watcher.asked(&Question::DoMore { plan, changes: &changes, risks: &kept }) == Answer::No {
            return Err(DeployError::Declined { stack: plan.stack.clone() });
        }
        may_lose(&plan.stack, lost, watcher)
    }

    /// Removes a stack whose creation failed; says when the names of its queues can be given again.
    async fn remove(
        &self,
        stack: &DeployedStack,
        watcher: &mut dyn Watcher,
    ) -> Result<Option<SystemTime>, DeployError> {
        let client = self.planned.aws.cloudformation();
        let follower = Follower::from_now(&client, &stack.id).await?;
        client.delete_stack().stack_name(&stack.id).send().await.during("cloudformation:DeleteStack")?;
        let ended = follower.until_settled(watcher).await?;
        if !succeeded(&ended.stack.status) {
            return Err(self.planned.stuck(ended.stack));
        }
        // Most of them are gone since the rollback, and not only now.
        let gone = last_deletion(&client, &ended.stack.id, QUEUE).await?;
        Ok(gone.map(|at| at + QUEUE_NAME_HELD))
    }

    /// Where CloudFormation finds the template, if it is too large to be sent with the request.
    fn template_url(&self) -> Result<Option<String>, DeployError> {
        let Planned { aws, artifact, region, .. } = self.planned;
        if is_inline(artifact) {
            return Ok(None);
        }
        let asset = artifact.template_asset();
        let asset = asset.ok_or_else(|| DeployError::LargeTemplate { stack: artifact.name.clone() })?;
        let (bucket, key) = asset.location(self.account, region);
        if let Some(endpoint) = aws.endpoint_url() {
            return Ok(Some(format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/'))));
        }
        let suffix = if partition(region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        Ok(Some(format!("https://{bucket}.s3.{region}.{suffix}/{key}")))
    }

    /// Takes back what asking for the plan has left: the change set, and a stack that exists only for it.
    async fn withdraw(&self, plan: &Plan) -> Result<(), DeployError> {
        let client = self.planned.aws.cloudformation();
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
            if self.planned.artifact.termination_protection == Some(true) {
                let request = self.planned.aws.cloudformation().update_termination_protection().stack_name(&stack.id);
                let answer = request.enable_termination_protection(true).send().await;
                answer.during("cloudformation:UpdateTerminationProtection")?;
            }
            return Ok(stack);
        }
        let since = events.first().map_or(0, |event| event.millis);
        let Some(mut diagnosis) = Diagnosis::of(&events) else { return Err(self.planned.stuck(stack)) };
        diagnosis.read_log(&self.planned.aws, &stack.id, &self.planned.artifact.template, since).await;
        Err(DeployError::Failed { stack: stack.name, status: stack.status, diagnosis: Box::new(diagnosis) })
    }
}
