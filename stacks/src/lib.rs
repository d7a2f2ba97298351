//! The platform's stacks: a configuration in, CloudFormation as typed values out.
//!
//! One stack holds the deployment; what CloudFront wants in us-east-1 and the roles of GitHub Actions are stacks beside it.
//!
//! **Architecture invariant**: pure, without a call to AWS or a terminal. No environment variable, function or action is named
//! twice: `pipeline` has the contract, `synth` the ARNs.

#![warn(missing_docs)]

mod access_logs;
pub mod artifacts;
mod ci;
mod custom_resources;
mod dashboard;
mod delivery;
mod encoding;
mod events;
mod firewall;
mod functions;
pub mod job_templates;
pub mod ladder;
mod monitoring;
mod notifications;
mod outputs;
mod packaging;
mod parts;
mod permissions;
mod player;
pub mod scripts;
mod storage;
pub mod workflows;

use std::collections::BTreeMap;

use pipeline::contract::{Feature, Handler, Workflow};
use pipeline::settings::{EndpointMode, WorkflowTrigger};
use synth::asl::{DefinitionError, StateMachineDefinition};
use synth::assets::{AssetBucket, FileAsset, Packaging as AssetPackaging};
use synth::constructs::{Code, StateMachine, StateMachineProps};
use synth::{App, Environment, Output, Parameter, Scope};

use self::access_logs::StandardLogging;
pub use self::dashboard::DashboardError;
use self::delivery::Delivery;
use self::encoding::Encoding;
use self::functions::Functions;
use self::notifications::Notifications;
use self::packaging::Packaging;
pub use self::parts::Parts;
use self::parts::Workflows;
pub use self::player::PlayerError;
use self::storage::Storage;
use self::workflows::Targets;
use crate::artifacts::Artifacts;
use crate::job_templates::{JobTemplateError, JobTemplateSource, TemplateOptions};
pub use config;
use config::Config;
use config::choice::Waf;
use config::model::Templates;

/// The solution whose record and tags this platform keeps, so that its users can move over.
const SOLUTION_ID: &str = "SO0021";

/// The only region whose firewalls, certificates and log deliveries CloudFront takes.
const EDGE_REGION: &str = "us-east-1";

/// The deployment that a configuration describes.
#[derive(Debug)]
pub struct Platform {
    /// Its stacks.
    pub app: App,
    /// The constructs of its own stack.
    pub parts: Parts,
    /// Its state machines' definitions.
    pub workflows: Vec<(Workflow, StateMachineDefinition)>,
}

/// Why a configuration makes no deployment.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A job template is wrong.
    #[error(transparent)]
    JobTemplate(#[from] JobTemplateError),
    /// The dashboard's template is wrong.
    #[error(transparent)]
    Dashboard(#[from] DashboardError),
    /// The player's template is wrong.
    #[error(transparent)]
    Player(#[from] PlayerError),
    /// A state machine's definition is wrong.
    #[error("the {} workflow is incomplete", workflow.into_str())]
    Workflow {
        /// The workflow.
        workflow: Workflow,
        /// What is wrong with it.
        source: DefinitionError,
    },
}

/// Builds the stacks of a configuration.
///
/// # Errors
/// When a job template of the user's own is missing or wrong.
#[expect(clippy::missing_panics_doc, reason = "every deployment has its own stack")]
pub fn build(config: &Config, artifacts: &Artifacts) -> Result<Platform, BuildError> {
    let mut app = App::new(asset_bucket(config));
    let mut platform = None;
    for id in stack_ids(config) {
        let mut scope = new_stack(&mut app, config, &id);
        match id.kind {
            StackKind::Edge => {
                let value = firewall::web_acl(&mut scope, config).arn().into();
                let description = format!("The firewall, for the parameter WebAclArn of the stack {}.", config.name);
                scope.stack().output("WebAclArn", Output { description, value, export: None });
            }
            StackKind::Platform => platform = Some(fill(&mut scope, config, artifacts)?),
            StackKind::AccessLogs => access_logs::fill(&mut scope, config),
            StackKind::Ci => ci::fill(&mut scope, config),
        }
    }
    let (parts, workflows) = platform.expect("every deployment has its own stack");
    Ok(Platform { app, parts, workflows })
}

/// What a stack of a deployment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackKind {
    /// The firewall, in us-east-1, of a deployment elsewhere.
    Edge,
    /// The deployment itself.
    Platform,
    /// The delivery of access logs, in us-east-1, where CloudFront does not write them to the bucket itself.
    AccessLogs,
    /// The roles of GitHub Actions.
    Ci,
}

/// A stack of a deployment, by which CloudFormation knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackId {
    /// What it is for.
    pub kind: StackKind,
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
}

