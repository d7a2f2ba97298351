//! The CI stack: the roles that GitHub Actions takes to plan and to deploy, without any stored key.
//!
//! <https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services>

use synth::aws::iam as resources;
use synth::constructs::{Role, RoleProps};
use synth::iam::{Action, Condition, Principal, Statement};
use synth::{Arn, Output, PseudoParameter, Scope, Value, sub};

use super::{StackKind, stack_ids};
use config::Config;
use config::choice::OidcProvider;
use config::model::Ci;

/// The issuer of the runs' tokens.
const ISSUER: &str = "token.actions.githubusercontent.com";

/// The audience of the runs' tokens.
const AUDIENCE: &str = "sts.amazonaws.com";

/// CloudFormation, as the service that takes the execution role.
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

/// All of AWS but users, groups, roles and policies.
const POWER_USER: &str = "policy/PowerUserAccess";

/// What `vod diff` asks for.
const READ_STACKS: [Action; 3] = [
    Action::new("cloudformation:DescribeStacks"),
    Action::new("cloudformation:GetTemplate"),
    Action::new("cloudformation:ListStackResources"),
];

/// Why CloudFormation refused a change set, which it says in events alone. AWS's reference has change sets among the resources of
/// this action, and their ARNs hold the change set's own name instead of the stack's.
const READ_EVENTS: [Action; 1] = [Action::new("cloudformation:DescribeEvents")];

/// What `vod deploy` does besides.
const CHANGE_STACKS: [Action; 9] = [
    Action::new("cloudformation:CreateChangeSet"),
    Action::new("cloudformation:DeleteChangeSet"),
    Action::new("cloudformation:DeleteStack"),
    Action::new("cloudformation:DescribeChangeSet"),
    Action::new("cloudformation:DescribeStackEvents"),
    Action::new("cloudformation:ExecuteChangeSet"),
    // How `deploy.sh` finds the change set that was refused.
    Action::new("cloudformation:ListChangeSets"),
    // The stacks have tags. AWS does not say whether a change set with tags asks for these; they cost nothing.
    Action::new("cloudformation:TagResource"),
    Action::new("cloudformation:UntagResource"),
];

/// What uploading takes.
const UPLOAD: [Action; 2] = [Action::new("s3:GetObject"), Action::new("s3:PutObject")];

/// Handing the execution role to CloudFormation.
const HAND_OVER: [Action; 1] = [Action::new("iam:PassRole")];

/// What CloudFormation does with the roles of the deployment's functions and services: what the handlers of the resource type
/// `AWS::IAM::Role` ask for in CloudFormation's registry, less permissions boundaries, which no role here has.
const MANAGE_ROLES: [Action; 16] = [
    Action::new("iam:AttachRolePolicy"),
    Action::new("iam:CreateRole"),
    Action::new("iam:DeleteRole"),
    Action::new("iam:DeleteRolePolicy"),
    Action::new("iam:DetachRolePolicy"),
    Action::new("iam:GetRole"),
    Action::new("iam:GetRolePolicy"),
    Action::new("iam:ListAttachedRolePolicies"),
    Action::new("iam:ListRolePolicies"),
    Action::new("iam:PassRole"),
    Action::new("iam:PutRolePolicy"),
    Action::new("iam:TagRole"),
    Action::new("iam:UntagRole"),
    Action::new("iam:UpdateAssumeRolePolicy"),
    Action::new("iam:UpdateRole"),
    Action::new("iam:UpdateRoleDescription"),
];

/// Fills the CI stack.
pub(super) fn fill(root: &mut Scope<'_>, config: &Config) {
    let ci = &config.ci;
    let Some(repository) = &ci.repository else { return };
    let repository = repository.as_str();
    let own = stack_arn(root.stack().name(), PseudoParameter::Region.into());
    let mut scope = root.child("Ci");
    let provider = provider(&mut scope, ci);
    let execution = execution_role(&mut scope, config);
    let subject = ci.subject(repository);
    let deploy = role(&mut scope, "Deploy", "Lets GitHub Actions deploy.", &provider, &subject);
    let plan = role(
        &mut scope,
        "Plan",
        "Lets pull requests see what they would change.",
        &provider,
        &format!("repo:{repository}:pull_request"),
    );
    for role in [&deploy, &plan] {
        // The CI stack as well: it is one of those that `vod diff` shows.
        let stacks = stack_arns(config).into_iter().chain([own.clone()]);
        role.allow(&mut scope, Statement::allow(READ_STACKS, stacks).sid("ReadStacks"));
    }
    deploy.allow(&mut scope, Statement::allow(CHANGE_STACKS, stack_arns(config)).sid("ChangeStacks"));
    let change_sets = [PseudoParameter::Region.into(), super::EDGE_REGION.into()]
        .map(|region| cloudformation_arn("changeSet/*", region));
    let reported = stack_arns(config).into_iter().chain(change_sets);
    deploy.allow(&mut scope, Statement::allow(READ_EVENTS, reported).sid("ReadEvents"));
    let buckets = asset_buckets(config);
    for role in [&deploy, &plan] {
        const INSPECT: [Action; 1] = [Action::new("s3:ListBucket")];
        role.allow(&mut scope, Statement::allow(INSPECT, buckets.clone()).sid("FindTheBucket"));
    }
    let objects = buckets.iter().map(|bucket| sub![bucket, "/*"]);
    deploy.allow(&mut scope, Statement::allow(UPLOAD, objects).sid("Upload"));
    let to = Condition::passed_to(CLOUDFORMATION).if_exists();
    deploy.allow(&mut scope, Statement::allow(HAND_OVER, [execution.arn()]).when(to).sid("HandOver"));

    let mut output = |name: &str, description: &str, value: Value<String>| {
        root.stack().output(name, Output { description: description.to_owned(), value, export: None });
    };
    output("DeployRoleArn", "The role to deploy with: the variable AWS_DEPLOY_ROLE.", deploy.arn().into());
    output("PlanRoleArn", "The role of pull requests: the variable AWS_PLAN_ROLE.", plan.arn().into());
    output("ExecutionRoleArn", "What CloudFormation deploys with: AWS_EXECUTION_ROLE.", execution.arn().into());
    output("DeploySubject", "The subject of the tokens that may take the deploy role (docs/ci.md).", subject.into());
}

