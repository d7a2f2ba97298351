//! Automated ABR: which renditions a source gets, where the settings leave it to the service.
//!
//! Source: the reference of `AutomatedAbrSettings`
//! (<https://docs.aws.amazon.com/mediaconvert/latest/ug/auto-abr.html>). The service looks at the pictures; here size
//! and frame rate decide.

use mediaconvert::settings::{
    AutomatedAbrRule, AutomatedAbrSettings, Av1QvbrSettings, JobSettings, QvbrSettings, Toggle, VideoCodec,
    VideoCodecSettings,
};

use super::{as_f64, probe::Size, timecode::FrameRate};

/// The largest average bitrate where the settings have none, in bits per second.
const DEFAULT_MAX: u32 = 8_000_000;
/// The smallest average bitrate where the settings have none, in bits per second.
const DEFAULT_MIN: u32 = 600_000;
/// The most renditions where the settings have no limit.
const DEFAULT_COUNT: usize = 15;
/// By how much bitrates of neighbours differ at least, unless both must be there.
const STEP: f64 = 1.35;

/// What the renditions are made from and with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Picture {
    /// The size as a viewer sees it.
    pub(crate) size: Size,
    pub(crate) rate: FrameRate,
    pub(crate) codec: Efficiency,
}

/// How much a codec makes of its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Efficiency {
    /// H.264.
    Standard,
    /// H.265, AV1 and VP9.
    High,
}

/// One rendition of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rung {
    /// Both sides are even.
    pub(crate) size: Size,
    /// The largest bitrate in bits per second.
    pub(crate) bitrate: u32,
}

/// The renditions for a picture, the largest first; at least one, none larger than the picture.
pub(crate) fn ladder(settings: &AutomatedAbrSettings, picture: Picture) -> Vec<Rung> {
    let rules = Rules::new(&settings.rules);
    let max = settings.max_abr_bitrate.filter(|rate| *rate > 0).unwrap_or(DEFAULT_MAX);
    let min = settings.min_abr_bitrate.filter(|rate| *rate > 0).unwrap_or(DEFAULT_MIN).min(max);
    let count = settings.max_renditions.and_then(|count| usize::try_from(count).ok()).unwrap_or(DEFAULT_COUNT).max(1);
    let candidates = candidates(&rules, picture);
    let bitrates = bitrates(&candidates, picture, min, max);
    let mut rungs: Vec<(Candidate, u32)> = candidates.into_iter().zip(bitrates).collect();
    while let Some(at) = superfluous(&rungs, count) {
        rungs.remove(at);
    }
    rungs.into_iter().map(|(candidate, bitrate)| Rung { size: candidate.size, bitrate }).collect()
}

/// A bitrate for each size, from the largest allowed down to the smallest, evenly by the logarithm of the area.
fn bitrates(candidates: &[Candidate], picture: Picture, min: u32, max: u32) -> Vec<u32> {
    let area = |candidate: &Candidate| as_f64(candidate.size.pixels());
    let (Some(top), Some(bottom)) = (candidates.first().map(area), candidates.last().map(area)) else {
        return Vec::new();
    };
    let highest = natural(top, picture).clamp(f64::from(min), f64::from(max));
    let lowest = natural(bottom, picture).clamp(f64::from(min), highest);
    let span = (top / bottom).ln();
    let share = |candidate: &Candidate| if span > 0.0 { (area(candidate) / bottom).ln() / span } else { 1.0 };
    let rate = |candidate: &Candidate| lowest * (highest / lowest).powf(share(candidate));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between the two bounds")]
    candidates.iter().map(|candidate| (rate(candidate).floor() as u32).clamp(min, max)).collect()
}

/// What suits a picture of this area in H.264 at 30 frames per second, in bits per second: 6 Mb/s for 1080p, and for
/// other sizes, rates and codecs what experience makes of it.
fn natural(area: f64, picture: Picture) -> f64 {
    const FULL_HD: f64 = 1920.0 * 1080.0;
    let size = (area / FULL_HD).powf(0.8);
    let rate = (picture.rate.per_second() / 30.0).clamp(0.5, 4.0).powf(0.6);
    let codec = match picture.codec {
        Efficiency::Standard => 1.0,
        Efficiency::High => 0.65,
    };
    6_000_000.0 * size * rate * codec
}

