//! From encoded tracks to the files of an output group, without encoding again.

mod cut;
mod files;
mod fragment;
mod fragmented;
mod listing;
mod output_files;
mod smooth;
mod stream;
mod track;
mod transport;

use fragment::WriteError;
pub(crate) use output_files::PackedFile;
pub(crate) use track::{Track, TrackError};

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::output_files::OutputFiles;
use super::{
    manifest::{dash, hls},
    plan::{Content, Package, Packaging, Plan, PlannedOutput},
    process::{ProcessError, Runner},
};
use crate::work::{JobFailure, VideoDetail};

/// The encoded tracks of a job, in the order of the plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tracks {
    /// The renditions.
    pub(crate) video: Vec<Track>,
    /// The audio tracks.
    pub(crate) audio: Vec<Track>,
}

/// What other parts of a job put into a group: captions and thumbnails, which are in their files already.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Extras {
    /// Further files of the group.
    pub(crate) files: Vec<PackedFile>,
    /// Captions for the master playlist.
    pub(crate) subtitles: Vec<hls::SubtitleRendition>,
    /// Lines for the master playlist that tell of images.
    pub(crate) images: Vec<String>,
    /// Captions for the DASH manifest.
    pub(crate) captions: Vec<dash::Captions>,
    /// Thumbnails for the DASH manifest.
    pub(crate) thumbnails: Vec<dash::Thumbnails>,
}

/// What an output group became.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Packed {
    /// All its files.
    pub(crate) files: Vec<PackedFile>,
    /// The names of its top manifests.
    pub(crate) playlists: Vec<String>,
    /// What its outputs became.
    pub(crate) outputs: Vec<PackedOutput>,
}

/// What an output became.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PackedOutput {
    /// Its place in the settings of its group.
    pub(crate) index: usize,
    /// The names of its files that events tell.
    pub(crate) files: Vec<String>,
    /// How long it plays, in seconds.
    pub(crate) seconds: f64,
    /// Its video.
    pub(crate) video: Option<VideoDetail>,
}

/// Why a group cannot be packaged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackageError {
    /// An encoded track is not as it should be.
    #[error(transparent)]
    Track(#[from] TrackError),
    /// Segments cannot be written.
    #[error(transparent)]
    Segments(#[from] WriteError),
    /// ffmpeg fails.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the machine says.
        source: std::io::Error,
    },
    /// ffmpeg's list of segments is not understood.
    #[error("the list of segments is not understood: {0}")]
    List(String),
    /// The work was given up.
    #[error("packaging was given up")]
    GivenUp,
}

impl From<PackageError> for JobFailure {
    fn from(error: PackageError) -> Self {
        match error {
            PackageError::Process(error) => error.into(),
            other => Self::unknown(with_causes(&other)),
        }
    }
}

/// An error with everything that led to it.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Packages one output group; its work files go into this folder.
pub(crate) async fn package(
    plan: &Plan,
    group: usize,
    tracks: &Arc<Tracks>,
    extras: Extras,
    folder: &Path,
    runner: &Runner,
) -> Result<Packed, PackageError> {
    let package = &plan.packages[group];
    let mut output_files = OutputFiles::new(folder, group);
    let files = extras.files.clone();
    let mut packed = match &package.packaging {
        Packaging::Hls { .. } => stream::package(plan, package, tracks, extras, &mut output_files, runner).await?,
        Packaging::Files => files::package(plan, package, tracks, &mut output_files, runner).await?,
        Packaging::Smooth { .. } => smooth::package(plan, package, tracks, &mut output_files, runner).await?,
        Packaging::Dash { .. } | Packaging::Cmaf { .. } => {
            let (plan, package, tracks) = (plan.clone(), package.clone(), Arc::clone(tracks));
            let cut = move || {
                let packed = fragmented::package(&plan, &package, &tracks, extras, &mut output_files)?;
                Ok::<_, PackageError>((packed, output_files))
            };
            let (packed, finished) = tokio::task::spawn_blocking(cut).await.map_err(|_| PackageError::GivenUp)??;
            output_files = finished;
            packed
        }
    };
    packed.files = output_files.files;
    packed.files.extend(files);
    Ok(packed)
}

/// What events tell of a rendition.
fn video_detail(plan: &Plan, tracks: &Tracks, rendition: usize) -> VideoDetail {
    let size = plan.renditions[rendition].frame.size;
    let track = &tracks.video[rendition];
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes are far below 2^52 bits"
    )]
    let average = (track.size() as f64 * 8.0 / track.seconds()).round() as u64;
    VideoDetail {
        average_bitrate: Some(average),
        height_in_px: size.height,
        width_in_px: size.width,
        more: BTreeMap::new(),
    }
}

/// What every kind of group says of an output.
fn packed_output(plan: &Plan, tracks: &Tracks, output: &PlannedOutput, files: Vec<String>) -> PackedOutput {
    let (video, audio) = match &output.content {
        Content::Media { video, audio } => (*video, audio.as_slice()),
        _ => (None, [].as_slice()),
    };
    let seconds = |track: Option<&Track>| track.map_or(0.0, Track::seconds);
    let of_video = seconds(video.and_then(|video| tracks.video.get(video)));
    let of_audio = audio.iter().map(|audio| seconds(tracks.audio.get(audio.track))).fold(0.0, f64::max);
    PackedOutput {
        index: output.index,
        files,
        // A film lasts as long as its pictures.
        seconds: if video.is_some() { of_video } else { of_audio },
        video: video.map(|video| video_detail(plan, tracks, video)),
    }
}

/// The name that all files of an output begin with.
fn name_of(package: &Package, output: &PlannedOutput) -> String {
    format!("{}{}", package.base, output.modifier)
}
