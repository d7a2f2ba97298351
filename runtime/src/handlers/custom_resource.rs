//! `custom-resource`: answers CloudFormation, whatever happens, before the function's own deadline.

mod answer;
mod assets;
mod endpoint;
mod error;
mod player;
mod templates;

use std::{any::Any, collections::BTreeMap, panic::AssertUnwindSafe, time::Duration};

use aws_types::SdkConfig;
use futures_util::{FutureExt as _, future::BoxFuture};
use pipeline::custom_resource::{
    Action, Address, EndpointProperties, JobTemplateProperties, Leftover, Outcome, Request, Response, plan,
};
use serde::Deserialize as _;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

pub use self::answer::Unanswered;
use self::error::ActionError;
use super::Handle;
use crate::{
    failure::{Failure, chain},
    service::Invocation,
};

/// The time kept for sending the answer, where there is that much.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// The attributes of a resource.
type Attributes = BTreeMap<&'static str, String>;

/// The handler.
#[derive(Debug)]
pub struct CustomResource {
    sdk: SdkConfig,
}

impl CustomResource {
    /// A handler that calls AWS with this configuration.
    #[must_use]
    pub fn new(sdk: &SdkConfig) -> Self {
        Self { sdk: sdk.clone() }
    }

    /// Does what a request asks for and tells CloudFormation how it ended.
    ///
    /// A request that fails is answered with the reason and counts as handled.
    ///
    /// # Errors
    /// When the event names no address to answer to, or nobody takes the answer there; Lambda then tries again, which
    /// is harmless.
    async fn answer(&self, Invocation { event, deadline }: Invocation) -> Result<Value, Failure> {
        let address = Address::deserialize(&event)
            .map_err(|source| Failure::InvalidEvent { expected: "a request of CloudFormation", source })?;
        let left = deadline.saturating_duration_since(Instant::now());
        let response = self.respond(&address, &event, deadline - ANSWER_TIME.min(left / 4)).await;
        match &response.outcome {
            Outcome::Success(_) => tracing::info!(id = response.physical_id, "done"),
            Outcome::Failed(reason) => tracing::error!(id = response.physical_id, reason, "not done"),
        }
        answer::send(&address, &response, deadline).await?;
        Ok(Value::Null)
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
        let work = AssertUnwindSafe(self.execute(&planned.action)).catch_unwind();
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

    /// Does one thing, or makes sure that it is done.
    async fn execute(&self, action: &Action) -> Result<Attributes, ActionError> {
        match action {
            Action::EnsureTemplate { name, body, endpoint } => {
                let arn = templates::ensure(&self.media_convert(endpoint.as_deref()), name, body).await?;
                Ok(Attributes::from([(JobTemplateProperties::ARN, arn)]))
            }
            Action::DeleteTemplate { name, endpoint } => {
                templates::delete(&self.media_convert(endpoint.as_deref()), name).await?;
                Ok(Attributes::new())
            }
            Action::FindEndpoint(mode) => {
                let url = endpoint::find(&self.sdk, *mode).await?;
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

impl Handle for CustomResource {
    fn handle(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, Failure>> {
        Box::pin(self.answer(invocation))
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

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