/// The rendition that is missed least: one more than allowed, or between neighbours that are near each other. The ends
/// are kept as long as there are others.
fn superfluous(rungs: &[(Candidate, u32)], count: usize) -> Option<usize> {
    let ratio = |above: usize, below: usize| f64::from(rungs[above].1) / f64::from(rungs[below].1);
    let gap = |at: &usize| ratio(at - 1, at + 1);
    let inner = (1..rungs.len().saturating_sub(1)).filter(|at| !rungs[*at].0.is_required);
    match inner.min_by(|a, b| gap(a).total_cmp(&gap(b))) {
        Some(at) => (rungs.len() > count || gap(&at) < STEP * STEP).then_some(at),
        // Only ends and what must be there: the bottom goes first, the top never.
        None if rungs.len() > count || rungs.len() == 2 && ratio(0, 1) < STEP => {
            (1..rungs.len()).rev().find(|at| !rungs[*at].0.is_required)
        }
        None => None,
    }
}

/// The settings with one output for each rendition in the place of an output of a group with automated ABR; outputs
/// without video stay as they are. `picture` is the source's; its codec is that of each output.
pub(crate) fn expand(settings: &mut JobSettings, picture: Picture) {
    for group in &mut settings.output_groups {
        let Some(automated) = group.automated_encoding_settings.abr_settings.given() else { continue };
        let expanded = std::mem::take(&mut group.outputs).into_iter().flat_map(|output| {
            let codec = match output.video_description.codec_settings.codec {
                None | Some(VideoCodec::FrameCapture) => return vec![output],
                Some(VideoCodec::H265 | VideoCodec::Av1 | VideoCodec::Vp9) => Efficiency::High,
                Some(_) => Efficiency::Standard,
            };
            let rungs = ladder(automated, Picture { codec, ..picture }).into_iter().map(|Rung { size, bitrate }| {
                let mut output = output.clone();
                let modifier = output.name_modifier.unwrap_or_default();
                output.name_modifier = Some(format!("{modifier}_{}x{}", size.width, size.height));
                if let Some(video) = output.video_description.given_mut() {
                    (video.width, video.height) = (Some(size.width), Some(size.height));
                    if let Some(codec) = video.codec_settings.given_mut() {
                        limit(codec, bitrate, automated.max_quality_level);
                    }
                }
                output
            });
            rungs.collect()
        });
        group.outputs = expanded.collect();
    }
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
            av1.qvbr_settings =
                Av1QvbrSettings { qvbr_quality_level: level, qvbr_quality_level_fine_tune: fine }.into();
        }
    }
    if let Some(vp9) = codec.vp9_settings.given_mut() {
        vp9.max_bitrate = Some(bitrate);
    }
}

/// What the rules of a group ask for. Sizes are compared by their area, so that a rule for landscape also fits portrait.
#[derive(Debug, Default)]
struct Rules {
    /// The smallest area of the smallest rendition.
    min_bottom: u64,
    /// The smallest area of the largest rendition.
    min_top: u64,
    /// Sizes that must be there besides others.
    forced: Vec<Size>,
    /// The only sizes that may be there, if any is named.
    allowed: Vec<Candidate>,
}

impl Rules {
    fn new(settings: &[AutomatedAbrRule]) -> Self {
        let mut rules = Self::default();
        for rule in settings {
            let (bottom, top) = (&rule.min_bottom_rendition_size, &rule.min_top_rendition_size);
            rules.min_bottom = size(bottom.width, bottom.height).map_or(rules.min_bottom, Size::pixels);
            rules.min_top = size(top.width, top.height).map_or(rules.min_top, Size::pixels);
            let forced = rule.force_include_renditions.iter();
            rules.forced.extend(forced.filter_map(|forced| size(forced.width, forced.height)));
            rules.allowed.extend(rule.allowed_renditions.iter().filter_map(|allowed| {
                let size = even(size(allowed.width, allowed.height)?);
                Some(Candidate { size, is_required: allowed.required == Some(Toggle::Enabled) })
            }));
        }
        rules
    }
}

fn size(width: Option<u32>, height: Option<u32>) -> Option<Size> {
    Some(Size { width: width.filter(|width| *width > 1)?, height: height.filter(|height| *height > 1)? })
}

/// The shorter sides of usual renditions, in pixels.
const SHORT_SIDES: [u32; 10] = [2160, 1440, 1080, 720, 540, 432, 360, 270, 234, 180];

/// A size that may be in the ladder, and whether it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Candidate {
    size: Size,
    is_required: bool,
}

