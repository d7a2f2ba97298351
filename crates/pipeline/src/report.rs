//! What failed, read from whatever reports it, so that nothing is lost for want of form.

use serde::Deserialize as _;
use serde_json::Value;

use crate::{
    job_event::{Detail, JobEvent},
    record::{Failure, SRC_METADATA_FILE, SRC_VIDEO, guid_of, table},
    state::clipped,
};

/// What `workflowErrorAt` says of a job, as in SO0021.
pub const ENCODING: &str = "Encoding";

/// How much of an error is kept, in characters.
const MAX_MESSAGE: usize = 4096;

/// How long a guid may be: the table's limit for a key, in bytes.
const MAX_GUID: usize = 2048;

/// Where consoles are, by the beginning of a region's name
/// (<https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>).
const CONSOLES: [(&str, &str); 4] = [
    ("cn-", "console.amazonaws.cn"),
    ("us-gov-", "console.amazonaws-us-gov.com"),
    ("eusc-", "console.amazonaws-eusc.eu"),
    ("", "console.aws.amazon.com"),
];

/// Where a workflow came from, for the record of a video that failed before it had one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub bucket: Option<String>,
    /// The key of the source.
    pub video: Option<String>,
    /// The key of the metadata file that named it.
    pub metadata_file: Option<String>,
    /// When the workflow started (RFC 3339).
    pub start_time: Option<String>,
}

impl Origin {
    fn of(event: &Value) -> Self {
        let known = |name| text(event, name).map(str::to_owned);
        Self {
            bucket: known(table::SRC_BUCKET),
            video: known(SRC_VIDEO),
            metadata_file: known(SRC_METADATA_FILE),
            start_time: known(table::START_TIME),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The workflow, if it had an id yet.
    pub guid: Option<String>,
    /// The source, as far as the report of a state machine knows it.
    pub source: Origin,
    /// The job that failed, if it was one.
    pub job: Option<String>,
    /// Where, what, and where to read more.
    pub failure: Failure,
}

impl Report {
    /// The failure that an event is about: an error that a state machine caught, one that a function reports itself, or
    /// a job that failed or was canceled; none for a job in another state. What has another shape is passed on as it is.
    pub fn of(event: &Value) -> Option<Self> {
        let guid = guid_of(event).filter(|guid| (1..=MAX_GUID).contains(&guid.len())).map(str::to_owned);
        if !JobEvent::is_one(event) {
            let failure = Failure {
                workflow_error_at: Some(text(event, "function").unwrap_or("unknown").to_owned()),
                error_message: Some(clipped(&said(event.get("error").unwrap_or(event)), MAX_MESSAGE)),
                error_details: text(event, "execution").and_then(execution_link),
            };
            return Some(Self { guid, source: Origin::of(event), job: None, failure });
        }
        let (job, message, link) = match JobEvent::deserialize(event) {
            Ok(JobEvent { region, detail }) => {
                let message = job_error(&detail)?;
                let link = (!region.is_empty())
                    .then(|| format!("{}#/jobs/summary/{}", console(&region, "mediaconvert"), detail.job_id));
                (Some(detail.job_id), message, link)
            }
            Err(error) => (None, format!("{error}: {event}"), None),
        };
        let failure = Failure {
            workflow_error_at: Some(ENCODING.to_owned()),
            error_message: Some(clipped(&message, MAX_MESSAGE)),
            error_details: link,
        };
        Some(Self { guid, source: Origin::default(), job, failure })
    }

    /// The function that failed, or the encoding.
    pub fn stage(&self) -> &str {
        self.failure.workflow_error_at.as_deref().unwrap_or_default()
    }
}

fn job_error(detail: &Detail) -> Option<String> {
    match detail.status.as_str() {
        "CANCELED" => Some("the job was canceled".to_owned()),
        "ERROR" => Some(match (detail.error_code, &detail.error_message) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => format!("error {code}"),
            (None, Some(message)) => message.clone(),
            (None, None) => "the job failed without a message".to_owned(),
        }),
        _ => None,
    }
}

/// What an error says of itself: a text, or its name and message in one of the usual shapes. The `Cause` that a state
/// machine gives for a function is a text with JSON in it.
fn said(error: &Value) -> String {
    let known = |name: &str| text(error, name);
    let cause = known("Cause").or_else(|| known("errorMessage")).or_else(|| known("message"));
    let name = known("Error").or_else(|| known("errorType")).or_else(|| known("name")).unwrap_or_default();
    let within = cause.and_then(|cause| serde_json::from_str::<Value>(cause).ok());
    match (error, cause, within) {
        (Value::String(text), ..) if !text.is_empty() => text.clone(),
        (_, Some(_), Some(within)) if text(&within, "errorMessage").is_some() => said(&within),
        (_, Some(cause), _) if name.is_empty() => cause.to_owned(),
        (_, Some(cause), _) => format!("{name}: {cause}"),
        (_, None, _) if !name.is_empty() => name.to_owned(),
        _ => error.to_string(),
    }
}

/// A member that is a text and not empty.
fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member)?.as_str().filter(|text| !text.is_empty())
}

