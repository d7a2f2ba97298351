//! What is in a log of CloudWatch.

use serde_json::{Value, json};

use super::rest::{Call, LOGS};
use super::{Aws, CallError};

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Its identity.
    pub id: String,
    /// When it was written, in milliseconds since 1970.
    pub millis: i64,
    /// What it says.
    pub message: String,
}

impl Aws {
    /// The events of a log group since a time, of which the pattern is true where there is one; none if there is no
    /// such group, as that of a function that never ran.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn log_events(
        &self,
        group: &str,
        since_millis: i64,
        pattern: Option<&str>,
    ) -> Result<Vec<LogEvent>, CallError> {
        let mut events = Vec::new();
        let mut body = json!({ "logGroupName": group, "startTime": since_millis });
        if let Some(pattern) = pattern {
            body["filterPattern"] = pattern.into();
        }
        loop {
            let call = Call {
                service: LOGS,
                operation: "logs:FilterLogEvents",
                method: http::Method::POST,
                path: Vec::new(),
                target: Some("Logs_20140328.FilterLogEvents"),
                body: Some(body.clone()),
            };
            let answer = match self.call(call).await {
                Err(error) if error.code.as_deref() == Some("ResourceNotFoundException") => return Ok(events),
                answer => answer?,
            };
            events.extend(answer["events"].as_array().into_iter().flatten().map(event));
            // A token that is empty or repeated leads nowhere.
            match answer["nextToken"].as_str() {
                Some(token) if !token.is_empty() && body["nextToken"] != token => body["nextToken"] = token.into(),
                _ => return Ok(events),
            }
        }
    }
}

fn event(event: &Value) -> LogEvent {
    let millis = event["timestamp"].as_i64().unwrap_or_default();
    let message = event["message"].as_str().unwrap_or_default().trim_end();
    let id = event["eventId"].as_str().map_or_else(|| format!("{millis} {message}"), str::to_owned);
    LogEvent { id, millis, message: message.to_owned() }
}
