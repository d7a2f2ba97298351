//! What the settings of an output group ask of its packaging.

use mediaconvert::settings::{
    CmafManifestDurationFormat, CmafMpdProfile, CmafSegmentControl, CmafStreamInfResolution, CmafWriteDASHManifest,
    CmafWriteHLSManifest, DashIsoMpdProfile, DashIsoSegmentControl, HlsDirectoryStructure, HlsManifestDurationFormat,
    HlsOutputSelection, HlsSegmentControl, HlsStreamInfResolution, MsSmoothFragmentLengthControl, OutputGroup,
    OutputGroupSettings, OutputGroupType,
};

use super::grid::{Cut, Segments};

/// How the outputs of a group are packaged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Packaging {
    /// Transport streams with playlists.
    Hls {
        /// The segments.
        segments: Segments,
        /// One file for each output, or one for each segment.
        files: Files,
        /// A folder for each output, or one for all.
        folders: Folders,
        /// What playlists say.
        playlists: Playlists,
    },
    /// Fragmented MP4 with a DASH manifest.
    Dash {
        /// The segments.
        segments: Segments,
        /// One file for each output, or one for each segment.
        files: Files,
        /// What the manifest says.
        mpd: Mpd,
    },
    /// Fragmented MP4 with manifests for both.
    Cmaf {
        /// The segments.
        segments: Segments,
        /// One file for each output, or one for each segment.
        files: Files,
        /// What playlists say, when there are any.
        playlists: Option<Playlists>,
        /// What the DASH manifest says, when there is one.
        mpd: Option<Mpd>,
    },
    /// Files of Microsoft Smooth Streaming.
    Smooth {
        /// The fragments, in the place of segments.
        segments: Segments,
    },
    /// Files that stand alone.
    Files,
}

/// How segments are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Files {
    /// Each in its own file.
    Segmented,
    /// All in one file, addressed by ranges of bytes.
    Single,
}

/// Where the files of an output are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folders {
    /// In the destination.
    One,
    /// In a folder of the output's name, at most so many segments in each where that is limited.
    Each(Option<usize>),
}

/// What the playlists of a group say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Playlists {
    /// What goes before the addresses of everything.
    pub(crate) base_url: String,
    /// How durations are written.
    pub(crate) durations: Durations,
    /// Whether RESOLUTION stands in the master playlist.
    pub(crate) resolution: Mention,
    /// Whether there are playlists at all.
    pub(crate) written: Mention,
}

/// How durations are written into playlists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durations {
    /// As they are.
    Exact,
    /// Rounded to whole seconds.
    Whole,
}

/// Whether something stands in a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mention {
    /// It does.
    Included,
    /// It does not.
    Excluded,
}

/// What a DASH manifest says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mpd {
    /// What goes before the addresses of everything.
    pub(crate) base_url: String,
    /// How much a player should have before it begins, in seconds.
    pub(crate) min_buffer: f64,
    /// Whether `bandwidth` is the average or the peak.
    pub(crate) bandwidth: BandwidthKind,
    /// The profile.
    pub(crate) profile: MpdProfile,
}

/// Which bandwidth a DASH manifest tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BandwidthKind {
    /// The average of the whole.
    Average,
    /// The largest of any segment.
    Peak,
}

/// The profile of a DASH manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MpdProfile {
    /// `isoff-live`, which is what players know best.
    Live,
    /// `isoff-on-demand`.
    OnDemand,
}

const SECOND: f64 = 1000.0;

fn seconds(length: Option<i64>, usual: i32) -> f64 {
    length.and_then(|length| i32::try_from(length).ok()).map_or(f64::from(usual), f64::from).max(1.0)
}

fn prefix(url: Option<&String>) -> String {
    match url {
        Some(url) if !url.is_empty() && !url.ends_with('/') => format!("{url}/"),
        Some(url) => url.clone(),
        None => String::new(),
    }
}

fn min_buffer(milliseconds: Option<i64>) -> f64 {
    milliseconds
        .and_then(|length| i32::try_from(length).ok())
        .filter(|length| *length > 0)
        .map_or(2.0, |length| f64::from(length) / SECOND)
}