/// The page of an execution, from its ARN.
fn execution_link(execution: &str) -> Option<String> {
    let mut parts = execution.split(':');
    let (_, _, service, region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (service == "states" && !region.is_empty())
        .then(|| format!("{}#/v2/executions/details/{execution}", console(region, service)))
}

fn console(region: &str, service: &str) -> String {
    let host = CONSOLES.iter().find(|(start, _)| region.starts_with(start)).map_or("", |(_, host)| host);
    format!("https://{host}/{service}/home?region={region}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const EXECUTION: &str = "arn:aws:states:eu-west-1:111122223333:execution:vod-process:5d8c";

    fn caught(error: &Value) -> Value {
        json!({"guid": "5d8c", "function": "encode", "error": error, "execution": EXECUTION})
    }

    #[test]
    fn what_errors_say() {
        let cause = json!({"errorType": "TemplateNotFound", "errorMessage": "no `hd`", "trace": ["a"]}).to_string();
        let busy = json!({"StatusCode": 429}).to_string();
        let table = [
            (json!({"Error": "TemplateNotFound", "Cause": cause}), "TemplateNotFound: no `hd`"),
            (json!({"Error": "States.Timeout"}), "States.Timeout"),
            (json!({"Error": "States.Timeout", "Cause": ""}), "States.Timeout"),
            (json!({"Error": "Lambda.Unknown", "Cause": "no error type"}), "Lambda.Unknown: no error type"),
            (json!({"Error": "Busy", "Cause": busy}), r#"Busy: {"StatusCode":429}"#),
            (json!("it broke"), "it broke"),
            (json!(""), r#""""#),
            (json!({"errorType": "E", "errorMessage": "m"}), "E: m"),
            (json!({"name": "E", "message": "m", "stack": "s"}), "E: m"),
            (json!({"code": 7}), r#"{"code":7}"#),
            (json!(7), "7"),
        ];
        for (error, said) in table {
            let report = Report::of(&caught(&error)).unwrap();
            assert_eq!(report.failure.error_message.as_deref(), Some(said), "{error}");
            assert_eq!((report.guid.as_deref(), report.job.as_deref(), report.stage()), (Some("5d8c"), None, "encode"));
        }
    }

    fn job(region: &str, detail: &Value) -> Value {
        let mut event = json!({
            "source": "aws.mediaconvert", "region": region,
            "detail": {"jobId": "1-a", "timestamp": 1, "userMetadata": {"guid": "5d8c", "workflow": "vod"}},
        });
        event["detail"].as_object_mut().unwrap().extend(detail.as_object().unwrap().clone());
        event
    }

    #[test]
    fn a_state_machine_tells_the_source() {
        let mut event = caught(&json!("x"));
        assert_eq!(Report::of(&event).unwrap().source, Origin::default());
        event["srcBucket"] = json!("source");
        event["srcVideo"] = json!("v.mp4");
        event["srcMetadataFile"] = json!("v.json");
        event["startTime"] = json!("2026-01-02T03:04:05Z");
        let known = |text: &str| Some(text.to_owned());
        assert_eq!(
            Report::of(&event).unwrap().source,
            Origin {
                bucket: known("source"),
                video: known("v.mp4"),
                metadata_file: known("v.json"),
                start_time: known("2026-01-02T03:04:05Z"),
            }
        );
    }

    #[test]
    fn jobs() {
        let reported = |detail: &Value| {
            let report = Report::of(&job("eu-west-1", detail))?;
            assert_eq!((report.guid.as_deref(), report.job.as_deref()), (Some("5d8c"), Some("1-a")));
            assert_eq!(report.stage(), "Encoding");
            report.failure.error_message
        };
        let error = json!({"status": "ERROR", "errorCode": 1404, "errorMessage": "no access"});
        assert_eq!(reported(&error).unwrap(), "1404: no access");
        assert_eq!(reported(&json!({"status": "ERROR", "errorCode": 1})).unwrap(), "error 1");
        assert_eq!(reported(&json!({"status": "ERROR"})).unwrap(), "the job failed without a message");
        assert_eq!(reported(&json!({"status": "CANCELED"})).unwrap(), "the job was canceled");
        assert_eq!(reported(&json!({"status": "COMPLETE"})), None);
    }

    #[test]
    fn links_lead_into_the_partitions_console() {
        let link = |event: &Value| Report::of(event).unwrap().failure.error_details;
        let mut links = Vec::new();
        for region in ["eu-west-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"] {
            links.extend(link(&job(region, &json!({"status": "CANCELED"}))));
        }
        links.extend(link(&caught(&json!("x"))));
        insta::assert_snapshot!(links.join("\n"), @r#"
            https://console.aws.amazon.com/mediaconvert/home?region=eu-west-1#/jobs/summary/1-a
            https://console.amazonaws.cn/mediaconvert/home?region=cn-north-1#/jobs/summary/1-a
            https://console.amazonaws-us-gov.com/mediaconvert/home?region=us-gov-west-1#/jobs/summary/1-a
            https://console.amazonaws-eusc.eu/mediaconvert/home?region=eusc-de-east-1#/jobs/summary/1-a
            https://console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/arn:aws:states:eu-west-1:111122223333:execution:vod-process:5d8c
        "#);
        let mut event = caught(&json!("x"));
        for execution in ["", "x", "arn:aws:states", "arn:aws:states::1:execution:a:b", "arn:aws:s3:eu-west-1:1:x"] {
            event["execution"] = json!(execution);
            assert_eq!(link(&event), None);
        }
    }

    #[test]
    fn what_has_no_form_is_reported_as_it_is() {
        let long = "ä".repeat(5000);
        let table = [
            (json!({"surprise": 1}), None, "unknown", r#"{"surprise":1}"#.to_owned()),
            (json!(null), None, "unknown", "null".to_owned()),
            (json!({"guid": 3, "function": "f", "error": long}), None, "f", format!("{}…", "ä".repeat(4096))),
            (json!({"guid": "", "function": "", "error": "e"}), None, "unknown", "e".to_owned()),
            (json!({"guid": "g".repeat(2049), "error": "e"}), None, "unknown", "e".to_owned()),
            (
                json!({"source": "aws.mediaconvert", "detail": {"userMetadata": {"guid": "g"}}}),
                Some("g"),
                "Encoding",
                r#"missing field `status`: {"source":"aws.mediaconvert","detail":{"userMetadata":{"guid":"g"}}}"#
                    .to_owned(),
            ),
        ];
        for (event, guid, stage, message) in table {
            let report = Report::of(&event).unwrap();
            assert_eq!((report.guid.as_deref(), report.stage()), (guid, stage));
            assert_eq!(report.failure.error_message, Some(message));
        }
    }

    proptest! {
        #[test]
        fn any_cause_is_reported(name in "\\PC{0,20}", cause in "\\PC{0,60}|\\{\"errorMessage\":\"\\PC{0,9}\"\\}") {
            let report = Report::of(&caught(&json!({"Error": name, "Cause": cause}))).unwrap();
            prop_assert!(report.failure.error_message.is_some_and(|message| !message.is_empty()));
        }
    }
}
