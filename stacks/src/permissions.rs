//! From what a function needs to the statement that allows it, on the one resource it means.

use pipeline::contract::{Bucket, Need, OVERFLOW_FOLDER};
use pipeline::{catalogue, player};
use synth::constructs::{BucketReference, Queue};
use synth::iam::{Action, Condition, Statement};
use synth::{Json, PseudoParameter, Value, cat};

use super::parts::Parts;

/// The service that a role for encoding jobs is passed to.
const MEDIACONVERT: &str = "mediaconvert.amazonaws.com";

/// The service that a role for packaging is passed to; AWS does not document that MediaPackage is named in the request.
const MEDIAPACKAGE: &str = "mediapackage.amazonaws.com";

/// The statements that a need comes to.
///
/// A need of a feature that is off has no resource, and so no statement; `needs_with` does not ask for it either.
pub(super) fn grants(parts: &Parts<'_>, need: Need) -> Vec<Statement> {
    let destination = parts.storage.destination.reference();
    let overflow = format!("*/{OVERFLOW_FOLDER}/*");
    match need {
        Need::ReadVersions(bucket) => vec![parts.bucket(bucket).grant_read("*")],
        Need::List(bucket) => vec![parts.bucket(bucket).grant_list()],
        Need::TagObjects(bucket) => vec![parts.bucket(bucket).grant_tag_objects()],
        Need::ReadOverflow => vec![destination.grant_read_current(&overflow)],
        Need::WriteOverflow => vec![destination.grant_put(&overflow)],
        Need::UpdateCatalogue => vec![update_catalogue(destination)],
        Need::InstallPlayer => vec![install_player(destination)],
        Need::RemovePlayer => remove_player(destination).into(),
        Need::PrepareCatalogue => vec![destination.grant_put(&catalogue_files())],
        Need::ClearCatalogue => vec![Statement::allow(REMOVE, [destination.objects(&catalogue_files())])],
        Need::ReadTable => vec![parts.storage.table.grant_get()],
        Need::UpdateTable => vec![parts.storage.table.grant_update()],
        Need::StartExecution(workflow) => vec![parts.workflows.get(workflow).grant_start()],
        Need::PublishTopic => parts.notifications.topic.grant_publish().into(),
        Need::SendQueue => parts.notifications.queue.iter().flat_map(Queue::grant_send).collect(),
        Need::SendDeadLetters => parts.notifications.event_dead_letters.grant_send().into(),
        Need::Probe => vec![probe()],
        Need::ReadJobTemplates => read_job_templates().into(),
        Need::SubmitJobs => vec![submit_jobs(parts)],
        Need::FindJobs => vec![find_jobs(parts)],
        Need::PassEncodingRole => vec![parts.encoding.role.grant_pass(Condition::passed_to(MEDIACONVERT))],
        Need::ManageJobTemplates => manage_job_templates(parts).into(),
        Need::DescribeEndpoints => vec![describe_endpoints()],
        Need::ManageAssets => manage_assets().into(),
        Need::PassPackagingRole => {
            let to = Condition::passed_to(MEDIAPACKAGE).if_exists();
            parts.packaging.iter().map(|packaging| packaging.role.grant_pass(to.clone())).collect()
        }
        Need::PurgeAssets => purge_assets().into(),
    }
}

/// An ARN of this account and region.
fn own_arn(service: &str, resource: &str) -> Value<String> {
    cat![
        "arn:",
        PseudoParameter::Partition,
        format!(":{service}:"),
        PseudoParameter::Region,
        ":",
        PseudoParameter::AccountId,
        format!(":{resource}"),
    ]
}

/// A file is read, and written again with what is new.
fn update_catalogue(destination: &BucketReference) -> Statement {
    const ACTIONS: [Action; 2] = [Action::new("s3:GetObject"), Action::new("s3:PutObject")];
    Statement::allow(ACTIONS, [destination.objects(&catalogue_files())])
}

/// Looked at and deleted, with every version, so that the bucket can be deleted after it.
const REMOVE: [Action; 2] = [Action::new("s3:GetObject"), Action::new("s3:DeleteObjectVersion")];

fn install_player(destination: &BucketReference) -> Statement {
    const ACTIONS: [Action; 1] = [Action::new("s3:PutObject")];
    Statement::allow(ACTIONS, [destination.objects(player::INDEX), destination.objects(&player_files())])
}

fn remove_player(destination: &BucketReference) -> [Statement; 2] {
    const LIST: [Action; 1] = [Action::new("s3:ListBucketVersions")];
    let (files, catalogue) = (player_files(), catalogue_files());
    let listed = Json::list([player::INDEX.into(), Json::from(files.as_str()), catalogue.as_str().into()]);
    [
        Statement::allow(REMOVE, [destination.objects(player::INDEX), destination.objects(&files)]),
        Statement::allow(LIST, [destination.arn()]).when(Condition::string_like("s3:prefix", listed)),
    ]
}

