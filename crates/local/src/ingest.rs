//! Sends videos through the deployed workflows, and follows them.

mod fetch;
mod plan;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use aws_smithy_types::{DateTime, date_time::Format};
use futures_util::{StreamExt as _, stream};
use operate::{OperateError, videos::Videos};
use pipeline::record::WorkflowStatus;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

pub use self::fetch::{Fetched, name_in};
pub use self::plan::{Input, Item, PlanError, plan};
use super::{Deployment, Error, Folder, Session, http, upload::Target};

/// How many files are uploaded at once.
const MAX_UPLOADS: usize = 4;
/// The time between two looks at the workflows.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// That time while nothing but encoding goes on, which needs the processors more.
const ENCODING_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Up to where encoding is not about to end, in percent.
const STEADY_PERCENT: std::ops::RangeInclusive<u8> = 0..=84;
/// How long a workflow may take to start once its file is there.
const START_TIMEOUT: Duration = Duration::from_mins(5);

/// How far a video is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// On its way to the bucket.
    Uploading {
        /// How much is there, in percent.
        percent: u8,
    },
    /// In the bucket; its workflow is about to start.
    Uploaded,
    /// It is looked at.
    Ingest,
    Encoding {
        /// How far the job is, in percent.
        percent: u8,
    },
    /// It is published.
    Complete,
    /// It has failed, as its record says.
    Failed,
    /// No workflow has started for it.
    NotStarted,
}

impl Stage {
    /// Whether nothing follows.
    pub fn is_last(self) -> bool {
        matches!(self, Self::Complete | Self::Failed | Self::NotStarted)
    }
}

/// How long to follow videos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until their workflows have started.
    Started,
    /// Until their workflows have ended.
    Ended,
}

/// As much of a record as says how far its workflow is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    guid: String,
    /// Empty where the very first step failed.
    #[serde(default)]
    src_video: String,
    #[serde(default)]
    src_metadata_file: Option<String>,
    workflow_status: WorkflowStatus,
    #[serde(default)]
    encode_job_id: Option<String>,
}

/// What became of a video.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The last stage that was seen.
    pub stage: Stage,
    /// Its record, with addresses that this machine reaches.
    pub record: Option<Value>,
}

#[derive(Deserialize)]
struct JobAnswer {
    job: JobProgress,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobProgress {
    job_percent_complete: Option<u8>,
}

/// The way into a running platform.
#[derive(Debug)]
pub struct Ingest {
    session: Session,
    deployment: Deployment,
    videos: Videos,
    bucket: String,
    storage: aws_sdk_s3::Client,
    http: http::Client,
}

impl Ingest {
    pub fn new(folder: &Folder) -> Result<Self, Error> {
        let (session, deployment) = (Session::expect(folder)?, Deployment::expect(folder)?);
        let aws = session.way();
        Ok(Self {
            videos: Videos::new(
                &aws,
                deployment.output("WorkflowTable")?.to_owned(),
                deployment.output("SourceBucket")?.to_owned(),
            ),
            bucket: deployment.output("SourceBucket")?.to_owned(),
            storage: aws.s3(),
            http: http::Client::default(),
            session,
            deployment,
        })
    }

    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The address of a video's page, if the player is deployed.
    pub fn page(&self, guid: &str) -> Option<String> {
        self.deployment.output("PlayerUrl").ok()?;
        Some(pipeline::player::address(&format!("{}/", self.session.player()), guid))
    }

    /// Uploads the items and follows them; `watch` gets every change of an item's stage. Workflows that have started go on
    /// after an error or a cancellation.
    pub async fn run(
        &self,
        items: &[Item],
        until: Until,
        cancel: &CancellationToken,
        watch: &(dyn Fn(usize, Stage) + Sync),
    ) -> Result<Vec<Outcome>, Error> {
        let since = second(SystemTime::now())?;
        let earlier = self.states(&since).await?.into_iter().map(|state| state.guid).collect();
        let followed = Followed { since, earlier, stages: Mutex::new(vec![None; items.len()]), watch };
        let uploads = async {
            let mut uploads = stream::iter(items.iter().enumerate())
                .map(|(index, item)| self.upload(index, item, cancel, &followed))
                .buffer_unordered(MAX_UPLOADS);
            while let Some(uploaded) = uploads.next().await {
                uploaded?;
            }
            Ok(())
        };
        let follow = self.follow(items, until, &followed);
        tokio::select! {
            both = async { tokio::try_join!(uploads, follow) } => both.map(|((), outcomes)| outcomes),
            () = async { cancel.cancelled().await; sleep(POLL_INTERVAL).await } => Err(Error::Interrupted),
        }
    }

    /// The states of the workflows that started at a time or later, in the order of their guids.
    async fn states(&self, since: &str) -> Result<Vec<State>, Error> {
        let mut states: Vec<State> = self.videos.list(Some(since)).await?;
        states.sort_by(|one, other| one.guid.cmp(&other.guid));
        Ok(states)
    }

    async fn upload(
        &self,
        index: usize,
        item: &Item,
        cancel: &CancellationToken,
        followed: &Followed<'_>,
    ) -> Result<(), Error> {
        let target = |key| Target { client: &self.storage, bucket: &self.bucket, key };
        followed.set(index, Stage::Uploading { percent: 0 });
        for (file, key) in &item.companions {
            target(key).upload(file, cancel, |_, _| {}).await?;
        }
        let advance = |done, size| followed.set(index, Stage::Uploading { percent: percent(done, size) });
        target(&item.key).upload(&item.file, cancel, advance).await?;
        if let Some((key, document)) = &item.metadata {
            let mut file = tempfile::NamedTempFile::new()?;
            file.write_all(document.to_string().as_bytes())?;
            target(key).upload(file.path(), cancel, |_, _| {}).await?;
        }
        followed.set(index, Stage::Uploaded);
        Ok(())
    }

