//! The dashboard: the widgets of `templates/dashboard-widgets.json`, and those that depend on the deployment, of
//! `templates/dashboard.json.hbs`. Handlebars takes longest to read what it leaves as it is, so it gets no others.

use handlebars::Handlebars;
use serde::Serialize;
use serde_json::json;
use synth::{PseudoParameter, SubstituteError, Value};

use super::parts::Parts;

const WIDGETS: &str = include_str!("../../templates/dashboard-widgets.json");
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
    functions: Vec<String>,
    queue: bool,
}

/// The dashboard's body.
pub(super) fn body(parts: &Parts) -> Result<Value<String>, DashboardError> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(handlebars::no_escape);
    let context = Context {
        functions: parts.functions.iter().map(|(handler, _)| handler.to_string()).collect(),
        queue: parts.notifications.queue.is_some(),
    };
    let text = registry.render_template(TEMPLATE, &context).map_err(Box::new)?;
    let mut widgets: Vec<serde_json::Value> = serde_json::from_str(WIDGETS)?;
    widgets.extend(serde_json::from_str::<Vec<_>>(&text)?);
    widgets.sort_by_key(|widget| (widget["y"].as_u64(), widget["x"].as_u64()));
    let mut variables: Vec<(&str, Value<String>)> = vec![
        ("Name", parts.config.name.as_str().into()),
        ("Namespace", pipeline::metrics::NAMESPACE.into()),
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
    Ok(Value::substitute(&json!({ "widgets": widgets }).to_string(), &variables)?)
}
