//! What is done otherwise than the settings ask.

use std::collections::BTreeSet;

use mediaconvert::{
    Choice as _,
    settings::{
        AudioDescription, CmafGroupSettings, DashIsoGroupSettings, HlsGroupSettings, HlsIFrameOnlyManifest, Input,
        JobSettings, MsSmoothGroupSettings, Output, OutputGroup, VideoDescription,
    },
};

use crate::work::Warning;

/// The number of a warning for which MediaConvert has none.
const OWN: u32 = 0;

/// Warnings without repetition, in the order in which they came up.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    said: BTreeSet<String>,
    list: Vec<Warning>,
}

impl Warnings {
    pub(super) fn add(&mut self, message: impl Into<String>) {
        let message = message.into();
        if self.said.insert(message.clone()) {
            self.list.push(Warning { code: OWN, message });
        }
    }

    pub(super) fn into_list(self) -> Vec<Warning> {
        self.list
    }
}

/// A setting without effect here: its name, whether it is used, and what happens instead.
type Ignored<T> = (&'static str, fn(&T) -> bool, &'static str);

/// Whether a choice is made, and is another than the one that changes nothing.
macro_rules! chosen {
    ($choice:expr, $nothing:expr) => {
        $choice.is_some_and(|choice| choice.name() != $nothing)
    };
}

const OF_JOBS: &[Ignored<JobSettings>] = &[
    ("AdAvailOffset", |job| job.ad_avail_offset.is_some_and(|offset| offset != 0), "nothing is moved"),
    ("AvailBlanking", |job| job.avail_blanking.is_some(), "nothing is blanked"),
    ("ColorConversion3DLUTSettings", |job| job.color_conversion3_dlut_settings.is_some(), "colours stay as they are"),
    ("Esam", |job| job.esam.is_some(), "no markers are written"),
    ("ExtendedDataServices", |job| job.extended_data_services.is_some(), "none are written"),
    ("KantarWatermark", |job| job.kantar_watermark.is_some(), "no watermark is written"),
    (
        "MotionImageInserter",
        |job| job.motion_image_inserter.is_some() || job.motion_image_inserters.is_some(),
        "no moving image is inserted",
    ),
    ("NielsenConfiguration", |job| job.nielsen_configuration.is_some(), "nothing is tagged"),
    ("NielsenNonLinearWatermark", |job| job.nielsen_non_linear_watermark.is_some(), "no watermark is written"),
    ("TimedMetadataInsertion", |job| job.timed_metadata_insertion.is_some(), "no metadata is written"),
];

const OF_INPUTS: &[Ignored<Input>] = &[
    ("AdvancedInputFilter", |input| chosen!(input.advanced_input_filter, "DISABLED"), "nothing is filtered"),
    ("Crop", |input| input.crop.is_some(), "the whole picture is taken"),
    ("DeblockFilter", |input| chosen!(input.deblock_filter, "DISABLED"), "nothing is filtered"),
    ("DecryptionSettings", |input| input.decryption_settings.is_some(), "the input is read as it is"),
    ("DenoiseFilter", |input| chosen!(input.denoise_filter, "DISABLED"), "nothing is filtered"),
    ("DolbyVisionMetadataXml", |input| input.dolby_vision_metadata_xml.is_some(), "it is not read"),
    ("DynamicAudioSelectors", |input| input.dynamic_audio_selectors.is_some(), "they select nothing"),
    ("FilterEnable", |input| chosen!(input.filter_enable, "AUTO"), "nothing is filtered"),
    ("MultiViewSettings", |input| input.multi_view_settings.is_some(), "one view is taken"),
    ("Position", |input| input.position.is_some(), "the picture fills the frame"),
    ("ProgramNumber", |input| input.program_number.is_some_and(|number| number > 1), "the first program is taken"),
    ("VideoOverlays", |input| input.video_overlays.is_some(), "nothing is laid over the picture"),
];

const OF_OUTPUTS: &[Ignored<Output>] = &[
    (
        "SegmentModifier",
        |output| {
            let hls = output.output_settings.as_deref().and_then(|settings| settings.hls_settings.as_deref());
            hls.is_some_and(|hls| hls.segment_modifier.as_deref().is_some_and(|modifier| !modifier.is_empty()))
        },
        "segments are named without it",
    ),
    (
        "INCLUDE_AS_TS",
        |output| {
            let hls = output.output_settings.as_deref().and_then(|settings| settings.hls_settings.as_deref());
            hls.is_some_and(|hls| hls.i_frame_only_manifest == Some(HlsIFrameOnlyManifest::IncludeAsTs))
        },
        "key frames are ranges of the segments, as with INCLUDE",
    ),
    (
        "C2paManifest",
        |output| {
            let container = output.container_settings.as_deref();
            let mp4 = container.and_then(|container| container.mp4_settings.as_deref());
            let cmfc = container.and_then(|container| container.cmfc_settings.as_deref());
            mp4.is_some_and(|mp4| chosen!(mp4.c2pa_manifest, "EXCLUDE"))
                || cmfc.is_some_and(|cmfc| chosen!(cmfc.c2pa_manifest, "EXCLUDE"))
        },
        "nothing is signed",
    ),
];

