//! What is in a log of CloudWatch.

use serde::{Deserialize, Serialize};

use super::service::LOGS;
use super::{Aws, CallError};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FilterLogEvents<'a> {
    log_group_name: &'a str,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_pattern: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilteredLogEvents {
    #[serde(default)]
    events: Vec<FilteredLogEvent>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilteredLogEvent {
    event_id: Option<String>,
    #[serde(default)]
    log_stream_name: String,
    #[serde(default)]
    timestamp: i64,
    #[serde(default)]
    message: String,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    pub id: String,
    /// The stream that it is in; each has its lines in order.
    pub stream: String,
    /// When it was written, in milliseconds since 1970.
    pub millis: i64,
    pub message: String,
}

impl Aws {
    /// The events of a log group since a time, of which the pattern, if any, is true; none if there is no
    /// such group, as that of a function that never ran.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
    pub async fn log_events(
        &self,
        group: &str,
        since_millis: i64,
        pattern: Option<&str>,
    ) -> Result<Vec<LogEvent>, CallError> {
        let mut events = Vec::new();
        let mut request = FilterLogEvents {
            log_group_name: group,
            start_time: since_millis,
            filter_pattern: pattern,
            next_token: None,
        };
        loop {
            let page: FilteredLogEvents = match self.call_json(LOGS, "logs:FilterLogEvents", &request).await {
                Err(error) if error.code.as_deref() == Some("ResourceNotFoundException") => return Ok(events),
                answer => answer?,
            };
            events.extend(page.events.into_iter().map(|event| {
                let (millis, message) = (event.timestamp, event.message.trim_end().to_owned());
                let id = event.event_id.unwrap_or_else(|| format!("{millis} {message}"));
                LogEvent { id, stream: event.log_stream_name, millis, message }
            }));
            // A token that is empty or repeated leads nowhere.
            match page.next_token {
                Some(token) if !token.is_empty() && request.next_token.as_ref() != Some(&token) => {
                    request.next_token = Some(token);
                }
                _ => return Ok(events),
            }
        }
    }
}
