//! Automated ABR: the service chooses the renditions.
//!
//! Source: "Job settings limitations for automated ABR". That the queue must be an on-demand one is the account's affair.

use super::subject::{Group, Ladder};
use super::{Report, Subject};
use crate::problem::Rule;
use crate::settings::{Output, OutputGroupType, QualityTuningLevel, RateControlMode, ScalingBehavior, VideoCodec};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    let mut automated = false;
    subject.each_group(|group| automated |= group.ladder == Ladder::Automated);
    if automated {
        subject.each_group(|group| check_group(group, report));
    }
}

fn check_group(group: &Group<'_>, report: &mut Report) {
    let adaptive = group.kind.is_some_and(|kind| kind != OutputGroupType::FileGroupSettings);
    match group.ladder {
        Ladder::Written if adaptive => {
            let says = "another group has automated ABR, so every adaptive group must";
            report.add(Rule::AutomatedAbr, group.path, "AutomatedEncodingSettings.AbrSettings", says);
        }
        Ladder::Written => {}
        Ladder::Automated => group.each_output(|output, path| {
            let mut add = |place: &str, says: &str| {
                report.add(Rule::AutomatedAbr, path, place, format!("automated ABR {says}"));
            };
            check_output(output, &mut add);
        }),
    }
}

fn check_output(output: &Output, add: &mut dyn FnMut(&str, &str)) {
    if output.preset.is_some() {
        add("Preset", "cannot use presets");
    }
    let video = &output.video_description;
    if matches!(video.scaling_behavior, Some(ScalingBehavior::FitNoUpscale | ScalingBehavior::SmartCrop)) {
        add("VideoDescription.ScalingBehavior", "takes only DEFAULT, STRETCH_TO_OUTPUT, FIT and FILL");
    }
    let Some(codec) = video.codec_settings.given() else { return };
    let (h264, h265) = (&codec.h264_settings, &codec.h265_settings);
    let (member, mode, tuning) = match codec.codec {
        Some(VideoCodec::H264) => ("H264Settings", h264.rate_control_mode, h264.quality_tuning_level),
        Some(VideoCodec::H265) => ("H265Settings", h265.rate_control_mode, h265.quality_tuning_level),
        _ => return add("VideoDescription.CodecSettings.Codec", "takes only H_264 and H_265"),
    };
    if mode != Some(RateControlMode::Qvbr) {
        add(&format!("VideoDescription.CodecSettings.{member}.RateControlMode"), "needs QVBR");
    }
    if tuning != Some(QualityTuningLevel::MultiPassHq) {
        add(&format!("VideoDescription.CodecSettings.{member}.QualityTuningLevel"), "needs MULTI_PASS_HQ");
    }
}
