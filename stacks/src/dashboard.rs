//! The dashboard: `templates/dashboard.json.hbs`, filled in.

use handlebars::Handlebars;
use pipeline::contract::Workflow;
use serde::Serialize;
use strum::VariantArray as _;
use synth::{PseudoParameter, SubstituteError, Value};

use super::parts::Parts;

const TEMPLATE: &str = include_str!("../../templates/dashboard.json.hbs");

/// Why there is no dashboard; the tests rule it out.
#[derive(Debug, thiserror::Error)]
pub enum DashboardError {
    /// The template cannot be rendered.
    #[error("templates/dashboard.json.hbs cannot be rendered")]
    Render(#[from] Box<handlebars::RenderError>),
    /// What it gives is not JSON.
    #[error("templates/dashboard.json.hbs does not give JSON")]
    Json(#[from] serde_json::Error),
    /// It names a value that it is not given, or leaves one out.
    #[error("templates/dashboard.json.hbs")]
    Substitute(#[from] SubstituteError),
}

/// What the template is rendered with.
#[derive(Serialize)]
struct Context {
    name: String,
    functions: Vec<String>,
    workflows: Vec<&'static str>,
    queue: bool,
    namespace: &'static str,
}

/// The dashboard's body.
pub(super) fn body(parts: &Parts) -> Result<Value<String>, DashboardError> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(handlebars::no_escape);
    let context = Context {
        name: parts.config.name.to_string(),
        functions: parts.functions.iter().map(|(handler, _)| handler.to_string()).collect(),
        workflows: Workflow::VARIANTS.iter().map(Workflow::into_str).collect(),
        queue: parts.notifications.queue.is_some(),
        namespace: pipeline::metrics::NAMESPACE,
    };
    let text = registry.render_template(TEMPLATE, &context).map_err(Box::new)?;
    let json: serde_json::Value = serde_json::from_str(&text)?;
    let mut variables: Vec<(&str, Value<String>)> = vec![
        ("Region", PseudoParameter::Region.into()),
        ("EncodingQueue", parts.encoding.queue.clone().into()),
        ("EventDeadLetters", parts.notifications.event_dead_letters.name()),
        ("Table", parts.storage.table.name()),
        ("Distribution", parts.delivery.distribution.reference()),
        ("IngestMachine", parts.workflows.ingest.arn().into()),
        ("ProcessMachine", parts.workflows.process.arn().into()),
        ("PublishMachine", parts.workflows.publish.arn().into()),
    ];
    if let Some(queue) = &parts.notifications.queue {
        variables.push(("Queue", queue.name()));
    }
    Ok(Value::substitute(&json.to_string(), &variables)?)
}
