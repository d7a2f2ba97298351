//! What the encoding of a source is billed as: the outputs that its job has.

use mediaconvert::settings::{Output, OutputGroup, VideoCodec};
use mediaconvert::{JobTemplate, Request as _, features};
use pipeline::job::kept_renditions;
use pipeline::profile;
use pipeline::settings::Acceleration;
use pipeline::size::{Frame, Size};

use super::CostError;
use stacks::job_templates::JobTemplateSource;
use stacks::ladder::SEGMENT_SECONDS;

/// Which price an output has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Billing {
    Basic,
    Professional,
    Audio,
    FrameCapture,
}

/// An output of a job.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BilledOutput {
    pub(super) billing: Billing,
    /// The picture's height, 0 without a picture.
    pub(super) height: u32,
    /// The most that it takes, in bits a second.
    pub(super) bitrate: f64,
    /// How long one of its files is, in seconds; none for a single file.
    pub(super) segment_seconds: Option<f64>,
}

/// The job template for sources of a size.
pub(super) fn template_for(templates: &[JobTemplateSource], picture: Size) -> Result<JobTemplate, CostError> {
    let tier = profile::tier(Some(picture));
    let source = templates.iter().find(|template| template.tier == Some(tier)).ok_or(CostError::NoTemplate(tier))?;
    parse(source)
}

/// Reads a job template, giving it the name that it needs.
pub(super) fn parse(source: &JobTemplateSource) -> Result<JobTemplate, CostError> {
    let mut request: serde_json::Value = serde_json::from_str(&source.json)?;
    request["Name"] = source.base_name.clone().into();
    Ok(JobTemplate::from_value(&request)?)
}

/// The outputs of the job that a template makes for a source, as `pipeline::job` leaves them.
pub(super) fn outputs(template: &JobTemplate, picture: Size, acceleration: Acceleration) -> Vec<BilledOutput> {
    let places: Vec<_> =
        features::professional_tier(template).iter().map(|professional| place(&professional.path)).collect();
    // What is no output's is the whole job's.
    let all = acceleration != Acceleration::Disabled || places.contains(&None);
    let mut billed = Vec::new();
    for (at, group) in template.settings.output_groups.iter().enumerate() {
        let outputs = &group.outputs;
        for index in kept_renditions(&outputs.iter().map(frame).collect::<Vec<_>>(), picture) {
            let is_professional = all || places.contains(&Some((at, index)));
            billed.push(bill(&outputs[index], segment_seconds(group), picture, is_professional));
        }
    }
    billed
}

/// The output group and output that a path such as `Settings.OutputGroups[0].Outputs[1].…` leads to.
fn place(path: &str) -> Option<(usize, usize)> {
    let index = |name: &str| {
        let (_, rest) = path.split_once(&format!("{name}["))?;
        rest.split_once(']')?.0.parse().ok()
    };
    Some((index("OutputGroups")?, index(".Outputs")?))
}

fn frame(output: &Output) -> Option<Frame> {
    let (width, height) = (output.video_description.width, output.video_description.height);
    (width.is_some() || height.is_some()).then(|| Frame::new(width, height))
}

fn bill(output: &Output, segment_seconds: Option<f64>, picture: Size, is_professional: bool) -> BilledOutput {
    let audio = output.audio_descriptions.iter();
    let audio: f64 = audio.map(|audio| f64::from(audio.codec_settings.aac_settings.bitrate.unwrap_or_default())).sum();
    let Some(video) = output.video_description.given() else {
        return BilledOutput { billing: Billing::Audio, height: 0, bitrate: audio, segment_seconds };
    };
    let codec = &video.codec_settings;
    let height = frame(output).map_or(picture.short(), |frame| picture.fit(frame).short());
    let billing = match codec.codec {
        Some(VideoCodec::FrameCapture) => Billing::FrameCapture,
        _ if is_professional => Billing::Professional,
        _ => Billing::Basic,
    };
    let bitrate = codec.h264_settings.max_bitrate.or(codec.h264_settings.bitrate).unwrap_or_default();
    BilledOutput { billing, height, bitrate: f64::from(bitrate) + audio, segment_seconds }
}

/// The length of the files that a group writes; none where each output is one file.
fn segment_seconds(group: &OutputGroup) -> Option<f64> {
    let settings = group.output_group_settings.given()?;
    if settings.file_group_settings.is_some() {
        return None;
    }
    let (hls, dash) = (settings.hls_group_settings.segment_length, settings.dash_iso_group_settings.segment_length);
    let length = hls.or(dash).or(settings.cmaf_group_settings.segment_length);
    Some(f64::from(length.unwrap_or(SEGMENT_SECONDS)))
}
