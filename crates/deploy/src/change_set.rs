//! Change sets: what CloudFormation would do to a stack, before it does it.

use std::collections::BTreeMap;

use aws::{CallError, CallErrorKind, During};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::operation::delete_change_set::builders::DeleteChangeSetFluentBuilder;
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{
    Capability, ChangeAction, ChangeSetStatus, ChangeSetType, EventFilter, ExecutionStatus, OperationEvent, Parameter,
    PolicyAction, Replacement as SdkReplacement, ResourceChange, Tag,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use synth::{StackArtifact, Template};

use super::DeployError;
use super::diff::{DeletionPolicy, ResourceImpact, Risk, StackDiff, holds_data};
use super::follow::Backoff;

/// The texts by which CloudFormation says that there is nothing to do.
const UNCHANGED: [&str; 2] = ["didn't contain changes", "No updates are to be performed"];

/// What CloudFormation would do to a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub stack: String,
    pub region: String,
    pub stack_id: String,
    pub kind: PlanKind,
    /// What happens to which resource, as CloudFormation sees it.
    pub changes: Vec<Change>,
    pub(super) change_set: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanKind {
    Create,
    Update,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub impact: ResourceImpact,
    pub logical_id: String,
    pub resource_type: String,
    /// What becomes of the resource that is there now, if it does not stay in the stack.
    pub deletion_policy: Option<DeletionPolicy>,
}

impl Plan {
    /// The changes of resources that the templates did not show to change.
    #[must_use]
    pub fn beyond(&self, diff: &StackDiff) -> Vec<&Change> {
        let known = |change: &&Change| diff.resources.iter().any(|known| known.logical_id == change.logical_id);
        self.changes.iter().filter(|change| !known(change)).collect()
    }

    /// What holds data and does not stay, though the templates did not show that.
    #[must_use]
    pub fn new_risks(&self, diff: &StackDiff) -> Vec<Risk> {
        let known: Vec<Risk> = diff.risks().collect();
        let is_known = |risk: &Risk| {
            known.iter().any(|known| known.logical_id == risk.logical_id && (known.loses_data() || !risk.loses_data()))
        };
        self.changes.iter().filter_map(Change::risk).filter(|risk| !is_known(risk)).collect()
    }
}

/// What a stack is to become.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) artifact: &'a StackArtifact,
    pub(super) source: TemplateSource,
    pub(super) parameters: BTreeMap<String, Given>,
    pub(super) role_arn: Option<&'a str>,
    pub(super) region: &'a str,
    /// The template of the stack as it is, if it has one.
    pub(super) deployed: Option<&'a Template>,
    pub(super) kind: PlanKind,
}

/// Where CloudFormation gets the template from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplateSource {
    /// It has it already.
    Deployed,
    /// The request holds it.
    Request,
    /// It is too large for that, and lies in S3.
    Url(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) enum Given {
    Value(String),
    Previous,
}

/// Asks CloudFormation what it would do; none if nothing.
pub(super) async fn prepare(client: &Client, wanted: Wanted<'_>) -> Result<Option<Plan>, DeployError> {
    let stack = &wanted.artifact.name;
    let name = name_of(&wanted);
    // An interrupted run may have left the same one behind.
    discard(client.delete_change_set().stack_name(stack).change_set_name(&name)).await?;
    let mut request = client
        .create_change_set()
        .stack_name(stack)
        .change_set_name(&name)
        .change_set_type(match wanted.kind {
            PlanKind::Create => ChangeSetType::Create,
            PlanKind::Update => ChangeSetType::Update,
        })
        .description("vod deploy")
        .set_capabilities(Some(capabilities(&wanted.artifact.template)))
        .set_notification_arns(Some(wanted.artifact.notification_arns.clone()).filter(|arns| !arns.is_empty()))
        .set_role_arn(wanted.role_arn.map(str::to_owned));
    request = match &wanted.source {
        TemplateSource::Deployed => request.use_previous_template(true),
        TemplateSource::Request => request.template_body(&wanted.artifact.template_text),
        TemplateSource::Url(url) => request.template_url(url),
    };
    for (name, value) in &wanted.parameters {
        let parameter = Parameter::builder().parameter_key(name);
        request = request.parameters(match value {
            Given::Value(value) => parameter.parameter_value(value).build(),
            Given::Previous => parameter.use_previous_value(true).build(),
        });
    }
    for (key, value) in &wanted.artifact.tags {
        request = request.tags(Tag::builder().key(key).value(value).build());
    }
    let made = request.send().await.during("cloudformation:CreateChangeSet").map_err(|error| refused(stack, error))?;
    let (change_set, stack_id) = (made.id.unwrap_or_default(), made.stack_id.unwrap_or_default());
    let described = settled(client, &change_set).await?;
    if described.status != Some(ChangeSetStatus::CreateComplete) {
        let reason = described.status_reason.unwrap_or_default();
        if UNCHANGED.iter().any(|text| reason.contains(text)) {
            discard(client.delete_change_set().change_set_name(&change_set)).await?;
            return Ok(None);
        }
        // With the change set go the events that say what is wrong.
        let details = refusals(client, &change_set, &reason).await;
        discard(client.delete_change_set().change_set_name(&change_set)).await?;
        return Err(DeployError::Refused { stack: stack.clone(), reason, details });
    }
    let changes = all_changes(client, &change_set, described, wanted.deployed).await?;
    Ok(Some(Plan {
        stack: stack.clone(),
        region: wanted.region.to_owned(),
        stack_id,
        kind: wanted.kind,
        changes,
        change_set,
    }))
}

