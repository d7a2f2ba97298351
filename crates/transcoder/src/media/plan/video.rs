//! What a rendition's video is encoded to.

use mediaconvert::{
    Choice,
    settings::{
        Av1Settings, DeinterlacerControl, DeinterlacerMode, H264Settings, H265Settings, ScalingBehavior, VideoCodec,
        VideoDescription, Vp9Settings,
    },
};

use super::{
    frame::{Frame, Wanted, frame},
    grid::{GopLength, KeyFrames, Segments},
    source::{Rate, Size},
    warnings::Warnings,
};

/// One video to encode.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rendition {
    /// How the picture is scaled.
    pub(crate) frame: Frame,
    /// The frame rate.
    pub(crate) rate: Rate,
    /// What is done to interlaced pictures first.
    pub(crate) deinterlacer: Option<Deinterlacer>,
    /// Where key frames are.
    pub(crate) key_frames: KeyFrames,
    /// The codec and its settings.
    pub(crate) encoding: VideoEncoding,
    /// Filters of the output alone, such as a burnt-in caption: what sets this rendition apart from others like it.
    pub(crate) filters: Vec<String>,
}

/// What is done to interlaced pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deinterlacer {
    /// All become progressive, even those that say they are.
    All,
    /// Those become progressive that say they are interlaced.
    Interlaced,
    /// The film's own pictures are put together again.
    Telecined,
}

/// A codec and its settings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VideoEncoding {
    /// The codec.
    pub(crate) codec: Codec,
    /// What the bits are spent on.
    pub(crate) control: RateControl,
    /// The profile as MediaConvert names it.
    pub(crate) profile: Option<&'static str>,
    /// The level such as `4.1`.
    pub(crate) level: Option<String>,
    /// Bits of a sample: 8 or 10.
    pub(crate) depth: u8,
    /// How many B-frames may follow each other.
    pub(crate) b_frames: Option<u32>,
    /// How many frames may be referred to.
    pub(crate) references: Option<u32>,
    /// Frames of their own where the scene changes.
    pub(crate) scene_cuts: SceneCuts,
    /// How much work is spent on quality.
    pub(crate) effort: Effort,
}

/// What an encoder does where the scene changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SceneCuts {
    /// It goes on.
    Ignored,
    /// It begins with a whole picture, which is no key frame off the grid.
    Followed,
}

/// How much work is spent on quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Little.
    Low,
    /// As much as a laptop does in about the time that the film lasts.
    Usual,
    /// Much.
    High,
}

/// The video codecs that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// H.264, or AVC.
    H264,
    /// H.265, or HEVC.
    H265,
    /// AV1.
    Av1,
    /// VP9.
    Vp9,
}

/// How bits are spent, in bits per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum RateControl {
    /// So good, with a limit (QVBR).
    Quality {
        /// From 1, poor, to 10, as good as can be seen.
        level: f64,
        /// The largest rate.
        max: u64,
        /// The decoder's buffer in bits.
        buffer: u64,
    },
    /// An average, with a limit (VBR).
    Average {
        /// The average rate.
        bitrate: u64,
        /// The largest rate.
        max: u64,
        /// The decoder's buffer in bits.
        buffer: u64,
    },
    /// The same at any time (CBR).
    Constant {
        /// The rate.
        bitrate: u64,
        /// The decoder's buffer in bits.
        buffer: u64,
    },
}

/// The source's video as it comes to a rendition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture {
    /// Upright, with square pixels.
    pub(super) size: Size,
    pub(super) rate: Rate,
}

/// What the settings of all codecs have in common.
struct Common {
    rate: Option<Rate>,
    /// By what another frame rate is to be reached, where that is not by repeating and dropping frames.
    conversion: Option<&'static str>,
    gop: GopLength,
    control: Option<&'static str>,
    bitrate: Option<i64>,
    max: Option<i64>,
    buffer: Option<i64>,
    level: Option<f64>,
    b_frames: Option<i64>,
    references: Option<i64>,
    scene_cuts: SceneCuts,
    effort: Effort,
}

/// QVBR's quality level where the settings leave it to the service.
const USUAL_LEVEL: f64 = 7.0;
/// The bitrate where the settings have none at all, in bits per second.
const USUAL_BITRATE: u64 = 5_000_000;

