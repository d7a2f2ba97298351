//! Captured frames and storyboards of a job.

use std::path::Path;

use mediaconvert::settings::{FrameCaptureSettings, ScalingBehavior, VideoCodec};

use super::{GroupExtras, Job};
use crate::media::{
    capture::{Cadence, FrameCapture, Images, Sheet, Storyboard, StoryboardManifest, storyboards},
    encode::{AdditionalOutput, Additions},
    manifest::dash,
    package::PackedFile,
    plan::{Content, Packaging, Plan, Size},
};

/// The images of an output or of a group.
#[derive(Debug)]
struct Set {
    group: usize,
    images: Images,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Captured frames of the output at this place, whose names have this modifier.
    Captures(usize, String),
    /// Sheets: the set with this number in its group.
    Sheets(usize, Storyboard),
}

/// All images of a job.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    sets: Vec<Set>,
}

impl Pictures {
    pub(super) fn new(
        job: Job<'_>,
        plan: &Plan,
        additions: &mut Additions,
        warn: &mut (dyn FnMut(String) + Send),
    ) -> Self {
        let mut sets: Vec<Set> = Vec::new();
        let folder = job.loader.runner.scratch();
        for (group, package) in plan.packages.iter().enumerate() {
            let mut add = |kind: Kind, filter: String, arguments: &dyn Fn(&Images) -> Vec<std::ffi::OsString>| {
                let images = Images::new(sets.len());
                additions.outputs.push(AdditionalOutput { filter, arguments: arguments(&images) });
                sets.push(Set { group, images, kind });
            };
            for output in package.outputs.iter().filter(|output| output.content == Content::Captures) {
                if !job.has_picture() {
                    warn(format!("the output `{}` has no images, because the input has no video", output.modifier));
                    continue;
                }
                let capture = capture(job, group, output.index);
                let filter = capture.filter(&scaling(job, group, output.index));
                let kind = Kind::Captures(output.index, output.modifier.clone());
                add(kind, filter, &|images| capture.arguments(folder, images));
            }
            for (number, board) in boards(job, plan, group).into_iter().enumerate() {
                add(Kind::Sheets(number, board), board.filter(), &|images| Storyboard::arguments(folder, images));
            }
        }
        Self { sets }
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
        for set in self.sets.iter().filter(|set| set.group == group) {
            let images = set.images.written(folder)?;
            match &set.kind {
                Kind::Captures(output, modifier) => {
                    for (number, from) in images.into_iter().enumerate() {
                        let name = FrameCapture::file_name(&package.base, modifier, number);
                        // Events tell the last image.
                        out.named.insert(*output, vec![name.clone()]);
                        out.extras.files.push(PackedFile { from, name });
                    }
                }
                Kind::Sheets(number, board) => {
                    let mut sheets = Vec::new();
                    for (sheet, from) in (1..).zip(images) {
                        let name = board.sheet_name(&package.base, *number, sheet);
                        sheets.push(Sheet { name: name.clone(), size: std::fs::metadata(&from)?.len() });
                        out.extras.files.push(PackedFile { from, name });
                    }
                    let name = board.name(&package.base, *number);
                    tell(&package.packaging, *board, &sheets, seconds, &name, (folder, &set.images), out)?;
                }
            }
        }
        Ok(())
    }
}

/// Tells manifests of a set of sheets.
fn tell(
    packaging: &Packaging,
    storyboard: Storyboard,
    sheets: &[Sheet],
    duration: f64,
    name: &str,
    (folder, images): (&Path, &Images),
    out: &mut GroupExtras,
) -> std::io::Result<()> {
    let (playlists, mpd) = match packaging {
        Packaging::Hls { playlists, .. } => (Some(playlists), None),
        Packaging::Cmaf { playlists, mpd, .. } => (playlists.as_ref(), mpd.as_ref()),
        Packaging::Dash { mpd, .. } => (None, Some(mpd)),
        Packaging::Smooth { .. } | Packaging::Files => (None, None),
    };
    let base_url = playlists.map_or("", |playlists| playlists.base_url.as_str());
    let manifest = StoryboardManifest { storyboard, sheets, duration, base_url };
    if playlists.is_some() {
        let playlist = format!("{name}.m3u8");
        let from = folder.join(images.playlist());
        std::fs::write(&from, manifest.hls_playlist())?;
        out.extras.images.push(manifest.hls_line(&playlist));
        out.extras.files.push(PackedFile { from, name: playlist });
    }
    if mpd.is_some() {
        let Storyboard { width, height, columns, rows, .. } = storyboard;
        out.extras.thumbnails.push(dash::Thumbnails {
            before: format!("{name}."),
            after: ".jpg".to_owned(),
            digits: 7,
            size: Size { width: width * columns, height: height * rows },
            columns,
            rows,
            duration: storyboard.sheet_duration(),
            bandwidth: manifest.bandwidth(),
        });
    }
    Ok(())
}

/// The storyboards of a group with video.
fn boards(job: Job<'_>, plan: &Plan, group: usize) -> Vec<Storyboard> {
    let package = &plan.packages[group];
    let Some(settings) = job.settings.output_groups.get(group) else { return Vec::new() };
    let renditions = package.outputs.iter().filter_map(|output| match output.content {
        Content::Media { video: Some(video), .. } => plan.renditions.get(video),
        _ => None,
    });
    let largest = renditions.max_by_key(|rendition| rendition.frame.size.height);
    let Some(rendition) = largest.filter(|_| job.has_picture()) else { return Vec::new() };
    let rate = rendition.rate.per_second();
    let key_frames = f64::from(rendition.key_frames.every) / rate;
    let segments = if package.segment_length > 0.0 { package.segment_length } else { key_frames };
    let Size { width, height } = rendition.frame.size;
    storyboards(&settings.output_group_settings, Cadence { key_frames, segments, frames: 1.0 / rate }, (width, height))
}

fn capture(job: Job<'_>, group: usize, output: usize) -> FrameCapture {
    let codec = job.output(group, output).map(|output| &output.video_description.codec_settings);
    let codec = codec.filter(|codec| codec.codec == Some(VideoCodec::FrameCapture));
    FrameCapture::new(codec.map_or(&FrameCaptureSettings::default(), |codec| &codec.frame_capture_settings))
}

/// The filters that bring a captured frame to the size that the settings ask for.
fn scaling(job: Job<'_>, group: usize, output: usize) -> String {
    let Some(video) = job.output(group, output).and_then(|output| output.video_description.given()) else {
        return String::new();
    };
    let pixels = |length: Option<u32>| length.filter(|length| *length > 1);
    // As wide as a viewer sees it: pixels that are not square are made so.
    let square = "scale=trunc(iw*sar/2+0.5)*2:ih";
    let size = match (pixels(video.width), pixels(video.height)) {
        (None, None) => return format!("{square},setsar=1"),
        (Some(width), None) => format!("scale={width}:-2"),
        (None, Some(height)) => format!("scale=-2:{height}"),
        (Some(width), Some(height)) => match video.scaling_behavior {
            Some(ScalingBehavior::StretchToOutput) => format!("scale={width}:{height}"),
            Some(ScalingBehavior::Fill | ScalingBehavior::SmartCrop) => {
                format!("scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}")
            }
            Some(ScalingBehavior::Fit | ScalingBehavior::FitNoUpscale) => {
                format!("scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2")
            }
            _ => format!(
                "scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:(ow-iw)/2:(oh-ih)/2"
            ),
        },
    };
    format!("{square},setsar=1,{size},setsar=1")
}
