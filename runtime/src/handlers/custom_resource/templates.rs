//! Job templates through the SDK's client with bodies of our own, so that settings newer than the SDK survive.

use aws_sdk_mediaconvert::{Client, types::JobTemplateSettings};
use pipeline::custom_resource::is_same_template;
use serde_json::Value;

use super::error::{ActionError, CONFLICT, NOT_FOUND, has_code};
use crate::aws::raw_json::{ResponseBody, replace_body};

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
    let seen = ResponseBody::default();
    client
        .get_job_template()
        .name(name)
        .customize()
        .interceptor(seen.clone())
        .send()
        .await
        .map_err(|error| ActionError::call(task(), &error))?;
    match seen.json() {
        Ok(mut body) => Ok(body["jobTemplate"].take()),
        Err(error) => Err(ActionError::Unavailable { task: task(), said: error.to_string() }),
    }
}
