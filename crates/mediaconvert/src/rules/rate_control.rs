//! Bitrates by rate control mode.
//!
//! Source: "Using the QVBR rate control mode" and the members' own reference: `MaxBitrate` is required for QVBR, which
//! aims at a quality and so has no `Bitrate`; `Bitrate` is required for VBR and CBR; `MaxAverageBitrate` is for QVBR with
//! several passes.

use super::subject::{Ladder, gop_settings};
use super::{Media, Report};
use crate::problem::{Path, Rule};
use crate::settings::{QualityTuningLevel, RateControlMode};

pub(super) fn check(media: &Media<'_>, path: &Path<'_>, report: &mut Report) {
    let codec = &media.video.codec_settings;
    let mut add = |member: &str, name: &str, says: String| {
        report.add(Rule::RateControl, path, &format!("VideoDescription.CodecSettings.{member}.{name}"), says);
    };
    for (member, settings) in gop_settings(codec) {
        match settings.rate_control_mode() {
            Some(RateControlMode::Qvbr) => {
                if settings.bitrate().is_some() {
                    add(member, "Bitrate", "QVBR aims at a quality: take Bitrate out".to_owned());
                }
                if settings.max_bitrate().is_none() && media.ladder == Ladder::Written {
                    add(member, "MaxBitrate", "QVBR needs a MaxBitrate".to_owned());
                }
            }
            Some(mode) if settings.bitrate().is_none() => add(member, "Bitrate", format!("{mode} needs a Bitrate")),
            _ => {}
        }
    }
    let (h264, h265) = (&codec.h264_settings, &codec.h265_settings);
    for (member, qvbr, tuning) in [
        ("H264Settings", &h264.qvbr_settings, h264.quality_tuning_level),
        ("H265Settings", &h265.qvbr_settings, h265.quality_tuning_level),
    ] {
        if qvbr.max_average_bitrate.is_some() && tuning != Some(QualityTuningLevel::MultiPassHq) {
            let says = "MaxAverageBitrate needs QualityTuningLevel MULTI_PASS_HQ".to_owned();
            add(member, "QvbrSettings.MaxAverageBitrate", says);
        }
    }
}
