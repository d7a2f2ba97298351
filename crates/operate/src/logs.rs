//! What the functions log.

use std::collections::BTreeSet;

use aws_smithy_types::{DateTime, date_time::Format};
use pipeline::contract::Handler;
use serde_json::Value;

use aws::{Aws, CallError, LogEvent};

/// A line of a function's log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogLine {
    /// When it was written, in milliseconds since 1970.
    pub millis: i64,
    /// Which function wrote it.
    pub handler: Handler,
    /// Its identity: the same line can be read twice.
    pub id: String,
    /// The line itself.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    pub deployment: String,
    /// Whose lines.
    pub handlers: Vec<Handler>,
    /// Only lines about this video.
    pub guid: Option<String>,
    /// Only lines since then, in milliseconds since 1970.
    pub since_millis: i64,
}

/// Reads the functions' logs, line after line; what was read before is not read again.
#[derive(Debug)]
pub struct Reader {
    aws: Aws,
    query: LogQuery,
    /// Lines of the newest moment that were read: more of that moment can follow.
    seen: BTreeSet<String>,
}

impl Reader {
    /// A reader of these logs.
    pub fn new(aws: &Aws, query: LogQuery) -> Self {
        Self { aws: aws.clone(), query, seen: BTreeSet::new() }
    }

    /// The lines since the last call, in the order they were written; a function that never ran has none.
    pub async fn read(&mut self) -> Result<Vec<LogLine>, CallError> {
        let mut lines = BTreeSet::new();
        for handler in &self.query.handlers {
            lines.extend(self.read_one(*handler).await?);
        }
        let new: Vec<LogLine> = lines.into_iter().filter(|line| !self.seen.contains(&line.id)).collect();
        self.seen.extend(new.iter().map(|line| line.id.clone()));
        if let Some(newest) = new.last() {
            // Lines arrive late and out of order, so the last minute is read again each time.
            self.query.since_millis = self.query.since_millis.max(newest.millis - 60_000);
        }
        Ok(new)
    }

    async fn read_one(&self, handler: Handler) -> Result<Vec<LogLine>, CallError> {
        let group = format!("/aws/lambda/{}-{handler}", self.query.deployment);
        let pattern = self.query.guid.as_ref().map(|guid| format!("\"{guid}\""));
        let events = self.aws.log_events(&group, self.query.since_millis, pattern.as_deref()).await?;
        let line = |event: LogEvent| LogLine { millis: event.millis, handler, id: event.id, text: event.message };
        Ok(events.into_iter().map(line).collect())
    }
}

/// A line as a person reads it: when, who, how bad, what, and the rest of its fields; what is no JSON as it is.
pub fn readable(line: &LogLine) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_str(&line.text) else {
        let time = DateTime::from_millis(line.millis).fmt(Format::DateTime).unwrap_or_default();
        return format!("{time} {} {}", line.handler, line.text);
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let known = ["timestamp", "level", "message", "target", "span", "spans"];
    let rest = fields.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    // Of the span only the video.
    let span = fields.get("span").and_then(Value::as_object);
    let span = span.into_iter().flatten().filter(|(name, _)| *name == "guid");
    let rest: Vec<String> = rest
        .chain(span)
        .map(|(name, value)| format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    let parts = [text("timestamp"), line.handler.into_str(), text("level"), text("message"), &rest.join(" ")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structured_lines_become_readable() {
        let line =
            |text: &str| LogLine { millis: 0, handler: Handler::Encode, id: String::new(), text: text.to_owned() };
        let structured = r#"{"timestamp":"2026-01-01T00:00:00Z","level":"INFO","message":"submitted","job":"1-a","tries":2,"target":"runtime","span":{"guid":"g1","requestId":"r","name":"invocation"}}"#;
        insta::assert_snapshot!(readable(&line(structured)), @"2026-01-01T00:00:00Z encode INFO submitted job=1-a tries=2 guid=g1");
        insta::assert_snapshot!(readable(&line("REPORT RequestId: 1")), @"1970-01-01T00:00:00Z encode REPORT RequestId: 1");
    }
}
