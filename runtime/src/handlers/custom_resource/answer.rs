//! The answer to CloudFormation: a PUT to the presigned address that came with the request.

use std::time::Duration;

use aws_smithy_runtime::client::{
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::client::{
    orchestrator::{HttpRequest, OrchestratorError},
    result::SdkError,
};
use aws_smithy_types::{body::SdkBody, retry::RetryConfig, timeout::TimeoutConfig};
use http::Uri;
use pipeline::custom_resource::{Address, Response};
use tokio::time::Instant;

use crate::aws::https_client;

/// The longest that one attempt takes.
const ATTEMPT: Duration = Duration::from_secs(5);
/// The wait before the second attempt; later waits double.
const BACKOFF: Duration = Duration::from_millis(250);

/// Why CloudFormation did not take an answer. The address is a secret and in none of the messages.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("CloudFormation could not be answered: the ResponseURL is not a URL with a host")]
    Address,
    #[error("CloudFormation could not be answered: the answer is not JSON")]
    Body(#[from] serde_json::Error),
    #[error("CloudFormation could not be answered: the ResponseURL answered {status}")]
    Status { status: u16 },
    #[error("CloudFormation could not be answered: the ResponseURL could not be reached in time")]
    Unreachable,
}

/// Sends the answer, several times if need be, until `deadline`.
pub(super) async fn send(address: &Address, response: &Response, deadline: Instant) -> Result<(), Unanswered> {
    let uri: Uri = address.response_url.reveal().parse().map_err(|_| Unanswered::Address)?;
    let (Some(scheme), Some(authority), Some(target)) = (uri.scheme_str(), uri.authority(), uri.path_and_query())
    else {
        return Err(Unanswered::Address);
    };
    let target = target.to_string();
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(deadline.saturating_duration_since(Instant::now()))
        .build();
    let put = Operation::builder()
        .service_name("CloudFormation")
        .operation_name("Answer")
        .endpoint_url(&format!("{scheme}://{authority}"))
        .no_auth()
        .http_client(https_client())
        .timeout_config(timeouts)
        .standard_retry(&RetryConfig::standard().with_max_attempts(6).with_initial_backoff(BACKOFF))
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(TransientErrorClassifier::<Unanswered>::new())
        .serializer(move |body: String| {
            let mut request = HttpRequest::new(SdkBody::empty());
            request.set_method("PUT")?;
            request.set_uri(target.as_str())?;
            // The address is signed for an empty content type.
            request.headers_mut().insert("content-type", "");
            request.headers_mut().insert("content-length", body.len().to_string());
            *request.body_mut() = SdkBody::from(body);
            Ok(request)
        })
        .deserializer::<(), Unanswered>(|response| {
            if response.status().is_success() {
                Ok(())
            } else {
                Err(OrchestratorError::operation(Unanswered::Status { status: response.status().as_u16() }))
            }
        })
        .build();
    put.invoke(response.body(address)?).await.map_err(|error| match error {
        SdkError::ServiceError(error) => error.into_err(),
        _ => Unanswered::Unreachable,
    })
}
