//! Encoding: MediaConvert's role, queue, endpoint and job templates.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::custom_resource::{EndpointProperties, HASH_LENGTH, JobTemplateProperties};
use pipeline::settings::{EndpointMode, TemplateFamily, Tier};
use synth::aws::mediaconvert;
use synth::constructs::{Function, Role, RoleProps};
use synth::iam::{Condition, Principal, Statement};
use synth::{Arn, Handle, Json, RawResource, Scope, Value};

use super::custom_resources::custom_resource;
use super::parts::regional_endpoint;
use super::storage::Storage;
use crate::job_templates::JobTemplateSource;
use config::Config;
use strum::VariantArray as _;

/// The account's queue that always exists.
const DEFAULT_QUEUE: &str = "Default";

/// How videos are encoded.
#[derive(Debug)]
pub(super) struct Encoding {
    /// The role that MediaConvert takes to read sources and write outputs.
    pub(super) role: Role,
    /// The ARN of the queue that jobs wait in.
    pub(super) queue: Value<Arn>,
    /// The address of MediaConvert.
    pub(super) endpoint: Value<String>,
    hops: Vec<Value<Arn>>,
    templates: BTreeMap<Tier, Handle<RawResource>>,
    template_names: Vec<String>,
}

impl Encoding {
    /// Adds the role, the queue if the stack makes it, and the custom resources for the endpoint and the job templates.
    pub(super) fn new(
        scope: &mut Scope<'_>,
        config: &Config,
        storage: &Storage,
        templates: &[JobTemplateSource],
        answerer: &Function,
    ) -> Self {
        let mut scope = scope.child("Encoding");
        let trust = Statement::trust(Principal::Service("mediaconvert.amazonaws.com")).when(Condition::own_account());
        let props = RoleProps::new(trust).description("Lets MediaConvert read sources and write outputs.");
        let role = Role::new(&mut scope, "Role", props);
        storage.source.grant_read(&mut scope, &role);
        storage.destination.grant_write(&mut scope, &role);

        let settings = &config.encoding;
        let queue = queue(&mut scope, config);
        let hops = settings.queue.hop.iter().map(|hop| queue_arn(hop.queue.as_str())).collect();
        let discovered = match settings.endpoint {
            EndpointMode::Regional => None,
            EndpointMode::Discover => {
                let properties = EndpointProperties { mode: EndpointMode::Discover.into_str().into() };
                let resource = custom_resource(&mut scope, "Endpoint", answerer, properties);
                Some(resource.attribute::<String>(EndpointProperties::URL))
            }
        };
        let mut by_tier = BTreeMap::new();
        for source in templates {
            let properties = JobTemplateProperties {
                base_name: format!("{}_{}", config.name, source.base_name).into(),
                settings: source.json.as_str().into(),
                endpoint: discovered.clone().map(Into::into),
            };
            // By its tier where it has one, so that another family replaces the template in place.
            let name = source.tier.map_or_else(|| source.base_name.clone(), |tier| tier.to_string());
            let template = custom_resource(&mut scope, &format!("Template-{name}"), answerer, properties);
            by_tier.extend(source.tier.map(|tier| (tier, template)));
        }
        let endpoint = discovered.unwrap_or_else(regional_endpoint);
        let template_names = template_names(config, templates);
        Self { role, queue, endpoint, hops, templates: by_tier, template_names }
    }

    /// The name of the job template for a tier.
    pub(super) fn job_template(&self, tier: Tier) -> Value<String> {
        self.templates.get(&tier).map_or("".into(), Handle::reference)
    }

    /// Patterns of the names of the deployment's job templates.
    pub(super) fn template_names(&self) -> &[String] {
        &self.template_names
    }

    /// The ARNs of every queue that a job may be in.
    pub(super) fn queues(&self) -> Vec<Value<Arn>> {
        std::iter::once(&self.queue).chain(&self.hops).cloned().collect()
    }

    /// The job setting `HopDestinations` as JSON text.
    pub(super) fn hop_destinations(&self, config: &Config) -> Value<String> {
        let hops = config.encoding.queue.hop.iter().zip(&self.hops).map(|(hop, queue)| {
            let mut members: Vec<(&str, Json)> =
                vec![("Queue", queue.clone().into()), ("WaitMinutes", hop.wait_minutes.get().into())];
            members.extend(hop.priority.map(|priority| ("Priority", priority.get().into())));
            Json::object(members)
        });
        Json::list(hops).to_text()
    }
}

/// No deployment's name has an underscore, so nothing of `vod-dev` begins with `vod_`.
///
/// Until 0.1 a hyphen stood there, and `vod-*` was `vod-dev-…` as well. An update from there still has to delete the old
/// templates, and its rollback to read them: each by its whole name, but for the eight digits of its content's hash.
fn template_names(config: &Config, templates: &[JobTemplateSource]) -> Vec<String> {
    let sets = TemplateFamily::VARIANTS.iter().map(TemplateFamily::into_str).chain(["custom"]);
    let by_tier = sets.flat_map(|set| Tier::VARIANTS.iter().map(move |tier| format!("{set}-{tier}")));
    let earlier: BTreeSet<_> = by_tier.chain(templates.iter().map(|template| template.base_name.clone())).collect();
    let earlier = earlier.iter().map(|base| format!("{}-{base}-{}", config.name, "?".repeat(HASH_LENGTH)));
    std::iter::once(format!("{}_*", config.name)).chain(earlier).collect()
}

fn queue(scope: &mut Scope<'_>, config: &Config) -> Value<Arn> {
    let settings = &config.encoding.queue;
    match &settings.name {
        None => queue_arn(DEFAULT_QUEUE),
        Some(name) if settings.create => {
            let queue = mediaconvert::Queue::new()
                .name(name.as_str())
                .description(format!("The encoding jobs of {}.", config.name));
            scope.add("Queue", queue).arn()
        }
        Some(name) => queue_arn(name.as_str()),
    }
}

fn queue_arn(name: &str) -> Value<Arn> {
    Arn::build("mediaconvert").resource(format!("queues/{name}"))
}