/// The stacks of a configuration, in the order in which they are deployed.
#[must_use]
pub fn stack_ids(config: &Config) -> Vec<StackId> {
    let (name, region) = (config.name.as_str(), config.region.as_str());
    let needs_edge = config.distribution.waf == Waf::Managed && region != EDGE_REGION;
    // What is in us-east-1 has the region in its name: deployments of one name in several regions each have their own there.
    let stacks = [
        (StackKind::Edge, needs_edge, format!("{name}-edge-{region}"), EDGE_REGION),
        (StackKind::Platform, true, name.to_owned(), region),
        (
            StackKind::AccessLogs,
            StandardLogging::of(config) == StandardLogging::V2,
            format!("{name}-logs-{region}"),
            EDGE_REGION,
        ),
        (StackKind::Ci, config.ci.repository.is_some(), format!("{name}-ci"), region),
    ];
    let wanted = stacks.into_iter().filter(|(_, wanted, ..)| *wanted);
    wanted.map(|(kind, _, name, region)| StackId { kind, name, region: region.to_owned() }).collect()
}

/// The features that a configuration turns on.
#[must_use]
pub fn features(config: &Config) -> Vec<Feature> {
    [
        (Feature::Sns, config.notifications.sns),
        (Feature::Sqs, config.notifications.sqs),
        (Feature::MediaPackage, config.packaging.media_package),
        (Feature::EndpointDiscovery, config.encoding.endpoint == EndpointMode::Discover),
        (Feature::Player, config.player.enabled),
        (Feature::Claims, config.source.trigger == WorkflowTrigger::Both),
    ]
    .into_iter()
    .filter_map(|(feature, on)| on.then_some(feature))
    .collect()
}

/// The tags of everything: the user's own, and those that tell what it belongs to.
fn tags(config: &Config) -> BTreeMap<String, String> {
    let own = [("SolutionId", SOLUTION_ID), ("Project", config.name.as_str())];
    let users = config.tags.iter().map(|(key, value)| (key.to_string(), value.to_string()));
    own.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).chain(users).collect()
}

/// Adds a stack with the deployment's tags; the result is its root.
fn new_stack<'a>(app: &'a mut App, config: &Config, id: &StackId) -> Scope<'a> {
    let what = match id.kind {
        StackKind::Edge => "Firewall of the video delivery",
        StackKind::Platform => "Video on demand",
        StackKind::AccessLogs => "Access logs of the video delivery",
        StackKind::Ci => "Deployments from GitHub Actions",
    };
    let mut scope = app.stack(&id.name);
    let stack = scope.stack();
    stack.set_description(&format!("({SOLUTION_ID}) {what} by {}", config.name));
    let account = config.account.as_ref().map(ToString::to_string);
    stack.set_environment(Environment { account, region: Some(id.region.clone()) });
    for (key, value) in tags(config) {
        stack.tag(&key, &value);
    }
    scope
}

fn asset_bucket(config: &Config) -> AssetBucket {
    match &config.assets.bucket {
        Some(bucket) => AssetBucket::named(bucket.as_str()),
        None => AssetBucket::bootstrap(config.assets.qualifier.as_str()),
    }
}

/// The path of the deployment's roles: where one deployment's name ends shows in it, so the roles of `vod` are not taken for those
/// of `vod-dev`, whatever CloudFormation makes of their names.
fn role_path(config: &Config) -> String {
    format!("/vod/{}/", config.name)
}

/// A name that no other region's deployment takes, for what is global or in us-east-1.
fn global_name(config: &Config) -> String {
    format!("{}-{}", config.name, config.region)
}

/// The job templates that a configuration asks for.
///
/// # Errors
/// When one of the user's own is missing or wrong.
pub fn job_templates(config: &Config) -> Result<Vec<JobTemplateSource>, JobTemplateError> {
    match config.encoding.templates() {
        Templates::Folder(folder) => job_templates::from_folder(folder),
        Templates::Family(family) => job_templates::family(family, &TemplateOptions { mp4: config.encoding.mp4 }),
    }
}

