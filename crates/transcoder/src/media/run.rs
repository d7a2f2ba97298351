//! One job from beginning to end.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    abr,
    captions::Loader,
    clipping,
    encode::{self, Additions, EncoderInput},
    extra::{Extra, Part},
    package::{Packed, Track, TrackError, Tracks, package},
    plan::{self, Plan, Source},
    probe::{self, input_detail},
    process::{Formats, Progress, Runner},
    storage::{Destination, Location, Storage, Upload, UploadError},
};
use crate::work::{
    Completed, ErrorCode, InputDetail, JobFailure, Limits, OutputDetail, OutputGroupDetail, Phase, Update, Warning,
    Work,
};

/// How many output groups are packaged and stored at once: while one goes up, the next is packaged.
const GROUPS: usize = 2;

/// Carries out a job: reads its inputs, encodes, packages and stores.
pub(crate) async fn run(work: Work, storage: &Storage, limits: &Limits) -> Result<Completed, JobFailure> {
    let reporter = Reporter(&work);
    let runner = Runner::new(limits.clone(), &work.scratch, work.cancel.clone());
    let inputs = look(&work, storage, &runner, &reporter).await?;
    let sources: Vec<Source> = inputs.iter().map(|input| input.source.clone()).collect();
    let mut settings = work.settings.clone();
    if let Some(picture) = picture(&inputs) {
        abr::expand(&mut settings, picture);
    }
    let mut plan =
        plan::plan(&settings, &sources).map_err(|error| JobFailure::new(ErrorCode::Input, error.to_string()))?;
    for warning in &plan.warnings {
        reporter.tell(Update::Warning(warning.clone()));
    }
    let (inputs, parts): (Vec<EncoderInput>, Vec<Part>) =
        inputs.into_iter().map(|input| (input.encoder, input.part)).unzip();
    let loader = Loader { storage, runner: &runner };
    let mut warn = |message| reporter.tell(Update::Warning(Warning { code: 0, message }));
    let extra = Extra::prepare(&settings, &mut plan, &parts, loader, &mut warn).await?;
    let tracks = Arc::new(encoded(&plan, &sources, &inputs, extra.additions(), &runner, &reporter).await?);
    let seconds = parts.iter().map(|part| part.duration).sum();
    let done = Mutex::new(vec![0.0; plan.packages.len()]);
    let groups = stream::iter(0..plan.packages.len()).map(async |group| {
        let more = extra.of_group(&plan, group, seconds, &work.scratch);
        let more = more.map_err(|error| JobFailure::unknown(format!("lost a work file: {error}")))?;
        let mut packed = package(&plan, group, &tracks, more.extras, &work.scratch, &runner).await?;
        for output in &mut packed.outputs {
            if let Some(files) = more.named.get(&output.index) {
                output.files.clone_from(files);
                output.seconds = seconds;
            }
        }
        let detail = stored(&plan, group, packed, &work, storage, |part| {
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done[group] = part;
            reporter.progress(Phase::Uploading, percent(done.iter().sum::<f64>() / as_f64(done.len())));
        });
        detail.await
    });
    let output_group_details = groups.buffered(GROUPS).try_collect().await?;
    reporter.progress(Phase::Uploading, 100);
    Ok(Completed { output_group_details })
}

/// Tells whoever listens.
struct Reporter<'a>(&'a Work);

impl Reporter<'_> {
    fn tell(&self, update: Update) {
        // Nobody listening is no error.
        let _ = self.0.updates.send(update);
    }

    fn progress(&self, phase: Phase, percent: u8) {
        self.tell(Update::Progress { phase, percent });
    }
}

/// An input as it was found, or a part of it.
struct Found {
    source: Source,
    encoder: EncoderInput,
    part: Part,
}

