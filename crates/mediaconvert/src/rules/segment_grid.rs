//! One grid for segments, fragments and groups of pictures.
//!
//! Source: the reference of `SegmentLengthControl`: `EXACT` cuts exactly there, with additional I-frames when that is
//! inside a group of pictures, and renditions no longer switch cleanly; `GOP_MULTIPLE` rounds up to whole groups.
//! Frame-counted groups are judged only where the frame rate is written down.

use super::Report;
use super::subject::{Group, MPEG, gop_settings};
use crate::or_default::OrDefault;
use crate::problem::Rule;
use crate::settings::{FramerateControl, GopSettings, GopSizeUnits, SegmentLengthControl, SegmentedGroup};

pub(super) fn check(group: &Group<'_>, report: &mut Report) {
    // With the service's default for a segment whose length is not given, in seconds.
    fn grid<'a, T: SegmentedGroup>(
        member: &'static str,
        default: u32,
        group: &'a OrDefault<T>,
    ) -> Option<(&'static str, u32, &'a dyn SegmentedGroup)> {
        let group = group.given()?;
        Some((member, group.segment_length().unwrap_or(default), group))
    }
    let grid = grid("HlsGroupSettings", 10, &group.settings.hls_group_settings)
        .or_else(|| grid("DashIsoGroupSettings", 30, &group.settings.dash_iso_group_settings))
        .or_else(|| grid("CmafGroupSettings", 10, &group.settings.cmaf_group_settings));
    let Some((member, segment, settings)) = grid else { return };
    let member = format!("OutputGroupSettings.{member}.SegmentLength");
    if let Some(fragment) = settings.fragment_length().filter(|fragment| segment % fragment != 0) {
        let says = format!("a segment of {segment} s does not hold whole fragments of {fragment} s");
        report.add(Rule::SegmentGrid, group.path, &member, says);
    }
    if settings.segment_length_control().is_some_and(|control| control != SegmentLengthControl::Exact) {
        return;
    }
    let gops = group.outputs.iter().filter_map(|output| {
        let mut codecs = gop_settings(&output.video_description.codec_settings);
        codecs.find_map(|(member, codec)| MPEG.contains(&member).then(|| gop_seconds(codec))?)
    });
    let broken = gops.filter(|gop| *gop > 0.0).find(|gop| !is_whole(f64::from(segment) / gop));
    if let Some(gop) = broken {
        let says = format!(
            "a segment of {segment} s does not hold whole groups of pictures of {gop} s; \
             change one of them, or set SegmentLengthControl to GOP_MULTIPLE"
        );
        report.add(Rule::SegmentGrid, group.path, &member, says);
    }
}

fn is_whole(ratio: f64) -> bool {
    const TOLERANCE: f64 = 1e-6;
    (ratio - ratio.round()).abs() < TOLERANCE && ratio >= 1.0 - TOLERANCE
}

/// The length of a group of pictures, where it is known in seconds.
fn gop_seconds(settings: &dyn GopSettings) -> Option<f64> {
    match settings.gop_size_units()? {
        GopSizeUnits::Seconds => settings.gop_size(),
        GopSizeUnits::Frames if settings.framerate_control() == Some(FramerateControl::Specified) => {
            let rate = f64::from(settings.framerate_denominator()?) / f64::from(settings.framerate_numerator()?);
            Some(settings.gop_size()? * rate)
        }
        GopSizeUnits::Frames | GopSizeUnits::Auto => None,
    }
}
