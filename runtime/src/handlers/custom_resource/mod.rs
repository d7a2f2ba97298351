//! `custom-resource`: answers CloudFormation, whatever happens, before the function's own deadline.

mod answer;
mod assets;
mod error;
mod media_convert;
mod player;

use std::{any::Any, collections::BTreeMap, panic::AssertUnwindSafe, time::Duration};

use aws_types::SdkConfig;
use futures_util::FutureExt as _;
use pipeline::{
    custom_resource::{
        Action, Address, EndpointProperties, JobTemplateProperties, Leftover, Outcome, Request, RequestType, Response,
        plan,
    },
    errors::ErrorName,
};
use serde::Deserialize as _;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use self::error::ActionError;
use crate::{
    failure::{Failure, chain},
    handler::{Invocation, read},
};

/// The time kept for sending the answer, where there is that much.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// How a denial is retried.
///
/// IAM is eventually consistent: CloudFormation makes the function's role seconds before it calls the function, and a
/// permission may take longer than that to reach a service
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>).
#[derive(Debug, Clone, Copy)]
pub struct DenialRetry {
    /// From the first denial to the last attempt.
    pub timeout: Duration,
    /// The pause before the second attempt; each later one is twice as long.
    pub first_backoff: Duration,
    /// The longest pause.
    pub max_backoff: Duration,
}

impl Default for DenialRetry {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(80),
            first_backoff: Duration::from_secs(2),
            max_backoff: Duration::from_secs(10),
        }
    }
}

type Attributes = BTreeMap<&'static str, String>;

#[derive(Debug)]
pub struct CustomResource {
    sdk: SdkConfig,
    retry: DenialRetry,
}

impl CustomResource {
    pub fn new(sdk: &SdkConfig) -> Self {
        Self { sdk: sdk.clone(), retry: DenialRetry::default() }
    }

    /// The same with another retry of denials.
    pub fn with_retry(self, retry: DenialRetry) -> Self {
        Self { retry, ..self }
    }

    /// Does what a request asks for and answers CloudFormation how it ended.
    ///
    /// A request that fails is answered with the reason and counts as handled. An answer that nobody takes is an error:
    /// Lambda then tries again, which is harmless.
    pub async fn answer(&self, Invocation { event, deadline }: Invocation) -> Result<Value, Failure> {
        let address: Address = read(&event, "a request of CloudFormation")?;
        let left = deadline.saturating_duration_since(Instant::now());
        let response = self.respond(&address, &event, deadline - ANSWER_TIME.min(left / 4)).await;
        match &response.outcome {
            Outcome::Success(_) => tracing::info!(id = response.physical_id, "done"),
            Outcome::Failed(reason) => tracing::error!(id = response.physical_id, reason, "not done"),
        }
        match answer::send(&address, &response, deadline).await {
            Ok(()) => Ok(Value::Null),
            Err(error) => Err(Failure::rejected(ErrorName::Unreachable, error)),
        }
    }

    /// Carries a request out, and makes every way it can end an answer.
    async fn respond(&self, address: &Address, event: &Value, until: Instant) -> Response {
        let failed = |physical_id: &str, reason| Response {
            physical_id: physical_id.to_owned(),
            outcome: Outcome::Failed(reason),
        };
        let request = match Request::deserialize(event) {
            Ok(request) => request,
            Err(error) => return failed(&address.known_id(), format!("the request is not CloudFormation's: {error}")),
        };
        let planned = match plan(&request) {
            Ok(planned) => planned,
            Err(error) => return failed(&address.known_id(), chain(&error)),
        };
        tracing::info!(request = ?request.request_type, resource = address.logical_resource_id, "asked");
        let work = AssertUnwindSafe(self.carry_out(&request, &planned.action, until)).catch_unwind();
        match timeout_at(until, work).await {
            Ok(Ok(Ok(attributes))) => {
                Response { physical_id: planned.physical_id, outcome: Outcome::Success(attributes) }
            }
            Ok(Ok(Err(error))) => failed(planned.failed_id(error.leftover()), chain(&error)),
            Ok(Err(panic)) => failed(
                planned.failed_id(Leftover::Perhaps),
                format!("the function panicked while it tried to {}: {}", task(&planned.action), message(&*panic)),
            ),
            Err(_) => failed(
                planned.failed_id(Leftover::Perhaps),
                format!("the function ran out of time while it tried to {}", task(&planned.action)),
            ),
        }
    }