/// The sizes for a picture, the largest first; at least one, none larger than the picture, no size twice.
fn candidates(rules: &Rules, picture: Picture) -> Vec<Candidate> {
    let Size { width, height } = picture.size;
    let own = Candidate { size: even(picture.size), is_required: false };
    let mut list = rules.allowed.clone();
    if list.is_empty() {
        // The sizes with usual shorter sides and the picture's shape.
        let (short, long) = (width.min(height), width.max(height));
        let usual = SHORT_SIDES.into_iter().filter(|side| *side < short).filter_map(|side| {
            let other = (u64::from(long) * u64::from(side) + u64::from(short) / 2) / u64::from(short);
            let other = u32::try_from(other).ok()?;
            let (width, height) = if width < height { (side, other) } else { (other, side) };
            Some(Candidate { size: even(Size { width, height }), is_required: false })
        });
        list.extend(std::iter::once(own).chain(usual));
        list.extend(rules.forced.iter().map(|size| Candidate { size: even(*size), is_required: true }));
    }
    list.retain(|candidate| candidate.size.width <= width.max(2) && candidate.size.height <= height.max(2));
    // What must be there goes before the same size that need not.
    list.sort_by_key(|Candidate { size, is_required }| std::cmp::Reverse((size.pixels(), size.height, *is_required)));
    list.dedup_by_key(|candidate| candidate.size);
    // The largest stays in any case.
    let top = list.first().copied();
    list.retain(|candidate| {
        candidate.is_required || Some(*candidate) == top || candidate.size.pixels() >= rules.min_bottom
    });
    // A largest rendition that is too small would be one of a list without the picture's own size.
    if rules.allowed.is_empty()
        && list.first().is_none_or(|top| top.size.pixels() < rules.min_top)
        && !list.contains(&own)
    {
        list.insert(0, own);
    }
    if list.is_empty() {
        list.push(own);
    }
    // Players could not put sizes in order that are higher than a larger one.
    let mut lowest = u32::MAX;
    list.retain(|candidate| {
        let fits = candidate.size.height <= lowest || candidate.is_required;
        if fits {
            lowest = lowest.min(candidate.size.height);
        }
        fits
    });
    list
}

