//! What starts a failed workflow once more: the state machine that failed, with the input that it had. And what encodes a
//! video again, whatever became of it.

use serde_json::{Value, json};

use super::{Names, Start, TriggerError, name::is_guid, publish};
use crate::{
    arrival::Arrival,
    contract::{Handler, Workflow},
    ingest::Request,
    record::{StartedBy, Stored, WorkflowStatus, table},
    report::ENCODING,
};

/// Which state machine a failed step is of, where its record names no execution. The record is stored, and the topic
/// announced, by more than one machine: these steps do not say.
const STEPS: [(&str, Workflow); 11] = [
    (Handler::InputValidate.into_str(), Workflow::Ingest),
    (Handler::Mediainfo.into_str(), Workflow::Ingest),
    ("start-process", Workflow::Ingest),
    (Handler::Profiler.into_str(), Workflow::Process),
    (Handler::Encode.into_str(), Workflow::Process),
    (ENCODING, Workflow::Process),
    // As records from before have it.
    ("encoding", Workflow::Process),
    (Handler::OutputValidate.into_str(), Workflow::Publish),
    (Handler::ArchiveSource.into_str(), Workflow::Publish),
    (Handler::MediaPackageAssets.into_str(), Workflow::Publish),
    (Handler::SqsPublish.into_str(), Workflow::Publish),
];

/// Where a workflow failed, from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    pub guid: String,
    /// The state machine that failed, or whose job did.
    pub workflow: Workflow,
    /// The ARN of the execution that failed, where the record names it.
    pub execution: Option<String>,
}

/// Why a video cannot be tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RetryError {
    #[error("the video {guid} has not failed: it is `{status}`")]
    NotFailed { guid: String, status: String },
    #[error("the file of {guid} is no video by its name")]
    NoVideo { guid: String },
    #[error("the video {guid} cannot be encoded: its ingest failed, so nobody knows yet what is in it")]
    NotIngested { guid: String },
    #[error("the video {guid} is in progress: it is `{status}`")]
    InProgress { guid: String, status: String },
    #[error("the record of {guid} does not tell which workflow failed: it names `{stage}`")]
    UnknownStage { guid: String, stage: String },
    #[error("Step Functions does not know any more what the {} workflow of {guid} was started with", .workflow.into_str())]
    NoInput { guid: String, workflow: Workflow },
    #[error(transparent)]
    Trigger(#[from] TriggerError),
}

impl Retry {
    /// Reads the record of a failed workflow.
    pub fn of(record: &Stored) -> Result<Self, RetryError> {
        let guid = record.guid.clone();
        if !is_guid(&guid) {
            return Err(TriggerError::InvalidGuid.into());
        }
        if record.workflow_status != Some(WorkflowStatus::Error) {
            let status = record.workflow_status.map(|status| status.to_string());
            return Err(RetryError::NotFailed { guid, status: status.unwrap_or_default() });
        }
        let stage = record.failure.workflow_error_at.as_deref().unwrap_or_default();
        if stage == Handler::StepFunctions.into_str() {
            return Err(RetryError::NoVideo { guid });
        }
        let execution = record.failure.error_details.as_deref().and_then(execution);
        let workflow = execution.and_then(machine).or_else(|| {
            let step = STEPS.iter().find(|(step, _)| *step == stage);
            step.map(|(_, workflow)| *workflow)
        });
        let Some(workflow) = workflow else {
            return Err(RetryError::UnknownStage { guid, stage: stage.to_owned() });
        };
        Ok(Self { guid, workflow, execution: execution.map(str::to_owned) })
    }

    /// The execution to start: under a name that is free, with `input`, which the failed execution had. Without it, the
    /// encoding needs nothing but the guid, and the ingest what the record says of the source.
    pub fn start(&self, record: &Stored, input: Option<&Value>) -> Result<Start, RetryError> {
        let (guid, workflow) = (&self.guid, self.workflow);
        let start = |input| Start { workflow, guid: guid.clone(), names: Names::again(guid), input };
        let no_input = || RetryError::NoInput { guid: guid.clone(), workflow };
        match (workflow, input) {
            (Workflow::Process, _) => Ok(start(json!({ table::GUID: guid }))),
            (Workflow::Ingest, Some(input)) => Ok(start(input.clone())),
            (Workflow::Ingest, None) => Ok(start(json!(request(record).ok_or_else(no_input)?))),
            (Workflow::Publish, Some(event)) => match publish(event) {
                Ok(start) if start.guid == *guid => Ok(start.again()),
                _ => Err(no_input()),
            },
            (Workflow::Publish, None) => Err(no_input()),
        }
    }
}