fn player_files() -> String {
    format!("{}/*", player::FOLDER)
}

fn catalogue_files() -> String {
    format!("{}/*", catalogue::FOLDER)
}

// Which resources an action can be narrowed to:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselementalmediaconvert.html

fn probe() -> Statement {
    const ACTIONS: [Action; 1] = [Action::new("mediaconvert:Probe")];
    Statement::allow_on_any(ACTIONS, "ProbesHaveNoArn")
}

fn describe_endpoints() -> Statement {
    const ACTIONS: [Action; 1] = [Action::new("mediaconvert:DescribeEndpoints")];
    Statement::allow_on_any(ACTIONS, "EndpointsHaveNoArn")
}

/// A video's metadata may name any template of the account, so any may be read.
fn read_job_templates() -> [Statement; 2] {
    const ACTIONS: [Action; 1] = [Action::new("mediaconvert:GetJobTemplate")];
    [Statement::allow(ACTIONS, [own_arn("mediaconvert", "jobTemplates/*")]), list_job_templates()]
}

/// AWS's reference authorizes the operation `GetJobTemplate` by `ListJobTemplates` as well. Without it every video might be
/// refused, and with it only the account's own templates can be listed.
fn list_job_templates() -> Statement {
    const ACTIONS: [Action; 1] = [Action::new("mediaconvert:ListJobTemplates")];
    Statement::allow_on_any(ACTIONS, "TemplateListsHaveNoArn")
}

/// A job is made in a queue, with the presets that a template of the user's names; its own ARN is not known before.
fn submit_jobs(parts: &Parts<'_>) -> Statement {
    const ACTIONS: [Action; 2] = [Action::new("mediaconvert:CreateJob"), Action::new("mediaconvert:TagResource")];
    let jobs = [own_arn("mediaconvert", "jobs/*"), own_arn("mediaconvert", "presets/*")];
    Statement::allow(ACTIONS, parts.encoding.queues().into_iter().chain(jobs))
}

/// Jobs are looked for in the queues that they may be in.
fn find_jobs(parts: &Parts<'_>) -> Statement {
    const ACTIONS: [Action; 1] = [Action::new("mediaconvert:SearchJobs")];
    Statement::allow(ACTIONS, parts.encoding.queues())
}

/// A template that is being made is no resource yet: AWS's reference lists queues and presets for `CreateJobTemplate`, and
/// not job templates. Which of them a template that names neither is checked against is not documented, so anything of
/// MediaConvert in the account; the action can only create.
fn manage_job_templates(parts: &Parts<'_>) -> [Statement; 3] {
    const CREATE: [Action; 1] = [Action::new("mediaconvert:CreateJobTemplate")];
    const MANAGE: [Action; 3] = [
        Action::new("mediaconvert:GetJobTemplate"),
        Action::new("mediaconvert:DeleteJobTemplate"),
        Action::new("mediaconvert:TagResource"),
    ];
    let names = parts.encoding.template_names().iter();
    let own = names.map(|name| own_arn("mediaconvert", &format!("jobTemplates/{name}")));
    [Statement::allow(CREATE, [own_arn("mediaconvert", "*")]), Statement::allow(MANAGE, own), list_job_templates()]
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselementalmediapackagevod.html

fn manage_assets() -> [Statement; 2] {
    const CREATE: [Action; 1] = [Action::new("mediapackage-vod:CreateAsset")];
    const OWN: [Action; 3] = [
        Action::new("mediapackage-vod:DescribeAsset"),
        Action::new("mediapackage-vod:DeleteAsset"),
        Action::new("mediapackage-vod:TagResource"),
    ];
    [Statement::allow_on_any(CREATE, "NewAssetsHaveNoArn"), Statement::allow(OWN, [assets()])]
}

fn purge_assets() -> [Statement; 2] {
    const LIST: [Action; 1] = [Action::new("mediapackage-vod:ListAssets")];
    const DELETE: [Action; 1] = [Action::new("mediapackage-vod:DeleteAsset")];
    [Statement::allow_on_any(LIST, "AssetListsHaveNoArn"), Statement::allow(DELETE, [assets()])]
}

/// An asset's ARN holds an ID that MediaPackage gives, not its group's.
fn assets() -> Value<String> {
    own_arn("mediapackage-vod", "assets/*")
}

impl Parts<'_> {
    fn bucket(&self, bucket: Bucket) -> &BucketReference {
        match bucket {
            Bucket::Source => &self.storage.source,
            Bucket::Destination => self.storage.destination.reference(),
        }
    }
}
