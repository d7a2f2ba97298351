//! Carries out one job: inspects its inputs, plans, encodes, packages and stores. It knows nothing of HTTP or of other
//! jobs.

mod abr;
mod captions;
mod capture;
mod clipping;
mod encode;
mod filter;
mod inspect;
mod manifest;
mod overlay;
mod package;
mod plan;
mod probe;
mod process;
mod storage;
mod timecode;

#[cfg(all(test, feature = "media-samples"))]
#[path = "../../tests/media_parts/mod.rs"]
mod parts;

use std::{
    error::Error,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_types::SdkConfig;
use futures_util::{StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::{
    captions::Loader,
    package::Packed,
    plan::Package,
    process::{Progress, Runner},
    storage::{BadLocation, Destination, Storage, StorageError, Upload, UploadError},
    timecode::FrameRate,
};
use crate::{
    config::Config,
    work::{Completed, Engine, JobFailure, Limits, OutputDetail, OutputGroupDetail, Phase, Update, Work},
};

const PROBE_TIMEOUT: Duration = Duration::from_mins(1);
/// How many groups are packaged and stored at once: while one goes up, the next is packaged.
const CONCURRENT_GROUPS: usize = 2;

#[derive(Debug)]
pub struct Ffmpeg {
    storage: Storage,
    limits: Limits,
    /// The folder that probes work in; they leave nothing there.
    scratch: PathBuf,
}

impl Ffmpeg {
    /// An engine within the limits of a configuration, which calls S3 where the configuration or else `sdk` says.
    #[must_use]
    pub fn new(config: &Config, sdk: &SdkConfig) -> Arc<Self> {
        let mut settings = sdk.to_builder();
        settings.set_endpoint_url(config.s3_endpoint.clone().or_else(|| sdk.endpoint_url().map(str::to_owned)));
        let storage = Storage::new(&settings.build(), config.files.clone());
        Arc::new(Self { storage, limits: config.limits.clone(), scratch: config.state.join("probe") })
    }
}

impl Engine for Ffmpeg {
    fn run(&self, work: Work) -> BoxFuture<'_, Result<Completed, JobFailure>> {
        Box::pin(run(work, &self.storage, &self.limits))
    }

    fn probe<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Value, JobFailure>> {
        Box::pin(async move {
            let file = self.storage.input(url).await.map_err(|error| error.of_input())?;
            fs_err::create_dir_all(&self.scratch).map_err(|error| JobFailure::unknown(error.to_string()))?;
            let limits = Limits { duration: self.limits.duration.min(PROBE_TIMEOUT), ..self.limits.clone() };
            let runner = Runner::new(limits, &self.scratch, CancellationToken::new());
            let source = probe::probe(&runner, &file.address).await?;
            Ok(probe::answer(&source, &file))
        })
    }
}

async fn run(work: Work, storage: &Storage, limits: &Limits) -> Result<Completed, JobFailure> {
    let reporter = Reporter(&work);
    let runner = Runner::new(limits.clone(), &work.scratch, work.cancel.clone());

    let clips = inspect::clips(&work.settings, storage, &runner, &reporter).await?;
    let captions = inspect::captions(&work.settings, &clips, Loader { storage, runner: &runner }).await?;

    let mut settings = work.settings.clone();
    if let Some(video) = clips.first().and_then(|clip| clip.source.video.first()) {
        let rate = video.frame_rate.unwrap_or(FrameRate::DEFAULT);
        abr::expand(&mut settings, abr::Picture { size: video.display_size(), rate, codec: abr::Efficiency::Standard });
    }
    let plan = Arc::new(plan::plan(&settings, &clips, &captions)?);
    for warning in &plan.warnings {
        reporter.report(Update::Warning(warning.clone()));
    }

    let seconds: f64 = clips.iter().map(|clip| clip.duration).sum();
    let mut last = 0;
    reporter.progress(Phase::Transcoding, 0);
    let progress = |progress: Progress| {
        let now = percent(progress.out_time.as_secs_f64() / seconds.max(0.001));
        if now > last {
            last = now;
            reporter.progress(Phase::Transcoding, now);
        }
    };
    let tracks = Arc::new(encode::encode(&plan, &clips, storage, &runner, progress).await?);
    reporter.progress(Phase::Transcoding, 100);

    let done = Mutex::new(vec![0.0; plan.packages.len()]);
    let groups = stream::iter(0..plan.packages.len()).map(async |group| {
        let packed = package::package(&plan, group, &tracks, seconds, &runner).await?;
        let stored = store(&plan.packages[group], packed, &work, storage, |part| {
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done[group] = part;
            reporter.progress(Phase::Uploading, percent(done.iter().sum::<f64>() / as_f64(done.len())));
        });
        stored.await
    });
    let output_group_details = groups.buffered(CONCURRENT_GROUPS).try_collect().await?;
    reporter.progress(Phase::Uploading, 100);
    Ok(Completed { output_group_details })
}

struct Reporter<'a>(&'a Work);

impl Reporter<'_> {
    fn report(&self, update: Update) {
        // Nobody listening is no error.
        let _ = self.0.updates.send(update);
    }

    fn progress(&self, phase: Phase, percent: u8) {
        self.report(Update::Progress { phase, percent });
    }
}

/// Brings the files of a group to their places; `progress` gets how much of it is done.
async fn store(
    package: &Package,
    packed: Packed,
    work: &Work,
    storage: &Storage,
    mut progress: impl FnMut(f64),
) -> Result<OutputGroupDetail, JobFailure> {
    let wrong = |error: BadLocation| StorageError::from(error).of_output();
    let destination = Destination::parse(&package.destination).map_err(wrong)?;
    let place = |name: &str| destination.file(name).map_err(wrong);
    let address = |name: &String| place(name).map(|location| location.to_string());
    let uploads = packed.files.iter().map(|file| Ok(Upload { from: file.from.clone(), to: place(&file.name)? }));
    let uploads = uploads.collect::<Result<Vec<_>, JobFailure>>()?;
    let all = as_f64(uploads.len().max(1));
    let mut done = 0.0;
    let stored = storage.store(uploads, &work.cancel, |_, _| {
        done += 1.0;
        progress(done / all);
    });
    stored.await.map_err(|error| match error {
        UploadError::Storage(error) => error.of_output(),
        UploadError::Canceled => JobFailure::unknown("canceled"),
    })?;
    let outputs = packed.outputs.into_iter().map(|output| {
        Ok(OutputDetail {
            duration_in_ms: whole((output.seconds * 1000.0).round()),
            output_file_paths: output.files.iter().map(address).collect::<Result<_, _>>()?,
            video_details: output.video,
        })
    });
    Ok(OutputGroupDetail {
        output_details: outputs.collect::<Result<_, JobFailure>>()?,
        playlist_file_paths: packed.playlists.iter().map(address).collect::<Result<_, _>>()?,
        kind: package.kind.to_owned(),
    })
}

fn percent(part: f64) -> u8 {
    u8::try_from(whole(part * 100.0).min(100)).unwrap_or(100)
}

/// A number without its fraction, 0 at least.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` stops at both ends of the range")]
fn whole(number: f64) -> u64 {
    number as u64
}

#[expect(clippy::cast_precision_loss, reason = "counts, sizes and times are far below 2^52")]
fn as_f64(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

/// An error's message and those of what caused it.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn bits_per_second(bytes: u64, seconds: f64) -> f64 {
    as_f64(bytes) * 8.0 / seconds
}
