//! The two sides of a comparison: the deployed stack, and the synthesized one.

use std::collections::BTreeMap;

use aws::{DeployedStack, During, StackState, state_of};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::TemplateStage;
use synth::{ParameterSource, StackArtifact, Template};

use crate::{DeployError, Options};

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
        let output = || others.iter().find_map(|stack| stack.outputs.get(name)).map(|output| output.value.clone());
        let value = options.parameter(artifact, name).map_or_else(
            || match source {
                ParameterSource::Fixed(value) | ParameterSource::Default(value) => value.clone(),
                ParameterSource::Output { .. } => {
                    output().unwrap_or_else(|| format!("(the output {name} of another stack)"))
                }
                ParameterSource::Deployer => output().unwrap_or_else(|| "(given when it is deployed)".to_owned()),
            },
            str::to_owned,
        );
        (name.clone(), value)
    });
    StackTemplate { parameters: parameters.collect(), template: artifact.template.clone(), tags: artifact.tags.clone() }
}
