//! From a job's settings and its inputs to what is encoded and packaged: pure, and the same for the same input.

mod audio;
mod captions;
mod group;
mod images;
mod output;
#[cfg(test)]
mod tests;
mod video;
mod warnings;

pub(crate) use audio::{AudioEncoding, AudioTrack, OutputAudio};
pub(crate) use captions::{BurntIn, SubtitleFormat, Subtitles};
pub(crate) use group::{Brand, Folders, FragmentedPackage, HlsPackage, Mpd, Packaging, Playlists};
pub(crate) use images::{ImageOutput, PlannedStoryboard};
pub(crate) use output::{Content, PlannedOutput};
pub(crate) use video::{Chroma, Codec, Deinterlacer, Frame, KeyFrames, RateControl, Rendition, Segments, Target};

use mediaconvert::{
    Choice as _,
    settings::{AudioCodec, Input, InputRotate, JobSettings, Output, OutputGroup, VideoCodec},
};

use self::{video::Picture, warnings::Warnings};
use crate::{
    media::{
        captions::InputCaptions,
        inspect::InputClip,
        overlay::Overlay,
        probe::{Rotation, Size, Source, VideoTrack},
        timecode::{FrameRate, TimecodeError},
    },
    work::{ErrorCode, JobFailure, Warning},
};

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Plan {
    /// The addresses of images, which are inputs of the run after the clips.
    pub(crate) images: Vec<String>,
    /// Captions that become part of pictures, as SRT files.
    pub(crate) burnt_in: Vec<String>,
    /// How the source's picture is turned first.
    pub(crate) turn: Rotation,
    pub(crate) overlays: Vec<Overlay>,
    /// The videos to encode, each once.
    pub(crate) renditions: Vec<Rendition>,
    /// The audio tracks to encode, each once.
    pub(crate) audio: Vec<AudioTrack>,
    pub(crate) image_outputs: Vec<ImageOutput>,
    pub(crate) packages: Vec<Package>,
    pub(crate) warnings: Vec<Warning>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Package {
    /// The type's name in events, such as `HLS_GROUP`.
    pub(crate) kind: &'static str,
    pub(crate) packaging: Packaging,
    /// How long a segment really becomes, in seconds; 0 for files.
    pub(crate) segment_length: f64,
    pub(crate) destination: String,
    /// What the names of all files begin with: what stands after the last slash of the destination, or else the input's
    /// name.
    pub(crate) base: String,
    pub(crate) outputs: Vec<PlannedOutput>,
    pub(crate) storyboards: Vec<PlannedStoryboard>,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Unplannable {
    #[error("the job has no inputs")]
    NoInput,
    #[error("no output can be made of the input: it has no video, and no audio that is asked for")]
    NothingToEncode,
    #[error("output group {0} says no type")]
    GroupWithoutType(usize),
    #[error(transparent)]
    Timecode(#[from] TimecodeError),
}

impl From<Unplannable> for JobFailure {
    fn from(error: Unplannable) -> Self {
        let code = match error {
            Unplannable::Timecode(_) => ErrorCode::Clipping,
            _ => ErrorCode::Input,
        };
        Self::new(code, error.to_string())
    }
}

/// The plan for a job and its inputs, of which the first one decides on sizes and rates.
pub(crate) fn plan(settings: &JobSettings, clips: &[InputClip], captions: &InputCaptions) -> Result<Plan, Unplannable> {
    let (input, clip) = settings.inputs.first().zip(clips.first()).ok_or(Unplannable::NoInput)?;
    let source = &clip.source;
    let video = source.video.first();
    // What the file says counts only when the job asks for that.
    let turn = match input.video_selector.rotate {
        None | Some(InputRotate::Degree0) => Rotation::None,
        Some(InputRotate::Degrees90) => Rotation::Quarter,
        Some(InputRotate::Degrees180) => Rotation::Half,
        Some(InputRotate::Degrees270) => Rotation::ThreeQuarters,
        Some(InputRotate::Auto) => video.map_or(Rotation::None, |video| video.rotation),
    };
    let rate = video.and_then(|video| video.frame_rate).unwrap_or(FrameRate::DEFAULT);
    let mut planner = Planner {
        settings,
        input,
        clip,
        source,
        clips,
        captions,
        picture: video.map(|video| Picture { size: upright(video, turn), rate }),
        rate,
        zero: images::zero(settings, input, clip, rate)?,
        plan: Plan { turn, ..Plan::default() },
        warnings: Warnings::default(),
    };
    warnings::ignored(settings, &mut planner.warnings);
    planner.plan.overlays = planner.input_overlays()?;
    for (at, group) in settings.output_groups.iter().enumerate() {
        let package = planner.package(at, group)?;
        planner.plan.packages.push(package);
    }
    let Planner { plan, warnings, .. } = planner;
    let mut outputs = plan.packages.iter().flat_map(|package| &package.outputs);
    if outputs.all(|output| output.content == Content::Nothing) {
        return Err(Unplannable::NothingToEncode);
    }
    Ok(Plan { warnings: warnings.into_list(), ..plan })
}

struct Planner<'a> {
    settings: &'a JobSettings,
    input: &'a Input,
    clip: &'a InputClip,
    source: &'a Source,
    clips: &'a [InputClip],
    captions: &'a InputCaptions,
    picture: Option<Picture>,
    /// By which time codes of images count.
    rate: FrameRate,
    /// The time code of the outputs' first frame, in seconds.
    zero: f64,
    plan: Plan,
    warnings: Warnings,
}

impl Planner<'_> {
    fn package(&mut self, at: usize, group: &OutputGroup) -> Result<Package, Unplannable> {
        let (kind, packaging, destination) = group::packaging(group).ok_or(Unplannable::GroupWithoutType(at))?;
        let segments = packaging.segments();
        let outputs = group.outputs.iter().enumerate();
        let outputs = outputs.map(|(at, output)| self.output(at, output, group, segments));
        let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
        if matches!(packaging, Packaging::Smooth(_)) {
            self.warn_of_smooth(&outputs);
        }
        let segment_length = segments.map_or(0.0, |segments| self.segment_length(&outputs, segments));
        Ok(Package {
            kind: kind.name().trim_end_matches("_SETTINGS"),
            packaging,
            segment_length,
            base: base(&destination, &self.clip.name).to_owned(),
            storyboards: self.storyboards(group, &outputs, segment_length),
            destination,
            outputs,
        })
    }

    fn output(
        &mut self,
        at: usize,
        output: &Output,
        group: &OutputGroup,
        segments: Option<Segments>,
    ) -> Result<PlannedOutput, Unplannable> {
        let video = output.video_description.given();
        let modifier = output.name_modifier.as_deref().unwrap_or_default();
        let codec = output.video_description.codec_settings.codec;
        if let Some(video) = video.filter(|_| codec == Some(VideoCodec::FrameCapture)) {
            let content = if self.picture.is_some() {
                self.plan.image_outputs.push(images::capture(video));
                Content::Captures(self.plan.image_outputs.len() - 1)
            } else {
                self.warnings.add(format!("the output `{modifier}` has no images, because the input has no video"));
                Content::Nothing
            };
            let subtitles = self.subtitles(output, group, None);
            return Ok(PlannedOutput::new(at, output, content, subtitles));
        }
        let mut rendition = video
            .zip(self.picture)
            .and_then(|(video, picture)| video::rendition(video, picture, segments, &mut self.warnings));
        if let Some((video, rendition)) = video.zip(rendition.as_mut()) {
            rendition.overlays = self.output_overlays(video)?;
        } else if video.is_some() {
            self.warnings.add(format!("the output `{modifier}` has no video, because the input has none"));
        }
        let subtitles = self.subtitles(output, group, rendition.as_mut());
        let video = rendition.map(|rendition| place(&mut self.plan.renditions, rendition));
        let audio = self.audio(output);
        let content = match (&video, audio.is_empty()) {
            (None, true) if !output.caption_descriptions.is_empty() => Content::Captions,
            (None, true) => {
                self.warnings.add(format!("the output `{modifier}` is left out, because the input has nothing for it"));
                Content::Nothing
            }
            _ => Content::Media { video, audio },
        };
        Ok(PlannedOutput::new(at, output, content, subtitles))
    }

    fn audio(&mut self, output: &Output) -> Vec<OutputAudio> {
        let mut found = Vec::new();
        for description in &output.audio_descriptions {
            for (track, language) in audio::tracks(description, self.input, self.source, &mut self.warnings) {
                let channels = track.encoding.channels;
                let track = place(&mut self.plan.audio, track);
                found.push(OutputAudio { track, language, name: description.stream_name.clone(), channels });
            }
        }
        found
    }

    /// Players of Smooth Streaming know two codecs.
    fn warn_of_smooth(&mut self, outputs: &[PlannedOutput]) {
        let is_unknown = |output: &PlannedOutput| {
            let Content::Media { video, audio } = &output.content else { return false };
            let video = video.is_some_and(|video| self.plan.renditions[video].encoding.codec != Codec::H264);
            video || audio.iter().any(|audio| self.plan.audio[audio.track].encoding.codec != AudioCodec::Aac)
        };
        if outputs.iter().any(is_unknown) {
            self.warnings.add(
                "the client manifest of Smooth Streaming lists H.264 and AAC alone: other tracks are left out of it",
            );
        }
    }

    /// The segments of a group all follow its first video.
    fn segment_length(&self, outputs: &[PlannedOutput], segments: Segments) -> f64 {
        let first = outputs.iter().find_map(PlannedOutput::rendition).map(|video| &self.plan.renditions[video]);
        first.map_or(segments.length, |rendition| rendition.key_frames.segment_length(rendition.rate, segments))
    }
}

fn base<'a>(destination: &'a str, input: &'a str) -> &'a str {
    match destination.rsplit('/').next() {
        Some(name) if !name.is_empty() => name,
        _ => input,
    }
}

/// The place of an item in a list, at whose end it is put when it is not there yet.
pub(super) fn place<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

/// The size of the source's picture, turned and with square pixels.
fn upright(video: &VideoTrack, turn: Rotation) -> Size {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a picture can be")]
    let width = (f64::from(video.size.width) * video.sample_aspect.value()).round().clamp(2.0, 65_536.0) as u32;
    Size { width, height: video.size.height.max(2) }.turned(turn)
}