/// What the template needs to be agreed to: roles, roles with names, macros.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html>
fn capabilities(template: &Template) -> Vec<Capability> {
    const NAMES: [&str; 5] = ["GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName"];
    let named = template.resources.values().any(|resource| {
        resource.resource_type.starts_with("AWS::IAM::")
            && NAMES.iter().any(|name| resource.properties.contains_key(*name))
    });
    let mut capabilities = vec![if named { Capability::CapabilityNamedIam } else { Capability::CapabilityIam }];
    if template.transform.is_some() {
        capabilities.push(Capability::CapabilityAutoExpand);
    }
    capabilities
}

/// Executes the plan; the stack's events show what happens then.
pub(super) async fn execute(client: &Client, plan: &Plan) -> Result<(), DeployError> {
    let answer = client.execute_change_set().change_set_name(&plan.change_set).send().await;
    answer.during("cloudformation:ExecuteChangeSet").map(drop).map_err(|error| match error.code.as_deref() {
        Some("InvalidChangeSetStatus" | "ChangeSetNotFound" | "OperationInProgressException") => {
            DeployError::Overtaken { stack: plan.stack.clone(), reason: error.message }
        }
        _ => error.into(),
    })
}

/// Deletes a change set that is not wanted; one that is not there need not be deleted.
pub(super) async fn discard(request: DeleteChangeSetFluentBuilder) -> Result<(), CallError> {
    match request.send().await.during("cloudformation:DeleteChangeSet") {
        Err(error) if matches!(error.code.as_deref(), Some("ChangeSetNotFound" | "ValidationError")) => Ok(()),
        answer => answer.map(drop),
    }
}

/// The same for the same request, so that a run that was interrupted finds what it left behind.
fn name_of(wanted: &Wanted<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(&wanted.artifact.template_text);
    let rest = serde_json::to_vec(&(&wanted.parameters, &wanted.artifact.tags));
    hash.update(rest.expect("maps whose keys are texts are JSON"));
    format!("vod-{}", &hex::encode(hash.finalize())[..16])
}

fn refused(stack: &str, error: CallError) -> DeployError {
    let stack = stack.to_owned();
    match (error.kind, error.code.as_deref()) {
        (CallErrorKind::Refused, Some("ValidationError")) if error.message.contains("_IN_PROGRESS") => {
            DeployError::Overtaken { stack, reason: error.message }
        }
        (CallErrorKind::Refused, Some("AlreadyExistsException" | "OperationInProgressException")) => {
            DeployError::Overtaken { stack, reason: error.message }
        }
        (CallErrorKind::Refused, Some("ValidationError" | "InsufficientCapabilitiesException")) => {
            DeployError::Refused { stack, reason: error.message, details: Vec::new() }
        }
        _ => error.into(),
    }
}

async fn settled(client: &Client, change_set: &str) -> Result<DescribeChangeSetOutput, CallError> {
    let mut backoff = Backoff::default();
    loop {
        let answer =
            client.describe_change_set().change_set_name(change_set).include_property_values(true).send().await;
        let answer = answer.during("cloudformation:DescribeChangeSet")?;
        let pending = matches!(answer.status, Some(ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress));
        let unavailable = answer.status == Some(ChangeSetStatus::CreateComplete)
            && answer.execution_status == Some(ExecutionStatus::Unavailable);
        if !pending && !unavailable {
            return Ok(answer);
        }
        backoff.wait().await;
    }
}

