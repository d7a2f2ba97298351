//! Bodies of our own through the SDK's client, so that what is newer than the SDK survives both ways.
//!
//! The client still signs, retries and sends: the request's body is replaced before it is signed, and the response's
//! bytes are kept beside what the SDK reads of them.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_mediaconvert::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::AfterDeserializationInterceptorContextRef,
};
use aws_smithy_runtime_api::{box_error::BoxError, client::orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

/// Puts other JSON into a request before it is signed.
pub(crate) fn replace_body(request: &mut HttpRequest, json: &str) {
    request.headers_mut().insert("content-length", json.len().to_string());
    *request.body_mut() = SdkBody::from(json);
}

/// An interceptor that keeps the body of a response.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResponseBody(Arc<Mutex<Vec<u8>>>);

impl ResponseBody {
    /// The last response's body.
    pub(crate) fn json(&self) -> serde_json::Result<Value> {
        serde_json::from_slice(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for ResponseBody {
    fn name(&self) -> &'static str {
        "ResponseBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
        Ok(())
    }
}