/// What encodes a video again: one that is published, or one that failed after it was ingested.
pub fn encode(record: &Stored) -> Result<Start, RetryError> {
    let guid = record.guid.clone();
    if !is_guid(&guid) {
        return Err(TriggerError::InvalidGuid.into());
    }
    match record.workflow_status {
        Some(WorkflowStatus::Complete) => {}
        Some(WorkflowStatus::Error) => match Retry::of(record) {
            Ok(Retry { workflow: Workflow::Ingest, .. }) => return Err(RetryError::NotIngested { guid }),
            Err(error @ RetryError::NoVideo { .. }) => return Err(error),
            _ => {}
        },
        status => {
            let status = status.map(|status| status.to_string()).unwrap_or_default();
            return Err(RetryError::InProgress { guid, status });
        }
    }
    let input = json!({ table::GUID: guid });
    Ok(Start { workflow: Workflow::Process, names: Names::again(&guid), guid, input })
}

/// The arrival that a record is about: of the metadata file, if there was one.
fn request(record: &Stored) -> Option<Request> {
    let source = &record.source;
    let (workflow_trigger, key, version_id) = match &source.src_metadata_file {
        // The version that is recorded is the video's.
        Some(file) => (StartedBy::Metadata, file, None),
        None => (StartedBy::Video, source.src_video.as_ref()?, source.src_version_id.clone()),
    };
    let event_time = Some(record.start_time.clone()).filter(|time| !time.is_empty());
    let (bucket, key) = (source.src_bucket.clone()?, key.clone());
    let arrival = Arrival { bucket, key, version_id, sequencer: None, event_time };
    Some(Request { guid: record.guid.clone(), workflow_trigger, arrival })
}

/// The ARN of the execution that a link leads to.
fn execution(link: &str) -> Option<&str> {
    let at = link.find("arn:")?;
    let arn = &link[at..];
    (arn.split(':').nth(2) == Some("states")).then_some(arn)
}

