//! What the functions log.

use std::collections::HashSet;

use jiff::Timestamp;
use pipeline::contract::Handler;
use pipeline::record::table;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use aws::{Aws, CallError, LogEvent};

/// How far back is read again each time: lines arrive late and out of order.
const LATE_MILLIS: i64 = 60_000;

/// A line of a function's log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// When it was written, in milliseconds since 1970.
    pub millis: i64,
    /// Which function wrote it.
    pub handler: Handler,
    pub text: LogText,
}

/// A line itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum LogText {
    Json(Map<String, Value>),
    Plain(String),
}

/// A line in JSON, of a function or of Lambda
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Structured {
    timestamp: Option<Timestamp>,
    /// The same in a line of Lambda.
    time: Option<Timestamp>,
    level: String,
    message: String,
    /// What kind of line it is of Lambda.
    #[serde(rename = "type")]
    kind: String,
    /// What Lambda reports.
    record: Map<String, Value>,
    #[serde(rename = "_aws")]
    embedded: Option<Embedded>,
    /// What was being done; of it only the video is shown.
    span: Map<String, Value>,
    /// The module that wrote it, which is of no interest to an operator.
    #[serde(rename = "target")]
    _target: Value,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What makes a line a metric
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Embedded {
    timestamp: i64,
    cloud_watch_metrics: Vec<Metrics>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metrics {
    metrics: Vec<Metric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: String,
}

impl LogText {
    fn of(text: String) -> Self {
        match serde_json::from_str(&text) {
            Ok(fields) => Self::Json(fields),
            Err(_) => Self::Plain(text),
        }
    }

    /// Its members, if it is in JSON and they are what they are by their names.
    fn structured(&self) -> Option<Structured> {
        match self {
            Self::Json(fields) => Structured::deserialize(fields).ok(),
            Self::Plain(_) => None,
        }
    }
}

impl Structured {
    /// When it was written, in milliseconds since 1970, as it says itself.
    fn millis(&self) -> Option<i64> {
        let embedded = || self.embedded.as_ref().map(|embedded| embedded.timestamp);
        self.timestamp.or(self.time).map(Timestamp::as_millisecond).or_else(embedded)
    }
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
    /// Identities of the lines that were read.
    seen: HashSet<String>,
}

impl Reader {
    /// A reader of these logs.
    pub fn new(aws: &Aws, query: LogQuery) -> Self {
        Self { aws: aws.clone(), query, seen: HashSet::new() }
    }

    /// The lines since the last call, in the order they were written; a function that never ran has none.
    pub async fn read(&mut self) -> Result<Vec<LogLine>, CallError> {
        let mut events = Vec::new();
        for &handler in &self.query.handlers {
            let group = format!("/aws/lambda/{}-{handler}", self.query.deployment);
            let pattern = self.query.guid.as_ref().map(|guid| format!("\"{guid}\""));
            let read = self.aws.log_events(&group, self.query.since_millis, pattern.as_deref()).await?;
            events.extend(read.into_iter().map(|event| (handler, event)));
        }
        events.retain(|(_, event)| self.seen.insert(event.id.clone()));
        if let Some(newest) = events.iter().map(|(_, event)| event.millis).max() {
            self.query.since_millis = self.query.since_millis.max(newest - LATE_MILLIS);
        }
        Ok(in_order(events))
    }
}

/// The lines of several functions in the order they were written. A stream's lines stay in their order, whatever the
/// times are that they and CloudWatch name: what begins an invocation is written before its lines.
fn in_order(mut events: Vec<(Handler, LogEvent)>) -> Vec<LogLine> {
    events.sort_by(|(one, first), (other, second)| (one, &first.stream).cmp(&(other, &second.stream)));
    let mut lines: Vec<LogLine> = Vec::new();
    let mut following: Option<(Handler, String, i64)> = None;
    for (handler, event) in events.into_iter().rev() {
        let text = LogText::of(event.message);
        let written = text.structured().and_then(|line| line.millis()).unwrap_or(event.millis);
        let millis = match &following {
            Some((other, stream, later)) if *other == handler && *stream == event.stream => written.min(*later),
            _ => written,
        };
        lines.push(LogLine { millis, handler, text });
        following = Some((handler, event.stream, millis));
    }
    lines.reverse();
    lines.sort_by_key(|line| line.millis);
    lines
}

/// A moment to the millisecond, as every line begins.
fn time(millis: i64) -> String {
    let moment = Timestamp::from_millisecond(millis).unwrap_or_default();
    moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A line as a person reads it: when, who, how bad, what, and the rest of its fields; what is no JSON as it is.
pub fn readable(line: &LogLine) -> String {
    let begin = format!("{} {}", time(line.millis), line.handler);
    let Some(Structured { level, message, kind, record, embedded, span, mut rest, .. }) = line.text.structured() else {
        return match &line.text {
            LogText::Plain(text) => format!("{begin} {text}"),
            LogText::Json(fields) => format!("{begin} {}", Value::Object(fields.clone())),
        };
    };
    let mut parts = vec![begin, level, kind, message];
    let field = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    };
    if let Some(embedded) = embedded {
        parts.push("metric".to_owned());
        for Metric { name } in embedded.cloud_watch_metrics.into_iter().flat_map(|metrics| metrics.metrics) {
            if let Some(value) = rest.remove(&name) {
                parts.push(value.as_f64().map_or_else(|| field((&name, &value)), |number| format!("{name}={number}")));
            }
        }
    }
    for (name, value) in &record {
        match value {
            Value::Object(members) => parts.extend(members.iter().map(field)),
            _ => parts.push(field((name, value))),
        }
    }
    parts.extend(rest.iter().map(field));
    if !rest.contains_key(table::GUID) {
        parts.extend(span.iter().filter(|(name, _)| *name == table::GUID).map(field));
    }
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A line as a program reads it: JSON without a line break.
pub fn line_of_json(line: &LogLine) -> String {
    json!({ "time": time(line.millis), "function": line.handler.into_str(), "line": line.text }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { millis: 1_767_225_600_005, handler: Handler::Encode, text: LogText::of(text.to_owned()) }
    }

    #[test]
    fn structured_lines_become_readable() {
        let structured = r#"{"timestamp":"2026-01-01T00:00:00Z","level":"INFO","message":"submitted","job":"1-a","tries":2,"target":"runtime","span":{"guid":"g1","requestId":"r","name":"invocation"}}"#;
        insta::assert_snapshot!(readable(&line(structured)), @"2026-01-01T00:00:00.005Z encode INFO submitted job=1-a tries=2 guid=g1");
        let twice = r#"{"level":"WARN","message":"no","guid":"g1","target":"runtime","span":{"guid":"g1"}}"#;
        insta::assert_snapshot!(readable(&line(twice)), @"2026-01-01T00:00:00.005Z encode WARN no guid=g1");
        insta::assert_snapshot!(readable(&line("REPORT RequestId: 1")), @"2026-01-01T00:00:00.005Z encode REPORT RequestId: 1");
        insta::assert_snapshot!(readable(&line(r#"{"level":7}"#)), @r#"2026-01-01T00:00:00.005Z encode {"level":7}"#);
    }

    #[test]
    fn metrics_and_reports_of_lambda_become_readable() {
        let metric = r#"{"_aws":{"Timestamp":1767225600005,"CloudWatchMetrics":[{"Namespace":"VideoOnDemand","Dimensions":[["Workflow"]],"Metrics":[{"Name":"WorkflowsFailed","Unit":"Count"},{"Name":"EncodeSeconds"}]}]},"Workflow":"vod","Stage":"encode","WorkflowsFailed":1.0,"EncodeSeconds":2.5}"#;
        insta::assert_snapshot!(readable(&line(metric)), @"2026-01-01T00:00:00.005Z encode metric WorkflowsFailed=1 EncodeSeconds=2.5 Workflow=vod Stage=encode");
        let report = r#"{"time":"2026-01-01T00:00:00.005Z","type":"platform.report","record":{"requestId":"r","metrics":{"durationMs":12.5,"maxMemoryUsedMB":40},"status":"success"}}"#;
        insta::assert_snapshot!(readable(&line(report)), @"2026-01-01T00:00:00.005Z encode platform.report requestId=r durationMs=12.5 maxMemoryUsedMB=40 status=success");
    }

    #[test]
    fn programs_get_a_line_of_json() {
        insta::assert_snapshot!(line_of_json(&line(r#"{"b":1,"a":{"c":[2]}}"#)), @r#"{"time":"2026-01-01T00:00:00.005Z","function":"encode","line":{"b":1,"a":{"c":[2]}}}"#);
        insta::assert_snapshot!(line_of_json(&line("START \"1\"")), @r#"{"time":"2026-01-01T00:00:00.005Z","function":"encode","line":"START \"1\""}"#);
    }

    #[test]
    fn what_frames_an_invocation_stays_round_its_lines() {
        let event = |stream: &str, millis: i64, message: &str| LogEvent {
            id: message.to_owned(),
            stream: stream.to_owned(),
            millis,
            message: message.to_owned(),
        };
        let own = |time: &str| format!(r#"{{"timestamp":"2026-01-01T00:00:0{time}Z"}}"#);
        // An emulator gives all lines the time of the end.
        let second = 1_767_225_600_000;
        let of_encode =
            ["START a", &own("2.100200"), &own("2.5"), "END a", "REPORT a"].map(|it| event("s", second + 4000, it));
        let events = of_encode
            .into_iter()
            .map(|event| (Handler::Encode, event))
            .chain([
                (Handler::Encode, event("other", second + 4000, "START b")),
                (Handler::Profiler, event("s", second + 2300, "plain")),
            ])
            .collect();
        let lines: Vec<String> = in_order(events).iter().map(readable).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        2026-01-01T00:00:02.100Z encode START a
        2026-01-01T00:00:02.100Z encode
        2026-01-01T00:00:02.300Z profiler plain
        2026-01-01T00:00:02.500Z encode
        2026-01-01T00:00:04.000Z encode START b
        2026-01-01T00:00:04.000Z encode END a
        2026-01-01T00:00:04.000Z encode REPORT a
        ");
    }
}