async fn all_changes(
    client: &Client,
    change_set: &str,
    first: DescribeChangeSetOutput,
    deployed: Option<&Template>,
) -> Result<Vec<Change>, CallError> {
    let (mut page, mut changes) = (first, Vec::new());
    loop {
        let found = page.changes.unwrap_or_default().into_iter().filter_map(|change| change.resource_change);
        changes.extend(found.map(|change| Change::of(change, deployed)));
        let Some(token) = page.next_token.filter(|token| !token.is_empty()) else { break };
        let request = client.describe_change_set().change_set_name(change_set).include_property_values(true);
        page = request.next_token(token).send().await.during("cloudformation:DescribeChangeSet")?;
    }
    changes.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
    Ok(changes)
}

impl Change {
    /// CloudFormation says only of some changes what becomes of the old resource; of the others its template says it.
    fn of(change: ResourceChange, deployed: Option<&Template>) -> Self {
        let impact = match (&change.action, &change.replacement) {
            (Some(ChangeAction::Add), _) => ResourceImpact::Create,
            (Some(ChangeAction::Remove), _) => ResourceImpact::Remove,
            (Some(ChangeAction::Import), _) => ResourceImpact::Import,
            (_, Some(SdkReplacement::True)) => ResourceImpact::Replace,
            (_, Some(SdkReplacement::Conditional)) => ResourceImpact::MayReplace,
            _ => ResourceImpact::Update,
        };
        let logical_id = change.logical_resource_id.unwrap_or_default();
        let written = || DeletionPolicy::of(deployed?.resources.get(&logical_id)?, impact);
        let deletion_policy = match change.policy_action {
            _ if !impact.ends_the_old_one() => None,
            Some(PolicyAction::Retain | PolicyAction::ReplaceAndRetain) => Some(DeletionPolicy::Retain),
            Some(PolicyAction::Snapshot | PolicyAction::ReplaceAndSnapshot) => Some(DeletionPolicy::Snapshot),
            Some(PolicyAction::Delete | PolicyAction::ReplaceAndDelete) => Some(DeletionPolicy::Delete),
            _ => Some(written().unwrap_or(DeletionPolicy::Delete)),
        };
        Self { impact, logical_id, resource_type: change.resource_type.unwrap_or_default(), deletion_policy }
    }

    fn risk(&self) -> Option<Risk> {
        Some(Risk {
            logical_id: self.logical_id.clone(),
            resource_type: self.resource_type.clone(),
            impact: self.impact,
            holds: holds_data(&self.resource_type)?,
            deletion_policy: self.deletion_policy?,
        })
    }
}

/// Why CloudFormation refuses a change set, one line each: what its early validation and the account's hooks found; where that cannot be read, a line that says so if the reason leaves it open.
///
/// Since November 2025 the reason of a failed change set names the validation and not the resource: "The following hook(s)/validation
/// failed: `[AWS::EarlyValidation::ResourceExistenceCheck]` … use the `DescribeEvents` API". The events belong to the change set.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html>
async fn refusals(client: &Client, change_set: &str, reason: &str) -> Vec<String> {
    match failed_events(client, change_set).await {
        Ok(events) => {
            let mut lines: Vec<String> = Vec::new();
            for line in events.iter().filter_map(line) {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
            lines
        }
        // The refusal itself must not be hidden by what was to explain it.
        Err(error) if reason.contains("DescribeEvents") => vec![format!("What failed cannot be read: {error}")],
        Err(_) => Vec::new(),
    }
}

async fn failed_events(client: &Client, change_set: &str) -> Result<Vec<OperationEvent>, CallError> {
    let failed = EventFilter::builder().failed_events(true).build();
    let mut pages = client.describe_events().change_set_name(change_set).filters(failed).into_paginator().send();
    let mut events = Vec::new();
    while let Some(page) = pages.next().await {
        events.extend(page.during("cloudformation:DescribeEvents")?.operation_events.unwrap_or_default());
    }
    Ok(events)
}

/// Which resource, why, where in the template, and who says so.
fn line(event: &OperationEvent) -> Option<String> {
    let reasons = [event.validation_status_reason(), event.hook_status_reason(), event.resource_status_reason()];
    let reason = reasons.into_iter().flatten().find(|reason| !reason.is_empty())?;
    let named = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let resource = named(event.logical_resource_id()).map(|id| match named(event.resource_type()) {
        Some(kind) => format!("{id} ({kind}): "),
        None => format!("{id}: "),
    });
    let place = named(event.validation_path()).map(|path| format!(" at {path}")).unwrap_or_default();
    let check = named(event.validation_name()).or(named(event.hook_type()));
    let check = check.map(|check| format!(" [{check}]")).unwrap_or_default();
    Some(format!("{}{reason}{place}{check}", resource.unwrap_or_default()))
}
