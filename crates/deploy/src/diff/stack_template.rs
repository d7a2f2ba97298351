//! The two sides of a comparison: the deployed stack, and the synthesized one.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::TemplateStage;
use serde_json::Value;

use crate::DeployError;
use crate::assembly::StackArtifact;
use aws::During;
use aws::{DeployedStack, StackState, state_of};

/// What a stack is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StackTemplate {
    /// Its template.
    pub template: Value,
    /// The values of its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What the deployed stack is made of, if there is one with resources.
///
/// # Errors
/// When CloudFormation cannot be asked, or its template is not JSON.
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

/// What the synthesized stack is made of; parameters without a default come from the other stacks.
#[must_use]
pub fn synthesized_template(artifact: &StackArtifact, others: &[DeployedStack]) -> StackTemplate {
    let parameters = artifact.parameters().map(|(name, default)| {
        let value = match default {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => {
                let output = others.iter().find_map(|stack| stack.outputs.get(name));
                output.map_or_else(|| format!("(the output {name} of another stack)"), |output| output.value.clone())
            }
        };
        (name.to_owned(), value)
    });
    StackTemplate { template: artifact.template.clone(), parameters: parameters.collect(), tags: artifact.tags.clone() }
}
