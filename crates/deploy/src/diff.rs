//! What differs between a stack as it is and as it is to be.

mod iam;
mod impact;
mod properties;
mod resources;
mod sections;
mod stack;

use aws::{Aws, DeployedStack};
use serde::Serialize;
use synth::CloudAssembly;

pub use self::iam::{Grant, GrantChange};
pub use self::impact::{DeletionPolicy, ResourceImpact, holds_data};
pub use self::properties::{PropertyDiff, shown};
pub use self::resources::ResourceDiff;
pub use self::sections::{Entry, Section};
pub use self::stack::{StackTemplate, deployed_template, synthesized_template};
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
            entries: sections::compare(before, after),
            iam: iam::compare(&before.template, &after.template),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.exists == Exists::Deployed && self.resources.is_empty() && self.entries.is_empty()
    }

    /// The resources that hold data and do not stay as they are.
    pub fn risky(&self) -> impl Iterator<Item = &ResourceDiff> {
        self.resources.iter().filter(|resource| resource.holds.is_some() && resource.impact.ends_the_old_one())
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
