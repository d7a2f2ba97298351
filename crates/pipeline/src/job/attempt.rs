//! Which job of `MediaConvert` a request would make a second time: a repeat adopts that job instead of paying twice.
//!
//! The service itself knows a repeat by the request's token, but for one minute only (service model,
//! `CreateJobRequest.ClientRequestToken`). A step that is retried later, after a timeout or a redrive, asks for the
//! jobs of the source and looks for its own token among them.

use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::{record::Record, settings::UnknownWord};

/// How long after a video's start its first job cannot be older than the minute for which the service knows the token,
/// in milliseconds; the rest of the minute is for clocks that differ.
const TOKEN_COVERS: i64 = 50_000;

/// How much of a source's address a search takes, in characters (service model, `SearchJobsRequest.InputFile`).
const SEARCH_CHARACTERS: usize = 300;

/// How far a job is, as `MediaConvert` reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, strum::VariantNames)]
#[strum(serialize_all = "UPPERCASE", const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum JobStatus {
    /// It waits in its queue.
    Submitted,
    /// It is being encoded.
    Progressing,
    /// Its outputs are there.
    Complete,
    Canceled,
    Error,
}

impl JobStatus {
    /// Whether the job has brought, or will bring, outputs.
    pub const fn is_alive(self) -> bool {
        matches!(self, Self::Submitted | Self::Progressing | Self::Complete)
    }
}

/// A job that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundJob {
    pub id: String,
    /// The token of the request that made it.
    pub token: String,
    pub status: JobStatus,
    /// When it was made (RFC 3339, UTC).
    pub created: String,
}

/// One attempt to encode a video: the token of its request, and the job that the request has made already, if it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What the service knows a repeat of the request by.
    pub token: String,
    /// The job of this attempt that exists.
    pub job: Option<FoundJob>,
}

impl Attempt {
    /// The attempt that a record asks for, given the jobs of its source, the newest first.
    ///
    /// The first attempt's token is the guid; each later one follows from the job of the attempt before: the one that
    /// the record names, or one that failed or was canceled before the record knew of it.
    pub fn of(record: &Record, jobs: &[FoundJob]) -> Self {
        let mut token = token(&record.guid, record.encoding.encode_job_id.as_deref());
        // Each turn leaves an attempt behind, of which there are no more than jobs.
        for _ in jobs {
            let mut own = jobs.iter().filter(|job| job.token == token);
            if let Some(job) = own.clone().find(|job| job.status.is_alive()) {
                return Self { token, job: Some(job.clone()) };
            }
            let Some(dead) = own.next() else { break };
            token = self::token(&record.guid, Some(&dead.id));
        }
        Self { token, job: None }
    }
}

fn token(guid: &str, former: Option<&str>) -> String {
    match former {
        None => guid.to_owned(),
        Some(former) => Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{guid} {former}").as_bytes()).to_string(),
    }
}

/// Whether a job of a video may exist that the service no longer knows by its token; `age` are the milliseconds since
/// the video's start, where that is known.
///
/// A video that has only just arrived is not asked for, which halves the calls of a bulk upload.
pub fn may_exist(age: Option<i64>) -> bool {
    !age.is_some_and(|age| (0..TOKEN_COVERS).contains(&age))
}

/// What finds the jobs of a source: its address, or the end of a long one.
pub fn search_term(url: &str) -> &str {
    let start = url.char_indices().rev().nth(SEARCH_CHARACTERS - 1).map_or(0, |(start, _)| start);
    &url[start..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::record::sample;

    fn record(former: Option<&str>) -> Record {
        sample(&json!({"guid": "5d8c", "encodeJobId": former}))
    }

    fn found(id: &str, token: &str, status: JobStatus) -> FoundJob {
        FoundJob { id: id.to_owned(), token: token.to_owned(), status, created: "2026-01-02T03:05:05Z".to_owned() }
    }

    #[test]
    fn the_living_job_of_the_same_attempt_is_adopted() {
        for &status in JobStatus::VARIANTS {
            let attempt = Attempt::of(&record(None), &[found("1-x", "other", status), found("1-a", "5d8c", status)]);
            assert_eq!(attempt.job.map(|job| job.id), status.is_alive().then(|| "1-a".to_owned()), "{status}");
            assert_eq!(attempt.token == "5d8c", status.is_alive(), "{status}");
        }
    }

    #[test]
    fn a_retry_on_purpose_is_another_attempt() {
        let first = found("1-a", "5d8c", JobStatus::Complete);
        let second = Attempt::of(&record(Some("1-a")), std::slice::from_ref(&first));
        assert_eq!(second.job, None);
        assert_ne!(second.token, "5d8c");
        // Its own repeat finds its job.
        let made = found("1-b", &second.token, JobStatus::Submitted);
        let repeat = Attempt::of(&record(Some("1-a")), &[made.clone(), first]);
        assert_eq!(repeat, Attempt { token: second.token, job: Some(made) });
    }

    #[test]
    fn after_jobs_that_the_record_never_knew_of_the_token_is_a_new_one() {
        let first = found("1-a", "5d8c", JobStatus::Error);
        let second = Attempt::of(&record(None), std::slice::from_ref(&first));
        let canceled = found("1-b", &second.token, JobStatus::Canceled);
        let third = Attempt::of(&record(None), &[canceled, first]);
        assert_eq!(third.job, None);
        assert!(third.token != second.token && second.token != "5d8c");
    }

    #[test]
    fn a_job_is_asked_for_when_the_token_may_be_forgotten() {
        for (age, asked) in [
            (Some(0), false),
            (Some(49_999), false),
            (Some(50_000), true),
            (Some(i64::MAX), true),
            (Some(-1), true),
            (None, true),
        ] {
            assert_eq!(may_exist(age), asked, "{age:?}");
        }
    }

    proptest! {
        #[test]
        fn a_search_is_the_end_of_the_address(url in "s3://source/[a-z/é🎬 ]{0,400}") {
            let term = search_term(&url);
            prop_assert!(url.ends_with(term));
            prop_assert_eq!(term.chars().count(), url.chars().count().min(SEARCH_CHARACTERS));
        }
    }
}
