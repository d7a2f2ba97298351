//! Automated ABR: the service chooses the renditions.
//!
//! Source: "Job settings limitations for automated ABR". That the queue must be an on-demand one is the account's affair.

use super::subject::{Group, Ladder};
use super::{Report, Rule, Subject};
use crate::settings::{
    H264QualityTuningLevel, H264RateControlMode, H265QualityTuningLevel, H265RateControlMode, Output, OutputGroupType,
    ScalingBehavior, VideoCodec, VideoDescription,
};

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
            for (place, says) in faults(output) {
                report.add(Rule::AutomatedAbr, path, place, format!("automated ABR {says}"));
            }
        }),
    }
}

fn faults(output: &Output) -> Vec<(&'static str, &'static str)> {
    let mut faults = Vec::new();
    if output.preset.is_some() {
        faults.push(("Preset", "cannot use presets"));
    }
    let Some(video) = output.video_description.as_deref() else { return faults };
    if matches!(video.scaling_behavior, Some(ScalingBehavior::FitNoUpscale | ScalingBehavior::SmartCrop)) {
        faults.push(("VideoDescription.ScalingBehavior", "takes only DEFAULT, STRETCH_TO_OUTPUT, FIT and FILL"));
    }
    faults.extend(codec_faults(video));
    faults
}

fn codec_faults(video: &VideoDescription) -> Vec<(&'static str, &'static str)> {
    const CODEC: &str = "VideoDescription.CodecSettings.Codec";
    let Some(codec) = video.codec_settings.as_deref() else { return Vec::new() };
    let h264 = codec.h264_settings.as_deref();
    let h265 = codec.h265_settings.as_deref();
    let (mode, passes, places) = match codec.codec {
        Some(VideoCodec::H264) => (
            h264.is_some_and(|settings| settings.rate_control_mode == Some(H264RateControlMode::Qvbr)),
            h264.is_some_and(|settings| settings.quality_tuning_level == Some(H264QualityTuningLevel::MultiPassHq)),
            [
                "VideoDescription.CodecSettings.H264Settings.RateControlMode",
                "VideoDescription.CodecSettings.H264Settings.QualityTuningLevel",
            ],
        ),
        Some(VideoCodec::H265) => (
            h265.is_some_and(|settings| settings.rate_control_mode == Some(H265RateControlMode::Qvbr)),
            h265.is_some_and(|settings| settings.quality_tuning_level == Some(H265QualityTuningLevel::MultiPassHq)),
            [
                "VideoDescription.CodecSettings.H265Settings.RateControlMode",
                "VideoDescription.CodecSettings.H265Settings.QualityTuningLevel",
            ],
        ),
        _ => return vec![(CODEC, "takes only H_264 and H_265")],
    };
    let [mode_place, passes_place] = places;
    let mode = (!mode).then_some((mode_place, "needs QVBR"));
    let passes = (!passes).then_some((passes_place, "needs MULTI_PASS_HQ"));
    mode.into_iter().chain(passes).collect()
}
