//! From encoded tracks to the files of an output group, without encoding again.

mod cmaf;
mod files;
mod fragment;
mod hls;
mod images;
mod smooth;
mod subtitles;
mod track;

pub(crate) use track::{Track, TrackError};

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use mediaconvert::settings::AudioTrackType;

use self::fragment::WriteError;
use super::{
    bits_per_second,
    manifest::{
        Rates, TrackKind, dash,
        hls::{AudioRendition, Choice, Presentation},
    },
    plan::{Content, OutputAudio, Package, Packaging, Plan, PlannedOutput},
    process::{ProcessError, Runner},
    whole, with_causes,
};
use crate::work::{JobFailure, VideoDetail};

/// The encoded tracks of a job, in the order of the plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tracks {
    pub(crate) video: Vec<Track>,
    pub(crate) audio: Vec<Track>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Packed {
    pub(crate) files: Vec<PackedFile>,
    pub(crate) playlists: Vec<String>,
    pub(crate) outputs: Vec<PackedOutput>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PackedOutput {
    /// The names of its files that events report.
    pub(crate) files: Vec<String>,
    /// How long it plays, in seconds.
    pub(crate) seconds: f64,
    pub(crate) video: Option<VideoDetail>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackedFile {
    pub(crate) from: PathBuf,
    /// Its name below the group's destination, which may have folders.
    pub(crate) name: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum PackageError {
    #[error(transparent)]
    Segments(#[from] WriteError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("lost a work file: {0}")]
    WorkFile(#[from] std::io::Error),
    #[error("the list of segments is not understood: {0}")]
    List(String),
    #[error("packaging was given up")]
    GivenUp,
}

impl From<PackageError> for JobFailure {
    fn from(error: PackageError) -> Self {
        if let PackageError::Process(error) = error {
            return error.into();
        }
        Self::unknown(with_causes(&error))
    }
}

/// An output group, and what its files are made of.
#[derive(Debug, Clone)]
struct Group {
    plan: Arc<Plan>,
    number: usize,
    tracks: Arc<Tracks>,
    runner: Runner,
    seconds: f64,
}

impl Group {
    fn package(&self) -> &Package {
        &self.plan.packages[self.number]
    }

    /// What all names of an output's files begin with.
    fn name(&self, output: &PlannedOutput) -> String {
        format!("{}{}", self.package().base, output.modifier)
    }

    /// What manifests announce of a rendition.
    fn video(&self, rendition: usize) -> TrackKind {
        let rendition = &self.plan.renditions[rendition];
        TrackKind::Video { size: rendition.frame.size, rate: rendition.rate }
    }

    /// What manifests announce of an audio track.
    fn audio(&self, audio: &OutputAudio) -> TrackKind {
        TrackKind::Audio {
            language: audio.language.clone(),
            label: audio.name.clone(),
            channels: audio.channels,
            sample_rate: self.tracks.audio[audio.track].timescale,
        }
    }
}

#[derive(Debug, Default)]
struct Manifests {
    hls: Presentation,
    dash: dash::Contents,
}

/// Packages one output group of a film that lasts so many seconds.
pub(crate) async fn package(
    plan: &Arc<Plan>,
    number: usize,
    tracks: &Arc<Tracks>,
    seconds: f64,
    runner: &Runner,
) -> Result<Packed, PackageError> {
    let group = Group { plan: Arc::clone(plan), number, tracks: Arc::clone(tracks), runner: runner.clone(), seconds };
    let package = group.package();
    let mut files = OutputFiles::new(runner.scratch(), number);
    let mut manifests = Manifests::default();
    images::write(&group, &mut files, &mut manifests)?;
    subtitles::write(&group, &mut files, &mut manifests)?;
    match &package.packaging {
        Packaging::Hls(settings) => hls::package(&group, settings, manifests.hls, &mut files).await?,
        Packaging::Files => files::package(&group, &mut files).await?,
        Packaging::Smooth(_) => smooth::package(&group, &mut files).await?,
        Packaging::Fragmented(settings) => {
            let (group, settings) = (group.clone(), settings.clone());
            let write = move || {
                cmaf::package(&group, &settings, manifests, &mut files)?;
                Ok::<_, PackageError>(files)
            };
            files = tokio::task::spawn_blocking(write).await.map_err(|_| PackageError::GivenUp)??;
        }
    }
    let OutputFiles { files, playlists, mut of_outputs, .. } = files;
    let outputs = package.outputs.iter().map(|output| {
        let found = of_outputs.remove(&output.index);
        let (video, audio) = match &output.content {
            Content::Media { video, audio } => (*video, audio.as_slice()),
            _ => (None, [].as_slice()),
        };
        let video_seconds = video.map(|video| tracks.video[video].seconds());
        let audio_seconds = audio.iter().map(|audio| tracks.audio[audio.track].seconds()).fold(0.0, f64::max);
        // A film lasts as long as its video.
        let track_seconds = video_seconds.unwrap_or(audio_seconds);
        let is_beside = found.is_some() && !matches!(output.content, Content::Media { .. });
        PackedOutput {
            files: found.unwrap_or_default(),
            seconds: if is_beside { seconds } else { track_seconds },
            video: video.map(|video| {
                let (track, size) = (&tracks.video[video], plan.renditions[video].frame.size);
                VideoDetail {
                    average_bitrate: Some(whole(bits_per_second(track.size(), track.seconds()).round())),
                    height_in_px: size.height,
                    width_in_px: size.width,
                    more: BTreeMap::new(),
                }
            }),
        }
    });
    Ok(Packed { outputs: outputs.collect(), files, playlists })
}

/// The finished files of an output group, until they go to their places. No name that a stranger chose is used for a
/// work file.
#[derive(Debug)]
struct OutputFiles {
    folder: PathBuf,
    group: usize,
    files: Vec<PackedFile>,
    /// The names that events report, by the output's place in the settings.
    of_outputs: BTreeMap<usize, Vec<String>>,
    playlists: Vec<String>,
}

impl OutputFiles {
    fn new(folder: &Path, group: usize) -> Self {
        let (of_outputs, playlists) = (BTreeMap::new(), Vec::new());
        Self { folder: folder.to_owned(), group, files: Vec::new(), of_outputs, playlists }
    }

    /// A work file that will get this name; both end alike, so that the file's type is known by either.
    fn file(&mut self, name: impl Into<String>) -> PathBuf {
        let name = name.into();
        let plain =
            |suffix: &&str| suffix.len() <= 5 && suffix.chars().all(|character| character.is_ascii_alphanumeric());
        let suffix = name.rsplit_once('.').map(|(_, suffix)| suffix).filter(plain).unwrap_or("bin");
        let from = self.folder.join(format!("group-{}-{}.{suffix}", self.group, self.files.len()));
        self.files.push(PackedFile { from: from.clone(), name });
        from
    }

    /// A work file of this type that is not among the finished ones.
    fn scratch(&self, suffix: &str) -> PathBuf {
        self.folder.join(format!("group-{}-{}-work.{suffix}", self.group, self.files.len()))
    }

    /// Puts a work file among the finished ones.
    fn adopt(&mut self, from: PathBuf, name: impl Into<String>) {
        self.files.push(PackedFile { from, name: name.into() });
    }

    fn write(&mut self, name: impl Into<String>, bytes: impl AsRef<[u8]>) -> Result<(), PackageError> {
        let path = self.file(name);
        std::fs::write(&path, bytes).map_err(|source| PackageError::Write { path, source })
    }

    /// Makes a name one that events report of an output.
    fn report(&mut self, output: &PlannedOutput, name: impl Into<String>) {
        self.of_outputs.entry(output.index).or_default().push(name.into());
    }
}

/// Audio renditions whose names differ and of which at most one is each group's default.
#[derive(Default)]
struct AudioRenditions {
    list: Vec<AudioRendition>,
}

impl AudioRenditions {
    fn add(
        &mut self,
        output: &PlannedOutput,
        audio: &OutputAudio,
        playlist: String,
        rates: Rates,
        codec: Option<String>,
    ) {
        let group = output.audio_group.clone();
        let plain = || output.modifier.trim_start_matches(['_', '-', ' ']).to_owned();
        let name = audio.name.clone().or_else(|| audio.language.clone()).unwrap_or_else(plain);
        let name = if name.is_empty() { "audio".to_owned() } else { name };
        let mates = || self.list.iter().filter(|other| other.group == group);
        let has_default = mates().any(|other| other.choice == Choice::Default);
        let choice = match output.role {
            AudioTrackType::AlternateAudioNotAutoSelect => Choice::Manual,
            AudioTrackType::AlternateAudioAutoSelect => Choice::Automatic,
            _ if has_default => Choice::Automatic,
            _ => Choice::Default,
        };
        let name = unique(&name, ' ', |name| mates().any(|other| other.name == name));
        self.list.push(AudioRendition {
            playlist,
            group,
            name,
            language: audio.language.clone(),
            channels: audio.channels,
            choice,
            rates,
            codec,
        });
    }

    /// The groups that a video goes with: those it names, or all.
    fn groups_for(&self, output: &PlannedOutput) -> Vec<String> {
        if !output.audio_groups.is_empty() {
            return output.audio_groups.clone();
        }
        let mut groups: Vec<String> = self.list.iter().map(|audio| audio.group.clone()).collect();
        groups.dedup();
        groups
    }
}

/// A name, with a number behind it when it is taken.
fn unique(name: &str, separator: char, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}{separator}{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}
