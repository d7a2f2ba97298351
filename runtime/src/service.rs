//! The loop that takes invocations from Lambda and gives each to the handler.

use std::time::{Duration, SystemTime};

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::Value;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::{environment::Environment, handlers, logging};

/// One call of a handler.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// What the handler was called with.
    pub event: Value,
    /// When Lambda stops the function, whatever it is doing.
    pub deadline: Instant,
}

/// Why the service could not run, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The program was not started by Lambda.
    #[error("this program is started by AWS Lambda, which sets AWS_LAMBDA_RUNTIME_API; it does nothing by itself")]
    NotLambda,
    /// Lambda's Runtime API failed.
    #[error("the Lambda Runtime API failed: {0}")]
    Api(lambda_runtime::Error),
}

/// Serves invocations until Lambda ends the process.
///
/// A function that cannot work at all (unknown handler, missing variable) still serves: each invocation then fails
/// with an error that says why, instead of a crash without a name.
///
/// # Errors
/// When the process was not started by Lambda, or the Runtime API fails.
pub async fn run(environment: &Environment) -> Result<(), ServiceError> {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return Err(ServiceError::NotLambda);
    }
    let handler = environment.handler();
    let name = handler.as_ref().ok().copied();
    let ready = match handler {
        Ok(handler) => handlers::of_process(handler, environment),
        Err(unknown) => Err(unknown.into()),
    };
    let ready = &ready;
    let handle = |event: LambdaEvent<Value>| async move {
        let LambdaEvent { payload, context } = event;
        let span = logging::invocation(name, &context.request_id, &payload);
        let invocation = Invocation { event: payload, deadline: instant(context.deadline()) };
        let answer = async {
            let failed = match ready {
                Ok(ready) => match ready.handle(invocation).await {
                    Ok(value) => return Ok(value),
                    Err(failure) => Diagnostic::from(&failure),
                },
                Err(failure) => Diagnostic::from(failure),
            };
            tracing::error!(name = failed.error_type, error = failed.error_message, "failed");
            Err::<Value, Diagnostic>(failed)
        };
        answer.instrument(span).await
    };
    Runtime::new(service_fn(handle)).run().await.map_err(ServiceError::Api)
}

/// Lambda's wall-clock deadline on the clock that timers use.
fn instant(deadline: SystemTime) -> Instant {
    Instant::now() + deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO)
}
