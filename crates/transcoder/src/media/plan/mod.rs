//! From a job's settings and its inputs to what is encoded and packaged: pure, and the same for the same input.

mod audio;
mod frame;
mod grid;
mod group;
mod names;
mod output;
mod source;
#[cfg(test)]
mod tests;
mod video;
mod warnings;

pub(crate) use audio::{AudioEncoding, AudioTrack, OutputAudio};
pub(crate) use frame::Frame;
pub(crate) use grid::{KeyFrames, Segments};
pub(crate) use group::{BandwidthKind, Durations, Files, Folders, Mention, Mpd, MpdProfile, Packaging, Playlists};
pub(crate) use names::stem;
pub(crate) use output::{AudioRole, Content, IndexPlace, PlannedOutput};
pub(crate) use source::{Rate, Size, Source, SourceVideo};
pub(crate) use video::{Codec, Deinterlacer, Effort, RateControl, Rendition, SceneCuts, VideoEncoding};

use mediaconvert::settings::{AudioCodec, Input, InputRotate, JobSettings, Output, VideoCodec};

use self::{video::Picture, warnings::Warnings};
use crate::{media::probe::Rotation, work::Warning};

/// What a job does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// How the source's picture is turned first.
    pub(crate) turn: Rotation,
    /// The videos to encode, each once.
    pub(crate) renditions: Vec<Rendition>,
    /// The audio tracks to encode, each once.
    pub(crate) audio: Vec<AudioTrack>,
    /// One for each output group.
    pub(crate) packages: Vec<Package>,
    /// What is done otherwise than asked.
    pub(crate) warnings: Vec<Warning>,
}

/// An output group to package.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Package {
    /// The type's name in events, such as `HLS_GROUP`.
    pub(crate) kind: &'static str,
    /// How it is packaged.
    pub(crate) packaging: Packaging,
    /// How long a segment really becomes, in seconds; 0 for files.
    pub(crate) segment_length: f64,
    /// The destination as the settings give it.
    pub(crate) destination: String,
    /// What the names of all files begin with.
    pub(crate) base: String,
    /// The outputs.
    pub(crate) outputs: Vec<PlannedOutput>,
}

/// A job that cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unplannable {
    /// There is nothing to encode.
    #[error("the job has no inputs")]
    NoInput,
    /// The first input has neither video nor audio that an output asks for.
    #[error("no output can be made of the input: it has no video, and no audio that is asked for")]
    NothingToEncode,
    /// An output group has no type.
    #[error("output group {0} says no type")]
    GroupWithoutType(usize),
}

/// The plan for a job and its inputs, of which the first one decides on sizes and rates.
pub(crate) fn plan(settings: &JobSettings, sources: &[Source]) -> Result<Plan, Unplannable> {
    let (input, source) = settings.inputs.first().zip(sources.first()).ok_or(Unplannable::NoInput)?;
    let mut planner = Planner::new(input, source);
    warnings::ignored(settings, &mut planner.warnings);
    let packages = settings.output_groups.iter().enumerate().map(|(at, group)| {
        let (kind, packaging, destination) = group::packaging(group).ok_or(Unplannable::GroupWithoutType(at))?;
        let segments = packaging.segments();
        let outputs = group.outputs.iter().enumerate();
        let outputs: Vec<PlannedOutput> = outputs.map(|(at, output)| planner.output(at, output, segments)).collect();
        if matches!(packaging, Packaging::Smooth { .. }) {
            planner.warn_of_smooth(&outputs);
        }
        let segment_length = segments.map_or(0.0, |segments| planner.segment_length(&outputs, segments));
        let base = names::base(&destination, &source.name).to_owned();
        Ok(Package { kind: group::event_name(kind), packaging, segment_length, destination, base, outputs })
    });
    let packages = packages.collect::<Result<Vec<_>, _>>()?;
    planner.finish(packages)
}

struct Planner<'a> {
    input: &'a Input,
    source: &'a Source,
    turn: Rotation,
    picture: Option<Picture>,
    renditions: Vec<Rendition>,
    audio: Vec<AudioTrack>,
    warnings: Warnings,
}

impl<'a> Planner<'a> {
    fn new(input: &'a Input, source: &'a Source) -> Self {
        let turn = turn(input, source);
        let picture = source.video.as_ref().map(|video| Picture { size: upright(video, turn), rate: video.rate });
        let warnings = Warnings::default();
        Self { input, source, turn, picture, renditions: Vec::new(), audio: Vec::new(), warnings }
    }

