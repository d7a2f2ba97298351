//! Job templates through the SDK's client with bodies of our own, so that settings newer than the SDK survive.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_mediaconvert::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::AfterDeserializationInterceptorContextRef},
    types::JobTemplateSettings,
};
use aws_smithy_runtime_api::{box_error::BoxError, client::orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use pipeline::custom_resource::is_same_template;
use serde_json::Value;

use super::error::{ActionError, CONFLICT, NOT_FOUND, has_code};

/// Makes sure that a job template with this name and content exists, and returns its ARN.
pub(super) async fn ensure(client: &Client, name: &str, body: &Value) -> Result<String, ActionError> {
    let bytes = body.to_string();
    let created = client
        .create_job_template()
        .name(name)
        .settings(JobTemplateSettings::builder().build())
        .customize()
        .mutate_request(move |request| replace_body(request, &bytes))
        .send()
        .await;
    let error = match created {
        Ok(output) => return Ok(output.job_template.and_then(|template| template.arn).unwrap_or_default()),
        Err(error) => error,
    };
    let conflict = has_code(&error, CONFLICT);
    let failed = ActionError::call(format!("create the job template `{name}`"), &error);
    if !conflict {
        return Err(failed);
    }
    // An earlier attempt may have made it: then it is what is wanted.
    tracing::info!(name, "exists already");
    let found = get(client, name).await?;
    if is_same_template(body, &found) {
        Ok(found["arn"].as_str().unwrap_or_default().to_owned())
    } else {
        Err(ActionError::Conflict { name: name.to_owned() })
    }
}

/// Makes sure that no job template with this name exists.
pub(super) async fn delete(client: &Client, name: &str) -> Result<(), ActionError> {
    match client.delete_job_template().name(name).send().await {
        Ok(_) => Ok(()),
        Err(error) if has_code(&error, NOT_FOUND) => {
            tracing::info!(name, "is gone already");
            Ok(())
        }
        Err(error) => Err(ActionError::call(format!("delete the job template `{name}`"), &error)),
    }
}

/// The job template as the service tells it, with all it tells.
async fn get(client: &Client, name: &str) -> Result<Value, ActionError> {
    let task = || format!("read the job template `{name}`");
    let seen = Seen::default();
    client
        .get_job_template()
        .name(name)
        .customize()
        .interceptor(seen.clone())
        .send()
        .await
        .map_err(|error| ActionError::call(task(), &error))?;
    let bytes = std::mem::take(&mut *seen.0.lock().unwrap_or_else(PoisonError::into_inner));
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut body) => Ok(body["jobTemplate"].take()),
        Err(error) => Err(ActionError::Unavailable { task: task(), said: error.to_string() }),
    }
}

/// Puts other JSON into a request before it is signed.
fn replace_body(request: &mut HttpRequest, json: &str) {
    request.headers_mut().insert("content-length", json.len().to_string());
    *request.body_mut() = SdkBody::from(json);
}

/// Keeps the bytes of a response.
#[derive(Debug, Clone, Default)]
struct Seen(Arc<Mutex<Vec<u8>>>);

impl Intercept for Seen {
    fn name(&self) -> &'static str {
        "Seen"
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
