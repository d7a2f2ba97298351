//! The one run of ffmpeg that encodes every rendition and every audio track of a job, each into its own file, and
//! writes its images.

mod graph;
mod options;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use mediaconvert::settings::AudioCodec;

use super::{
    capture::Images,
    filter::Label,
    inspect::InputClip,
    package::{Track, TrackError, Tracks},
    plan::{AudioTrack, Plan},
    process::{Address, Formats, Progress, Runner},
    storage::Storage,
};
use crate::work::JobFailure;

/// How large an image over the picture may be, in bytes.
const MAX_IMAGE_BYTES: u64 = 64 << 20;

pub(super) async fn encode(
    plan: &Plan,
    clips: &[InputClip],
    storage: &Storage,
    runner: &Runner,
    progress: impl FnMut(Progress),
) -> Result<Tracks, JobFailure> {
    let folder = runner.scratch();
    for (at, uri) in plan.images.iter().enumerate() {
        let fetched = storage.fetch(uri, &image_file(folder, at), MAX_IMAGE_BYTES).await;
        fetched.map_err(|error| error.of_input())?;
    }
    for (at, captions) in plan.burnt_in.iter().enumerate() {
        let written = tokio::fs::write(folder.join(burnt_in_file(at)), captions).await;
        written.map_err(|error| JobFailure::unknown(format!("cannot write captions: {error}")))?;
    }
    runner.ffmpeg(arguments(plan, clips, folder, runner.threads()), progress).await?;
    let video = (0..plan.renditions.len()).map(|at| video_file(folder, at)).collect::<Vec<_>>();
    let audio = plan.audio.iter().enumerate().map(|(at, track)| audio_file(folder, at, track)).collect::<Vec<_>>();
    let read = tokio::task::spawn_blocking(move || {
        let read = |files: Vec<PathBuf>| files.iter().map(|file| Track::read(file)).collect::<Result<Vec<_>, _>>();
        Ok::<_, TrackError>(Tracks { video: read(video)?, audio: read(audio)? })
    });
    let read = read.await.map_err(|error| JobFailure::unknown(error.to_string()))?;
    read.map_err(|error| JobFailure::unknown(error.to_string()))
}

/// The arguments of the run; `threads` is for each encoder.
fn arguments(plan: &Plan, clips: &[InputClip], folder: &Path, threads: usize) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let clips_in = clips.iter().map(|clip| (clip.clip.arguments(), clip.address.arguments(Formats::Media)));
    let images = (0..plan.images.len()).map(|at| Address::File(image_file(folder, at)).arguments(Formats::Image));
    for (options, input) in clips_in.chain(images.map(|input| (Vec::new(), input))) {
        // Turning is done by filters, because only they are under control of the job.
        arguments.push("-noautorotate".into());
        arguments.extend(options.into_iter().chain(input));
    }
    arguments.extend(["-filter_complex".into(), graph::graph(plan, clips).to_string().into()]);
    let threads = threads.to_string();
    let mut output = |label: Label, options: Vec<String>, file: PathBuf| {
        arguments.extend(["-map".into(), label.to_string().into()]);
        arguments.extend(["-map_metadata", "-1", "-map_chapters", "-1", "-threads", &threads].map(OsString::from));
        arguments.extend(options.into_iter().map(OsString::from));
        arguments.extend(["-fflags", "+bitexact"].map(OsString::from));
        arguments.push(Address::File(file).name());
    };
    for (at, rendition) in plan.renditions.iter().enumerate() {
        output(Label::Rendition(at), options::video_options(rendition), video_file(folder, at));
    }
    for (at, track) in plan.audio.iter().enumerate() {
        output(Label::Audio(at), options::audio_options(&track.encoding), audio_file(folder, at, track));
    }
    for (at, output) in plan.image_outputs.iter().enumerate() {
        arguments.extend(["-map".into(), Label::Images(at).to_string().into()]);
        arguments.extend(["-map_metadata", "-1", "-threads", &threads].map(OsString::from));
        arguments.extend(Images(at).arguments(output, folder));
    }
    arguments
}

/// The work file of an image over the picture; ffmpeg recognizes its format by what is in it.
fn image_file(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("overlay-{number}.image"))
}

/// The name of a file of captions, in ffmpeg's working folder.
fn burnt_in_file(number: usize) -> String {
    format!("burnt-in-{number}.srt")
}

fn video_file(folder: &Path, rendition: usize) -> PathBuf {
    folder.join(format!("video-{rendition}.mp4"))
}

fn audio_file(folder: &Path, track: usize, encoded: &AudioTrack) -> PathBuf {
    // Plain samples are not allowed in MP4.
    let extension = if encoded.encoding.codec == AudioCodec::Wav { "mov" } else { "mp4" };
    folder.join(format!("audio-{track}.{extension}"))
}
