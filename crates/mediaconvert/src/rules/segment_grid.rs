//! One grid for segments, fragments and groups of pictures.
//!
//! Source: the reference of `SegmentLengthControl`: `EXACT` cuts exactly there, with additional I-frames when that is
//! inside a group of pictures, and renditions no longer switch cleanly; `GOP_MULTIPLE` rounds up to whole groups.
//! Frame-counted groups are judged only where the frame rate is written down.

use super::subject::Group;
use super::{Report, Rule};
use crate::choice::Choice;
use crate::settings::{
    H264FramerateControl, H264GopSizeUnits, H265FramerateControl, H265GopSizeUnits, OutputGroup, VideoCodecSettings,
};

/// Lengths in whole seconds.
struct Grid {
    member: &'static str,
    segment: i64,
    fragment: Option<i64>,
    control: Option<&'static str>,
}

/// The group's lengths, with the service's default for a segment that is not given.
fn grid(group: &OutputGroup) -> Option<Grid> {
    let settings = group.output_group_settings.as_deref()?;
    let hls = settings.hls_group_settings.as_deref().map(|hls| Grid {
        member: "OutputGroupSettings.HlsGroupSettings.SegmentLength",
        segment: hls.segment_length.unwrap_or(10),
        fragment: None,
        control: hls.segment_length_control.map(Choice::name),
    });
    let dash = settings.dash_iso_group_settings.as_deref().map(|dash| Grid {
        member: "OutputGroupSettings.DashIsoGroupSettings.SegmentLength",
        segment: dash.segment_length.unwrap_or(30),
        fragment: dash.fragment_length,
        control: dash.segment_length_control.map(Choice::name),
    });
    let cmaf = settings.cmaf_group_settings.as_deref().map(|cmaf| Grid {
        member: "OutputGroupSettings.CmafGroupSettings.SegmentLength",
        segment: cmaf.segment_length.unwrap_or(10),
        fragment: cmaf.fragment_length,
        control: cmaf.segment_length_control.map(Choice::name),
    });
    hls.or(dash).or(cmaf)
}

pub(super) fn check(group: &Group<'_>, report: &mut Report) {
    let Some(Grid { member, segment, fragment, control }) = grid(group.settings) else { return };
    if let Some(fragment) = fragment.filter(|fragment| segment % fragment != 0) {
        let says = format!("a segment of {segment} s does not hold whole fragments of {fragment} s");
        report.add(Rule::SegmentGrid, group.path, member, says);
    }
    if control.is_some_and(|control| control != "EXACT") {
        return;
    }
    let codecs = group.outputs().iter().filter_map(|output| {
        let codec = output.video_description.as_deref()?.codec_settings.as_deref()?;
        gop_seconds(codec)
    });
    #[expect(clippy::cast_precision_loss, reason = "segments are seconds to minutes long")]
    let broken = codecs.filter(|gop| *gop > 0.0).find(|gop| !is_whole(segment as f64 / gop));
    if let Some(gop) = broken {
        let says = format!(
            "a segment of {segment} s does not hold whole groups of pictures of {gop} s; \
             change one of them, or set SegmentLengthControl to GOP_MULTIPLE"
        );
        report.add(Rule::SegmentGrid, group.path, member, says);
    }
}

fn is_whole(ratio: f64) -> bool {
    const TOLERANCE: f64 = 1e-6;
    (ratio - ratio.round()).abs() < TOLERANCE && ratio >= 1.0 - TOLERANCE
}

macro_rules! gop {
    ($settings:expr, $units:ident, $control:ident) => {
        $settings.and_then(|settings| match settings.gop_size_units {
            Some($units::Seconds) => settings.gop_size,
            Some($units::Frames) if settings.framerate_control == Some($control::Specified) => {
                Some(settings.gop_size? * rate(settings.framerate_denominator?, settings.framerate_numerator?))
            }
            _ => None,
        })
    };
}

/// The length of a group of pictures, where it is known in seconds.
fn gop_seconds(codec: &VideoCodecSettings) -> Option<f64> {
    let h264 = gop!(codec.h264_settings.as_deref(), H264GopSizeUnits, H264FramerateControl);
    h264.or_else(|| gop!(codec.h265_settings.as_deref(), H265GopSizeUnits, H265FramerateControl))
}

#[expect(clippy::cast_precision_loss, reason = "frame rates are small fractions")]
fn rate(over: i64, under: i64) -> f64 {
    over as f64 / under as f64
}
