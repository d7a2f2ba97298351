//! The one run of ffmpeg that encodes every rendition and every audio track of a job, each into a file of its own.

mod audio;
mod graph;
mod video;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use self::graph::Graph;
use super::plan::{AudioTrack, Plan, Source};
use mediaconvert::settings::AudioCodec;

/// One input of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncoderInput {
    /// The arguments that open it, up to and including `-i` and its name.
    pub(crate) arguments: Vec<OsString>,
}

/// What other parts of a job add to the run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Additions {
    /// Further inputs, such as images, which come after the job's own.
    pub(crate) inputs: Vec<EncoderInput>,
    /// Done to the picture before everything else, in this order; each with one of [`Self::inputs`].
    pub(crate) steps: Vec<Step>,
    /// Further outputs made from the source's picture.
    pub(crate) outputs: Vec<AdditionalOutput>,
}

/// A filter on the way of the picture that has other inputs as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// What happens to the further input first, such as `format=rgba`; `null` for nothing.
    pub(crate) prepare: String,
    /// The further input's place in [`Additions::inputs`].
    pub(crate) input: usize,
    /// The filter of both, such as `overlay=10:10`.
    pub(crate) filter: String,
}

/// An output made from the source's picture, such as captured frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AdditionalOutput {
    /// The filters, joined by commas.
    pub(crate) filter: String,
    /// The encoder's options and the name of the file.
    pub(crate) arguments: Vec<OsString>,
}

/// The file into which a rendition is encoded.
pub(crate) fn video_file(folder: &Path, rendition: usize) -> PathBuf {
    folder.join(format!("video-{rendition}.mp4"))
}

/// The file into which an audio track is encoded.
pub(crate) fn audio_file(folder: &Path, track: usize, encoded: &AudioTrack) -> PathBuf {
    // Plain samples are not allowed in MP4.
    let extension = if encoded.encoding.codec == AudioCodec::Wav { "mov" } else { "mp4" };
    folder.join(format!("audio-{track}.{extension}"))
}

/// The arguments of the run: every rendition and track of the plan into this folder, and what is added.
///
/// `sources` are what the inputs were found to be, in their order, and `threads` is for each encoder.
pub(crate) fn arguments(
    plan: &Plan,
    sources: &[Source],
    inputs: &[EncoderInput],
    additions: &Additions,
    folder: &Path,
    threads: usize,
) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    for input in inputs.iter().chain(&additions.inputs) {
        // Turning is done by filters, because only they are under control of the job.
        arguments.push("-noautorotate".into());
        arguments.extend(input.arguments.iter().cloned());
    }
    let graph = Graph::new(plan, sources, additions);
    arguments.extend(["-filter_complex".into(), graph.text.into()]);
    let threads = threads.to_string();
    let mut output = |label: String, options: Vec<String>, file: OsString| {
        arguments.extend(["-map".into(), label.into()]);
        arguments.extend(["-map_metadata", "-1", "-map_chapters", "-1", "-threads", &threads].map(OsString::from));
        arguments.extend(options.into_iter().map(OsString::from));
        arguments.extend(["-fflags", "+bitexact"].map(OsString::from));
        arguments.push(file);
    };
    for (at, rendition) in plan.renditions.iter().enumerate() {
        output(graph::video_label(at), video::options(rendition), local(&video_file(folder, at)));
    }
    for (at, track) in plan.audio.iter().enumerate() {
        output(graph::audio_label(at), audio::options(&track.encoding), local(&audio_file(folder, at, track)));
    }
    for (at, addition) in additions.outputs.iter().enumerate() {
        arguments.extend(["-map".into(), graph::addition_label(at).into()]);
        arguments.extend(["-map_metadata", "-1", "-threads", &threads].map(OsString::from));
        arguments.extend(addition.arguments.iter().cloned());
    }
    arguments
}

/// A file's name that ffmpeg takes for nothing else.
fn local(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}
