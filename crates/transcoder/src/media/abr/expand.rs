//! Puts the renditions of automated ABR into the settings of a job.

use mediaconvert::settings::{
    Av1QvbrSettings, H264QvbrSettings, H265QvbrSettings, JobSettings, Output, OutputGroup, VideoCodec,
    VideoCodecSettings,
};

use super::{Efficiency, Picture, Rung, ladder};

/// The settings with one output for each rendition in the place of an output of a group with automated ABR; outputs
/// without video stay as they are. `picture` is the source's; its codec is that of each output.
pub(crate) fn expand(settings: &mut JobSettings, picture: Picture) {
    for group in settings.output_groups.iter_mut().flatten() {
        expand_group(group, picture);
    }
}

fn expand_group(group: &mut OutputGroup, picture: Picture) {
    let Some(automated) =
        group.automated_encoding_settings.as_deref().and_then(|settings| settings.abr_settings.clone())
    else {
        return;
    };
    let outputs = group.outputs.take().unwrap_or_default();
    let expanded = outputs.into_iter().flat_map(|output| {
        let Some(codec) = codec(&output) else { return vec![output] };
        let rungs = ladder(&automated, Picture { codec: efficiency(codec), ..picture });
        rungs.iter().map(|rung| with_rung(&output, *rung, automated.max_quality_level)).collect()
    });
    group.outputs = Some(expanded.collect());
}

/// The codec of an output with video; captured frames are none.
fn codec(output: &Output) -> Option<VideoCodec> {
    let codec = output.video_description.as_deref()?.codec_settings.as_deref()?.codec?;
    (codec != VideoCodec::FrameCapture).then_some(codec)
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
    if let Some(video) = output.video_description.as_deref_mut() {
        video.width = Some(rung.width.into());
        video.height = Some(rung.height.into());
        if let Some(codec) = video.codec_settings.as_deref_mut() {
            limit(codec, rung.bitrate.into(), quality);
        }
    }
    output
}

/// Sets the largest bitrate, and the quality where the settings of the ladder have one.
fn limit(codec: &mut VideoCodecSettings, bitrate: i64, quality: Option<f64>) {
    let parts = quality.map(|quality| {
        #[expect(clippy::cast_possible_truncation, reason = "from 1 to 10")]
        let whole = quality.clamp(1.0, 10.0).floor() as i64;
        (Some(whole), Some(quality.clamp(1.0, 10.0).fract()))
    });
    if let Some(h264) = codec.h264_settings.as_deref_mut() {
        h264.max_bitrate = Some(bitrate);
        if let Some((level, fine)) = parts {
            let max = h264.qvbr_settings.as_deref().and_then(|qvbr| qvbr.max_average_bitrate);
            let qvbr = H264QvbrSettings {
                max_average_bitrate: max,
                qvbr_quality_level: level,
                qvbr_quality_level_fine_tune: fine,
            };
            h264.qvbr_settings = Some(Box::new(qvbr));
        }
    }
    if let Some(h265) = codec.h265_settings.as_deref_mut() {
        h265.max_bitrate = Some(bitrate);
        if let Some((level, fine)) = parts {
            let max = h265.qvbr_settings.as_deref().and_then(|qvbr| qvbr.max_average_bitrate);
            let qvbr = H265QvbrSettings {
                max_average_bitrate: max,
                qvbr_quality_level: level,
                qvbr_quality_level_fine_tune: fine,
            };
            h265.qvbr_settings = Some(Box::new(qvbr));
        }
    }
    if let Some(av1) = codec.av1_settings.as_deref_mut() {
        av1.max_bitrate = Some(bitrate);
        if let Some((level, fine)) = parts {
            let qvbr = Av1QvbrSettings { qvbr_quality_level: level, qvbr_quality_level_fine_tune: fine };
            av1.qvbr_settings = Some(Box::new(qvbr));
        }
    }
    if let Some(vp9) = codec.vp9_settings.as_deref_mut() {
        vp9.max_bitrate = Some(bitrate);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        expand(&mut settings, Picture { width: 1280, height: 720, rate: 25.0, codec: Efficiency::Usual });
        let outputs: Vec<_> =
            settings.output_groups.iter().flatten().flat_map(|group| group.outputs.iter().flatten()).collect();
        let found: Vec<_> = outputs
            .iter()
            .map(|output| {
                let video = output.video_description.as_deref();
                let h264 = video.and_then(|video| video.codec_settings.as_deref()?.h264_settings.as_deref());
                let qvbr = h264.and_then(|h264| h264.qvbr_settings.as_deref());
                let quality = qvbr.and_then(|qvbr| qvbr.qvbr_quality_level.zip(qvbr.qvbr_quality_level_fine_tune));
                let (width, max) = (video.and_then(|video| video.width), h264.and_then(|h264| h264.max_bitrate));
                format!("{:?} {width:?} {max:?} {quality:?}", output.name_modifier)
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