const OF_VIDEO: &[Ignored<VideoDescription>] = &[
    ("AfdSignaling", |video| chosen!(video.afd_signaling, "NONE"), "it is not written"),
    ("Crop", |video| video.crop.is_some(), "the whole picture is taken"),
    ("Position", |video| video.position.is_some(), "the picture is in the middle"),
    ("RespondToAfd", |video| chosen!(video.respond_to_afd, "NONE"), "it is not read"),
    ("Sharpness", |video| video.sharpness.is_some_and(|sharpness| sharpness != 50), "scaling is bicubic"),
    ("TimecodeInsertion", |video| chosen!(video.timecode_insertion, "DISABLED"), "no time code is written"),
    ("TimecodeTrack", |video| chosen!(video.timecode_track, "DISABLED"), "no time code is written"),
    ("ColorCorrector", |video| preprocessors(video, |all| all.color_corrector.is_some()), "colours stay as they are"),
    ("DolbyVision", |video| preprocessors(video, |all| all.dolby_vision.is_some()), "it is not written"),
    ("Hdr10Plus", |video| preprocessors(video, |all| all.hdr10_plus.is_some()), "it is not written"),
    ("NoiseReducer", |video| preprocessors(video, |all| all.noise_reducer.is_some()), "nothing is filtered"),
    (
        "PartnerWatermarking",
        |video| preprocessors(video, |all| all.partner_watermarking.is_some()),
        "no watermark is written",
    ),
    ("TimecodeBurnin", |video| preprocessors(video, |all| all.timecode_burnin.is_some()), "no time code is shown"),
];

const OF_AUDIO: &[Ignored<AudioDescription>] = &[
    ("AudioChannelTaggingSettings", |audio| audio.audio_channel_tagging_settings.is_some(), "channels are not tagged"),
    ("AudioPitchCorrectionSettings", |audio| audio.audio_pitch_correction_settings.is_some(), "the pitch stays"),
];

const OF_HLS: &[Ignored<HlsGroupSettings>] = &[
    (
        "AdditionalManifests",
        |hls| hls.additional_manifests.as_ref().is_some_and(|list| !list.is_empty()),
        "there is one master playlist",
    ),
    ("AdMarkers", |hls| hls.ad_markers.as_ref().is_some_and(|list| !list.is_empty()), "no markers are written"),
    ("Encryption", |hls| hls.encryption.is_some(), "segments are not encrypted"),
    ("ManifestCompression", |hls| chosen!(hls.manifest_compression, "NONE"), "manifests are not compressed"),
    (
        "MinFinalSegmentLength",
        |hls| hls.min_final_segment_length.is_some_and(|length| length > 0.0),
        "the last segment is as long as what is left",
    ),
    ("MinSegmentLength", |hls| hls.min_segment_length.is_some_and(|length| length > 0), "segments are as long as said"),
    ("ProgramDateTime", |hls| chosen!(hls.program_date_time, "EXCLUDE"), "no dates are written"),
    ("TimedMetadataId3Frame", |hls| chosen!(hls.timed_metadata_id3_frame, "NONE"), "no metadata is written"),
];

const OF_DASH: &[Ignored<DashIsoGroupSettings>] = &[
    (
        "AdditionalManifests",
        |dash| dash.additional_manifests.as_ref().is_some_and(|list| !list.is_empty()),
        "there is one manifest",
    ),
    (
        "DashIFrameTrickPlayNameModifier",
        |dash| dash.dash_i_frame_trick_play_name_modifier.is_some(),
        "there is no track of key frames",
    ),
    ("DashManifestStyle", |dash| chosen!(dash.dash_manifest_style, "BASIC"), "it is BASIC"),
    ("Encryption", |dash| dash.encryption.is_some(), "segments are not encrypted"),
    ("HbbtvCompliance", |dash| chosen!(dash.hbbtv_compliance, "NONE"), "the manifest is not for HbbTV"),
    (
        "MinFinalSegmentLength",
        |dash| dash.min_final_segment_length.is_some_and(|length| length > 0.0),
        "the last segment is as long as what is left",
    ),
];

