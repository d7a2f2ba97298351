//! Why an operation on a stack failed: what failed first, and not all that was given up because of it.

use std::collections::BTreeSet;
use std::fmt;

use aws::Aws;
use serde::Deserialize;
use synth::Template;

use super::follow::ResourceEvent;

/// The cause of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    pub cause: ResourceEvent,
    /// What the function behind a custom resource logged about it, oldest first.
    pub log: Vec<String>,
    /// What else failed of its own accord.
    pub others: Vec<ResourceEvent>,
    /// How many resources were given up because of it.
    pub given_up: usize,
}

/// The most lines of a function's log that are shown.
const MAX_LINES: usize = 5;

/// What SQS answers for a minute to a queue of the name of a deleted one.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
const QUEUE_NAME: [&str; 2] = ["QueueDeletedRecently", "must wait 60 seconds after deleting a queue"];

impl Diagnosis {
    /// The cause among the events of an operation, in their order; none if nothing failed.
    #[must_use]
    pub fn of(events: &[ResourceEvent]) -> Option<Self> {
        let failures: Vec<&ResourceEvent> = events.iter().filter(|event| event.is_failure()).collect();
        let own: Vec<&ResourceEvent> =
            failures.iter().copied().filter(|event| !event.is_of_stack() && !is_given_up(event)).collect();
        let cause = own.first().or(failures.first()).copied().or_else(|| {
            // A stack can fail before any resource is touched.
            events.iter().find(|event| event.is_of_stack() && event.status.as_str().contains("ROLLBACK"))
        })?;
        let mut named = BTreeSet::from([cause.logical_id.as_str()]);
        let others = own.iter().filter(|event| named.insert(&event.logical_id)).map(|event| (*event).clone()).collect();
        let given_up = failures.iter().filter(|event| is_given_up(event)).count();
        Some(Self { cause: cause.clone(), log: Vec::new(), others, given_up })
    }

    /// Whether a queue could not be made because one of its name was deleted within the last minute.
    #[must_use]
    pub fn is_of_queue_name(&self) -> bool {
        let reasons = [&self.cause].into_iter().chain(&self.others).filter_map(|event| event.reason.as_deref());
        let mut of_queue = reasons.filter(|reason| QUEUE_NAME.iter().any(|part| reason.contains(part)));
        of_queue.next().is_some()
    }

    /// Adds what the function of a custom resource logged, where that is the cause and the log can be read.
    pub(super) async fn read_log(&mut self, aws: &Aws, stack_id: &str, template: &Template, since_millis: i64) {
        let Some(function) = function_behind(template, &self.cause.logical_id) else { return };
        let cloudformation = aws.cloudformation();
        let request = cloudformation.describe_stack_resource().stack_name(stack_id).logical_resource_id(function);
        let detail = request.send().await.ok().and_then(|answer| answer.stack_resource_detail);
        let Some(name) = detail.and_then(|detail| detail.physical_resource_id) else { return };
        let group = format!("/aws/lambda/{name}");
        // A log that cannot be read must not hide the failure that it would explain.
        let Ok(events) = aws.log_events(&group, since_millis, None).await else { return };
        let messages: Vec<String> = events.into_iter().map(|event| event.message).collect();
        self.log = lines_about(&messages, &self.cause.logical_id);
    }
}

/// Whether the resource failed only because another did.
fn is_given_up(event: &ResourceEvent) -> bool {
    let reason = event.reason.as_deref().unwrap_or_default();
    reason.contains("cancelled") || reason.contains("The following resource(s) failed")
}

/// The logical ID of the function that answers for a custom resource.
fn function_behind<'a>(template: &'a Template, logical_id: &str) -> Option<&'a str> {
    let token = template.resources.get(logical_id)?.properties.get("ServiceToken")?;
    token.get("Fn::GetAtt")?.get(0)?.as_str()
}

/// The warnings and errors among the log's lines: those of the requests that name the resource, or else all; the last.
fn lines_about(messages: &[String], logical_id: &str) -> Vec<String> {
    let lines: Vec<Line<'_>> = messages.iter().map(|message| Line::of(message.trim())).collect();
    let requests: Vec<&str> =
        lines.iter().filter(|line| line.text.contains(logical_id)).filter_map(Line::request).collect();
    let troubles: Vec<&Line<'_>> = lines.iter().filter(|line| line.is_trouble()).collect();
    let ours = |line: &&&Line<'_>| line.request().is_some_and(|request| requests.contains(&request));
    let about: Vec<&Line<'_>> = troubles.iter().filter(ours).copied().collect();
    let chosen = if about.is_empty() { troubles } else { about };
    chosen[chosen.len().saturating_sub(MAX_LINES)..].iter().map(|line| line.readable()).collect()
}

