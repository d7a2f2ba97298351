//! `bootstrap`: what Lambda starts.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use runtime::{environment::Environment, logging, service};

/// Faster than the system's with the many small allocations of the SDK.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let environment = Environment::of_process();
    logging::start(&environment);
    match service::run(&environment).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "stopped");
            ExitCode::FAILURE
        }
    }
}