/// What automated ABR makes its ladders from.
fn picture(inputs: &[Found]) -> Option<abr::Picture> {
    let track = inputs.first()?.part.source.video.first()?;
    let (width, height) = track.display_size();
    let rate = track.frame_rate.map_or(30.0, probe::Ratio::value);
    Some(abr::Picture { width, height, rate, codec: abr::Efficiency::Usual })
}

/// Looks into all inputs.
async fn look(
    work: &Work,
    storage: &Storage,
    runner: &Runner,
    reporter: &Reporter<'_>,
) -> Result<Vec<Found>, JobFailure> {
    reporter.progress(Phase::Probing, 0);
    let mut found = Vec::new();
    let mut details: Vec<InputDetail> = Vec::new();
    for (at, input) in work.settings.inputs.iter().enumerate() {
        let uri = input.file_input.as_deref().unwrap_or_default();
        let readable = storage.input(uri).await.map_err(|error| error.of_input())?;
        let source = probe::probe(runner, &readable.address).await?;
        details.push(input_detail(at, uri, &source));
        let name = Location::input(uri).map(|location| plan::stem(location.file_name()).to_owned()).unwrap_or_default();
        let whole = plan::Source::of(name, &source);
        for clip in clipping::clips(input, &source)? {
            let duration = clip.duration(whole.duration);
            let mut arguments = clip.arguments();
            arguments.extend(readable.address.arguments(Formats::Media));
            let part = Part { input: at, source: source.clone(), address: readable.address.clone(), clip, duration };
            let source = Source { duration, ..whole.clone() };
            found.push(Found { source, encoder: EncoderInput { arguments }, part });
        }
    }
    reporter.tell(Update::Inputs(details));
    reporter.progress(Phase::Probing, 100);
    Ok(found)
}

/// Encodes everything, and reads what came out.
async fn encoded(
    plan: &Plan,
    sources: &[Source],
    inputs: &[EncoderInput],
    additions: &Additions,
    runner: &Runner,
    reporter: &Reporter<'_>,
) -> Result<Tracks, JobFailure> {
    let length: f64 = sources.iter().map(|source| source.duration).sum();
    let folder = runner.scratch();
    let arguments = encode::arguments(plan, sources, inputs, additions, folder, runner.threads());
    reporter.progress(Phase::Transcoding, 0);
    let mut last = 0;
    let progress = |progress: Progress| {
        let now = percent(progress.out_time.as_secs_f64() / length.max(0.001));
        if now > last {
            last = now;
            reporter.progress(Phase::Transcoding, now);
        }
    };
    runner.ffmpeg(arguments, progress).await?;
    reporter.progress(Phase::Transcoding, 100);
    let (plan, folder) = (plan.clone(), folder.to_owned());
    let read = tokio::task::spawn_blocking(move || read(&plan, &folder)).await;
    let read = read.map_err(|error| JobFailure::unknown(error.to_string()))?;
    read.map_err(|error| JobFailure::unknown(error.to_string()))
}

fn read(plan: &Plan, folder: &Path) -> Result<Tracks, TrackError> {
    let video = (0..plan.renditions.len()).map(|at| Track::read(&encode::video_file(folder, at)));
    let audio = plan.audio.iter().enumerate().map(|(at, track)| Track::read(&encode::audio_file(folder, at, track)));
    Ok(Tracks { video: video.collect::<Result<_, _>>()?, audio: audio.collect::<Result<_, _>>()? })
}

/// Brings the files of a group to their places; `progress` gets how much of it is done.
async fn stored(
    plan: &Plan,
    group: usize,
    packed: Packed,
    work: &Work,
    storage: &Storage,
    mut progress: impl FnMut(f64),
) -> Result<OutputGroupDetail, JobFailure> {
    let package = &plan.packages[group];
    let wrong = |error: super::storage::BadLocation| super::storage::StorageError::from(error).of_output();
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
            duration_in_ms: milliseconds(output.seconds),
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

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn percent(part: f64) -> u8 {
    (part * 100.0).clamp(0.0, 100.0) as u8
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "durations are positive and below years")]
fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0).round() as u64
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
