//! What accelerated transcoding cannot do.
//!
//! Source: "Accelerated transcoding job settings requirements". Only `ENABLED` is judged: with `PREFERRED` the service
//! runs what it cannot accelerate without acceleration.

use super::subject::{Group, whole};
use super::{Report, Rule, Subject};
use crate::path::Path;
use crate::settings::{
    AccelerationMode, CaptionDestinationType, H264FramerateConversionAlgorithm, H264SlowPal, H264Telecine,
    H265FramerateConversionAlgorithm, H265SlowPal, H265Telecine, M2tsRateMode, Output, TimecodeSource,
    VideoCodecSettings, VideoTimecodeInsertion,
};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    if subject.acceleration != Some(AccelerationMode::Enabled) {
        return;
    }
    let settings = Path::ROOT.member("Settings");
    let mut add = |place: &str, says: String| report.add(Rule::Acceleration, &settings, place, says);
    let source = subject.timecode.and_then(|timecode| timecode.source);
    if source.is_none_or(|source| source == TimecodeSource::Embedded) {
        add(
            "TimecodeConfig.Source",
            "acceleration needs ZEROBASED or SPECIFIEDSTART; EMBEDDED is the default".to_owned(),
        );
    }
    if subject.timecode.is_some_and(|timecode| timecode.anchor.is_some()) {
        add("TimecodeConfig.Anchor", "acceleration has no timecode anchor".to_owned());
    }
    for feature in &subject.features {
        add(feature, format!("acceleration has no {feature}"));
    }
    subject.each_group(|group| check_group(group, report));
}

fn check_group(group: &Group<'_>, report: &mut Report) {
    let without_video = |output: &Output| output.video_description.is_none() && output.preset.is_none();
    if !group.outputs().is_empty() && group.outputs().iter().all(without_video) {
        report.add(Rule::Acceleration, group.path, "Outputs", "acceleration needs video: the group has only audio");
    }
    group.each_output(|output, path| {
        for (at, captions) in whole(output.caption_descriptions.as_ref()).iter().enumerate() {
            let kind = captions.destination_settings.as_deref().and_then(|settings| settings.destination_type);
            if let Some(kind) = kind.filter(|kind| UNSUPPORTED_CAPTIONS.contains(kind)) {
                let place = format!("CaptionDescriptions[{at}].DestinationSettings.DestinationType");
                report.add(Rule::Acceleration, path, &place, format!("acceleration has no {kind} captions"));
            }
        }
        for (place, says) in faults(output) {
            report.add(Rule::Acceleration, path, place, format!("acceleration {says}"));
        }
    });
}

const UNSUPPORTED_CAPTIONS: [CaptionDestinationType; 3] = [
    CaptionDestinationType::BurnIn,
    CaptionDestinationType::EmbeddedPlusScte20,
    CaptionDestinationType::Scte20PlusEmbedded,
];

fn faults(output: &Output) -> Vec<(&'static str, &'static str)> {
    let mut faults = Vec::new();
    let m2ts = output.container_settings.as_deref().and_then(|settings| settings.m2ts_settings.as_deref());
    if m2ts.is_some_and(|m2ts| m2ts.rate_mode.is_none_or(|mode| mode == M2tsRateMode::Cbr)) {
        faults.push(("ContainerSettings.M2tsSettings.RateMode", "needs VBR; CBR is the default"));
    }
    let Some(video) = output.video_description.as_deref() else { return faults };
    if video.timecode_insertion.is_some_and(|insertion| insertion != VideoTimecodeInsertion::Disabled) {
        faults.push(("VideoDescription.TimecodeInsertion", "writes no timecodes"));
    }
    faults.extend(video.codec_settings.as_deref().into_iter().flat_map(codec_faults));
    faults
}

/// H.264 and H.265 have the same settings under two names.
macro_rules! codec_faults {
    ($settings:expr, $member:literal, $algorithm:ident, $telecine:ident, $slow_pal:ident) => {
        $settings.into_iter().flat_map(|settings| {
            let algorithm = settings.framerate_conversion_algorithm;
            [
                (
                    algorithm == Some($algorithm::Interpolate),
                    concat!("VideoDescription.CodecSettings.", $member, ".FramerateConversionAlgorithm"),
                    "does not interpolate frames",
                ),
                (
                    settings.telecine.is_some_and(|telecine| telecine != $telecine::None),
                    concat!("VideoDescription.CodecSettings.", $member, ".Telecine"),
                    "has no telecine",
                ),
                (
                    settings.slow_pal == Some($slow_pal::Enabled),
                    concat!("VideoDescription.CodecSettings.", $member, ".SlowPal"),
                    "has no slow PAL",
                ),
                (
                    settings.min_i_interval.is_some_and(|frames| frames != 0),
                    concat!("VideoDescription.CodecSettings.", $member, ".MinIInterval"),
                    "needs the default of 0",
                ),
                (
                    settings.gop_closed_cadence.is_some_and(|cadence| cadence != 1),
                    concat!("VideoDescription.CodecSettings.", $member, ".GopClosedCadence"),
                    "needs closed groups of pictures: 1",
                ),
            ]
        })
    };
}

fn codec_faults(codec: &VideoCodecSettings) -> Vec<(&'static str, &'static str)> {
    let h264 = codec_faults!(
        codec.h264_settings.as_deref(),
        "H264Settings",
        H264FramerateConversionAlgorithm,
        H264Telecine,
        H264SlowPal
    );
    let h265 = codec_faults!(
        codec.h265_settings.as_deref(),
        "H265Settings",
        H265FramerateConversionAlgorithm,
        H265Telecine,
        H265SlowPal
    );
    h264.chain(h265).filter(|(broken, ..)| *broken).map(|(_, place, says)| (place, says)).collect()
}