pub(super) fn rendition(
    description: &VideoDescription,
    picture: Picture,
    segments: Option<Segments>,
    warnings: &mut Warnings,
) -> Option<Rendition> {
    let settings = description.codec_settings.as_deref()?;
    let (common, mut encoding) = match settings.codec? {
        VideoCodec::H264 => h264(settings.h264_settings.as_deref(), warnings),
        VideoCodec::H265 => h265(settings.h265_settings.as_deref(), warnings),
        VideoCodec::Av1 => av1(settings.av1_settings.as_deref()),
        VideoCodec::Vp9 => vp9(settings.vp9_settings.as_deref()),
        other => {
            warnings.add(format!("{} cannot be written here; H.264 is written instead", other.name()));
            h264(None, warnings)
        }
    };
    encoding.control = common.rate_control();
    encoding.b_frames = common.b_frames.and_then(|count| u32::try_from(count).ok());
    encoding.references = common.references.and_then(|count| u32::try_from(count).ok());
    encoding.scene_cuts = common.scene_cuts;
    encoding.effort = common.effort;
    if description.scaling_behavior == Some(ScalingBehavior::SmartCrop) {
        warnings.add("ScalingBehavior SMART_CROP crops around the middle here, as FILL does");
    }
    let rate = common.rate.unwrap_or(picture.rate);
    if let Some(conversion) = common.conversion.filter(|_| rate != picture.rate) {
        warnings.add(format!("the frame rate is changed by repeating and dropping frames here, not by {conversion}"));
    }
    Some(Rendition {
        frame: frame(picture.size, wanted(description)),
        rate,
        deinterlacer: deinterlacer(description, warnings),
        key_frames: KeyFrames::new(common.gop, rate, segments),
        encoding,
        filters: Vec::new(),
    })
}

fn wanted(description: &VideoDescription) -> Wanted {
    let pixels = |length: Option<i64>| length.and_then(|pixels| u32::try_from(pixels).ok());
    Wanted {
        width: pixels(description.width),
        height: pixels(description.height),
        scaling: description.scaling_behavior.unwrap_or(ScalingBehavior::Default),
    }
}

fn deinterlacer(description: &VideoDescription, warnings: &mut Warnings) -> Option<Deinterlacer> {
    let deinterlacer = description.video_preprocessors.as_deref()?.deinterlacer.as_deref()?;
    if let Some(algorithm) = deinterlacer.algorithm {
        warnings.add(format!("Deinterlacer.Algorithm {} is bwdif here", algorithm.name()));
    }
    Some(match (deinterlacer.mode, deinterlacer.control) {
        (Some(DeinterlacerMode::InverseTelecine), _) => Deinterlacer::Telecined,
        (_, Some(DeinterlacerControl::ForceAllFrames)) => Deinterlacer::All,
        (_, Some(DeinterlacerControl::Normal) | None) => Deinterlacer::Interlaced,
    })
}

impl Common {
    fn rate_control(&self) -> RateControl {
        let bits = |rate: Option<i64>| rate.and_then(|rate| u64::try_from(rate).ok()).filter(|rate| *rate > 0);
        let max = bits(self.max).or(bits(self.bitrate)).unwrap_or(USUAL_BITRATE);
        let bitrate = bits(self.bitrate).unwrap_or(max);
        let buffer = |rate: u64| bits(self.buffer).unwrap_or(rate * 2);
        match self.control {
            Some("QVBR") => RateControl::Quality { level: self.level.unwrap_or(USUAL_LEVEL), max, buffer: buffer(max) },
            Some("CBR") => RateControl::Constant { bitrate, buffer: buffer(bitrate) },
            _ => RateControl::Average { bitrate, max: max.max(bitrate), buffer: buffer(max.max(bitrate)) },
        }
    }
}

/// Those members that H.264, H.265, AV1 and VP9 have under the same names.
macro_rules! common {
    ($settings:expr) => {
        Common {
            rate: match $settings.framerate_control.map(Choice::name) {
                Some("SPECIFIED") => rate($settings.framerate_numerator, $settings.framerate_denominator),
                _ => None,
            },
            conversion: $settings
                .framerate_conversion_algorithm
                .map(Choice::name)
                .filter(|algorithm| *algorithm != "DUPLICATE_DROP"),
            gop: $settings.gop_size.filter(|size| *size > 0.0).map_or(GopLength::Automatic, GopLength::Frames),
            control: $settings.rate_control_mode.map(Choice::name),
            bitrate: $settings.bitrate,
            max: $settings.max_bitrate,
            buffer: None,
            level: None,
            b_frames: None,
            references: None,
            scene_cuts: SceneCuts::Ignored,
            effort: Effort::Usual,
        }
    };
}

/// Those that H.264 and H.265 have besides.
macro_rules! mpeg {
    ($settings:expr) => {{
        let mut common = common!($settings);
        common.gop = match ($settings.gop_size_units.map(Choice::name), $settings.gop_size) {
            (Some("SECONDS"), Some(length)) if length > 0.0 => GopLength::Seconds(length),
            (Some("AUTO"), _) => GopLength::Automatic,
            _ => common.gop,
        };
        if $settings.slow_pal.map(Choice::name) == Some("ENABLED") {
            common.conversion = Some("SlowPal");
        }
        common.buffer = $settings.hrd_buffer_size;
        common.level = $settings.qvbr_settings.as_deref().and_then(|qvbr| {
            let level = f64::from(i32::try_from(qvbr.qvbr_quality_level?).ok()?);
            Some(level + qvbr.qvbr_quality_level_fine_tune.unwrap_or(0.0))
        });
        common.b_frames = $settings.number_b_frames_between_reference_frames;
        common.references = $settings.number_reference_frames;
        if matches!($settings.scene_change_detect.map(Choice::name), Some("ENABLED" | "TRANSITION_DETECTION")) {
            common.scene_cuts = SceneCuts::Followed;
        }
        common.effort = match $settings.quality_tuning_level.map(Choice::name) {
            Some("SINGLE_PASS") => Effort::Low,
            Some("MULTI_PASS_HQ") => Effort::High,
            _ => Effort::Usual,
        };
        common
    }};
}