/// The file of the functions' code, in the cloud assembly's folder and in the asset bucket.
#[must_use]
pub fn code_file(config: &Config, artifacts: &Artifacts) -> String {
    format!("{}-{}.zip", artifacts.runtime, config.functions.architecture.into_str())
}

/// The functions' code, which the packager puts beside the cloud assembly.
fn code(config: &Config, artifacts: &Artifacts) -> Code {
    let key = code_file(config, artifacts);
    Code::Asset(FileAsset {
        hash: format!("{}-{}", artifacts.runtime, config.functions.architecture.into_str()),
        path: key.clone(),
        packaging: AssetPackaging::File,
        key,
        source: None,
    })
}

/// Adds the state machines.
fn add_workflows(
    scope: &mut Scope<'_>,
    config: &Config,
    features: &[Feature],
    functions: &Functions,
) -> Result<(Workflows, Vec<(Workflow, StateMachineDefinition)>), BuildError> {
    let mut scope = scope.child("Workflows");
    let mut definitions = Vec::new();
    let mut add = |workflow: Workflow, process: Option<&StateMachine>| {
        let process = process.map(StateMachine::arn);
        let targets = Targets {
            function: &|handler| functions.get(handler).arn(),
            process,
            metadata_wait_seconds: config.source.metadata_wait(),
        };
        let definition = workflows::definition(workflow, targets, features)
            .map_err(|source| BuildError::Workflow { workflow, source })?;
        let props = StateMachineProps::new(definition.clone())
            .name(format!("{}-{}", config.name, workflow.into_str()))
            .comment(workflows::comment(workflow))
            .timeout_seconds(workflows::TIMEOUT_SECONDS)
            .log_retention_days(config.functions.log_retention_days.get());
        let machine = StateMachine::new(&mut scope, workflow.construct(), props);
        definitions.push((workflow, definition));
        Ok::<_, BuildError>(machine)
    };
    let process = add(Workflow::Process, None)?;
    let ingest = add(Workflow::Ingest, Some(&process))?;
    let publish = add(Workflow::Publish, None)?;
    definitions.sort_by_key(|(workflow, _)| *workflow);
    Ok((Workflows { ingest, process, publish }, definitions))
}

fn fill(
    scope: &mut Scope<'_>,
    config: &Config,
    artifacts: &Artifacts,
) -> Result<(Parts, Vec<(Workflow, StateMachineDefinition)>), BuildError> {
    scope.stack().role_path(&role_path(config));
    let web_acl = match &config.distribution.waf {
        Waf::None => None,
        Waf::Existing(arn) => Some(arn.as_str().into()),
        Waf::Managed if config.region.as_str() == EDGE_REGION => Some(firewall::web_acl(scope, config).arn().into()),
        Waf::Managed => {
            let parameter = Parameter {
                description: "The output WebAclArn of the edge stack in us-east-1.".to_owned(),
                default: None,
                allowed_pattern: Some("arn:[a-z-]+:wafv2:us-east-1:[0-9]{12}:global/webacl/.+".to_owned()),
                constraint_description: Some("the ARN of a web ACL in us-east-1 with the scope CLOUDFRONT".to_owned()),
            };
            Some(scope.stack().parameter("WebAclArn", parameter))
        }
    };
    let features = features(config);
    let templates = job_templates(config)?;
    let storage = Storage::new(scope, config);
    let notifications = Notifications::new(scope, config);
    let packaging = config.packaging.media_package.then(|| Packaging::new(scope, config, &storage.destination));
    let delivery = Delivery::new(scope, config, &storage, packaging.as_ref(), web_acl);
    let functions = Functions::new(scope, config, &features, &code(config, artifacts));
    let answerer = functions.get(Handler::CustomResource);
    let encoding = Encoding::new(scope, config, &storage, &templates, answerer);
    if let Some(packaging) = &packaging {
        packaging.purge_on_delete(scope, answerer);
    }
    if config.player.enabled {
        player::add(scope, config, &artifacts.player, &storage, answerer)?;
    }
    let (workflows, definitions) = add_workflows(scope, config, &features, &functions)?;
    let parts =
        Parts { config: config.clone(), storage, notifications, encoding, packaging, delivery, functions, workflows };
    parts.functions.connect(scope, &features, &parts);
    let rules = events::add(scope, config, &parts.storage, &parts.functions, &parts.notifications.event_dead_letters);
    monitoring::add(scope, &parts, &rules)?;
    outputs::add(scope.stack(), &parts);
    Ok((parts, definitions))
}
