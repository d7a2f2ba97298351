//! The `detail` of each event, as "List of MediaConvert EventBridge events" in AWS's user guide has it.

use serde_json::{Map, Value, json};

use crate::service::{
    account::{Account, Kind},
    store::{Job, Transition},
};
use crate::work::{Completed, InputDetail, JobFailure, Phase, Warning};

/// What happened to a job.
#[derive(Debug)]
pub(crate) enum Happened {
    Progressing,
    StatusUpdate,
    InputInformation(Vec<InputDetail>),
    NewWarning(Warning),
    QueueHop { hop: Transition, previous_priority: i64 },
    Complete(Completed),
    Error(JobFailure),
    Canceled,
}

impl Happened {
    const fn status(&self) -> &'static str {
        match self {
            Self::Progressing => "PROGRESSING",
            Self::StatusUpdate => "STATUS_UPDATE",
            Self::InputInformation(_) => "INPUT_INFORMATION",
            Self::NewWarning(_) => "NEW_WARNING",
            Self::QueueHop { .. } => "QUEUE_HOP",
            Self::Complete(_) => "COMPLETE",
            Self::Error(_) => "ERROR",
            Self::Canceled => "CANCELED",
        }
    }
}

/// The `detail` of what happened to a job, at a time in milliseconds since 1970.
pub(crate) fn detail(happened: &Happened, job: &Job, account: &Account, at: u64) -> Value {
    let metadata = job.request.tree().get_mut("UserMetadata").map_or_else(|| json!({}), Value::take);
    let mut detail = json!({
        "timestamp": at,
        "accountId": account.id,
        "queue": account.arn(Kind::Queue, &job.queue),
        "jobId": job.id,
        "status": happened.status(),
        "userMetadata": metadata,
    });
    let own = match happened {
        Happened::Progressing | Happened::Canceled => json!({}),
        Happened::StatusUpdate => json!({ "jobProgress": progress(job) }),
        Happened::InputInformation(inputs) => json!({ "inputDetails": inputs }),
        Happened::NewWarning(warning) => {
            json!({ "warningCode": warning.code.to_string(), "warningMessage": warning.message })
        }
        Happened::QueueHop { hop, previous_priority } => json!({
            "previousQueue": account.arn(Kind::Queue, &hop.from),
            "priority": job.priority,
            "previousPriority": previous_priority,
        }),
        Happened::Complete(completed) => {
            let mut own = json!(completed);
            if !job.warnings.is_empty() {
                own["warnings"] = warnings(job);
            }
            own
        }
        Happened::Error(failure) => json!({ "errorCode": failure.code, "errorMessage": failure.message }),
    };
    if let (Value::Object(detail), Value::Object(own)) = (&mut detail, own) {
        detail.extend(own);
    }
    detail
}

/// The warnings of a job, by code.
pub(crate) fn warnings(job: &Job) -> Value {
    job.warnings.iter().map(|(code, count)| json!({ "code": code, "count": count })).collect()
}

const PHASES: [(Phase, &str); 3] =
    [(Phase::Probing, "PROBING"), (Phase::Transcoding, "TRANSCODING"), (Phase::Uploading, "UPLOADING")];

fn progress(job: &Job) -> Value {
    let current = job.phase.unwrap_or(Phase::Probing);
    let phases = PHASES.iter().map(|(phase, name)| {
        let (status, percent) = match phase.cmp(&current) {
            std::cmp::Ordering::Less => ("COMPLETE", 100),
            std::cmp::Ordering::Equal => ("PROGRESSING", job.percent),
            std::cmp::Ordering::Greater => ("PENDING", 0),
        };
        ((*name).to_owned(), json!({ "status": status, "percentComplete": percent }))
    });
    json!({
        "phaseProgress": phases.collect::<Map<_, _>>(),
        "jobPercentComplete": percent(current, job.percent),
        "currentPhase": current,
        "retryCount": job.retries,
    })
}

/// How much of a whole job is done, given how much of a phase is: encoding is nearly all the work.
pub(crate) fn percent(phase: Phase, of_phase: u8) -> u8 {
    let (before, share) = match phase {
        Phase::Probing => (0, 5),
        Phase::Transcoding => (5, 85),
        Phase::Uploading => (90, 10),
    };
    u8::try_from(before + share * u32::from(of_phase.min(100)) / 100).unwrap_or(100)
}
