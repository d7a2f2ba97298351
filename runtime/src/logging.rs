//! Structured logs: one JSON object a line, with the handler, the request and the workflow on each.
//!
//! Only this crate logs below `warn`: what the SDK and the Lambda runtime log there holds payloads and presigned URLs.

use pipeline::contract::Variable;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::environment::Environment;

/// Starts logging to standard output, at the level that `LOG_LEVEL` names or else `info`; panics are logged too.
pub fn start(environment: &Environment) {
    let level = environment.get(Variable::LogLevel).ok().and_then(|level| level.parse::<LevelFilter>().ok());
    let level = level.unwrap_or(LevelFilter::INFO);
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets([(env!("CARGO_CRATE_NAME"), level), ("bootstrap", level)]);
    let lines = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    tracing_subscriber::registry().with(lines.with_filter(targets)).init();
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panicked")));
}