/// What interlaced outputs become.
macro_rules! progressive_only {
    ($settings:expr, $warnings:expr) => {
        if let Some(mode) = $settings.interlace_mode.map(Choice::name).filter(|mode| *mode != "PROGRESSIVE") {
            $warnings.add(format!("InterlaceMode {mode} is PROGRESSIVE here"));
        }
        let square = $settings.par_numerator == $settings.par_denominator;
        if $settings.par_control.map(Choice::name) == Some("SPECIFIED") && !square {
            $warnings.add("ParNumerator and ParDenominator are 1 here: pixels are square");
        }
    };
}

fn h264(settings: Option<&H264Settings>, warnings: &mut Warnings) -> (Common, VideoEncoding) {
    let Some(settings) = settings else { return (Common::unset(), VideoEncoding::new(Codec::H264)) };
    progressive_only!(settings, warnings);
    let profile = settings.codec_profile.map(Choice::name);
    let encoding = VideoEncoding {
        profile,
        level: level(settings.codec_level.map(Choice::name)),
        depth: depth(profile),
        ..VideoEncoding::new(Codec::H264)
    };
    (mpeg!(settings), encoding)
}

fn h265(settings: Option<&H265Settings>, warnings: &mut Warnings) -> (Common, VideoEncoding) {
    let Some(settings) = settings else { return (Common::unset(), VideoEncoding::new(Codec::H265)) };
    progressive_only!(settings, warnings);
    let profile = settings.codec_profile.map(Choice::name);
    let encoding = VideoEncoding {
        profile,
        level: level(settings.codec_level.map(Choice::name)),
        depth: depth(profile),
        ..VideoEncoding::new(Codec::H265)
    };
    (mpeg!(settings), encoding)
}

fn av1(settings: Option<&Av1Settings>) -> (Common, VideoEncoding) {
    let Some(settings) = settings else { return (Common::unset(), VideoEncoding::new(Codec::Av1)) };
    let mut common = common!(settings);
    common.level = settings.qvbr_settings.as_deref().and_then(|qvbr| {
        let level = f64::from(i32::try_from(qvbr.qvbr_quality_level?).ok()?);
        Some(level + qvbr.qvbr_quality_level_fine_tune.unwrap_or(0.0))
    });
    let depth = if settings.bit_depth.is_some_and(|depth| depth.name() == "BIT_10") { 10 } else { 8 };
    (common, VideoEncoding { depth, ..VideoEncoding::new(Codec::Av1) })
}

fn vp9(settings: Option<&Vp9Settings>) -> (Common, VideoEncoding) {
    let Some(settings) = settings else { return (Common::unset(), VideoEncoding::new(Codec::Vp9)) };
    let mut common = common!(settings);
    common.buffer = settings.hrd_buffer_size;
    (common, VideoEncoding::new(Codec::Vp9))
}

impl Common {
    fn unset() -> Self {
        Self {
            rate: None,
            conversion: None,
            gop: GopLength::Automatic,
            control: None,
            bitrate: None,
            max: None,
            buffer: None,
            level: None,
            b_frames: None,
            references: None,
            scene_cuts: SceneCuts::Ignored,
            effort: Effort::Usual,
        }
    }
}

impl VideoEncoding {
    fn new(codec: Codec) -> Self {
        Self {
            codec,
            control: Common::unset().rate_control(),
            profile: None,
            level: None,
            depth: 8,
            b_frames: None,
            references: None,
            scene_cuts: SceneCuts::Ignored,
            effort: Effort::Usual,
        }
    }
}

fn rate(frames: Option<i64>, seconds: Option<i64>) -> Option<Rate> {
    let frames = u32::try_from(frames?).ok().filter(|frames| *frames > 0)?;
    let seconds = u32::try_from(seconds.unwrap_or(1)).ok().filter(|seconds| *seconds > 0)?;
    Some(Rate { frames, seconds })
}

/// `LEVEL_4_1` → `4.1`.
fn level(name: Option<&'static str>) -> Option<String> {
    Some(name?.strip_prefix("LEVEL_")?.replace('_', "."))
}

fn depth(profile: Option<&'static str>) -> u8 {
    let ten = |profile: &str| profile.contains("10");
    if profile.is_some_and(ten) { 10 } else { 8 }
}