const OF_CMAF: &[Ignored<CmafGroupSettings>] = &[
    (
        "AdditionalManifests",
        |cmaf| cmaf.additional_manifests.as_ref().is_some_and(|list| !list.is_empty()),
        "there is one of each kind",
    ),
    (
        "DashIFrameTrickPlayNameModifier",
        |cmaf| cmaf.dash_i_frame_trick_play_name_modifier.is_some(),
        "there is no track of key frames",
    ),
    ("DashManifestStyle", |cmaf| chosen!(cmaf.dash_manifest_style, "BASIC"), "it is BASIC"),
    ("Encryption", |cmaf| cmaf.encryption.is_some(), "segments are not encrypted"),
    ("ManifestCompression", |cmaf| chosen!(cmaf.manifest_compression, "NONE"), "manifests are not compressed"),
    (
        "MinFinalSegmentLength",
        |cmaf| cmaf.min_final_segment_length.is_some_and(|length| length > 0.0),
        "the last segment is as long as what is left",
    ),
];

const OF_SMOOTH: &[Ignored<MsSmoothGroupSettings>] = &[
    (
        "AdditionalManifests",
        |smooth| smooth.additional_manifests.as_ref().is_some_and(|list| !list.is_empty()),
        "there is one of each kind",
    ),
    ("Encryption", |smooth| smooth.encryption.is_some(), "fragments are not encrypted"),
    ("ManifestEncoding", |smooth| chosen!(smooth.manifest_encoding, "UTF8"), "it is UTF-8"),
];

const OF_GROUPS: &[Ignored<OutputGroup>] = &[(
    "PerFrameMetrics",
    |group| group.output_group_settings.as_deref().is_some_and(|settings| settings.per_frame_metrics.is_some()),
    "none are measured",
)];

fn preprocessors(video: &VideoDescription, used: fn(&mediaconvert::settings::VideoPreprocessor) -> bool) -> bool {
    video.video_preprocessors.as_deref().is_some_and(used)
}

fn check<T>(table: &[Ignored<T>], item: &T, warnings: &mut Warnings) {
    for (name, _, instead) in table.iter().filter(|(_, used, _)| used(item)) {
        warnings.add(format!("{name} has no effect here: {instead}"));
    }
}

/// Says of each setting in the job that has no effect what happens instead.
pub(super) fn ignored(job: &JobSettings, warnings: &mut Warnings) {
    check(OF_JOBS, job, warnings);
    for input in job.inputs.iter().flatten() {
        check(OF_INPUTS, input, warnings);
    }
    for group in job.output_groups.iter().flatten() {
        check(OF_GROUPS, group, warnings);
        let settings = group.output_group_settings.as_deref();
        for hls in settings.iter().filter_map(|settings| settings.hls_group_settings.as_deref()) {
            check(OF_HLS, hls, warnings);
        }
        for dash in settings.iter().filter_map(|settings| settings.dash_iso_group_settings.as_deref()) {
            check(OF_DASH, dash, warnings);
        }
        for cmaf in settings.iter().filter_map(|settings| settings.cmaf_group_settings.as_deref()) {
            check(OF_CMAF, cmaf, warnings);
        }
        for smooth in settings.iter().filter_map(|settings| settings.ms_smooth_group_settings.as_deref()) {
            check(OF_SMOOTH, smooth, warnings);
        }
        for output in group.outputs.iter().flatten() {
            check(OF_OUTPUTS, output, warnings);
            if let Some(video) = output.video_description.as_deref() {
                check(OF_VIDEO, video, warnings);
            }
            for audio in output.audio_descriptions.iter().flatten() {
                check(OF_AUDIO, audio, warnings);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_ignored_setting_is_said_once() {
        let video = json!({"Sharpness": 70, "VideoPreprocessors": {"NoiseReducer": {"Filter": "BILATERAL"}}});
        let job = json!({
            "Inputs": [{"FileInput": "s3://b/k", "DenoiseFilter": "ENABLED", "FilterEnable": "AUTO"}],
            "OutputGroups": [{
                "OutputGroupSettings": {"Type": "HLS_GROUP_SETTINGS", "HlsGroupSettings": {"ProgramDateTime": "INCLUDE"}},
                "Outputs": [{"VideoDescription": video}, {"VideoDescription": video}],
            }],
        });
        let job = serde_json::from_value(job).unwrap();
        let mut warnings = Warnings::default();
        ignored(&job, &mut warnings);
        let said: Vec<String> = warnings.into_list().into_iter().map(|warning| warning.message).collect();
        assert_eq!(
            said,
            [
                "DenoiseFilter has no effect here: nothing is filtered",
                "ProgramDateTime has no effect here: no dates are written",
                "Sharpness has no effect here: scaling is bicubic",
                "NoiseReducer has no effect here: nothing is filtered",
            ]
        );
    }
}