fn mention(excluded: bool) -> Mention {
    if excluded { Mention::Excluded } else { Mention::Included }
}

fn profile(on_demand: bool) -> MpdProfile {
    if on_demand { MpdProfile::OnDemand } else { MpdProfile::Live }
}

fn kind(name: Option<&'static str>) -> BandwidthKind {
    if name == Some("MAX") { BandwidthKind::Peak } else { BandwidthKind::Average }
}

fn durations(whole: bool) -> Durations {
    if whole { Durations::Whole } else { Durations::Exact }
}

/// The type's name in events.
pub(super) const fn event_name(kind: OutputGroupType) -> &'static str {
    match kind {
        OutputGroupType::HlsGroupSettings => "HLS_GROUP",
        OutputGroupType::DashIsoGroupSettings => "DASH_ISO_GROUP",
        OutputGroupType::FileGroupSettings => "FILE_GROUP",
        OutputGroupType::MsSmoothGroupSettings => "MS_SMOOTH_GROUP",
        OutputGroupType::CmafGroupSettings => "CMAF_GROUP",
    }
}

/// The packaging of a group and its destination.
pub(super) fn packaging(group: &OutputGroup) -> Option<(OutputGroupType, Packaging, String)> {
    let settings = group.output_group_settings.as_deref()?;
    let kind = settings.r#type?;
    let (packaging, destination) = match kind {
        OutputGroupType::HlsGroupSettings => hls(settings),
        OutputGroupType::DashIsoGroupSettings => dash(settings),
        OutputGroupType::CmafGroupSettings => cmaf(settings),
        OutputGroupType::MsSmoothGroupSettings => smooth(settings),
        OutputGroupType::FileGroupSettings => {
            let files = settings.file_group_settings.as_deref();
            (Packaging::Files, files.and_then(|files| files.destination.clone()))
        }
    };
    Some((kind, packaging, destination.unwrap_or_default()))
}

fn hls(settings: &OutputGroupSettings) -> (Packaging, Option<String>) {
    let hls = settings.hls_group_settings.as_deref();
    let length = seconds(hls.and_then(|hls| hls.segment_length), 10);
    let limit = hls.and_then(|hls| hls.segments_per_subdirectory).and_then(|limit| usize::try_from(limit).ok());
    let is_single = hls.and_then(|hls| hls.segment_control) == Some(HlsSegmentControl::SingleFile);
    let has_folders = hls.and_then(|hls| hls.directory_structure) == Some(HlsDirectoryStructure::SubdirectoryPerStream);
    let packaging = Packaging::Hls {
        segments: Segments { length, fragment: length, cut: hls.and_then(|hls| hls.segment_length_control).into() },
        files: if is_single { Files::Single } else { Files::Segmented },
        folders: if has_folders { Folders::Each(limit.filter(|limit| *limit > 0)) } else { Folders::One },
        playlists: Playlists {
            base_url: prefix(hls.and_then(|hls| hls.base_url.as_ref())),
            durations: durations(
                hls.and_then(|hls| hls.manifest_duration_format) == Some(HlsManifestDurationFormat::Integer),
            ),
            resolution: mention(hls.and_then(|hls| hls.stream_inf_resolution) == Some(HlsStreamInfResolution::Exclude)),
            written: mention(hls.and_then(|hls| hls.output_selection) == Some(HlsOutputSelection::SegmentsOnly)),
        },
    };
    (packaging, hls.and_then(|hls| hls.destination.clone()))
}

