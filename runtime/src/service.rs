//! The loop that takes invocations from Lambda and gives each to the handler.

use std::time::{Duration, SystemTime};

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use pipeline::{contract::Handler, record};
use serde_json::Value;
use tokio::time::Instant;
use tracing::{Instrument as _, field};

use crate::{aws, environment::Environment, failure::Failure, handler::Invocation, handlers};

/// Why the service could not run, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("this program is started by AWS Lambda, which sets AWS_LAMBDA_RUNTIME_API; it does nothing by itself")]
    NotLambda,
    #[error("the Lambda Runtime API failed: {0}")]
    Api(lambda_runtime::Error),
}

/// Serves invocations until Lambda ends the process.
///
/// A function that cannot work at all (unknown handler, missing variable) still serves: each invocation then fails
/// with an error that says why, instead of a crash without a name.
pub async fn run(environment: &Environment) -> Result<(), ServiceError> {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return Err(ServiceError::NotLambda);
    }
    let handler = environment.handler();
    let name = handler.as_ref().ok().map(Handler::into_str);
    let service =
        handler.map_err(Failure::from).and_then(|handler| handlers::new(handler, &aws::sdk_config(), environment));
    let service = &service;
    let handle = |LambdaEvent { payload: event, context }: LambdaEvent<Value>| {
        // Every line of the invocation carries these.
        let span = tracing::error_span!(
            "invocation",
            handler = name,
            requestId = context.request_id,
            guid = record::guid_of(&event).map(field::display),
        );
        let left = context.deadline().duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
        let invocation = Invocation { event, deadline: Instant::now() + left };
        let answer = async {
            let failed = match service {
                Ok(service) => match service.handle(invocation).await {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => Diagnostic::from(&failure),
                },
                Err(failure) => Diagnostic::from(failure),
            };
            tracing::error!(name = failed.error_type, error = failed.error_message, "failed");
            Err::<Value, Diagnostic>(failed)
        };
        answer.instrument(span)
    };
    Runtime::new(service_fn(handle)).run().await.map_err(ServiceError::Api)
}
