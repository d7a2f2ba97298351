//! Turns a job template into a job for one source, and submits it.

use aws_sdk_mediaconvert::{Client, types::JobSettings};
use aws_types::SdkConfig;
use futures_util::{FutureExt as _, future::BoxFuture};
use pipeline::{
    contract::Variable,
    errors::ErrorName,
    job::{self, Deployment, JobError, Submitted},
    profile::Templates,
    record::Record,
};
use serde_json::Value;

use super::Handle;
use crate::{
    aws::{
        self,
        failure::ServiceFailure,
        files::Files,
        raw_json::{ResponseBody, replace_body},
    },
    clock,
    environment::Environment,
    failure::{Failure, chain},
    service::Invocation,
};

/// The service's error code for a job template that does not exist.
const NOT_FOUND: &str = "NotFoundException";

/// Submits the job of a record.
#[derive(Debug)]
pub(super) struct Encode {
    client: Client,
    deployment: Deployment,
    templates: Templates,
    files: Files,
}

/// No job template has one of the names.
#[derive(Debug, thiserror::Error)]
#[error("there is no job template named `{}`; tried {}", self.tried.first().map_or("", String::as_str), self.tried.join(", "))]
struct TemplateNotFound {
    tried: Vec<String>,
}

impl Encode {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        let deployment = Deployment {
            role: environment.get(Variable::MediaConvertRole)?.to_owned(),
            queue: environment.get(Variable::MediaConvertQueue)?.to_owned(),
            priority: environment.parse(Variable::JobPriority)?,
            hops: environment.parse(Variable::HopDestinations)?,
            tags: environment.parse(Variable::Tags)?,
        };
        let (client, templates) = (aws::media_convert(sdk, environment)?, environment.job_templates()?);
        Ok(Self { client, deployment, templates, files: Files::new(sdk) })
    }

    async fn encode(&self, event: Value) -> Result<Value, Failure> {
        let record: Record = serde_json::from_value(event)
            .map_err(|source| Failure::InvalidEvent { expected: "a workflow record", source })?;
        let (template, settings) = self.template(job::template_candidates(&record, &self.templates)).await?;
        let job = job::build(&record, &settings, &self.deployment)?;
        let id = self.submit(&job).await?;
        tracing::info!(job = id, template, "submitted");
        let submitted = Submitted { template, job, id, time: clock::now() };
        let (mut record, file) = submitted.record(record).map_err(unwritable)?;
        if let Some(file) = file {
            let place = file.place(&record.options.dest_bucket);
            if let Err(failure) = self.files.write(&record.options.dest_bucket, file).await {
                // The job is under way: that its request cannot be read again is no reason to fail the video.
                tracing::error!(error = chain(&failure), "the job's request is kept nowhere");
                record.stored_in_full.retain(|_, other| *other != place);
            }
        }
        serde_json::to_value(record).map_err(unwritable)
    }

    /// The job template of the first of these names that exists; with the name it has.
    async fn template(&self, tried: Vec<String>) -> Result<(String, Value), Failure> {
        for name in &tried {
            if let Some(template) = self.get(name).await? {
                return Ok((name.clone(), template));
            }
            tracing::info!(name, "no such job template");
        }
        Err(Failure::rejected(ErrorName::TemplateNotFound, TemplateNotFound { tried }))
    }

    /// The job template as the service tells it, with all it tells.
    async fn get(&self, name: &str) -> Result<Option<Value>, Failure> {
        let task = || format!("read the job template `{name}`");
        let seen = ResponseBody::default();
        let answer = self.client.get_job_template().name(name).customize().interceptor(seen.clone()).send().await;
        if let Err(error) = answer {
            let failure = ServiceFailure::new(task(), &error);
            return if failure.is(NOT_FOUND) { Ok(None) } else { Err(failure.into()) };
        }
        match seen.json() {
            Ok(mut body) if body["jobTemplate"].is_object() => Ok(Some(body["jobTemplate"].take())),
            Ok(_) => Err(malformed(task(), "the answer holds no job template")),
            Err(error) => Err(malformed(task(), &error.to_string())),
        }
    }

    /// Creates the job and returns its id.
    async fn submit(&self, job: &Value) -> Result<String, Failure> {
        let task = "submit the job";
        let body = job.to_string();
        let answer = self
            .client
            .create_job()
            .role(&self.deployment.role)
            .settings(JobSettings::builder().build())
            .customize()
            .mutate_request(move |request| replace_body(request, &body))
            .send()
            .await
            .map_err(|error| ServiceFailure::new(task, &error))?;
        let id = answer.job.and_then(|job| job.id).filter(|id| !id.is_empty());
        id.ok_or_else(|| malformed(task.to_owned(), "the answer holds no job id"))
    }
}

impl Handle for Encode {
    fn handle(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, Failure>> {
        self.encode(invocation.event).boxed()
    }
}

fn unwritable(source: serde_json::Error) -> Failure {
    Failure::InvalidEvent { expected: "a record that can be written", source }
}

/// An answer of the service that makes no sense, which may pass.
fn malformed(task: String, said: &str) -> Failure {
    ServiceFailure { task, said: said.to_owned(), code: None, name: ErrorName::Unavailable }.into()
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        Self::rejected(error.name(), error)
    }
}
