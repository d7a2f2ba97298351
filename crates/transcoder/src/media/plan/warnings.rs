//! What is done otherwise than the settings ask.

use std::collections::BTreeSet;

use mediaconvert::settings::{
    AfdSignaling, AudioDescription, CmafGroupSettings, DashIsoGroupSettings, DashIsoHbbtvCompliance, DashManifestStyle,
    HlsGroupSettings, HlsIFrameOnlyManifest, HlsTimedMetadataId3Frame, Input, InputFilterEnable, JobSettings,
    ManifestCompression, MsSmoothGroupSettings, MsSmoothManifestEncoding, Output, OutputGroup, Presence, RespondToAfd,
    Toggle, VideoDescription, VideoTimecodeInsertion,
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
fn chosen<T: Copy + PartialEq>(choice: Option<T>, nothing: T) -> bool {
    choice.is_some_and(|choice| choice != nothing)
}

const OF_JOBS: &[Ignored<JobSettings>] = &[
    ("AdAvailOffset", |job| job.ad_avail_offset.is_some_and(|offset| offset != 0), "nothing is moved"),
    ("AvailBlanking", |job| job.avail_blanking.is_some(), "nothing is blanked"),
    ("ColorConversion3DLUTSettings", |job| !job.color_conversion3_dlut_settings.is_empty(), "colours stay as they are"),
    ("Esam", |job| job.esam.is_some(), "no markers are written"),
    ("ExtendedDataServices", |job| job.extended_data_services.is_some(), "none are written"),
    ("KantarWatermark", |job| job.kantar_watermark.is_some(), "no watermark is written"),
    (
        "MotionImageInserter",
        |job| job.motion_image_inserter.is_some() || !job.motion_image_inserters.is_empty(),
        "no moving image is inserted",
    ),
    ("NielsenConfiguration", |job| job.nielsen_configuration.is_some(), "nothing is tagged"),
    ("NielsenNonLinearWatermark", |job| job.nielsen_non_linear_watermark.is_some(), "no watermark is written"),
    ("TimedMetadataInsertion", |job| job.timed_metadata_insertion.is_some(), "no metadata is written"),
];

const OF_INPUTS: &[Ignored<Input>] = &[
    ("AdvancedInputFilter", |input| chosen(input.advanced_input_filter, Toggle::Disabled), "nothing is filtered"),
    ("Crop", |input| input.crop.is_some(), "the whole picture is taken"),
    ("DeblockFilter", |input| chosen(input.deblock_filter, Toggle::Disabled), "nothing is filtered"),
    ("DecryptionSettings", |input| input.decryption_settings.is_some(), "the input is read as it is"),
    ("DenoiseFilter", |input| chosen(input.denoise_filter, Toggle::Disabled), "nothing is filtered"),
    ("DolbyVisionMetadataXml", |input| input.dolby_vision_metadata_xml.is_some(), "it is not read"),
    ("DynamicAudioSelectors", |input| !input.dynamic_audio_selectors.is_empty(), "they select nothing"),
    ("FilterEnable", |input| chosen(input.filter_enable, InputFilterEnable::Auto), "nothing is filtered"),
    ("MultiViewSettings", |input| !input.multi_view_settings.is_empty(), "one view is taken"),
    ("Position", |input| input.position.is_some(), "the picture fills the frame"),
    ("ProgramNumber", |input| input.program_number.is_some_and(|number| number > 1), "the first program is taken"),
    ("VideoOverlays", |input| !input.video_overlays.is_empty(), "nothing is laid over the picture"),
];

const OF_OUTPUTS: &[Ignored<Output>] = &[
    (
        "SegmentModifier",
        |output| {
            let modifier = output.output_settings.hls_settings.segment_modifier.as_deref();
            modifier.is_some_and(|modifier| !modifier.is_empty())
        },
        "segments are named without it",
    ),
    (
        "INCLUDE_AS_TS",
        |output| {
            let hls = &output.output_settings.hls_settings;
            hls.i_frame_only_manifest == Some(HlsIFrameOnlyManifest::IncludeAsTs)
        },
        "key frames are ranges of the segments, as with INCLUDE",
    ),
    (
        "C2paManifest",
        |output| {
            let (mp4, cmfc) = (&output.container_settings.mp4_settings, &output.container_settings.cmfc_settings);
            [mp4.c2pa_manifest, cmfc.c2pa_manifest].contains(&Some(Presence::Include))
        },
        "nothing is signed",
    ),
];

const OF_VIDEO: &[Ignored<VideoDescription>] = &[
    ("AfdSignaling", |video| chosen(video.afd_signaling, AfdSignaling::None), "it is not written"),
    ("Crop", |video| video.crop.is_some(), "the whole picture is taken"),
    ("Position", |video| video.position.is_some(), "the picture is in the middle"),
    ("RespondToAfd", |video| chosen(video.respond_to_afd, RespondToAfd::None), "it is not read"),
    ("Sharpness", |video| video.sharpness.is_some_and(|sharpness| sharpness != 50), "scaling is bicubic"),
    (
        "TimecodeInsertion",
        |video| chosen(video.timecode_insertion, VideoTimecodeInsertion::Disabled),
        "no time code is written",
    ),
    ("TimecodeTrack", |video| chosen(video.timecode_track, Toggle::Disabled), "no time code is written"),
    ("ColorCorrector", |video| video.video_preprocessors.color_corrector.is_some(), "colours stay as they are"),
    ("DolbyVision", |video| video.video_preprocessors.dolby_vision.is_some(), "it is not written"),
    ("Hdr10Plus", |video| video.video_preprocessors.hdr10_plus.is_some(), "it is not written"),
    ("NoiseReducer", |video| video.video_preprocessors.noise_reducer.is_some(), "nothing is filtered"),
    (
        "PartnerWatermarking",
        |video| video.video_preprocessors.partner_watermarking.is_some(),
        "no watermark is written",
    ),
    ("TimecodeBurnin", |video| video.video_preprocessors.timecode_burnin.is_some(), "no time code is shown"),
];

const OF_AUDIO: &[Ignored<AudioDescription>] = &[
    ("AudioChannelTaggingSettings", |audio| audio.audio_channel_tagging_settings.is_some(), "channels are not tagged"),
    ("AudioPitchCorrectionSettings", |audio| audio.audio_pitch_correction_settings.is_some(), "the pitch stays"),
];

const OF_HLS: &[Ignored<HlsGroupSettings>] = &[
    ("AdditionalManifests", |hls| !hls.additional_manifests.is_empty(), "there is one master playlist"),
    ("AdMarkers", |hls| !hls.ad_markers.is_empty(), "no markers are written"),
    ("Encryption", |hls| hls.encryption.is_some(), "segments are not encrypted"),
    (
        "ManifestCompression",
        |hls| chosen(hls.manifest_compression, ManifestCompression::None),
        "manifests are not compressed",
    ),
    (
        "MinFinalSegmentLength",
        |hls| hls.min_final_segment_length.is_some_and(|length| length > 0.0),
        "the last segment is as long as what is left",
    ),
    ("MinSegmentLength", |hls| hls.min_segment_length.is_some_and(|length| length > 0), "segments are as long as said"),
    ("ProgramDateTime", |hls| chosen(hls.program_date_time, Presence::Exclude), "no dates are written"),
    (
        "TimedMetadataId3Frame",
        |hls| chosen(hls.timed_metadata_id3_frame, HlsTimedMetadataId3Frame::None),
        "no metadata is written",
    ),
];

const OF_DASH: &[Ignored<DashIsoGroupSettings>] = &[
    ("AdditionalManifests", |dash| !dash.additional_manifests.is_empty(), "there is one manifest"),
    (
        "DashIFrameTrickPlayNameModifier",
        |dash| dash.dash_i_frame_trick_play_name_modifier.is_some(),
        "there is no track of key frames",
    ),
    ("DashManifestStyle", |dash| chosen(dash.dash_manifest_style, DashManifestStyle::Basic), "it is BASIC"),
    ("Encryption", |dash| dash.encryption.is_some(), "segments are not encrypted"),
    (
        "DashIsoHbbtvCompliance",
        |dash| chosen(dash.hbbtv_compliance, DashIsoHbbtvCompliance::None),
        "the manifest is not for HbbTV",
    ),
    (
        "MinFinalSegmentLength",
        |dash| dash.min_final_segment_length.is_some_and(|length| length > 0.0),
        "the last segment is as long as what is left",
    ),
];

const OF_CMAF: &[Ignored<CmafGroupSettings>] = &[
    ("AdditionalManifests", |cmaf| !cmaf.additional_manifests.is_empty(), "there is one of each kind"),
    (
        "DashIFrameTrickPlayNameModifier",
        |cmaf| cmaf.dash_i_frame_trick_play_name_modifier.is_some(),
        "there is no track of key frames",
    ),
    ("DashManifestStyle", |cmaf| chosen(cmaf.dash_manifest_style, DashManifestStyle::Basic), "it is BASIC"),
    ("Encryption", |cmaf| cmaf.encryption.is_some(), "segments are not encrypted"),
    (
        "ManifestCompression",
        |cmaf| chosen(cmaf.manifest_compression, ManifestCompression::None),
        "manifests are not compressed",
    ),
    (
        "MinFinalSegmentLength",
        |cmaf| cmaf.min_final_segment_length.is_some_and(|length| length > 0.0),
        "the last segment is as long as what is left",
    ),
];

const OF_SMOOTH: &[Ignored<MsSmoothGroupSettings>] = &[
    ("AdditionalManifests", |smooth| !smooth.additional_manifests.is_empty(), "there is one of each kind"),
    ("Encryption", |smooth| smooth.encryption.is_some(), "fragments are not encrypted"),
    ("ManifestEncoding", |smooth| chosen(smooth.manifest_encoding, MsSmoothManifestEncoding::Utf8), "it is UTF-8"),
];

const OF_GROUPS: &[Ignored<OutputGroup>] =
    &[("PerFrameMetrics", |group| !group.output_group_settings.per_frame_metrics.is_empty(), "none are measured")];

fn check<T>(table: &[Ignored<T>], item: &T, warnings: &mut Warnings) {
    for (name, _, instead) in table.iter().filter(|(_, used, _)| used(item)) {
        warnings.add(format!("{name} has no effect here: {instead}"));
    }
}

/// Says of each setting in the job that has no effect what happens instead.
pub(super) fn ignored(job: &JobSettings, warnings: &mut Warnings) {
    check(OF_JOBS, job, warnings);
    for input in &job.inputs {
        check(OF_INPUTS, input, warnings);
    }
    for group in &job.output_groups {
        check(OF_GROUPS, group, warnings);
        let settings = &group.output_group_settings;
        check(OF_HLS, &settings.hls_group_settings, warnings);
        check(OF_DASH, &settings.dash_iso_group_settings, warnings);
        check(OF_CMAF, &settings.cmaf_group_settings, warnings);
        check(OF_SMOOTH, &settings.ms_smooth_group_settings, warnings);
        for output in &group.outputs {
            check(OF_OUTPUTS, output, warnings);
            check(OF_VIDEO, &output.video_description, warnings);
            for audio in &output.audio_descriptions {
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
