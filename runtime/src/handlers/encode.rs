//! Turns a job template into a job for one source, and submits it.

use aws_sdk_mediaconvert::{
    Client,
    types::{Job, JobSettings, Order},
};
use aws_smithy_types::date_time::Format;
use aws_types::SdkConfig;
use pipeline::{
    contract::Variable,
    errors::ErrorName,
    job::{self, Attempt, Deployment, FoundJob, JobStatus, Submitted},
    profile::Templates,
    record::Record,
};
use serde_json::Value;

use crate::{
    aws::{self, ResponseBody, replace_body},
    clock,
    environment::Environment,
    failure::{Failure, ServiceFailure, chain, unless_gone},
};

/// How many jobs a page of a search holds (service model, `SearchJobsRequest.MaxResults`).
const PAGE: i32 = 20;

/// How many jobs of one video are looked at: nobody encodes a video so often.
const MAX_JOBS: usize = 100;

/// Submits the job of a record.
#[derive(Debug)]
pub(super) struct Encode {
    client: Client,
    deployment: Deployment,
    templates: Templates,
    files: aws_sdk_s3::Client,
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
        Ok(Self { client, deployment, templates, files: aws_sdk_s3::Client::new(sdk) })
    }

    pub(super) async fn encode(&self, record: Record) -> Result<Record, Failure> {
        let (template, settings) = self.template(job::template_candidates(&record, &self.templates)).await?;
        let age = clock::milliseconds(&record.start_time).map(|start| clock::now_millis() - start);
        let jobs = if job::may_exist(age) { self.find(&record).await? } else { Vec::new() };
        let attempt = Attempt::of(&record, &jobs);
        let job = job::build(&record, &settings, &self.deployment, &attempt.token)?;
        let (id, time) = match attempt.job {
            Some(FoundJob { id, created, status, .. }) => {
                tracing::warn!(job = id, template, %status, "an earlier try submitted it");
                (id, created)
            }
            None => (self.submit(&job).await?, clock::now()),
        };
        tracing::info!(job = id, template, "submitted");
        let submitted = Submitted { template, job, id, time };
        let (mut record, file) = submitted.record(record).map_err(Failure::unwritable)?;
        if let Some(file) = file {
            let place = file.place(&record.options.dest_bucket);
            if let Err(failure) = aws::write_file(&self.files, &record.options.dest_bucket, file).await {
                // The job is under way: that its request cannot be read again is no reason to fail the video.
                tracing::error!(error = chain(&failure), "the job's request is kept nowhere");
                record.stored_in_full.retain(|_, other| *other != place);
            }
        }
        Ok(record)
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

    /// The job template with everything that the service answers.
    async fn get(&self, name: &str) -> Result<Option<Value>, Failure> {
        let task = || format!("read the job template `{name}`");
        let seen = ResponseBody::default();
        let answer = self.client.get_job_template().name(name).customize().interceptor(seen.clone()).send().await;
        if unless_gone(task(), answer)?.is_none() {
            return Ok(None);
        }
        match seen.json() {
            Ok(mut body) if body["jobTemplate"].is_object() => Ok(Some(body["jobTemplate"].take())),
            Ok(_) => Err(malformed(task(), "the answer holds no job template")),
            Err(error) => Err(malformed(task(), &error.to_string())),
        }
    }

    /// The jobs of a record's source since the video's start, the newest of each queue first.
    ///
    /// A refusal finds none: without this question the service still knows a repeat for a minute, and a video need not
    /// fail for it.
    async fn find(&self, record: &Record) -> Result<Vec<FoundJob>, Failure> {
        let url = format!("s3://{}/{}", record.source.src_bucket, record.source.src_video);
        let mut jobs = Vec::new();
        for queue in self.deployment.queues() {
            match self.find_in(queue, job::search_term(&url), record).await {
                Ok(found) => jobs.extend(found),
                Err(failure) if failure.name == ErrorName::Refused => {
                    tracing::error!(error = %failure, "whether the job exists already cannot be found out");
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(jobs)
    }

    async fn find_in(&self, queue: &str, file: &str, record: &Record) -> Result<Vec<FoundJob>, ServiceFailure> {
        let search = self.client.search_jobs().queue(queue).input_file(file).order(Order::Descending);
        let mut pages = search.max_results(PAGE).into_paginator().send();
        let start = clock::milliseconds(&record.start_time).map(|time| time / 1000);
        let mut jobs = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| ServiceFailure::new("find out whether the job exists", &error))?;
            let found = page.jobs.unwrap_or_default();
            // A job is no older than its video.
            let older = found.iter().filter_map(|job| job.created_at).any(|time| Some(time.secs()) < start);
            jobs.extend(found.into_iter().filter_map(|job| of_video(job, &record.guid)));
            if older || jobs.len() > MAX_JOBS {
                break;
            }
        }
        Ok(jobs)
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

/// A job as attempts go by it, if it is this video's.
fn of_video(job: Job, guid: &str) -> Option<FoundJob> {
    let created = job.created_at.and_then(|time| time.fmt(Format::DateTime).ok()).unwrap_or_else(clock::now);
    let own = job.user_metadata.is_some_and(|data| data.get("guid").is_some_and(|of| of == guid));
    // A state that is not known here is not the end of a job.
    let status = job.status.and_then(|status| status.as_str().parse().ok()).unwrap_or(JobStatus::Progressing);
    own.then_some(FoundJob { id: job.id?, token: job.client_request_token?, status, created })
}

/// An answer of the service that makes no sense, which may pass.
fn malformed(task: String, reason: &str) -> Failure {
    ServiceFailure::named(ErrorName::Unavailable, task, reason).into()
}
