//! What a rendition's video is encoded to.

use mediaconvert::{
    Choice,
    settings::{
        Av1BitDepth, DeinterlacerControl, DeinterlacerMode, FramerateControl, FramerateConversionAlgorithm,
        GopSettings, GopSizeUnits, H264Settings, InterlaceMode, QualityTuningLevel, RateControlMode, ScalingBehavior,
        SceneChangeDetect, Toggle, VideoCodec, VideoDescription,
    },
};

use super::{
    frame::{Frame, Wanted, frame},
    grid::{GopLength, KeyFrames, Segments},
    warnings::Warnings,
};
use crate::media::{overlay::Overlay, plan::BurntIn, probe::Size, timecode::FrameRate};

/// One video to encode.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rendition {
    /// How the picture is scaled.
    pub(crate) frame: Frame,
    /// The frame rate.
    pub(crate) rate: FrameRate,
    /// What is done to interlaced pictures first.
    pub(crate) deinterlacer: Option<Deinterlacer>,
    /// Where key frames are.
    pub(crate) key_frames: KeyFrames,
    /// The codec and its settings.
    pub(crate) encoding: VideoEncoding,
    /// The images over the picture.
    pub(crate) overlays: Vec<Overlay>,
    /// The captions in the picture.
    pub(crate) burnt_in: Vec<BurntIn>,
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
    pub(super) rate: FrameRate,
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
    let settings = description.codec_settings.given()?;
    let unset = H264Settings::default();
    let (h264, h265) = (&settings.h264_settings, &settings.h265_settings);
    let (av1, vp9) = (&settings.av1_settings, &settings.vp9_settings);
    let mpeg = |codec, profile: Option<&'static str>, level: Option<&'static str>, tuning| VideoEncoding {
        profile,
        // `LEVEL_4_1` → `4.1`.
        level: level.and_then(|level| Some(level.strip_prefix("LEVEL_")?.replace('_', "."))),
        depth: if profile.is_some_and(|profile| profile.contains("10")) { 10 } else { 8 },
        effort: match tuning {
            Some(QualityTuningLevel::SinglePass) => Effort::Low,
            Some(QualityTuningLevel::MultiPassHq) => Effort::High,
            Some(QualityTuningLevel::SinglePassHq) | None => Effort::Usual,
        },
        ..VideoEncoding::new(codec)
    };
    let quality = |level: Option<u32>, fine: Option<f64>| Some(f64::from(level?) + fine.unwrap_or(0.0));
    let (mut encoding, gop, level): (_, &dyn GopSettings, _) = match settings.codec? {
        VideoCodec::H264 => {
            let (profile, level) = (h264.codec_profile.map(Choice::name), h264.codec_level.map(Choice::name));
            let qvbr = &h264.qvbr_settings;
            let encoding = mpeg(Codec::H264, profile, level, h264.quality_tuning_level);
            (encoding, &**h264, quality(qvbr.qvbr_quality_level, qvbr.qvbr_quality_level_fine_tune))
        }
        VideoCodec::H265 => {
            let (profile, level) = (h265.codec_profile.map(Choice::name), h265.codec_level.map(Choice::name));
            let qvbr = &h265.qvbr_settings;
            let encoding = mpeg(Codec::H265, profile, level, h265.quality_tuning_level);
            (encoding, &**h265, quality(qvbr.qvbr_quality_level, qvbr.qvbr_quality_level_fine_tune))
        }
        VideoCodec::Av1 => {
            let depth = if av1.bit_depth == Some(Av1BitDepth::Bit10) { 10 } else { 8 };
            let qvbr = &av1.qvbr_settings;
            let encoding = VideoEncoding { depth, ..VideoEncoding::new(Codec::Av1) };
            (encoding, &**av1, quality(qvbr.qvbr_quality_level, qvbr.qvbr_quality_level_fine_tune))
        }
        VideoCodec::Vp9 => (VideoEncoding::new(Codec::Vp9), &**vp9, None),
        other => {
            warnings.add(format!("{} cannot be written here; H.264 is written instead", other.name()));
            (VideoEncoding::new(Codec::H264), &unset, None)
        }
    };
    encoding.control = rate_control(gop, level);
    if matches!(encoding.codec, Codec::H264 | Codec::H265) {
        encoding.b_frames = gop.number_b_frames_between_reference_frames();
        encoding.references = gop.number_reference_frames();
        if matches!(
            gop.scene_change_detect(),
            Some(SceneChangeDetect::Enabled | SceneChangeDetect::TransitionDetection)
        ) {
            encoding.scene_cuts = SceneCuts::Followed;
        }
        if let Some(mode) = gop.interlace_mode().filter(|mode| *mode != InterlaceMode::Progressive) {
            warnings.add(format!("InterlaceMode {mode} is PROGRESSIVE here"));
        }
        if gop.par_control() == Some(FramerateControl::Specified) && gop.par_numerator() != gop.par_denominator() {
            warnings.add("ParNumerator and ParDenominator are 1 here: pixels are square");
        }
    }
    if description.scaling_behavior == Some(ScalingBehavior::SmartCrop) {
        warnings.add("ScalingBehavior SMART_CROP crops around the middle here, as FILL does");
    }
    let rate = match gop.framerate_control() {
        Some(FramerateControl::Specified) => {
            FrameRate::new(gop.framerate_numerator().unwrap_or(0), gop.framerate_denominator().unwrap_or(1))
        }
        Some(FramerateControl::InitializeFromSource) | None => None,
    };
    let rate = rate.unwrap_or(picture.rate);
    let conversion = gop.framerate_conversion_algorithm();
    let conversion = conversion.filter(|algorithm| *algorithm != FramerateConversionAlgorithm::DuplicateDrop);
    let conversion = match gop.slow_pal() {
        Some(Toggle::Enabled) => Some("SlowPal"),
        Some(Toggle::Disabled) | None => conversion.map(Choice::name),
    };
    if let Some(conversion) = conversion.filter(|_| rate != picture.rate) {
        warnings.add(format!("the frame rate is changed by repeating and dropping frames here, not by {conversion}"));
    }
    let gop = match (gop.gop_size_units(), gop.gop_size().filter(|size| *size > 0.0)) {
        (Some(GopSizeUnits::Auto), _) | (_, None) => GopLength::Automatic,
        (Some(GopSizeUnits::Seconds), Some(length)) => GopLength::Seconds(length),
        (Some(GopSizeUnits::Frames) | None, Some(count)) => GopLength::Frames(count),
    };
    let wanted = Wanted {
        width: description.width,
        height: description.height,
        scaling: description.scaling_behavior.unwrap_or(ScalingBehavior::Default),
    };
    Some(Rendition {
        frame: frame(picture.size, wanted),
        rate,
        deinterlacer: deinterlacer(description, warnings),
        key_frames: KeyFrames::new(gop, rate, segments),
        encoding,
        overlays: Vec::new(),
        burnt_in: Vec::new(),
    })
}