/// The state machine of an execution (`arn:…:execution:<machine>:<name>`): its name ends in the workflow's.
fn machine(execution: &str) -> Option<Workflow> {
    let name = execution.split(':').nth(6)?;
    let (_, last) = name.rsplit_once('-')?;
    last.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/";

    fn failed(stage: &str, execution: Option<&str>) -> Stored {
        let mut record = json!({
            "guid": "5d8c", "workflowStatus": "Error", "workflowErrorAt": stage, "srcBucket": "source",
            "srcVideo": "a b.mp4", "srcVersionId": "v1", "startTime": "2026-01-02T03:04:05Z",
        });
        if let Some(execution) = execution {
            record["errorDetails"] = json!(format!("{LINK}arn:aws:states:eu-west-1:1:execution:{execution}"));
        }
        Stored::read(&record).unwrap()
    }

    fn event() -> Value {
        json!({
            "source": "aws.mediaconvert", "detail-type": "MediaConvert Job State Change",
            "detail": {"status": "COMPLETE", "jobId": "1700-a", "userMetadata": {"guid": "5d8c"}},
        })
    }

    #[test]
    fn the_machine_that_failed() {
        use Workflow::{Ingest, Process, Publish};
        let table = [
            ("mediainfo", Some("vod-ingest:5d8c"), Some(Ingest)),
            ("dynamo-update", Some("my-vod-process:5d8c-2"), Some(Process)),
            ("dynamo-update", Some("vod-publish:5d8c-1700-a"), Some(Publish)),
            ("cancel", Some("vod-publish:x"), Some(Publish)),
            ("sns-notification", None, None),
            ("dynamo-update", Some("vod-other:x"), None),
            ("start-process", None, Some(Ingest)),
            ("encode", None, Some(Process)),
            ("encoding", None, Some(Process)),
            ("Encoding", None, Some(Process)),
            ("archive-source", None, Some(Publish)),
            ("unknown", None, None),
        ];
        for (stage, execution, workflow) in table {
            let again = Retry::of(&failed(stage, execution));
            assert_eq!(again.as_ref().ok().map(|again| again.workflow), workflow, "{stage} {execution:?}: {again:?}");
        }
        let mut job = failed("encoding", None);
        let link = "https://console.aws.amazon.com/mediaconvert/home?region=eu-west-1#/jobs/summary/1";
        job.failure.error_details = Some(link.to_owned());
        assert_eq!(Retry::of(&job).unwrap().execution, None);
    }

    #[test]
    fn only_failed_videos() {
        let mut fine = failed("encode", None);
        fine.workflow_status = Some(WorkflowStatus::Complete);
        insta::assert_snapshot!(Retry::of(&fine).unwrap_err(), @"the video 5d8c has not failed: it is `Complete`");
        insta::assert_snapshot!(Retry::of(&failed("step-functions", None)).unwrap_err(), @"the file of 5d8c is no video by its name");
        insta::assert_snapshot!(Retry::of(&failed("dynamo-update", None)).unwrap_err(), @"the record of 5d8c does not tell which workflow failed: it names `dynamo-update`");
        assert!(Retry::of(&Stored { guid: "a/b".to_owned(), ..failed("encode", None) }).is_err());
    }

    #[test]
    fn an_encoding_needs_the_guid_alone() {
        let record = failed("encoding", None);
        let start = Retry::of(&record).unwrap().start(&record, None).unwrap();
        assert_eq!((start.workflow, start.input), (Workflow::Process, json!({"guid": "5d8c"})));
        assert_eq!(start.names.iter().take(2).collect::<Vec<_>>(), ["5d8c", "5d8c-2"]);
    }

    #[test]
    fn an_ingest_is_what_it_was_or_what_the_record_tells() {
        let record = failed("mediainfo", None);
        let again = Retry::of(&record).unwrap();
        let given = json!({"guid": "5d8c", "key": "k"});
        assert_eq!(again.start(&record, Some(&given)).unwrap().input, given);
        let input = again.start(&record, None).unwrap().input;
        assert_eq!(
            input,
            json!({"guid": "5d8c", "workflowTrigger": "Video", "bucket": "source", "key": "a b.mp4", "versionId": "v1",
                "eventTime": "2026-01-02T03:04:05Z"})
        );
        let mut described = record.clone();
        described.source.src_metadata_file = Some("a.json".to_owned());
        let input: Request = serde_json::from_value(again.start(&described, None).unwrap().input).unwrap();
        assert_eq!((input.workflow_trigger, input.arrival.key.as_str()), (StartedBy::Metadata, "a.json"));
        assert_eq!(input.arrival.version_id, None);
        let mut early = failed("input-validate", None);
        early.source.src_video = None;
        let error = again.start(&early, None).unwrap_err();
        insta::assert_snapshot!(error, @"Step Functions does not know any more what the ingest workflow of 5d8c was started with");
    }

    #[test]
    fn a_publication_needs_the_event_of_its_job() {
        let record = failed("output-validate", None);
        let again = Retry::of(&record).unwrap();
        let start = again.start(&record, Some(&event())).unwrap();
        assert_eq!((start.workflow, &start.input), (Workflow::Publish, &event()));
        assert_eq!(start.names.iter().take(2).collect::<Vec<_>>(), ["5d8c-1700-a", "5d8c-1700-a-2"]);
        for other in [None, Some(json!({"guid": "5d8c"})), Some(json!(7))] {
            assert!(matches!(again.start(&record, other.as_ref()), Err(RetryError::NoInput { .. })), "{other:?}");
        }
    }

    #[test]
    fn what_is_published_or_failed_after_its_ingest_is_encoded_again() {
        let mut published = failed("", None);
        published.workflow_status = Some(WorkflowStatus::Complete);
        for record in [published, failed("output-validate", None), failed("Encoding", None), failed("unknown", None)] {
            let start = encode(&record).unwrap();
            assert_eq!((start.workflow, start.input), (Workflow::Process, json!({"guid": "5d8c"})));
            assert_eq!(start.names.iter().take(2).collect::<Vec<_>>(), ["5d8c", "5d8c-2"]);
        }
        insta::assert_snapshot!(encode(&failed("mediainfo", None)).unwrap_err(), @"the video 5d8c cannot be encoded: its ingest failed, so nobody knows yet what is in it");
        insta::assert_snapshot!(encode(&failed("step-functions", None)).unwrap_err(), @"the file of 5d8c is no video by its name");
        let mut running = failed("", None);
        running.workflow_status = Some(WorkflowStatus::Encoding);
        insta::assert_snapshot!(encode(&running).unwrap_err(), @"the video 5d8c is in progress: it is `Encoding`");
        assert!(encode(&Stored { guid: "a/b".to_owned(), ..failed("encode", None) }).is_err());
    }
}