fn even(Size { width, height }: Size) -> Size {
    Size { width: (width & !1).max(2), height: (height & !1).max(2) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn ladder_of(settings: &Value, width: u32, height: u32) -> String {
        let settings: AutomatedAbrSettings = serde_json::from_value(settings.clone()).unwrap();
        let picture = Picture { size: Size { width, height }, rate: FrameRate::whole(30), codec: Efficiency::Standard };
        let rungs = ladder(&settings, picture);
        let texts: Vec<String> = rungs
            .iter()
            .map(|rung| format!("{}x{}@{}k", rung.size.width, rung.size.height, rung.bitrate / 1000))
            .collect();
        texts.join(" ")
    }

    #[test]
    fn ladders() {
        let size = |width: u32, height: u32| json!({"Width": width, "Height": height});
        let rule = |kind: &str, member: &str, value: Value| json!({"Rules": [{"Type": kind, member: value}]});
        let table = [
            (json!({}), 1920, 1080),
            (json!({}), 1080, 1920),
            (json!({}), 3840, 2160),
            (json!({}), 320, 180),
            (json!({}), 2048, 858),
            (json!({"MaxRenditions": 3}), 1920, 1080),
            (json!({"MaxAbrBitrate": 2_000_000, "MinAbrBitrate": 1_000_000}), 1920, 1080),
            (rule("MIN_BOTTOM_RENDITION_SIZE", "MinBottomRenditionSize", size(960, 540)), 1920, 1080),
            (rule("MIN_TOP_RENDITION_SIZE", "MinTopRenditionSize", size(1280, 720)), 1920, 1080),
            (
                rule("FORCE_INCLUDE_RENDITIONS", "ForceIncludeRenditions", json!([size(1000, 600), size(4000, 3000)])),
                1920,
                1080,
            ),
            (
                rule(
                    "ALLOWED_RENDITIONS",
                    "AllowedRenditions",
                    json!([
                        {"Width": 1280, "Height": 720}, {"Width": 1270, "Height": 716, "Required": "ENABLED"},
                        {"Width": 640, "Height": 360}, {"Width": 636, "Height": 360}, {"Width": 3840, "Height": 2160},
                    ]),
                ),
                1920,
                1080,
            ),
        ];
        let found: Vec<String> = table
            .iter()
            .map(|(settings, width, height)| {
                format!("{width}x{height} {settings}: {}", ladder_of(settings, *width, *height))
            })
            .collect();
        insta::assert_debug_snapshot!(found, @r#"
        [
            "1920x1080 {}: 1920x1080@6000k 1280x720@3563k 960x540@2462k 640x360@1462k 480x270@1010k 320x180@600k",
            "1080x1920 {}: 1080x1920@6000k 720x1280@3563k 540x960@2462k 360x640@1462k 270x480@1010k 180x320@600k",
            "3840x2160 {}: 3840x2160@8000k 2560x1440@5242k 1920x1080@3884k 1280x720@2545k 960x540@1885k 640x360@1235k 480x270@915k 320x180@600k",
            "320x180 {}: 320x180@600k",
            "2048x858 {}: 2048x858@5255k 1718x720@4117k 1288x540@2759k 858x360@1569k 644x270@1053k 430x180@600k",
            "1920x1080 {\"MaxRenditions\":3}: 1920x1080@6000k 640x360@1462k 320x180@600k",
            "1920x1080 {\"MaxAbrBitrate\":2000000,\"MinAbrBitrate\":1000000}: 1920x1080@2000k 960x540@1529k 320x180@1000k",
            "1920x1080 {\"Rules\":[{\"Type\":\"MIN_BOTTOM_RENDITION_SIZE\",\"MinBottomRenditionSize\":{\"Width\":960,\"Height\":540}}]}: 1920x1080@6000k 1280x720@3136k 960x540@1979k",
            "1920x1080 {\"Rules\":[{\"Type\":\"MIN_TOP_RENDITION_SIZE\",\"MinTopRenditionSize\":{\"Width\":1280,\"Height\":720}}]}: 1920x1080@6000k 1280x720@3563k 960x540@2462k 640x360@1462k 480x270@1010k 320x180@600k",
            "1920x1080 {\"Rules\":[{\"Type\":\"FORCE_INCLUDE_RENDITIONS\",\"ForceIncludeRenditions\":[{\"Width\":1000,\"Height\":600},{\"Width\":4000,\"Height\":3000}]}]}: 1920x1080@6000k 1280x720@3563k 1000x600@2704k 768x432@1848k 640x360@1462k 480x270@1010k 320x180@600k",
            "1920x1080 {\"Rules\":[{\"Type\":\"ALLOWED_RENDITIONS\",\"AllowedRenditions\":[{\"Width\":1280,\"Height\":720},{\"Width\":1270,\"Height\":716,\"Required\":\"ENABLED\"},{\"Width\":640,\"Height\":360},{\"Width\":636,\"Height\":360},{\"Width\":3840,\"Height\":2160}]}]}: 1280x720@3136k 1270x716@3102k 640x360@1034k 636x360@1029k",
        ]
        "#);
    }

    proptest! {
        #[test]
        fn ladders_keep_to_their_bounds(
            width in 16_u32..4097,
            height in 16_u32..4097,
            rate in 1000_u32..120_000,
            bounds in (100_000_i64..20_000_000, 100_000_i64..20_000_000),
            count in 3_i64..15,
        ) {
            let (min, max) = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
            let settings: AutomatedAbrSettings = serde_json::from_value(
                json!({"MaxAbrBitrate": max, "MinAbrBitrate": min, "MaxRenditions": count})
            ).unwrap();
            let (size, rate) = (Size { width, height }, FrameRate::new(rate, 1000).unwrap());
            let rungs = ladder(&settings, Picture { size, rate, codec: Efficiency::High });
            prop_assert!(!rungs.is_empty() && i64::try_from(rungs.len()).unwrap() <= count);
            for rung in &rungs {
                let size = rung.size;
                prop_assert!(size.width <= width && size.height <= height, "{:?}", rung);
                prop_assert!(size.width % 2 == 0 && size.height % 2 == 0 && size.width > 0 && size.height > 0);
                prop_assert!((min..=max).contains(&i64::from(rung.bitrate)), "{:?}", rung);
            }
            for pair in rungs.windows(2) {
                prop_assert!(pair[0].bitrate >= pair[1].bitrate && pair[0].size.height >= pair[1].size.height, "{:?}", rungs);
            }
        }
    }

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
            Picture {
                size: Size { width: 1280, height: 720 },
                rate: FrameRate::whole(25),
                codec: Efficiency::Standard,
            },
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
