//! The captions of a job.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use mediaconvert::settings::{CaptionDescription, CaptionSelector, HlsCaptionSegmentLengthControl};

use super::{GroupExtras, Job};
use crate::media::{
    captions::{
        BurnIn, CaptionSource, CaptionTarget, Cue, Label, Piece, SegmentLength, burn_in_filter, cut, joined, label,
        playlist, segment_text, source, target, write_srt, write_webvtt,
    },
    manifest::{dash, hls},
    package::PackedFile,
    plan::{Content, Packaging, Plan, PlannedOutput},
};
use crate::work::JobFailure;

/// When transport streams begin, in ticks of 90 kHz.
const TRANSPORT_BEGIN: u64 = 900_000;

/// Captions of an output.
#[derive(Debug)]
struct Track {
    group: usize,
    /// The output's place in the settings.
    output: usize,
    /// The number among the captions of its output.
    number: usize,
    target: CaptionTarget,
    label: Label,
    cues: Vec<Cue>,
    length: SegmentLength,
}

/// All captions of a job.
#[derive(Debug, Default)]
pub(super) struct Captions {
    tracks: Vec<Track>,
}

impl Captions {
    pub(super) async fn load(
        job: Job<'_>,
        plan: &Plan,
        warn: &mut (dyn FnMut(String) + Send),
    ) -> Result<Self, JobFailure> {
        let mut known: BTreeMap<(usize, String), Vec<Cue>> = BTreeMap::new();
        let mut tracks = Vec::new();
        for (group, package) in plan.packages.iter().enumerate() {
            let length = length(job, group);
            for planned in &package.outputs {
                let output = job.output(group, planned.index).into_iter();
                for (number, description) in output.flat_map(|output| &output.caption_descriptions).enumerate() {
                    let target = target(description);
                    if let CaptionTarget::Unsupported(kind) = target {
                        warn(format!("captions of the type {kind} cannot be written here and are left out"));
                        continue;
                    }
                    let cues = cues(job, description, &mut known, warn).await?;
                    if cues.is_empty() {
                        continue;
                    }
                    let output = planned.index;
                    tracks.push(Track {
                        group,
                        output,
                        number,
                        target,
                        label: label_of(job, description),
                        cues,
                        length,
                    });
                }
            }
        }
        Ok(Self { tracks })
    }

    /// Writes captions that become part of the picture, and adds their filters to those of outputs.
    pub(super) async fn burnt_in(
        &self,
        plan: &Plan,
        folder: &Path,
        filters: &mut BTreeMap<(usize, usize), Vec<String>>,
    ) -> Result<(), JobFailure> {
        // Outputs with the same captions share a file, so that they can share a rendition.
        let mut files: Vec<(&[Cue], String)> = Vec::new();
        for track in &self.tracks {
            let CaptionTarget::BurnIn(style) = &track.target else { continue };
            let Some(size) = size(plan, track) else { continue };
            let known = files.iter().find(|(cues, _)| *cues == track.cues).map(|(_, name)| name.clone());
            let name = if let Some(name) = known {
                name
            } else {
                let name = format!("burnt-in-{}.srt", files.len());
                let written = tokio::fs::write(folder.join(&name), write_srt(&track.cues)).await;
                written.map_err(|error| JobFailure::unknown(format!("cannot write captions: {error}")))?;
                files.push((&track.cues, name.clone()));
                name
            };
            let style: &BurnIn = style;
            filters.entry((track.group, track.output)).or_default().push(burn_in_filter(&name, style, size));
        }
        Ok(())
    }

