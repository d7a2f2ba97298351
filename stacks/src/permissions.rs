//! From what a function needs to what its role is granted, on the one resource that it means.

use pipeline::contract::{Bucket, Need, OVERFLOW_FOLDER};
use pipeline::{catalogue, player};
use synth::constructs::{BucketReference, Function};
use synth::iam::{Action, Condition, Statement};
use synth::{Arn, Json, Scope, Value};

use super::parts::Parts;

/// The service that a role for encoding jobs is passed to.
const MEDIACONVERT: &str = "mediaconvert.amazonaws.com";

/// The service that a role for packaging is passed to; AWS does not document that MediaPackage is named in the request.
const MEDIAPACKAGE: &str = "mediapackage.amazonaws.com";

/// Grants a function what it needs.
///
/// A need of a feature that is off has no resource, and so no statement; `needs_with` does not ask for it either.
pub(super) fn grant(scope: &mut Scope<'_>, function: &Function, parts: &Parts, need: Need) {
    let destination = &parts.storage.destination;
    let overflow = destination.objects(&format!("*/{OVERFLOW_FOLDER}/*"));
    let catalogue = destination.objects(&catalogue_files());
    let mut allow = |statement: Statement| function.role().allow(scope, statement);
    match need {
        Need::ReadVersions(bucket) => parts.bucket(bucket).grant_read(scope, function),
        Need::List(bucket) => parts.bucket(bucket).grant_list(scope, function),
        Need::TagObjects(bucket) => parts.bucket(bucket).objects("*").grant_tag(scope, function),
        Need::ReadOverflow => overflow.grant_read_current(scope, function),
        Need::WriteOverflow => overflow.grant_put(scope, function),
        Need::UpdateCatalogue => allow(Statement::allow(UPDATE, [catalogue])),
        Need::InstallPlayer => allow(install_player(destination)),
        Need::RemovePlayer => remove_player(destination).into_iter().for_each(allow),
        Need::PrepareCatalogue => catalogue.grant_put(scope, function),
        Need::ClearCatalogue => allow(Statement::allow(REMOVE, [catalogue])),
        Need::ReadTable => parts.storage.table.grant_get(scope, function),
        Need::UpdateTable | Need::ClaimVideos => parts.storage.table.grant_update(scope, function),
        Need::StartExecution(workflow) => parts.workflows.get(workflow).grant_start(scope, function),
        Need::PublishTopic => parts.notifications.topic.grant_publish(scope, function),
        Need::SendQueue => {
            parts.notifications.queue.iter().for_each(|queue| queue.grant_send(scope, function));
        }
        Need::SendDeadLetters => parts.notifications.event_dead_letters.grant_send(scope, function),
        Need::Probe => allow(Statement::allow_on_any(PROBE, "ProbesHaveNoArn")),
        Need::ReadJobTemplates => read_job_templates().into_iter().for_each(allow),
        Need::SubmitJobs => allow(submit_jobs(parts)),
        Need::FindJobs => allow(Statement::allow(FIND_JOBS, parts.encoding.queues())),
        Need::PassEncodingRole => parts.encoding.role.grant_pass(scope, function, Condition::passed_to(MEDIACONVERT)),
        Need::ManageJobTemplates => manage_job_templates(parts).into_iter().for_each(allow),
        Need::DescribeEndpoints => allow(Statement::allow_on_any(DESCRIBE_ENDPOINTS, "EndpointsHaveNoArn")),
        Need::ManageAssets => manage_assets().into_iter().for_each(allow),
        Need::PassPackagingRole => parts.packaging.iter().for_each(|packaging| {
            packaging.role.grant_pass(scope, function, Condition::passed_to(MEDIAPACKAGE).if_exists());
        }),
        Need::PurgeAssets => purge_assets().into_iter().for_each(allow),
    }
}

/// A file is read, and written again with what is new.
const UPDATE: [Action; 2] = [Action::new("s3:GetObject"), Action::new("s3:PutObject")];

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

const PROBE: [Action; 1] = [Action::new("mediaconvert:Probe")];

const DESCRIBE_ENDPOINTS: [Action; 1] = [Action::new("mediaconvert:DescribeEndpoints")];

/// Jobs are looked for in the queues that they may be in.
const FIND_JOBS: [Action; 1] = [Action::new("mediaconvert:SearchJobs")];

/// The ARN of something of MediaConvert's in this account and region.
fn mediaconvert_arn(resource: &str) -> Value<Arn> {
    Arn::build("mediaconvert").resource(resource)
}

/// A video's metadata may name any template of the account, so any may be read.
fn read_job_templates() -> [Statement; 2] {
    const ACTIONS: [Action; 1] = [Action::new("mediaconvert:GetJobTemplate")];
    [Statement::allow(ACTIONS, [mediaconvert_arn("jobTemplates/*")]), list_job_templates()]
}

/// AWS's reference authorizes the operation `GetJobTemplate` by `ListJobTemplates` as well. Without it every video might be
/// refused, and with it only the account's own templates can be listed.
fn list_job_templates() -> Statement {
    const ACTIONS: [Action; 1] = [Action::new("mediaconvert:ListJobTemplates")];
    Statement::allow_on_any(ACTIONS, "TemplateListsHaveNoArn")
}

/// A job is made in a queue, with the presets that a template of the user's names; its own ARN is not known before.
fn submit_jobs(parts: &Parts) -> Statement {
    const ACTIONS: [Action; 2] = [Action::new("mediaconvert:CreateJob"), Action::new("mediaconvert:TagResource")];
    let jobs = [mediaconvert_arn("jobs/*"), mediaconvert_arn("presets/*")];
    Statement::allow(ACTIONS, parts.encoding.queues().into_iter().chain(jobs))
}

/// A template that is being made is no resource yet: AWS's reference lists queues and presets for `CreateJobTemplate`, and
/// not job templates. Which of them a template that names neither is checked against is not documented, so anything of
/// MediaConvert in the account; the action can only create.
fn manage_job_templates(parts: &Parts) -> [Statement; 3] {
    const CREATE: [Action; 1] = [Action::new("mediaconvert:CreateJobTemplate")];
    const MANAGE: [Action; 3] = [
        Action::new("mediaconvert:GetJobTemplate"),
        Action::new("mediaconvert:DeleteJobTemplate"),
        Action::new("mediaconvert:TagResource"),
    ];
    let names = parts.encoding.template_names().iter();
    let own = names.map(|name| mediaconvert_arn(&format!("jobTemplates/{name}")));
    [Statement::allow(CREATE, [mediaconvert_arn("*")]), Statement::allow(MANAGE, own), list_job_templates()]
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
fn assets() -> Value<Arn> {
    Arn::build("mediapackage-vod").resource("assets/*")
}

impl Parts {
    fn bucket(&self, bucket: Bucket) -> &BucketReference {
        match bucket {
            Bucket::Source => &self.storage.source,
            Bucket::Destination => &self.storage.destination,
        }
    }
}