fn deinterlacer(description: &VideoDescription, warnings: &mut Warnings) -> Option<Deinterlacer> {
    let deinterlacer = description.video_preprocessors.deinterlacer.given()?;
    if let Some(algorithm) = deinterlacer.algorithm {
        warnings.add(format!("Deinterlacer.Algorithm {} is bwdif here", algorithm.name()));
    }
    Some(match (deinterlacer.mode, deinterlacer.control) {
        (Some(DeinterlacerMode::InverseTelecine), _) => Deinterlacer::Telecined,
        (_, Some(DeinterlacerControl::ForceAllFrames)) => Deinterlacer::All,
        (_, Some(DeinterlacerControl::Normal) | None) => Deinterlacer::Interlaced,
    })
}

/// The rate control of a codec's settings, with QVBR's level of quality.
fn rate_control(settings: &dyn GopSettings, level: Option<f64>) -> RateControl {
    let bits = |rate: Option<u32>| rate.map(u64::from).filter(|rate| *rate > 0);
    let max = bits(settings.max_bitrate()).or(bits(settings.bitrate())).unwrap_or(USUAL_BITRATE);
    let bitrate = bits(settings.bitrate()).unwrap_or(max);
    let buffer = |rate: u64| bits(settings.hrd_buffer_size()).unwrap_or(rate * 2);
    match settings.rate_control_mode() {
        Some(RateControlMode::Qvbr) => {
            RateControl::Quality { level: level.unwrap_or(USUAL_LEVEL), max, buffer: buffer(max) }
        }
        Some(RateControlMode::Cbr) => RateControl::Constant { bitrate, buffer: buffer(bitrate) },
        Some(RateControlMode::Vbr) | None => {
            RateControl::Average { bitrate, max: max.max(bitrate), buffer: buffer(max.max(bitrate)) }
        }
    }
}

impl VideoEncoding {
    fn new(codec: Codec) -> Self {
        Self {
            codec,
            control: rate_control(&H264Settings::default(), None),
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
