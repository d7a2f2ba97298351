//! Sends videos through the deployed workflows, and follows them.

mod plan;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use aws_smithy_types::{DateTime, date_time::Format};
use futures_util::{StreamExt as _, stream};
use pipeline::record::WorkflowStatus;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

pub use self::plan::{Item, PlanError, plan};
use super::{
    Deployment, Error, Folder, Session, http, proxy,
    records::{Records, State},
    upload::Target,
};

/// How many files are uploaded at once.
const UPLOADS: usize = 4;
/// The time between two looks at the workflows.
const PAUSE: Duration = Duration::from_millis(250);
/// That time while nothing but encoding goes on, which needs the processors more.
const ENCODING_PAUSE: Duration = Duration::from_secs(1);
/// Up to where encoding is not about to end, in percent.
const ENCODING: std::ops::RangeInclusive<u8> = 0..=84;
/// How long a workflow may take to start once its file is there.
const START: Duration = Duration::from_mins(5);

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
    /// It is encoded.
    Encoding {
        /// How far the job is, in percent.
        percent: u8,
    },
    /// It is published.
    Complete,
    /// It has failed, as its record tells.
    Failed,
    /// No workflow has started for it.
    NotStarted,
}

impl Stage {
    /// Whether nothing follows.
    #[must_use]
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

/// What became of a video.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The last stage that was seen.
    pub stage: Stage,
    /// Its record, with addresses that this machine reaches.
    pub record: Option<Value>,
}

/// The way into a running platform.
#[derive(Debug)]
pub struct Ingest {
    session: Session,
    deployment: Deployment,
    records: Records,
    bucket: String,
    storage: aws_sdk_s3::Client,
    http: http::Client,
}

impl Ingest {
    /// The platform of a folder.
    ///
    /// # Errors
    /// When none runs there, or nothing is deployed.
    pub fn new(folder: &Folder) -> Result<Self, Error> {
        let (session, deployment) = (Session::expect(folder)?, Deployment::expect(folder)?);
        let aws = session.way();
        Ok(Self {
            records: Records::new(&aws, &deployment)?,
            bucket: deployment.output("SourceBucket")?.to_owned(),
            storage: aws.s3(),
            http: http::Client::default(),
            session,
            deployment,
        })
    }

    /// What is deployed.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The address of a video's page, if the player is deployed.
    #[must_use]
    pub fn page(&self, guid: &str) -> Option<String> {
        self.deployment.output("PlayerUrl").ok()?;
        Some(format!("{}/#/v/{guid}", self.session.player()))
    }

    /// Uploads the items and follows them; `watch` gets every change of an item's stage.
    ///
    /// # Errors
    /// When a file cannot be uploaded, the platform does not answer, or `cancel` is canceled. Workflows that have
    /// started go on.
    pub async fn run(
        &self,
        items: &[Item],
        until: Until,
        cancel: &CancellationToken,
        watch: &(dyn Fn(usize, Stage) + Sync),
    ) -> Result<Vec<Outcome>, Error> {
        let since = second(SystemTime::now())?;
        let earlier: BTreeSet<String> = self.records.since(&since).await?.into_keys().collect();
        let followed = Followed { since, earlier, stages: Mutex::new(vec![None; items.len()]), watch };
        let uploads = async {
            let mut uploads = stream::iter(items.iter().enumerate())
                .map(|(index, item)| self.upload(index, item, cancel, &followed))
                .buffer_unordered(UPLOADS);
            while let Some(uploaded) = uploads.next().await {
                uploaded?;
            }
            Ok(())
        };
        let follow = self.follow(items, until, &followed);
        tokio::select! {
            both = async { tokio::try_join!(uploads, follow) } => both.map(|((), outcomes)| outcomes),
            () = async { cancel.cancelled().await; sleep(PAUSE).await } => Err(Error::Interrupted),
        }
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
        loop {
            sleep(followed.pause()).await;
            let mut states = self.records.since(&followed.since).await?;
            states.retain(|guid, _| !followed.earlier.contains(guid));
            let by_key: BTreeMap<&str, &State> = states.values().map(|state| (state.started_by(), state)).collect();
            for (index, item) in items.iter().enumerate() {
                let Some(last) = followed.get(index).filter(|stage| !stage.is_last()) else { continue };
                match state_of(item, &by_key) {
                    Some(state) => followed.set(index, self.stage(state).await),
                    None if last == Stage::Uploaded => {
                        let deadline = *deadlines[index].get_or_insert_with(|| Instant::now() + START);
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
        let answer = self.http.get_json(&url).await.ok()?;
        answer["job"]["jobPercentComplete"].as_u64()?.min(100).try_into().ok()
    }

    async fn record(&self, guid: &str) -> Result<Option<Value>, Error> {
        let domain = self.deployment.output("CloudFrontDomain")?;
        let record = self.records.get(guid).await?;
        Ok(record.map(|record| proxy::localized(record, domain, &self.session.player())))
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
        let encoding = |stage: &Stage| matches!(stage, Stage::Encoding { percent } if ENCODING.contains(percent));
        let waits = |stage: &Option<Stage>| stage.is_some_and(|stage| stage.is_last() || encoding(&stage));
        let all_wait = self.stages.lock().is_ok_and(|stages| stages.iter().all(waits));
        if all_wait { ENCODING_PAUSE } else { PAUSE }
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
