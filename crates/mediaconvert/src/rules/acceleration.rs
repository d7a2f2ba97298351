//! What accelerated transcoding cannot do.
//!
//! Source: "Accelerated transcoding job settings requirements". Only `ENABLED` is judged: with `PREFERRED` the service
//! runs what it cannot accelerate without acceleration.

use super::subject::{Group, MPEG, gop_settings};
use super::{Report, Subject};
use crate::problem::{Path, Rule};
use crate::settings::{
    AccelerationMode, CaptionDestinationType, FramerateConversionAlgorithm, GopSettings, Output, RateMode, Telecine,
    TimecodeSource, Toggle, VideoTimecodeInsertion,
};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    if subject.acceleration != Some(AccelerationMode::Enabled) {
        return;
    }
    let settings = Path::ROOT.member("Settings");
    let mut add = |place: &str, says: String| report.add(Rule::Acceleration, &settings, place, says);
    if subject.timecode.source.is_none_or(|source| source == TimecodeSource::Embedded) {
        let says = "acceleration needs ZEROBASED or SPECIFIEDSTART; EMBEDDED is the default";
        add("TimecodeConfig.Source", says.to_owned());
    }
    if subject.timecode.anchor.is_some() {
        add("TimecodeConfig.Anchor", "acceleration has no timecode anchor".to_owned());
    }
    for feature in &subject.features {
        add(feature, format!("acceleration has no {feature}"));
    }
    subject.each_group(|group| check_group(group, report));
}

fn check_group(group: &Group<'_>, report: &mut Report) {
    let without_video = |output: &Output| !output.video_description.is_some() && output.preset.is_none();
    if !group.outputs.is_empty() && group.outputs.iter().all(without_video) {
        report.add(Rule::Acceleration, group.path, "Outputs", "acceleration needs video: the group has only audio");
    }
    group.each_output(|output, path| {
        let mut add = |place: &str, says: String| {
            report.add(Rule::Acceleration, path, place, format!("acceleration {says}"));
        };
        for (at, captions) in output.caption_descriptions.iter().enumerate() {
            let kind = captions.destination_settings.destination_type;
            if let Some(kind) = kind.filter(|kind| UNSUPPORTED_CAPTIONS.contains(kind)) {
                let place = format!("CaptionDescriptions[{at}].DestinationSettings.DestinationType");
                add(&place, format!("has no {kind} captions"));
            }
        }
        let m2ts = output.container_settings.m2ts_settings.given();
        if m2ts.is_some_and(|m2ts| m2ts.rate_mode.is_none_or(|mode| mode == RateMode::Cbr)) {
            add("ContainerSettings.M2tsSettings.RateMode", "needs VBR; CBR is the default".to_owned());
        }
        let video = &output.video_description;
        if video.timecode_insertion.is_some_and(|insertion| insertion != VideoTimecodeInsertion::Disabled) {
            add("VideoDescription.TimecodeInsertion", "writes no timecodes".to_owned());
        }
        for (member, codec) in gop_settings(&video.codec_settings).filter(|(member, _)| MPEG.contains(member)) {
            for (name, _, says) in CODEC_FAULTS.iter().filter(|(_, is_fault, _)| is_fault(codec)) {
                add(&format!("VideoDescription.CodecSettings.{member}.{name}"), (*says).to_owned());
            }
        }
    });
}

const UNSUPPORTED_CAPTIONS: [CaptionDestinationType; 3] = [
    CaptionDestinationType::BurnIn,
    CaptionDestinationType::EmbeddedPlusScte20,
    CaptionDestinationType::Scte20PlusEmbedded,
];

/// A member, when it is a fault, and why.
type CodecFault = (&'static str, fn(&dyn GopSettings) -> bool, &'static str);

const CODEC_FAULTS: [CodecFault; 5] = [
    (
        "FramerateConversionAlgorithm",
        |codec| codec.framerate_conversion_algorithm() == Some(FramerateConversionAlgorithm::Interpolate),
        "does not interpolate frames",
    ),
    ("Telecine", |codec| codec.telecine().is_some_and(|telecine| telecine != Telecine::None), "has no telecine"),
    ("SlowPal", |codec| codec.slow_pal() == Some(Toggle::Enabled), "has no slow PAL"),
    ("MinIInterval", |codec| codec.min_i_interval().is_some_and(|frames| frames != 0), "needs the default of 0"),
    (
        "GopClosedCadence",
        |codec| codec.gop_closed_cadence().is_some_and(|cadence| cadence != 1),
        "needs closed groups of pictures: 1",
    ),
];