    /// Executes an action; what creates or updates is retried while it is denied.
    async fn carry_out(&self, request: &Request, action: &Action, until: Instant) -> Result<Attributes, ActionError> {
        let DenialRetry { timeout, first_backoff, max_backoff } = self.retry;
        let started = Instant::now();
        let last = match request.request_type {
            RequestType::Create | RequestType::Update => until.min(started + timeout),
            // What is deleted was made by a role that has been there for long.
            RequestType::Delete => started,
        };
        let mut pause = first_backoff;
        loop {
            let denied = match self.execute(action).await {
                Err(error) if error.is_denial() => error,
                done => return done,
            };
            if Instant::now() + pause > last {
                return Err(denied.after(started.elapsed()));
            }
            tracing::warn!(error = %denied, "denied, perhaps because the permission is new: retried");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(max_backoff);
        }
    }

    /// Does one thing, or makes sure that it is done.
    async fn execute(&self, action: &Action) -> Result<Attributes, ActionError> {
        match action {
            Action::EnsureTemplate { name, body, endpoint } => {
                let arn = media_convert::ensure_template(&self.media_convert(endpoint.as_deref()), name, body).await?;
                Ok(Attributes::from([(JobTemplateProperties::ARN, arn)]))
            }
            Action::DeleteTemplate { name, endpoint } => {
                media_convert::delete_template(&self.media_convert(endpoint.as_deref()), name).await?;
                Ok(Attributes::new())
            }
            Action::FindEndpoint(mode) => {
                let url = media_convert::find_endpoint(&self.sdk, *mode).await?;
                Ok(Attributes::from([(EndpointProperties::URL, url)]))
            }
            Action::PurgeAssets { group } => {
                assets::purge(&aws_sdk_mediapackagevod::Client::new(&self.sdk), group).await?;
                Ok(Attributes::new())
            }
            Action::InstallPlayer(page) => {
                let client = aws_sdk_s3::Client::new(&self.sdk);
                player::install(&client, page).await.map_err(ActionError::partly_done)?;
                Ok(Attributes::new())
            }
            Action::RemovePlayer { bucket, version } => {
                player::remove(&aws_sdk_s3::Client::new(&self.sdk), bucket, version).await?;
                Ok(Attributes::new())
            }
            Action::Nothing => Ok(Attributes::new()),
        }
    }

    fn media_convert(&self, endpoint: Option<&str>) -> aws_sdk_mediaconvert::Client {
        let mut config = aws_sdk_mediaconvert::config::Builder::from(&self.sdk);
        if let Some(endpoint) = endpoint {
            config = config.endpoint_url(endpoint);
        }
        aws_sdk_mediaconvert::Client::from_conf(config.build())
    }
}

/// An action in the words of a sentence.
fn task(action: &Action) -> String {
    match action {
        Action::EnsureTemplate { name, .. } => format!("create the job template `{name}`"),
        Action::DeleteTemplate { name, .. } => format!("delete the job template `{name}`"),
        Action::FindEndpoint(_) => "find the MediaConvert endpoint".to_owned(),
        Action::PurgeAssets { group } => format!("delete the assets of the packaging group `{group}`"),
        Action::InstallPlayer(page) => format!("install the player in the bucket `{}`", page.bucket),
        Action::RemovePlayer { bucket, .. } => format!("remove the player from the bucket `{bucket}`"),
        Action::Nothing => "do nothing".to_owned(),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
