#![forbid(unsafe_code)]
//! `bootstrap`: what Lambda starts.

use std::process::ExitCode;

use runtime::{environment::Environment, logging, service};

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
