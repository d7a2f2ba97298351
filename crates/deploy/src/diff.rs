//! What differs between a stack as it is and as it is to be.

mod iam;
mod impact;
mod properties;
mod resources;

use std::collections::{BTreeMap, BTreeSet};

use aws::{Aws, DeployedStack, During, StackState, state_of};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::TemplateStage;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};
use synth::{CloudAssembly, ParameterSource, StackArtifact, Template};

pub use self::iam::{Grant, GrantChange};
pub use self::impact::{DeletionPolicy, ResourceImpact, Risk, holds_data};
pub use self::properties::{PropertyDiff, shown};
pub use self::resources::ResourceDiff;
use super::error::DeployError;
use super::operation::{Options, region_of};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StackDiff {
    pub stack: String,
    pub region: String,
    pub exists: Exists,
    pub resources: Vec<ResourceDiff>,
    /// What else differs: parameters, tags, outputs.
    pub entries: Vec<Entry>,
    pub iam: Vec<GrantChange>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Exists {
    Deployed,
    Missing,
}

impl StackDiff {
    /// Compares a stack with what is to become of it; without a first side it is new.
    #[must_use]
    pub fn between(stack: &str, region: &str, before: Option<&StackTemplate>, after: &StackTemplate) -> Self {
        let nothing = StackTemplate::default();
        let exists = if before.is_some() { Exists::Deployed } else { Exists::Missing };
        let before = before.unwrap_or(&nothing);
        Self {
            stack: stack.to_owned(),
            region: region.to_owned(),
            exists,
            resources: resources::compare(&before.template.resources, &after.template.resources),
            entries: entries(before, after),
            iam: iam::compare(&before.template, &after.template),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.exists == Exists::Deployed && self.resources.is_empty() && self.entries.is_empty()
    }

    /// The resources that hold data and do not stay as they are.
    pub fn risks(&self) -> impl Iterator<Item = Risk> {
        self.resources.iter().filter_map(ResourceDiff::risk)
    }

    /// How many resources change in this way.
    #[must_use]
    pub fn count(&self, impact: ResourceImpact) -> usize {
        self.resources.iter().filter(|resource| resource.impact == impact).count()
    }
}

/// The differences of an assembly's stacks, or of one of them.
pub async fn of_assembly(
    aws: &Aws,
    assembly: &CloudAssembly,
    options: &Options,
) -> Result<Vec<StackDiff>, DeployError> {
    let (mut deployed, mut diffs) = (Vec::new(), Vec::new());
    for artifact in assembly.stacks() {
        let region = region_of(artifact, aws)?;
        let client = aws.in_region(&region).cloudformation();
        let stack = DeployedStack::find(&client, &artifact.name).await?;
        if options.wants(artifact) {
            let before = deployed_template(&client, stack.as_ref()).await?;
            let after = synthesized_template(artifact, &deployed, options);
            diffs.push(StackDiff::between(&artifact.name, &region, before.as_ref(), &after));
        }
        deployed.extend(stack);
    }
    Ok(diffs)
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub section: Section,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Section {
    Parameter,
    Tag,
    Output,
    /// Anything else of the template: a mapping, a condition, the description.
    Template,
}

/// The template's sections that are compared as they are.
fn plain(template: &Template, other: &Template) -> [(&'static str, Option<Value>); 8] {
    let members = |members: &IndexMap<String, Value>| (!members.is_empty()).then(|| json!(members));
    // Of new and of removed ones the values say it.
    let parameters = template.parameters.iter().filter(|(name, _)| other.parameters.contains_key(*name));
    let outputs = template.outputs.iter().filter(|(name, _)| other.outputs.contains_key(*name));
    let outputs = outputs.map(|(name, output)| {
        let mut output = json!(output);
        if let Some(members) = output.as_object_mut() {
            members.remove("Value");
        }
        (name, output)
    });
    [
        ("Parameters", Some(json!(parameters.collect::<IndexMap<_, _>>()))),
        ("Outputs", Some(json!(outputs.collect::<IndexMap<_, _>>()))),
        ("Description", template.description.clone().map(Value::from)),
        ("Mappings", members(&template.mappings)),
        ("Conditions", members(&template.conditions)),
        ("Rules", template.rules.clone()),
        ("Transform", template.transform.clone()),
        ("Metadata", template.metadata.clone()),
    ]
}

fn entries(before: &StackTemplate, after: &StackTemplate) -> Vec<Entry> {
    let mut entries = maps(Section::Parameter, &before.parameters, &after.parameters);
    entries.extend(maps(Section::Tag, &before.tags, &after.tags));
    entries.extend(maps(Section::Output, &outputs(&before.template), &outputs(&after.template)));
    let sections =
        properties::compare_named(plain(&before.template, &after.template), plain(&after.template, &before.template));
    entries.extend(sections.into_iter().map(|place| Entry {
        section: Section::Template,
        name: place.path,
        before: place.before.as_ref().map(shown),
        after: place.after.as_ref().map(shown),
    }));
    entries
}

fn maps(section: Section, before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<Entry> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let entry = |name: &String| {
        let (before, after) = (before.get(name).cloned(), after.get(name).cloned());
        Entry { section, name: name.clone(), before, after }
    };
    differing.map(entry).collect()
}

fn outputs(template: &Template) -> BTreeMap<String, String> {
    template.outputs.iter().map(|(name, output)| (name.clone(), shown(&output.value))).collect()
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct StackTemplate {
    pub template: Template,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
}

/// What the deployed stack is made of, if there is one with resources.
pub async fn deployed_template(
    client: &Client,
    stack: Option<&DeployedStack>,
) -> Result<Option<StackTemplate>, DeployError> {
    let without_resources = [StackState::New, StackState::Deleted, StackState::Failed];
    let Some(stack) = stack.filter(|stack| !without_resources.contains(&state_of(&stack.status))) else {
        return Ok(None);
    };
    let request = client.get_template().stack_name(&stack.id).template_stage(TemplateStage::Original);
    let text = request.send().await.during("cloudformation:GetTemplate")?.template_body.unwrap_or_default();
    let template = serde_json::from_str(&text)
        .map_err(|source| DeployError::ForeignTemplate { stack: stack.name.clone(), source })?;
    Ok(Some(StackTemplate { template, parameters: stack.parameters.clone(), tags: stack.tags.clone() }))
}

/// What the synthesized stack is made of; parameters that nobody gives are named by where they come from.
#[must_use]
pub fn synthesized_template(artifact: &StackArtifact, others: &[DeployedStack], options: &Options) -> StackTemplate {
    let parameters = artifact.parameters.iter().map(|(name, source)| {
        let value = options.value(artifact, (name, source), others);
        let value = value.unwrap_or_else(|| match source {
            ParameterSource::Output { .. } => format!("(the output {name} of another stack)"),
            _ => "(given when it is deployed)".to_owned(),
        });
        (name.clone(), value)
    });
    StackTemplate { parameters: parameters.collect(), template: artifact.template.clone(), tags: artifact.tags.clone() }
}