    fn output(&mut self, at: usize, output: &Output, segments: Option<Segments>) -> PlannedOutput {
        let video = output.video_description.given();
        if output.video_description.codec_settings.codec == Some(VideoCodec::FrameCapture) {
            return PlannedOutput::new(at, output, Content::Captures);
        }
        let modifier = output.name_modifier.as_deref().unwrap_or_default();
        let rendition = video
            .zip(self.picture)
            .and_then(|(video, picture)| video::rendition(video, picture, segments, &mut self.warnings));
        if video.is_some() && rendition.is_none() {
            self.warnings.add(format!("the output `{modifier}` has no video, because the input has none"));
        }
        let video = rendition.map(|rendition| place(&mut self.renditions, rendition));
        let audio = self.audio(output);
        let content = match (&video, audio.is_empty()) {
            (None, true) if !output.caption_descriptions.is_empty() => Content::Captions,
            (None, true) => {
                self.warnings.add(format!("the output `{modifier}` is left out, because the input has nothing for it"));
                Content::Nothing
            }
            _ => Content::Media { video, audio },
        };
        PlannedOutput::new(at, output, content)
    }

    fn audio(&mut self, output: &Output) -> Vec<OutputAudio> {
        let mut found = Vec::new();
        for description in &output.audio_descriptions {
            for (track, language) in audio::tracks(description, self.input, self.source, &mut self.warnings) {
                let channels = track.encoding.channels;
                let track = place(&mut self.audio, track);
                found.push(OutputAudio { track, language, name: description.stream_name.clone(), channels });
            }
        }
        found
    }

    /// Players of Smooth Streaming know two codecs.
    fn warn_of_smooth(&mut self, outputs: &[PlannedOutput]) {
        let is_unknown = |output: &PlannedOutput| {
            let Content::Media { video, audio } = &output.content else { return false };
            let video = video.is_some_and(|video| self.renditions[video].encoding.codec != Codec::H264);
            video || audio.iter().any(|audio| self.audio[audio.track].encoding.codec != AudioCodec::Aac)
        };
        if outputs.iter().any(is_unknown) {
            self.warnings.add(
                "the client manifest of Smooth Streaming lists H.264 and AAC alone: other tracks are left out of it",
            );
        }
    }

    /// The segments of a group all follow its first video.
    fn segment_length(&self, outputs: &[PlannedOutput], segments: Segments) -> f64 {
        let first = outputs.iter().find_map(|output| match output.content {
            Content::Media { video: Some(video), .. } => self.renditions.get(video),
            _ => None,
        });
        first.map_or(segments.length, |rendition| rendition.key_frames.segment_length(rendition.rate, segments))
    }

    fn finish(self, packages: Vec<Package>) -> Result<Plan, Unplannable> {
        let needs_nothing = |output: &PlannedOutput| output.content == Content::Nothing;
        if packages.iter().all(|package| package.outputs.iter().all(needs_nothing)) {
            return Err(Unplannable::NothingToEncode);
        }
        Ok(Plan {
            turn: self.turn,
            renditions: self.renditions,
            audio: self.audio,
            packages,
            warnings: self.warnings.into_list(),
        })
    }
}

/// The place of an item in a list, at whose end it is put when it is not there yet.
fn place<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

/// How the picture is turned: what the file says only when the job asks for that.
fn turn(input: &Input, source: &Source) -> Rotation {
    match input.video_selector.rotate {
        None | Some(InputRotate::Degree0) => Rotation::None,
        Some(InputRotate::Degrees90) => Rotation::Quarter,
        Some(InputRotate::Degrees180) => Rotation::Half,
        Some(InputRotate::Degrees270) => Rotation::ThreeQuarters,
        Some(InputRotate::Auto) => source.video.as_ref().map_or(Rotation::None, |video| video.rotation),
    }
}

/// The size of the source's picture, turned and with square pixels.
fn upright(video: &SourceVideo, turn: Rotation) -> Size {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a picture can be")]
    let width = (f64::from(video.size.width) * video.pixel_aspect).round().clamp(2.0, 65_536.0) as u32;
    Size { width, height: video.size.height.max(2) }.turned(turn)
}
