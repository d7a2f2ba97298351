//! Bitrates by rate control mode.
//!
//! Source: "Using the QVBR rate control mode" and the members' own reference: `MaxBitrate` is required for QVBR, which
//! aims at a quality and so has no `Bitrate`; `Bitrate` is required for VBR and CBR; `MaxAverageBitrate` is for QVBR with
//! several passes.

use super::subject::Ladder;
use super::{Media, Report, Rule};
use crate::choice::Choice as _;
use crate::path::Path;
use crate::settings::{H264QualityTuningLevel, H265QualityTuningLevel, VideoCodecSettings};

struct Control {
    member: &'static str,
    mode: Option<&'static str>,
    bitrate: Option<i64>,
    max_bitrate: Option<i64>,
}

macro_rules! control {
    ($codec:ident.$field:ident, $member:literal) => {
        $codec.$field.as_deref().map(|settings| Control {
            member: concat!("VideoDescription.CodecSettings.", $member),
            mode: settings.rate_control_mode.map(|mode| mode.name()),
            bitrate: settings.bitrate,
            max_bitrate: settings.max_bitrate,
        })
    };
}

fn controls(codec: &VideoCodecSettings) -> impl Iterator<Item = Control> {
    [
        control!(codec.av1_settings, "Av1Settings"),
        control!(codec.h264_settings, "H264Settings"),
        control!(codec.h265_settings, "H265Settings"),
        control!(codec.mpeg2_settings, "Mpeg2Settings"),
        control!(codec.vp8_settings, "Vp8Settings"),
        control!(codec.vp9_settings, "Vp9Settings"),
    ]
    .into_iter()
    .flatten()
}

pub(super) fn check(media: &Media<'_>, path: &Path<'_>, report: &mut Report) {
    let Some(codec) = media.codec() else { return };
    for Control { member, mode, bitrate, max_bitrate } in controls(codec) {
        let mut add = |name: &str, says: String| report.add(Rule::RateControl, path, &format!("{member}.{name}"), says);
        match mode {
            Some("QVBR") => {
                if bitrate.is_some() {
                    add("Bitrate", "QVBR aims at a quality: take Bitrate out".to_owned());
                }
                if max_bitrate.is_none() && media.ladder == Ladder::Written {
                    add("MaxBitrate", "QVBR needs a MaxBitrate".to_owned());
                }
            }
            Some(mode) if bitrate.is_none() => add("Bitrate", format!("{mode} needs a Bitrate")),
            _ => {}
        }
    }
    check_average(codec, path, report);
}

fn check_average(codec: &VideoCodecSettings, path: &Path<'_>, report: &mut Report) {
    let h264 = codec.h264_settings.as_deref().is_some_and(|settings| {
        settings.qvbr_settings.as_deref().is_some_and(|qvbr| qvbr.max_average_bitrate.is_some())
            && settings.quality_tuning_level != Some(H264QualityTuningLevel::MultiPassHq)
    });
    let h265 = codec.h265_settings.as_deref().is_some_and(|settings| {
        settings.qvbr_settings.as_deref().is_some_and(|qvbr| qvbr.max_average_bitrate.is_some())
            && settings.quality_tuning_level != Some(H265QualityTuningLevel::MultiPassHq)
    });
    for (broken, member) in [(h264, "H264Settings"), (h265, "H265Settings")] {
        if broken {
            let place = format!("VideoDescription.CodecSettings.{member}.QvbrSettings.MaxAverageBitrate");
            report.add(Rule::RateControl, path, &place, "MaxAverageBitrate needs QualityTuningLevel MULTI_PASS_HQ");
        }
    }
}
