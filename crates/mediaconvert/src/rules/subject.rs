//! What the rules look at: the parts that jobs, job templates and presets have in common.

use crate::or_default::{Missing as _, OrDefault};
use crate::problem::Path;
use crate::settings::{
    AccelerationMode, AudioDescription, ContainerSettings, GopSettings, Job, JobTemplate, Output, OutputGroup,
    OutputGroupSettings, OutputGroupType, Preset, TimecodeConfig, VideoCodecSettings, VideoDescription,
};

/// A request, seen by the rules.
pub(crate) struct Subject<'a> {
    /// Whether and when to use accelerated transcoding.
    pub(crate) acceleration: Option<AccelerationMode>,
    /// The job-wide timecode settings.
    pub(crate) timecode: &'a TimecodeConfig,
    /// The names of the job-wide features in use that only some jobs can have.
    pub(crate) features: Vec<&'static str>,
    /// The output groups; none for a preset.
    groups: &'a [OutputGroup],
    /// What a preset holds.
    preset: Option<Media<'a>>,
}

/// One output group and its place.
pub(crate) struct Group<'a> {
    pub(crate) path: &'a Path<'a>,
    pub(crate) kind: Option<OutputGroupType>,
    pub(crate) ladder: Ladder,
    pub(crate) settings: &'a OutputGroupSettings,
    pub(crate) outputs: &'a [Output],
}

/// Who chooses the renditions of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ladder {
    /// The outputs as written.
    Written,
    /// The service, from the source: automated ABR.
    Automated,
}

/// What one output encodes.
pub(crate) struct Media<'a> {
    pub(crate) ladder: Ladder,
    pub(crate) video: &'a VideoDescription,
    pub(crate) audio: &'a [AudioDescription],
    pub(crate) container: &'a ContainerSettings,
}

/// The job and the job template have the same settings under two types.
macro_rules! job_wide {
    ($request:expr) => {{
        let settings = &$request.settings;
        let features = [
            ("AvailBlanking", settings.avail_blanking.is_some()),
            ("Esam", settings.esam.is_some()),
            ("MotionImageInserter", settings.motion_image_inserter.is_some()),
            ("MotionImageInserters", !settings.motion_image_inserters.is_empty()),
        ];
        Subject {
            acceleration: $request.acceleration_settings.as_deref().map(|settings| settings.mode),
            timecode: &settings.timecode_config,
            features: features.iter().filter(|(_, used)| *used).map(|(name, _)| *name).collect(),
            groups: &settings.output_groups,
            preset: None,
        }
    }};
}

impl<'a> From<&'a Job> for Subject<'a> {
    fn from(job: &'a Job) -> Self {
        job_wide!(job)
    }
}

impl<'a> From<&'a JobTemplate> for Subject<'a> {
    fn from(template: &'a JobTemplate) -> Self {
        job_wide!(template)
    }
}

impl<'a> From<&'a Preset> for Subject<'a> {
    fn from(preset: &'a Preset) -> Self {
        let media = Media {
            ladder: Ladder::Written,
            video: &preset.settings.video_description,
            audio: &preset.settings.audio_descriptions,
            container: &preset.settings.container_settings,
        };
        let timecode = TimecodeConfig::missing();
        Self { acceleration: None, timecode, features: Vec::new(), groups: &[], preset: Some(media) }
    }
}

impl Subject<'_> {
    /// Shows each output group with its place.
    pub(crate) fn each_group(&self, mut show: impl FnMut(&Group<'_>)) {
        let settings = Path::ROOT.member("Settings");
        let groups = settings.member("OutputGroups");
        for (at, group) in self.groups.iter().enumerate() {
            let is_automated = group.automated_encoding_settings.abr_settings.is_some();
            show(&Group {
                path: &groups.item(at),
                kind: group.output_group_settings.r#type,
                ladder: if is_automated { Ladder::Automated } else { Ladder::Written },
                settings: &group.output_group_settings,
                outputs: &group.outputs,
            });
        }
    }

    /// Shows what each output, or the preset, encodes, with its place.
    pub(crate) fn each_media(&self, mut show: impl FnMut(&Media<'_>, &Path<'_>)) {
        if let Some(preset) = &self.preset {
            show(preset, &Path::ROOT.member("Settings"));
        }
        self.each_group(|group| {
            group.each_output(|output, path| {
                let media = Media {
                    ladder: group.ladder,
                    video: &output.video_description,
                    audio: &output.audio_descriptions,
                    container: &output.container_settings,
                };
                show(&media, path);
            });
        });
    }
}

impl Group<'_> {
    pub(crate) fn each_output(&self, mut show: impl FnMut(&Output, &Path<'_>)) {
        let outputs = self.path.member("Outputs");
        for (at, output) in self.outputs.iter().enumerate() {
            show(output, &outputs.item(at));
        }
    }
}

/// The members of the codecs for which the service's limits are known.
pub(super) const MPEG: [&str; 2] = ["H264Settings", "H265Settings"];

/// The settings of each codec that are given, and the names of their members.
pub(super) fn gop_settings(codec: &VideoCodecSettings) -> impl Iterator<Item = (&'static str, &dyn GopSettings)> {
    fn of<'a, T: GopSettings>(
        member: &'static str,
        settings: &'a OrDefault<T>,
    ) -> Option<(&'static str, &'a dyn GopSettings)> {
        Some((member, settings.given()?))
    }
    [
        of("Av1Settings", &codec.av1_settings),
        of("H264Settings", &codec.h264_settings),
        of("H265Settings", &codec.h265_settings),
        of("Mpeg2Settings", &codec.mpeg2_settings),
        of("Vp8Settings", &codec.vp8_settings),
        of("Vp9Settings", &codec.vp9_settings),
    ]
    .into_iter()
    .flatten()
}
