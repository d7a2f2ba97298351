//! Puts the renditions of automated ABR into the settings of a job.

use mediaconvert::settings::{
    Av1QvbrSettings, JobSettings, Output, OutputGroup, QvbrSettings, VideoCodec, VideoCodecSettings,
};

use super::{Efficiency, Picture, Rung, ladder};

/// The settings with one output for each rendition in the place of an output of a group with automated ABR; outputs
/// without video stay as they are. `picture` is the source's; its codec is that of each output.
pub(crate) fn expand(settings: &mut JobSettings, picture: Picture) {
    for group in &mut settings.output_groups {
        expand_group(group, picture);
    }
}

fn expand_group(group: &mut OutputGroup, picture: Picture) {
    let Some(automated) = group.automated_encoding_settings.abr_settings.given() else { return };
    let expanded = std::mem::take(&mut group.outputs).into_iter().flat_map(|output| {
        let Some(codec) = codec(&output) else { return vec![output] };
        let rungs = ladder(automated, Picture { codec: efficiency(codec), ..picture });
        rungs.iter().map(|rung| with_rung(&output, *rung, automated.max_quality_level)).collect()
    });
    group.outputs = expanded.collect();
}

/// The codec of an output with video; captured frames are none.
fn codec(output: &Output) -> Option<VideoCodec> {
    output.video_description.codec_settings.codec.filter(|codec| *codec != VideoCodec::FrameCapture)
}

fn efficiency(codec: VideoCodec) -> Efficiency {
    match codec {
        VideoCodec::H265 | VideoCodec::Av1 | VideoCodec::Vp9 => Efficiency::High,
        _ => Efficiency::Usual,
    }
}

fn with_rung(output: &Output, rung: Rung, quality: Option<f64>) -> Output {
    let mut output = output.clone();
    let modifier = output.name_modifier.unwrap_or_default();
    output.name_modifier = Some(format!("{modifier}_{}x{}", rung.width, rung.height));
    if let Some(video) = output.video_description.given_mut() {
        video.width = Some(rung.width);
        video.height = Some(rung.height);
        if let Some(codec) = video.codec_settings.given_mut() {
            limit(codec, rung.bitrate, quality);
        }
    }
    output
}

/// Sets the largest bitrate, and the quality where the settings of the ladder have one.
fn limit(codec: &mut VideoCodecSettings, bitrate: u32, quality: Option<f64>) {
    let quality = quality.map(|quality| quality.clamp(1.0, 10.0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 10")]
    let (level, fine) = (quality.map(|quality| quality.floor() as u32), quality.map(f64::fract));
    let qvbr = |had: &QvbrSettings| QvbrSettings {
        max_average_bitrate: had.max_average_bitrate,
        qvbr_quality_level: level,
        qvbr_quality_level_fine_tune: fine,
    };
    if let Some(h264) = codec.h264_settings.given_mut() {
        h264.max_bitrate = Some(bitrate);
        if quality.is_some() {
            h264.qvbr_settings = qvbr(&h264.qvbr_settings).into();
        }
    }
    if let Some(h265) = codec.h265_settings.given_mut() {
        h265.max_bitrate = Some(bitrate);
        if quality.is_some() {
            h265.qvbr_settings = qvbr(&h265.qvbr_settings).into();
        }
    }
    if let Some(av1) = codec.av1_settings.given_mut() {
        av1.max_bitrate = Some(bitrate);
        if quality.is_some() {
            let qvbr = Av1QvbrSettings { qvbr_quality_level: level, qvbr_quality_level_fine_tune: fine };
            av1.qvbr_settings = qvbr.into();
        }
    }
    if let Some(vp9) = codec.vp9_settings.given_mut() {
        vp9.max_bitrate = Some(bitrate);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::media::{probe::Size, timecode::FrameRate};

    #[test]
    fn each_output_with_video_becomes_a_ladder() {
        let mut settings: JobSettings = serde_json::from_value(json!({"OutputGroups": [
            {
                "AutomatedEncodingSettings": {"AbrSettings": {"MaxRenditions": 3, "MaxQualityLevel": 7.5}},
                "Outputs": [
                    {"NameModifier": "-v", "VideoDescription": {"CodecSettings": {
                        "Codec": "H_264", "H264Settings": {"RateControlMode": "QVBR", "QualityTuningLevel": "MULTI_PASS_HQ"}}}},
                    {"NameModifier": "-a", "AudioDescriptions": [{}]},
                ],
            },
            {"Outputs": [{"NameModifier": "-c", "VideoDescription": {"CodecSettings": {"Codec": "FRAME_CAPTURE"}}}]},
        ]}))
        .unwrap();
        expand(
            &mut settings,
            Picture { size: Size { width: 1280, height: 720 }, rate: FrameRate::whole(25), codec: Efficiency::Usual },
        );
        let outputs = settings.output_groups.iter().flat_map(|group| &group.outputs);
        let found: Vec<_> = outputs
            .map(|output| {
                let (video, h264) = (&output.video_description, &output.video_description.codec_settings.h264_settings);
                let qvbr = &h264.qvbr_settings;
                let quality = qvbr.qvbr_quality_level.zip(qvbr.qvbr_quality_level_fine_tune);
                format!("{:?} {:?} {:?} {quality:?}", output.name_modifier, video.width, h264.max_bitrate)
            })
            .collect();
        insta::assert_debug_snapshot!(found, @r#"
        [
            "Some(\"-v_1280x720\") Some(1280) Some(2811230) Some((7, 0.5))",
            "Some(\"-v_640x360\") Some(640) Some(1298744) Some((7, 0.5))",
            "Some(\"-v_320x180\") Some(320) Some(600000) Some((7, 0.5))",
            "Some(\"-a\") None None None",
            "Some(\"-c\") None None None",
        ]
        "#);
    }
}