    pub(super) fn add_to(
        &self,
        plan: &Plan,
        group: usize,
        seconds: f64,
        folder: &Path,
        out: &mut GroupExtras,
    ) -> std::io::Result<()> {
        let package = &plan.packages[group];
        for (at, track) in self.tracks.iter().enumerate().filter(|(_, track)| track.group == group) {
            let Some(output) = package.outputs.iter().find(|output| output.index == track.output) else { continue };
            let name = format!("{}{}{}", package.base, output.modifier, suffix(output, track.number));
            if output.content == Content::Captions {
                out.named.entry(output.index).or_default();
            }
            let mut output_files = OutputFiles { folder, track: at, out };
            match (&track.target, &package.packaging) {
                (CaptionTarget::BurnIn(_) | CaptionTarget::Unsupported(_), _) => {}
                (CaptionTarget::Srt, _) => {
                    let name = output_files.write(format!("{name}.srt"), &write_srt(&track.cues))?;
                    output_files.tell(output, name);
                }
                (CaptionTarget::WebVtt, Packaging::Files | Packaging::Smooth { .. }) => {
                    let name = output_files.write(format!("{name}.vtt"), &write_webvtt(&track.cues))?;
                    output_files.tell(output, name);
                }
                (CaptionTarget::WebVtt, Packaging::Hls { .. }) => {
                    let playlist =
                        track.segmented(&name, package.segment_length, seconds, TRANSPORT_BEGIN, &mut output_files)?;
                    output_files.tell(output, playlist);
                }
                (CaptionTarget::WebVtt, Packaging::Dash { .. }) => track.whole(&name, seconds, &mut output_files)?,
                (CaptionTarget::WebVtt, Packaging::Cmaf { playlists, mpd, .. }) => {
                    if playlists.is_some() {
                        track.segmented(&name, package.segment_length, seconds, 0, &mut output_files)?;
                    }
                    if mpd.is_some() {
                        track.whole(&name, seconds, &mut output_files)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Track {
    /// One file, for DASH.
    fn whole(&self, name: &str, seconds: f64, output_files: &mut OutputFiles<'_>) -> std::io::Result<()> {
        let text = write_webvtt(&self.cues);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the size of a text"
        )]
        let bandwidth = (text.len() as f64 * 8.0 / seconds.max(1.0)).ceil() as u64;
        let name = output_files.write(format!("{name}.vtt"), &text)?;
        let (language, label) = (self.label.language.clone(), self.label.name.clone());
        output_files.out.extras.captions.push(dash::Captions { name, language, label, bandwidth });
        Ok(())
    }

    /// Segments and their playlist, for HLS; returns the playlist's name.
    fn segmented(
        &self,
        name: &str,
        length: f64,
        seconds: f64,
        begin: u64,
        output_files: &mut OutputFiles<'_>,
    ) -> std::io::Result<String> {
        let length = if length > 0.0 { length } else { 10.0 };
        let starts =
            std::iter::successors(Some(0.0), |start| Some(start + length)).take_while(|start| *start < seconds - 0.001);
        let segments = cut(starts.map(|start| (seconds - start).min(length)), self.length);
        let mut addresses = Vec::new();
        let own = name.rsplit('/').next().unwrap_or_default();
        for (number, segment) in segments.iter().enumerate() {
            output_files.write(format!("{name}_{number:05}.vtt"), &segment_text(&self.cues, *segment, begin))?;
            addresses.push(crate::media::capture::encoded(&format!("{own}_{number:05}.vtt")));
        }
        let playlist = output_files.write(format!("{name}.m3u8"), &playlist(&segments, &addresses))?;
        let (name, language) = (self.label.name.clone(), self.label.language.clone());
        let is_first = output_files.out.extras.subtitles.is_empty();
        let choice = if is_first { hls::Choice::Default } else { hls::Choice::Automatic };
        output_files.out.extras.subtitles.push(hls::SubtitleRendition {
            playlist: playlist.clone(),
            name,
            language,
            choice,
        });
        Ok(playlist)
    }
}

/// Where files of captions are put together.
struct OutputFiles<'d> {
    folder: &'d Path,
    track: usize,
    out: &'d mut GroupExtras,
}

impl OutputFiles<'_> {
    fn write(&mut self, name: String, text: &str) -> std::io::Result<String> {
        let suffix = name.rsplit('.').next().unwrap_or_default();
        let from: PathBuf =
            self.folder.join(format!("captions-{}-{}.{suffix}", self.track, self.out.extras.files.len()));
        std::fs::write(&from, text)?;
        self.out.extras.files.push(PackedFile { from, name: name.clone() });
        Ok(name)
    }

    /// An output that is captions alone is represented by its captions.
    fn tell(&mut self, output: &PlannedOutput, name: String) {
        if output.content == Content::Captions {
            self.out.named.entry(output.index).or_default().push(name);
        }
    }
}

/// What sets the names of captions apart from those of the video and of other captions in their output.
fn suffix(output: &PlannedOutput, number: usize) -> String {
    match (&output.content, number) {
        (Content::Captions, 0) => String::new(),
        (Content::Captions, number) => format!("_{number}"),
        (_, number) => format!("_captions_{number}"),
    }
}

fn size(plan: &Plan, track: &Track) -> Option<(u32, u32)> {
    let output = plan.packages[track.group].outputs.iter().find(|output| output.index == track.output)?;
    let Content::Media { video: Some(video), .. } = output.content else { return None };
    let size = plan.renditions.get(video)?.frame.size;
    Some((size.width, size.height))
}

fn selector<'j>(
    job: Job<'j>,
    input: usize,
    description: &CaptionDescription,
) -> Option<(&'j str, &'j CaptionSelector)> {
    let selectors = &job.settings.inputs.get(input)?.caption_selectors;
    let found = match &description.caption_selector_name {
        Some(name) => selectors.get_key_value(name),
        None => selectors.iter().next(),
    };
    found.map(|(name, selector)| (name.as_str(), selector))
}

/// The captions of a description on the time line of the output.
async fn cues(
    job: Job<'_>,
    description: &CaptionDescription,
    known: &mut BTreeMap<(usize, String), Vec<Cue>>,
    warn: &mut (dyn FnMut(String) + Send),
) -> Result<Vec<Cue>, JobFailure> {
    let mut pieces = Vec::new();
    for part in job.parts {
        let mut cues = Vec::new();
        if let Some((name, selector)) = selector(job, part.input, description) {
            let key = (part.input, name.to_owned());
            cues = if let Some(cues) = known.get(&key) {
                cues.clone()
            } else {
                let source = source(selector, &part.source);
                if let CaptionSource::Nothing(reason) = &source {
                    warn(reason.clone());
                }
                let loaded = job.loader.load(&source, &part.address).await?;
                known.insert(key, loaded.clone());
                loaded
            };
        } else {
            warn("a caption description names a selector that its input does not have".to_owned());
        }
        pieces.push(Piece { cues, clip: part.clip, duration: part.duration });
    }
    Ok(joined(&pieces))
}

fn label_of(job: Job<'_>, description: &CaptionDescription) -> Label {
    let selector = selector(job, 0, description).map(|(_, selector)| selector);
    let part = job.parts.first();
    let track = selector.zip(part).and_then(|(selector, part)| match source(selector, &part.source) {
        CaptionSource::Track(index) => part.source.text.iter().find(|track| track.index == index),
        _ => None,
    });
    label(description, selector, track)
}

fn length(job: Job<'_>, group: usize) -> SegmentLength {
    let group = job.settings.output_groups.get(group);
    match group.and_then(|group| group.output_group_settings.hls_group_settings.caption_segment_length_control) {
        Some(HlsCaptionSegmentLengthControl::MatchVideo) => SegmentLength::MatchVideo,
        _ => SegmentLength::Large,
    }
}
