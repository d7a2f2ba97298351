//! What a job template uses beyond the basic tier, which is priced by the minute at a fraction of the professional one.
//!
//! Source: <https://aws.amazon.com/mediaconvert/pricing/>: the basic tier encodes AVC in a single pass, VP8 and VP9, with
//! clipping, stitching and static overlays; accelerated transcoding is a professional feature
//! (<https://docs.aws.amazon.com/mediaconvert/latest/ug/accelerated-transcoding.html>). One such output moves to the
//! professional price, the others of its job do not.

use std::fmt;

use crate::choice::Choice as _;
use crate::problem::Path;
use crate::rules::{Media, Subject};
use crate::settings::{AccelerationMode, JobTemplate, QualityTuningLevel, VideoCodec};

/// A setting that costs the professional price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Professional {
    /// Its JSON path.
    pub path: String,
    /// What it is.
    pub feature: String,
}

impl fmt::Display for Professional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.feature)
    }
}

/// Everything that moves outputs of the template to the professional tier; empty for a template of the basic tier.
pub fn professional_tier(template: &JobTemplate) -> Vec<Professional> {
    let subject = Subject::from(template);
    let mut found = Vec::new();
    if subject.acceleration.is_some_and(|mode| mode != AccelerationMode::Disabled) {
        found.push(Professional {
            path: "AccelerationSettings.Mode".to_owned(),
            feature: "accelerated transcoding".to_owned(),
        });
    }
    subject.each_media(|media, path| found.extend(of_output(media, path)));
    found
}

fn of_output(media: &Media<'_>, path: &Path<'_>) -> Vec<Professional> {
    let mut found = Vec::new();
    let mut add = |place: &str, feature: String| {
        found.push(Professional { path: format!("{path}.VideoDescription.{place}"), feature });
    };
    let codec = &media.video.codec_settings;
    if let Some(codec) = codec.codec.filter(|codec| PROFESSIONAL_CODECS.contains(codec)) {
        add("CodecSettings.Codec", codec.name().to_owned());
    }
    if codec.h264_settings.quality_tuning_level == Some(QualityTuningLevel::MultiPassHq) {
        add("CodecSettings.H264Settings.QualityTuningLevel", "several passes".to_owned());
    }
    let preprocessors = &media.video.video_preprocessors;
    for (name, is_used) in [
        ("ColorCorrector", preprocessors.color_corrector.is_some()),
        ("Deinterlacer", preprocessors.deinterlacer.is_some()),
        ("DolbyVision", preprocessors.dolby_vision.is_some()),
        ("Hdr10Plus", preprocessors.hdr10_plus.is_some()),
        ("NoiseReducer", preprocessors.noise_reducer.is_some()),
    ] {
        if is_used {
            add(&format!("VideoPreprocessors.{name}"), name.to_owned());
        }
    }
    found
}

const PROFESSIONAL_CODECS: [VideoCodec; 8] = [
    VideoCodec::Av1,
    VideoCodec::AvcIntra,
    VideoCodec::H265,
    VideoCodec::Mpeg2,
    VideoCodec::Prores,
    VideoCodec::Uncompressed,
    VideoCodec::Vc3,
    VideoCodec::Xavc,
];
