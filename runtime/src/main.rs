//! `bootstrap`: what Lambda starts.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use pipeline::contract::Variable;
use runtime::{environment::Environment, service};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Faster than the system's with the many small allocations of the SDK.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let environment = Environment::of_process();
    start_logging(&environment);
    match service::run(&environment).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "stopped");
            ExitCode::FAILURE
        }
    }
}

/// Starts structured logs on standard output, one JSON object a line with the handler, the request and the workflow, at the
/// level that `LOG_LEVEL` names or else `info`; panics are logged too.
///
/// Only this program logs below `warn`: what the SDK and the Lambda runtime log there holds payloads and presigned URLs.
fn start_logging(environment: &Environment) {
    let level = environment.get(Variable::LogLevel).ok().and_then(|level| level.parse::<LevelFilter>().ok());
    let level = level.unwrap_or(LevelFilter::INFO);
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets([("runtime", level), ("bootstrap", level)]);
    let lines = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    tracing_subscriber::registry().with(lines.with_filter(targets)).init();
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panicked")));
}