fn dash(settings: &OutputGroupSettings) -> (Packaging, Option<String>) {
    let dash = settings.dash_iso_group_settings.as_deref();
    let length = seconds(dash.and_then(|dash| dash.segment_length), 30);
    let is_single = dash.and_then(|dash| dash.segment_control) == Some(DashIsoSegmentControl::SingleFile);
    let packaging = Packaging::Dash {
        segments: Segments {
            length,
            fragment: seconds(dash.and_then(|dash| dash.fragment_length), 2),
            cut: dash.and_then(|dash| dash.segment_length_control).into(),
        },
        files: if is_single { Files::Single } else { Files::Segmented },
        mpd: Mpd {
            base_url: prefix(dash.and_then(|dash| dash.base_url.as_ref())),
            min_buffer: min_buffer(dash.and_then(|dash| dash.min_buffer_time)),
            bandwidth: kind(dash.and_then(|dash| dash.mpd_manifest_bandwidth_type).map(mediaconvert::Choice::name)),
            profile: profile(dash.and_then(|dash| dash.mpd_profile) == Some(DashIsoMpdProfile::OnDemandProfile)),
        },
    };
    (packaging, dash.and_then(|dash| dash.destination.clone()))
}

fn cmaf(settings: &OutputGroupSettings) -> (Packaging, Option<String>) {
    let cmaf = settings.cmaf_group_settings.as_deref();
    let length = seconds(cmaf.and_then(|cmaf| cmaf.segment_length), 10);
    let is_single = cmaf.and_then(|cmaf| cmaf.segment_control) == Some(CmafSegmentControl::SingleFile);
    let base_url = prefix(cmaf.and_then(|cmaf| cmaf.base_url.as_ref()));
    let playlists = Playlists {
        base_url: base_url.clone(),
        durations: durations(
            cmaf.and_then(|cmaf| cmaf.manifest_duration_format) == Some(CmafManifestDurationFormat::Integer),
        ),
        resolution: mention(cmaf.and_then(|cmaf| cmaf.stream_inf_resolution) == Some(CmafStreamInfResolution::Exclude)),
        written: Mention::Included,
    };
    let mpd = Mpd {
        base_url,
        min_buffer: min_buffer(cmaf.and_then(|cmaf| cmaf.min_buffer_time)),
        bandwidth: kind(cmaf.and_then(|cmaf| cmaf.mpd_manifest_bandwidth_type).map(mediaconvert::Choice::name)),
        profile: profile(cmaf.and_then(|cmaf| cmaf.mpd_profile) == Some(CmafMpdProfile::OnDemandProfile)),
    };
    let has_hls = cmaf.and_then(|cmaf| cmaf.write_hls_manifest) != Some(CmafWriteHLSManifest::Disabled);
    let has_dash = cmaf.and_then(|cmaf| cmaf.write_dash_manifest) != Some(CmafWriteDASHManifest::Disabled);
    let packaging = Packaging::Cmaf {
        segments: Segments {
            length,
            fragment: seconds(cmaf.and_then(|cmaf| cmaf.fragment_length), 2),
            cut: cmaf.and_then(|cmaf| cmaf.segment_length_control).into(),
        },
        files: if is_single { Files::Single } else { Files::Segmented },
        playlists: has_hls.then_some(playlists),
        mpd: has_dash.then_some(mpd),
    };
    (packaging, cmaf.and_then(|cmaf| cmaf.destination.clone()))
}

fn smooth(settings: &OutputGroupSettings) -> (Packaging, Option<String>) {
    let smooth = settings.ms_smooth_group_settings.as_deref();
    let length = seconds(smooth.and_then(|smooth| smooth.fragment_length), 2);
    let cut = match smooth.and_then(|smooth| smooth.fragment_length_control) {
        Some(MsSmoothFragmentLengthControl::GopMultiple) => Cut::WholeGops,
        Some(MsSmoothFragmentLengthControl::Exact) | None => Cut::Exact,
    };
    let packaging = Packaging::Smooth { segments: Segments { length, fragment: length, cut } };
    (packaging, smooth.and_then(|smooth| smooth.destination.clone()))
}

impl Packaging {
    /// The segments that renditions must have key frames for.
    pub(crate) fn segments(&self) -> Option<Segments> {
        match self {
            Self::Hls { segments, .. }
            | Self::Dash { segments, .. }
            | Self::Cmaf { segments, .. }
            | Self::Smooth { segments } => Some(*segments),
            Self::Files => None,
        }
    }
}