/// A line of a function's log, structured or not.
struct Line<'a> {
    text: &'a str,
    entry: LogEntry,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LogEntry {
    level: Option<String>,
    message: Option<String>,
    reason: Option<String>,
    error: Option<String>,
    span: Span,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Span {
    request_id: Option<String>,
}

impl<'a> Line<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, entry: serde_json::from_str(text).unwrap_or_default() }
    }

    fn request(&self) -> Option<&str> {
        self.entry.span.request_id.as_deref()
    }

    fn is_trouble(&self) -> bool {
        match self.entry.level.as_deref() {
            Some(level) => matches!(level, "ERROR" | "WARN"),
            None => self.text.to_lowercase().contains("error") || self.text.contains("Task timed out"),
        }
    }

    /// The message of a structured line, with the cause that it carries.
    fn readable(&self) -> String {
        let LogEntry { level, message, reason, error, .. } = &self.entry;
        let parts: Vec<&str> = [level, message, reason, error].into_iter().flatten().map(String::as_str).collect();
        if parts.len() < 2 { self.text.to_owned() } else { parts.join(" ") }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |event: &ResourceEvent| {
            let reason = event.reason.as_deref().unwrap_or("CloudFormation gives no reason");
            format!("{} ({}) {}: {reason}", event.logical_id, event.resource_type, event.status)
        };
        write!(f, "{}", line(&self.cause))?;
        self.log.iter().try_for_each(|line| write!(f, "\n  log: {line}"))?;
        self.others.iter().try_for_each(|event| write!(f, "\nalso: {}", line(event)))?;
        match self.given_up {
            0 => Ok(()),
            1 => write!(f, "\n1 resource was given up because of it"),
            count => write!(f, "\n{count} resources were given up because of it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::ResourceStatus;

    use super::*;

    fn event(id: &str, status: &str, reason: &str) -> ResourceEvent {
        ResourceEvent {
            logical_id: id.to_owned(),
            physical_id: None,
            resource_type: if id == "vod" { "AWS::CloudFormation::Stack" } else { "AWS::S3::Bucket" }.to_owned(),
            status: ResourceStatus::from(status),
            reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
            millis: 0,
        }
    }

    #[test]
    fn the_cause_comes_before_the_cascade() {
        let events = [
            event("vod", "CREATE_IN_PROGRESS", "User Initiated"),
            event("Logs", "CREATE_FAILED", "Resource creation cancelled"),
            event("Source", "CREATE_FAILED", "my-videos already exists"),
            event("Table", "CREATE_FAILED", "Resource creation cancelled"),
            event("Queue", "CREATE_FAILED", "Access denied"),
            event("vod", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Source, Logs]"),
        ];
        insta::assert_snapshot!(Diagnosis::of(&events).unwrap(), @r"
        Source (AWS::S3::Bucket) CREATE_FAILED: my-videos already exists
        also: Queue (AWS::S3::Bucket) CREATE_FAILED: Access denied
        2 resources were given up because of it
        ");
        assert_eq!(Diagnosis::of(&events[..1]), None);
    }

    #[test]
    fn a_stack_that_fails_by_itself_is_its_own_cause() {
        let events = [event("vod", "ROLLBACK_IN_PROGRESS", "Export vod-bucket already exists")];
        insta::assert_snapshot!(Diagnosis::of(&events).unwrap(), @"vod (AWS::CloudFormation::Stack) ROLLBACK_IN_PROGRESS: Export vod-bucket already exists");
    }

    #[test]
    fn the_log_is_cut_to_what_is_wrong() {
        let messages = [
            r#"{"level":"INFO","message":"asked","resource":"Template","span":{"requestId":"1"}}"#,
            r#"{"level":"ERROR","message":"not done","reason":"BadRequestException: no such codec","span":{"requestId":"1"}}"#,
            r#"{"level":"INFO","message":"asked","resource":"Endpoint","span":{"requestId":"2"}}"#,
            r#"{"level":"ERROR","message":"not done","reason":"throttled","span":{"requestId":"2"}}"#,
            "START RequestId: 3",
            "2026-01-01 Task timed out after 60.00 seconds",
        ]
        .map(str::to_owned);
        insta::assert_snapshot!(lines_about(&messages, "Template").join("\n"), @"ERROR not done BadRequestException: no such codec");
        insta::assert_snapshot!(lines_about(&messages, "Purge").join("\n"), @r"
        ERROR not done BadRequestException: no such codec
        ERROR not done throttled
        2026-01-01 Task timed out after 60.00 seconds
        ");
        assert_eq!(lines_about(&[], "Template"), Vec::<String>::new());
    }
}