fn provider(scope: &mut Scope<'_>, ci: &Ci) -> Value<Arn> {
    match ci.provider {
        OidcProvider::Create => {
            let provider = resources::OIDCProvider::new().url(format!("https://{ISSUER}")).client_id_list([AUDIENCE]);
            scope.add("Provider", provider).arn()
        }
        OidcProvider::Existing => Arn::build("iam").global().resource(format!("oidc-provider/{ISSUER}")),
    }
}

/// A role for runs with exactly this subject.
fn role(scope: &mut Scope<'_>, name: &str, description: &str, provider: &Value<Arn>, subject: &str) -> Role {
    let trust = Statement::trust(Principal::Federated(provider.clone()))
        .when(Condition::string_equals(&format!("{ISSUER}:aud"), AUDIENCE))
        .when(Condition::string_equals(&format!("{ISSUER}:sub"), subject));
    Role::new(scope, name, RoleProps::new(trust).description(description))
}

/// The role that CloudFormation takes, for the deployment's stacks alone; it can change no role of this stack, whose roles have
/// no path.
///
/// AWS documents the two keys for roles of registry extensions, and not for a stack's own role: what CloudFormation does not send
/// must not keep it from deploying. Who may hand this role over is what guards it.
fn execution_role(scope: &mut Scope<'_>, config: &Config) -> Role {
    let trust = Statement::trust(Principal::Service(CLOUDFORMATION))
        .when(Condition::own_account().if_exists())
        .when(Condition::arn_like("aws:SourceArn", synth::Json::list(stack_arns(config))).if_exists());
    let role = Role::new(scope, "Execution", RoleProps::new(trust).description("What CloudFormation deploys with."));
    role.attach(scope, Arn::build("iam").global().account("aws").resource(POWER_USER));
    let roles = Arn::build("iam").global().resource(format!("role{}*", super::role_path(config)));
    role.allow(scope, Statement::allow(MANAGE_ROLES, [roles]).sid("RolesOfTheDeployment"));
    role
}

/// The stacks of the deployment, but not the CI stack.
fn stack_arns(config: &Config) -> Vec<Value<Arn>> {
    let stacks = stack_ids(config).into_iter().filter(|id| id.kind != StackKind::Ci);
    // The platform's own first, whose region is this stack's.
    let (platform, others): (Vec<_>, Vec<_>) = stacks.partition(|id| id.kind == StackKind::Platform);
    let platform = platform.iter().map(|id| stack_arn(&id.name, PseudoParameter::Region.into()));
    platform.chain(others.iter().map(|id| stack_arn(&id.name, id.region.as_str().into()))).collect()
}

fn stack_arn(name: &str, region: Value<String>) -> Value<Arn> {
    cloudformation_arn(&format!("stack/{name}/*"), region)
}

fn cloudformation_arn(resource: &str, region: Value<String>) -> Value<Arn> {
    Arn::build("cloudformation").region(region).resource(resource)
}

/// The ARNs of the buckets that files may go to.
fn asset_buckets(config: &Config) -> Vec<Value<Arn>> {
    let arn = |name: Value<String>| Arn::build("s3").global().account("").resource(name);
    if let Some(name) = &config.assets.bucket {
        return vec![arn(name.as_str().into())];
    }
    let cdk = format!("cdk-{}-assets-", config.assets.qualifier);
    let prefixes = [cdk.as_str(), crate::scripts::OWN_BUCKET_PREFIX];
    prefixes.map(|prefix| arn(sub![prefix, PseudoParameter::AccountId, "-*"])).into()
}
