//! What the rules look at: the parts that jobs, job templates and presets have in common.

use crate::path::Path;
use crate::settings::{
    AccelerationMode, AccelerationSettings, AudioDescription, ContainerSettings, Job, JobTemplate, Output, OutputGroup,
    OutputGroupType, Preset, TimecodeConfig, VideoCodecSettings, VideoDescription,
};

/// A request, seen by the rules.
pub(crate) struct Subject<'a> {
    /// Whether and when to use accelerated transcoding.
    pub(crate) acceleration: Option<AccelerationMode>,
    /// The job-wide timecode settings.
    pub(crate) timecode: Option<&'a TimecodeConfig>,
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
    pub(crate) settings: &'a OutputGroup,
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
    pub(crate) video: Option<&'a VideoDescription>,
    pub(crate) audio: &'a [AudioDescription],
    pub(crate) container: Option<&'a ContainerSettings>,
}

impl<'a> Media<'a> {
    pub(crate) fn codec(&self) -> Option<&'a VideoCodecSettings> {
        self.video?.codec_settings.as_deref()
    }
}

impl Ladder {
    fn of(group: &OutputGroup) -> Self {
        let automated =
            group.automated_encoding_settings.as_deref().and_then(|settings| settings.abr_settings.as_deref());
        if automated.is_some() { Self::Automated } else { Self::Written }
    }
}

/// A list that may be absent, as a list.
pub(crate) fn whole<T>(list: Option<&Vec<T>>) -> &[T] {
    list.map_or(&[], Vec::as_slice)
}

/// The job and the job template have the same settings under two types.
macro_rules! job_wide {
    ($request:expr) => {{
        let settings = &$request.settings;
        let features = [
            ("AvailBlanking", settings.avail_blanking.is_some()),
            ("Esam", settings.esam.is_some()),
            ("MotionImageInserter", settings.motion_image_inserter.is_some()),
            ("MotionImageInserters", settings.motion_image_inserters.is_some()),
        ];
        Subject {
            acceleration: mode($request.acceleration_settings.as_deref()),
            timecode: settings.timecode_config.as_deref(),
            features: features.iter().filter(|(_, used)| *used).map(|(name, _)| *name).collect(),
            groups: whole(settings.output_groups.as_ref()),
            preset: None,
        }
    }};
}

fn mode(settings: Option<&AccelerationSettings>) -> Option<AccelerationMode> {
    settings.map(|settings| settings.mode)
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
        let settings = &preset.settings;
        let media = Media {
            ladder: Ladder::Written,
            video: settings.video_description.as_deref(),
            audio: whole(settings.audio_descriptions.as_ref()),
            container: settings.container_settings.as_deref(),
        };
        Self { acceleration: None, timecode: None, features: Vec::new(), groups: &[], preset: Some(media) }
    }
}

impl Subject<'_> {
    /// Shows each output group with its place.
    pub(crate) fn each_group(&self, mut show: impl FnMut(&Group<'_>)) {
        let settings = Path::ROOT.member("Settings");
        let groups = settings.member("OutputGroups");
        for (at, group) in self.groups.iter().enumerate() {
            let kind = group.output_group_settings.as_deref().and_then(|settings| settings.r#type);
            show(&Group { path: &groups.item(at), kind, ladder: Ladder::of(group), settings: group });
        }
    }

    /// Shows what each output, or the preset, encodes, with its place.
    pub(crate) fn each_media(&self, mut show: impl FnMut(&Media<'_>, &Path<'_>)) {
        if let Some(preset) = &self.preset {
            show(preset, &Path::ROOT.member("Settings"));
        }
        self.each_group(|group| group.each_output(|output, path| show(&group.media(output), path)));
    }
}

impl Group<'_> {
    pub(crate) fn outputs(&self) -> &[Output] {
        whole(self.settings.outputs.as_ref())
    }

    pub(crate) fn each_output(&self, mut show: impl FnMut(&Output, &Path<'_>)) {
        let outputs = self.path.member("Outputs");
        for (at, output) in self.outputs().iter().enumerate() {
            show(output, &outputs.item(at));
        }
    }

    pub(crate) fn media<'a>(&self, output: &'a Output) -> Media<'a> {
        Media {
            ladder: self.ladder,
            video: output.video_description.as_deref(),
            audio: whole(output.audio_descriptions.as_ref()),
            container: output.container_settings.as_deref(),
        }
    }
}
