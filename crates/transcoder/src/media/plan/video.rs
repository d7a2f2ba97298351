//! What a rendition's video is encoded to: its size, its key frames, its codec.
//!
//! Source: the references of `VideoDescription` (`Width`, `Height`, `ScalingBehavior`), of codec settings (`GopSize`,
//! `GopSizeUnits`) and of groups (`SegmentLengthControl`).

use mediaconvert::{
    Choice,
    settings::{
        Av1BitDepth, DeinterlacerControl, DeinterlacerMode, FramerateControl, FramerateConversionAlgorithm,
        GopSettings, GopSizeUnits, H264CodecProfile, H264Settings, InterlaceMode, QualityTuningLevel, RateControlMode,
        ScalingBehavior, SceneChangeDetect, SegmentLengthControl, Toggle, VideoCodec, VideoDescription,
    },
};

use super::{BurntIn, warnings::Warnings};
use crate::media::{overlay::Overlay, probe::Size, timecode::FrameRate};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rendition {
    pub(crate) frame: Frame,
    pub(crate) rate: FrameRate,
    pub(crate) deinterlacer: Option<Deinterlacer>,
    pub(crate) key_frames: KeyFrames,
    pub(crate) encoding: VideoEncoding,
    pub(crate) overlays: Vec<Overlay>,
    pub(crate) burnt_in: Vec<BurntIn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deinterlacer {
    /// All become progressive, even those that say they are.
    All,
    /// Those become progressive that say they are interlaced.
    Interlaced,
    /// The film's own pictures are put together again.
    Telecined,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VideoEncoding {
    pub(crate) codec: Codec,
    pub(crate) control: RateControl,
    pub(crate) profile: Option<H264CodecProfile>,
    pub(crate) chroma: Chroma,
    /// The level such as `4.1`.
    pub(crate) level: Option<String>,
    /// Bits of a sample: 8 or 10.
    pub(crate) depth: u8,
    pub(crate) b_frames: Option<u32>,
    pub(crate) references: Option<u32>,
    /// Whether there is a whole picture where the scene changes, which is no key frame off the grid.
    pub(crate) scene_cuts: bool,
    pub(crate) tuning: QualityTuningLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chroma {
    Yuv420,
    Yuv422,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    H264,
    H265,
    Av1,
    Vp9,
}

/// How bits are spent, in bits per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RateControl {
    pub(crate) target: Target,
    pub(crate) max: u64,
    /// The decoder's buffer in bits.
    pub(crate) buffer: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// QVBR: from 1, poor, to 10, as good as can be seen.
    Quality(f64),
    /// VBR.
    Average(u64),
    /// CBR.
    Constant(u64),
}

/// The source's video as it comes to a rendition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture {
    /// Upright, with square pixels.
    pub(super) size: Size,
    pub(super) rate: FrameRate,
}

/// QVBR's quality level where the settings leave it to the service.
const DEFAULT_QUALITY: f64 = 7.0;
/// The bitrate where the settings have none at all, in bits per second.
const DEFAULT_BITRATE: u64 = 5_000_000;

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
    let mpeg = |codec, profile: Option<&'static str>, level: Option<&str>, tuning: Option<_>| VideoEncoding {
        chroma: if profile.is_some_and(|profile| profile.contains("422")) { Chroma::Yuv422 } else { Chroma::Yuv420 },
        // `LEVEL_4_1` → `4.1`.
        level: level.and_then(|level| Some(level.strip_prefix("LEVEL_")?.replace('_', "."))),
        depth: if profile.is_some_and(|profile| profile.contains("10")) { 10 } else { 8 },
        tuning: tuning.unwrap_or(QualityTuningLevel::SinglePassHq),
        ..VideoEncoding::new(codec)
    };
    let quality = |level: Option<u32>, fine: Option<f64>| Some(f64::from(level?) + fine.unwrap_or(0.0));
    let (mut encoding, gop, level): (_, &dyn GopSettings, _) = match settings.codec? {
        VideoCodec::H264 => {
            let (profile, level) = (h264.codec_profile.map(Choice::name), h264.codec_level.map(Choice::name));
            let qvbr = &h264.qvbr_settings;
            let encoding = mpeg(Codec::H264, profile, level, h264.quality_tuning_level);
            let encoding = VideoEncoding { profile: h264.codec_profile, ..encoding };
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
        encoding.scene_cuts = gop.scene_change_detect().is_some_and(|detect| detect != SceneChangeDetect::Disabled);
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
    let scaling = description.scaling_behavior.unwrap_or(ScalingBehavior::Default);
    Some(Rendition {
        frame: frame(picture.size, description.width, description.height, scaling),
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
    let max = bits(settings.max_bitrate()).or(bits(settings.bitrate())).unwrap_or(DEFAULT_BITRATE);
    let bitrate = bits(settings.bitrate()).unwrap_or(max);
    let (target, max) = match settings.rate_control_mode() {
        Some(RateControlMode::Qvbr) => (Target::Quality(level.unwrap_or(DEFAULT_QUALITY)), max),
        Some(RateControlMode::Cbr) => (Target::Constant(bitrate), bitrate),
        Some(RateControlMode::Vbr) | None => (Target::Average(bitrate), max.max(bitrate)),
    };
    RateControl { target, max, buffer: bits(settings.hrd_buffer_size()).unwrap_or(max * 2) }
}

impl VideoEncoding {
    fn new(codec: Codec) -> Self {
        Self {
            codec,
            control: rate_control(&H264Settings::default(), None),
            profile: None,
            chroma: Chroma::Yuv420,
            level: None,
            depth: 8,
            b_frames: None,
            references: None,
            scene_cuts: false,
            tuning: QualityTuningLevel::SinglePassHq,
        }
    }
}

/// The way from a source's picture to a rendition's: scaled, then padded or cropped to the size where that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) scaled: Size,
    /// What the rendition has: larger than `scaled` means black bars, smaller means cutting off.
    pub(crate) size: Size,
}

/// The frame for a picture of this size, which is upright and has square pixels.
fn frame(picture: Size, width: Option<u32>, height: Option<u32>, scaling: ScalingBehavior) -> Frame {
    let aspect = f64::from(picture.width) / f64::from(picture.height);
    let size = match (width, height) {
        (Some(width), Some(height)) => return both(picture, Size { width, height }, scaling),
        (Some(width), None) => Size { width, height: even(f64::from(width) / aspect) },
        (None, Some(height)) => Size { width: even(f64::from(height) * aspect), height },
        (None, None) => picture,
    };
    let size = match scaling {
        ScalingBehavior::FitNoUpscale if size.width > picture.width => picture,
        _ => size,
    };
    Frame { scaled: size, size }.even()
}

fn both(picture: Size, size: Size, scaling: ScalingBehavior) -> Frame {
    let across = f64::from(size.width) / f64::from(picture.width);
    let down = f64::from(size.height) / f64::from(picture.height);
    let by = |factor: f64| Size {
        width: even(f64::from(picture.width) * factor),
        height: even(f64::from(picture.height) * factor),
    };
    // Rounding up to an even number must not leave the frame.
    let within = |scaled: Size| Size { width: scaled.width.min(size.width), height: scaled.height.min(size.height) };
    let scaled = match scaling {
        ScalingBehavior::StretchToOutput => size,
        ScalingBehavior::Default | ScalingBehavior::Fit => within(by(across.min(down))),
        ScalingBehavior::FitNoUpscale => within(by(across.min(down).min(1.0))),
        ScalingBehavior::Fill | ScalingBehavior::SmartCrop => {
            let large = by(across.max(down));
            Size { width: large.width.max(size.width), height: large.height.max(size.height) }
        }
    };
    let is_fitted = matches!(scaling, ScalingBehavior::Fit | ScalingBehavior::FitNoUpscale);
    Frame { scaled, size: if is_fitted { scaled } else { size } }.even()
}

impl Frame {
    fn even(self) -> Self {
        let even = |size: Size| Size { width: (size.width & !1).max(2), height: (size.height & !1).max(2) };
        Self { scaled: even(self.scaled), size: even(self.size) }
    }
}

/// The nearest even number of pixels: the encoders' colours are sampled for two pixels at once.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a frame can be")]
fn even(pixels: f64) -> u32 {
    ((pixels / 2.0).round().clamp(1.0, 16_384.0) as u32) * 2
}

/// How long a group of pictures is when the settings leave it to the service, in seconds.
const DEFAULT_GOP: f64 = 2.0;

#[derive(Debug, Clone, Copy, PartialEq)]
enum GopLength {
    Frames(f64),
    Seconds(f64),
    /// What suits the segments.
    Automatic,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Segments {
    /// The length of a segment, in seconds.
    pub(crate) length: f64,
    /// The length of the fragments that it consists of, in seconds.
    pub(crate) fragment: f64,
    pub(crate) control: SegmentLengthControl,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct KeyFrames {
    /// One every so many frames.
    pub(crate) every: u32,
    /// One at each multiple of so many frames as well, which need not be whole.
    pub(crate) also_every: Option<f64>,
}

impl KeyFrames {
    fn new(gop: GopLength, rate: FrameRate, segments: Option<Segments>) -> Self {
        let frames = |seconds: f64| whole(seconds * rate.per_second());
        let every = match (gop, segments) {
            (GopLength::Frames(count), _) => whole(count),
            (GopLength::Seconds(length), _) => frames(length),
            (GopLength::Automatic, Some(Segments { length, .. })) => frames(length / (length / DEFAULT_GOP).ceil()),
            (GopLength::Automatic, None) => frames(DEFAULT_GOP),
        };
        let exact = segments
            .filter(|segments| segments.control == SegmentLengthControl::Exact)
            .map(|segments| segments.length * rate.per_second());
        // Whether key frames are where segments begin.
        let aligned = |grid: f64| (grid / f64::from(every)).fract().min(1.0 - (grid / f64::from(every)).fract()) < 1e-9;
        Self { every, also_every: exact.filter(|grid| !aligned(*grid)) }
    }

    /// How long a segment really becomes, in seconds.
    pub(super) fn segment_length(self, rate: FrameRate, segments: Segments) -> f64 {
        let gop = f64::from(self.every) / rate.per_second();
        match segments.control {
            SegmentLengthControl::Exact => segments.length,
            SegmentLengthControl::GopMultiple | SegmentLengthControl::Match => {
                (segments.length / gop - 0.01).ceil().max(1.0) * gop
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a group of pictures can be"
)]
fn whole(frames: f64) -> u32 {
    frames.round().clamp(1.0, 100_000.0) as u32
}

#[cfg(test)]
mod tests {
    use mediaconvert::settings::ScalingBehavior::{self, Default, Fill, Fit, FitNoUpscale, StretchToOutput};
    use mediaconvert::settings::SegmentLengthControl::{Exact, GopMultiple};

    use super::*;
    use crate::media::probe::Ratio;

    #[test]
    fn follows_the_scaling_behaviour() {
        type Row = ((u32, u32), (Option<u32>, Option<u32>), ScalingBehavior, (u32, u32), (u32, u32));
        let table: &[Row] = &[
            // picture, width and height wanted, scaling -> scaled, size
            ((1920, 1080), (None, None), Default, (1920, 1080), (1920, 1080)),
            ((1921, 1081), (None, None), Default, (1920, 1080), (1920, 1080)),
            ((1920, 1080), (Some(1280), None), Default, (1280, 720), (1280, 720)),
            ((1080, 1920), (None, Some(640)), Default, (360, 640), (360, 640)),
            ((1920, 1080), (Some(1280), Some(720)), Default, (1280, 720), (1280, 720)),
            ((1440, 1080), (Some(1280), Some(720)), Default, (960, 720), (1280, 720)),
            ((1440, 1080), (Some(1280), Some(720)), Fit, (960, 720), (960, 720)),
            ((1440, 1080), (Some(1280), Some(720)), StretchToOutput, (1280, 720), (1280, 720)),
            ((1440, 1080), (Some(1280), Some(720)), Fill, (1280, 960), (1280, 720)),
            ((640, 480), (Some(1280), Some(720)), Fit, (960, 720), (960, 720)),
            ((640, 480), (Some(1280), Some(720)), FitNoUpscale, (640, 480), (640, 480)),
            ((640, 480), (None, Some(720)), FitNoUpscale, (640, 480), (640, 480)),
            ((1080, 1920), (Some(640), Some(360)), Default, (202, 360), (640, 360)),
            ((1999, 1125), (Some(640), Some(360)), Default, (640, 360), (640, 360)),
        ];
        for &(picture, (width, height), scaling, scaled, size) in table {
            let of = |(width, height)| Size { width, height };
            let expected = Frame { scaled: of(scaled), size: of(size) };
            assert_eq!(frame(of(picture), width, height, scaling), expected, "{picture:?} {scaling}");
        }
    }

    const NTSC: FrameRate = FrameRate(Ratio { numerator: 30_000, denominator: 1001 });
    const PAL: FrameRate = FrameRate::whole(25);

    type Row = (GopLength, FrameRate, Option<Segments>, u32, Option<f64>, f64);

    #[test]
    fn key_frames_are_on_a_grid() {
        let of = |length, control| Some(Segments { length, fragment: length, control });
        let table: [Row; 8] = [
            (GopLength::Seconds(2.0), PAL, of(6.0, GopMultiple), 50, None, 6.0),
            (GopLength::Seconds(2.0), NTSC, of(6.0, GopMultiple), 60, None, 6.006),
            (GopLength::Frames(90.0), PAL, of(6.0, GopMultiple), 90, None, 7.2),
            (GopLength::Frames(90.0), PAL, of(6.0, Exact), 90, Some(150.0), 6.0),
            (GopLength::Seconds(3.0), PAL, of(6.0, Exact), 75, None, 6.0),
            (GopLength::Seconds(12.0), PAL, of(6.0, GopMultiple), 300, None, 12.0),
            (GopLength::Automatic, PAL, of(5.0, GopMultiple), 42, None, 5.04),
            (GopLength::Automatic, PAL, None, 50, None, 0.0),
        ];
        for (gop, rate, segments, every, also_every, length) in table {
            let key_frames = KeyFrames::new(gop, rate, segments);
            assert_eq!(key_frames, KeyFrames { every, also_every }, "{gop:?} {segments:?}");
            let found = segments.map_or(0.0, |segments| key_frames.segment_length(rate, segments));
            assert!((found - length).abs() < 1e-3, "{gop:?} {segments:?}: {found}");
        }
    }
}
