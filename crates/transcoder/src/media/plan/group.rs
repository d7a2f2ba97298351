//! What the settings of an output group ask of its packaging.

use mediaconvert::settings::{
    HlsDirectoryStructure, HlsOutputSelection, ManifestDurationFormat, MpdManifestBandwidthType, MpdProfile,
    MsSmoothFragmentLengthControl, OutputGroup, OutputGroupType, Presence, SegmentControl, SegmentLengthControl,
    SegmentedGroup, Toggle,
};

use super::Segments;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Packaging {
    /// Transport streams with playlists.
    Hls(HlsPackage),
    /// Fragmented MP4 with a DASH manifest, playlists, or both.
    Fragmented(FragmentedPackage),
    /// Files of Microsoft Smooth Streaming, whose segments are fragments.
    Smooth(Segments),
    /// Files that stand alone.
    Files,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HlsPackage {
    pub(crate) segments: Segments,
    pub(crate) files: SegmentControl,
    pub(crate) folders: Folders,
    pub(crate) playlists: Playlists,
    pub(crate) has_playlists: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FragmentedPackage {
    pub(crate) brand: Brand,
    pub(crate) segments: Segments,
    pub(crate) files: SegmentControl,
    pub(crate) playlists: Option<Playlists>,
    pub(crate) mpd: Option<Mpd>,
}

/// What a fragmented file says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Brand {
    Dash,
    Cmaf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folders {
    One,
    /// In a folder of the output's name, at most so many segments in each where that is limited.
    Each(Option<usize>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Playlists {
    /// What goes before the addresses of everything.
    pub(crate) base_url: String,
    pub(crate) durations: ManifestDurationFormat,
    /// Whether RESOLUTION stands in the master playlist.
    pub(crate) has_resolution: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mpd {
    /// What goes before the addresses of everything.
    pub(crate) base_url: String,
    /// How much a player should have before it begins, in seconds.
    pub(crate) min_buffer: f64,
    /// Whether `bandwidth` is the average or the peak.
    pub(crate) bandwidth: MpdManifestBandwidthType,
    pub(crate) profile: MpdProfile,
}

pub(super) fn packaging(group: &OutputGroup) -> Option<(OutputGroupType, Packaging, String)> {
    let settings = &group.output_group_settings;
    let (hls, dash) = (&settings.hls_group_settings, &settings.dash_iso_group_settings);
    let (cmaf, smooth) = (&settings.cmaf_group_settings, &settings.ms_smooth_group_settings);
    let kind = settings.r#type?;
    let (packaging, destination) = match kind {
        OutputGroupType::HlsGroupSettings => {
            let folders = match hls.directory_structure {
                Some(HlsDirectoryStructure::SubdirectoryPerStream) => {
                    let limit = hls.segments_per_subdirectory.and_then(|limit| usize::try_from(limit).ok());
                    Folders::Each(limit.filter(|limit| *limit > 0))
                }
                Some(HlsDirectoryStructure::SingleDirectory) | None => Folders::One,
            };
            let length = seconds(hls.segment_length, 10);
            let control = hls.segment_length_control.unwrap_or(SegmentLengthControl::Exact);
            let package = HlsPackage {
                segments: Segments { length, fragment: length, control },
                files: files(&**hls),
                folders,
                playlists: playlists(&**hls),
                has_playlists: hls.output_selection != Some(HlsOutputSelection::SegmentsOnly),
            };
            (Packaging::Hls(package), &hls.destination)
        }
        OutputGroupType::DashIsoGroupSettings => {
            let package = FragmentedPackage {
                brand: Brand::Dash,
                segments: fragmented(&**dash, 30),
                files: files(&**dash),
                playlists: None,
                mpd: Some(mpd(&**dash)),
            };
            (Packaging::Fragmented(package), &dash.destination)
        }
        OutputGroupType::CmafGroupSettings => {
            let has_hls = cmaf.write_hls_manifest != Some(Toggle::Disabled);
            let has_dash = cmaf.write_dash_manifest != Some(Toggle::Disabled);
            let package = FragmentedPackage {
                brand: Brand::Cmaf,
                segments: fragmented(&**cmaf, 10),
                files: files(&**cmaf),
                playlists: has_hls.then(|| playlists(&**cmaf)),
                mpd: has_dash.then(|| mpd(&**cmaf)),
            };
            (Packaging::Fragmented(package), &cmaf.destination)
        }
        OutputGroupType::MsSmoothGroupSettings => {
            let length = seconds(smooth.fragment_length, 2);
            let control = match smooth.fragment_length_control {
                Some(MsSmoothFragmentLengthControl::GopMultiple) => SegmentLengthControl::GopMultiple,
                Some(MsSmoothFragmentLengthControl::Exact) | None => SegmentLengthControl::Exact,
            };
            (Packaging::Smooth(Segments { length, fragment: length, control }), &smooth.destination)
        }
        OutputGroupType::FileGroupSettings => (Packaging::Files, &settings.file_group_settings.destination),
    };
    Some((kind, packaging, destination.clone().unwrap_or_default()))
}

/// A length in seconds, which is one at least.
fn seconds(length: Option<u32>, default: u32) -> f64 {
    f64::from(length.unwrap_or(default).max(1))
}

fn fragmented(group: &dyn SegmentedGroup, default: u32) -> Segments {
    Segments {
        length: seconds(group.segment_length(), default),
        fragment: seconds(group.fragment_length(), 2),
        control: group.segment_length_control().unwrap_or(SegmentLengthControl::Exact),
    }
}

fn files(group: &dyn SegmentedGroup) -> SegmentControl {
    group.segment_control().unwrap_or(SegmentControl::SegmentedFiles)
}

fn base_url(group: &dyn SegmentedGroup) -> String {
    match group.base_url() {
        Some(url) if !url.is_empty() && !url.ends_with('/') => format!("{url}/"),
        url => url.unwrap_or_default().to_owned(),
    }
}

fn playlists(group: &dyn SegmentedGroup) -> Playlists {
    Playlists {
        base_url: base_url(group),
        durations: group.manifest_duration_format().unwrap_or(ManifestDurationFormat::FloatingPoint),
        has_resolution: group.stream_inf_resolution() != Some(Presence::Exclude),
    }
}

fn mpd(group: &dyn SegmentedGroup) -> Mpd {
    let min_buffer = group.min_buffer_time().filter(|milliseconds| *milliseconds > 0);
    Mpd {
        base_url: base_url(group),
        min_buffer: f64::from(min_buffer.unwrap_or(2000)) / 1000.0,
        bandwidth: group.mpd_manifest_bandwidth_type().unwrap_or(MpdManifestBandwidthType::Average),
        profile: group.mpd_profile().unwrap_or(MpdProfile::MainProfile),
    }
}

impl Packaging {
    /// The segments that renditions must have key frames for.
    pub(super) fn segments(&self) -> Option<Segments> {
        match self {
            Self::Hls(HlsPackage { segments, .. })
            | Self::Fragmented(FragmentedPackage { segments, .. })
            | Self::Smooth(segments) => Some(*segments),
            Self::Files => None,
        }
    }
}