    async fn follow(&self, items: &[Item], until: Until, followed: &Followed<'_>) -> Result<Vec<Outcome>, Error> {
        let mut deadlines: Vec<Option<Instant>> = vec![None; items.len()];
        let timeout = START_TIMEOUT + Duration::from_secs(self.deployment.metadata_wait_seconds.into());
        loop {
            sleep(followed.pause()).await;
            let mut states = self.states(&followed.since).await?;
            states.retain(|state| !followed.earlier.contains(&state.guid));
            let by_key: BTreeMap<&str, &State> = states
                .iter()
                .map(|state| (state.src_metadata_file.as_deref().unwrap_or(&state.src_video), state))
                .collect();
            for (index, item) in items.iter().enumerate() {
                let Some(last) = followed.get(index).filter(|stage| !stage.is_last()) else { continue };
                match state_of(item, &by_key) {
                    Some(state) => followed.set(index, self.stage(state).await),
                    None if last == Stage::Uploaded => {
                        let deadline = *deadlines[index].get_or_insert_with(|| Instant::now() + timeout);
                        if Instant::now() > deadline {
                            followed.set(index, Stage::NotStarted);
                        }
                    }
                    None => {}
                }
            }
            if (0..items.len()).all(|index| followed.is_done(index, until)) {
                let mut outcomes = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let record = match state_of(item, &by_key) {
                        Some(state) => self.record(&state.guid).await?,
                        None => None,
                    };
                    outcomes.push(Outcome { stage: followed.get(index).unwrap_or(Stage::NotStarted), record });
                }
                return Ok(outcomes);
            }
        }
    }

    async fn stage(&self, state: &State) -> Stage {
        match (state.workflow_status, &state.encode_job_id) {
            (WorkflowStatus::Ingest, _) => Stage::Ingest,
            (WorkflowStatus::Encoding, job) => {
                let percent = match job {
                    Some(job) => self.job_percent(job).await,
                    None => None,
                };
                Stage::Encoding { percent: percent.unwrap_or(0) }
            }
            (WorkflowStatus::Complete, _) => Stage::Complete,
            (WorkflowStatus::Error, _) => Stage::Failed,
        }
    }

    /// How far a job is; that a transcoder does not say is no reason to stop following.
    async fn job_percent(&self, job: &str) -> Option<u8> {
        let url = format!("{}/2017-08-29/jobs/{job}", self.session.mediaconvert());
        let answer: JobAnswer = self.http.get_json(&url).await.ok()?;
        Some(answer.job.job_percent_complete?.min(100))
    }

    async fn record(&self, guid: &str) -> Result<Option<Value>, Error> {
        let domain = self.deployment.output("CloudFrontDomain")?;
        match self.videos.record(guid).await {
            Ok(record) => Ok(Some(self.session.localized(record, domain))),
            Err(OperateError::NoVideo { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// How far an item's workflow is. One that failed before it was recorded knows of its video, but not of a metadata file.
fn state_of<'s>(item: &Item, by_key: &BTreeMap<&str, &'s State>) -> Option<&'s State> {
    let failed = || by_key.get(item.key.as_str()).filter(|state| state.workflow_status == WorkflowStatus::Error);
    by_key.get(item.starter()).or_else(failed).copied()
}

/// The items' stages, as far as they are known.
struct Followed<'a> {
    since: String,
    /// The guids that were there before.
    earlier: BTreeSet<String>,
    stages: Mutex<Vec<Option<Stage>>>,
    watch: &'a (dyn Fn(usize, Stage) + Sync),
}

impl Followed<'_> {
    fn get(&self, index: usize) -> Option<Stage> {
        self.stages.lock().ok()?.get(index).copied().flatten()
    }

    fn set(&self, index: usize, stage: Stage) {
        if let Ok(mut stages) = self.stages.lock()
            && stages[index] != Some(stage)
        {
            stages[index] = Some(stage);
            (self.watch)(index, stage);
        }
    }

    /// How long to wait for the next look.
    fn pause(&self) -> Duration {
        let encoding = |stage: &Stage| matches!(stage, Stage::Encoding { percent } if STEADY_PERCENT.contains(percent));
        let waits = |stage: &Option<Stage>| stage.is_some_and(|stage| stage.is_last() || encoding(&stage));
        let all_wait = self.stages.lock().is_ok_and(|stages| stages.iter().all(waits));
        if all_wait { ENCODING_POLL_INTERVAL } else { POLL_INTERVAL }
    }

    fn is_done(&self, index: usize, until: Until) -> bool {
        self.get(index).is_some_and(|stage| match until {
            Until::Ended => stage.is_last(),
            Until::Started => stage.is_last() || matches!(stage, Stage::Ingest | Stage::Encoding { .. }),
        })
    }
}

/// The beginning of every time in this second, whether it is written with a fraction or without.
fn second(time: SystemTime) -> Result<String, Error> {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let time = DateTime::from_secs(i64::try_from(seconds).unwrap_or_default()).fmt(Format::DateTime);
    Ok(time.map_err(|error| Error::answer("the time", error))?.trim_end_matches('Z').to_owned())
}

fn percent(done: u64, size: u64) -> u8 {
    let percent = u128::from(done) * 100 / u128::from(size.max(1));
    percent.min(100).try_into().unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_comes_before_all_its_times() {
        let second = second(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500)).unwrap();
        assert_eq!(second, "1970-01-01T00:00:01");
        assert!(["1970-01-01T00:00:01Z", "1970-01-01T00:00:01.000Z"].iter().all(|time| second.as_str() <= *time));
        assert!("1970-01-01T00:00:00.999Z" < second.as_str());
    }
}
