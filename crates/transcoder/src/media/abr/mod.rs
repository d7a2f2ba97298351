//! Automated ABR: which renditions a source gets, where the settings leave it to the service.
//!
//! Source: the reference of `AutomatedAbrSettings`
//! (<https://docs.aws.amazon.com/mediaconvert/latest/ug/auto-abr.html>). The service looks at the pictures; here size
//! and frame rate decide.

mod expand;
mod rules;
mod sizes;

pub(crate) use expand::expand;

use mediaconvert::settings::AutomatedAbrSettings;

use self::{
    rules::{Requirement, Rules},
    sizes::{Candidate, candidates},
};
use super::{probe::Size, timecode::FrameRate};

/// The largest average bitrate where the settings have none, in bits per second.
const USUAL_MAX: u32 = 8_000_000;
/// The smallest average bitrate where the settings have none, in bits per second.
const USUAL_MIN: u32 = 600_000;
/// The most renditions where the settings have no limit.
const USUAL_COUNT: usize = 15;
/// By how much bitrates of neighbours differ at least, unless both must be there.
const STEP: f64 = 1.35;

/// What the renditions are made from and with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Picture {
    /// The size as a viewer sees it.
    pub(crate) size: Size,
    pub(crate) rate: FrameRate,
    /// The codec of the renditions.
    pub(crate) codec: Efficiency,
}

/// How much a codec makes of its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Efficiency {
    /// H.264.
    Usual,
    /// H.265, AV1 and VP9.
    High,
}

/// One rendition of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rung {
    /// The width in pixels, which is even.
    pub(crate) width: u32,
    /// The height in pixels, which is even.
    pub(crate) height: u32,
    /// The largest bitrate in bits per second.
    pub(crate) bitrate: u32,
}

/// The renditions for a picture, the largest first; at least one, none larger than the picture.
pub(crate) fn ladder(settings: &AutomatedAbrSettings, picture: Picture) -> Vec<Rung> {
    let rules = Rules::new(&settings.rules);
    let max = settings.max_abr_bitrate.filter(|rate| *rate > 0).unwrap_or(USUAL_MAX);
    let min = settings.min_abr_bitrate.filter(|rate| *rate > 0).unwrap_or(USUAL_MIN).min(max);
    let count = settings.max_renditions.and_then(|count| usize::try_from(count).ok()).unwrap_or(USUAL_COUNT).max(1);
    let candidates = candidates(&rules, picture);
    let bitrates = bitrates(&candidates, picture, min, max);
    let mut rungs: Vec<(Candidate, u32)> = candidates.into_iter().zip(bitrates).collect();
    while let Some(at) = superfluous(&rungs, count) {
        rungs.remove(at);
    }
    rungs.into_iter().map(|(Candidate { width, height, .. }, bitrate)| Rung { width, height, bitrate }).collect()
}

/// A bitrate for each size, from the largest allowed down to the smallest, evenly by the logarithm of the area.
fn bitrates(candidates: &[Candidate], picture: Picture, min: u32, max: u32) -> Vec<u32> {
    let (Some(top), Some(bottom)) = (candidates.first(), candidates.last()) else { return Vec::new() };
    let highest = natural(top.area(), picture).clamp(f64::from(min), f64::from(max));
    let lowest = natural(bottom.area(), picture).clamp(f64::from(min), highest);
    let span = (top.area() / bottom.area()).ln();
    let share = |candidate: &Candidate| if span > 0.0 { (candidate.area() / bottom.area()).ln() / span } else { 1.0 };
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
        Efficiency::Usual => 1.0,
        Efficiency::High => 0.65,
    };
    6_000_000.0 * size * rate * codec
}

/// The rendition that is missed least: one more than allowed, or between neighbours that are near each other. The ends
/// are kept as long as there are others.
fn superfluous(rungs: &[(Candidate, u32)], count: usize) -> Option<usize> {
    let ratio = |above: usize, below: usize| f64::from(rungs[above].1) / f64::from(rungs[below].1);
    let gap = |at: &usize| ratio(at - 1, at + 1);
    let inner = (1..rungs.len().saturating_sub(1)).filter(|at| rungs[*at].0.requirement == Requirement::Optional);
    match inner.min_by(|a, b| gap(a).total_cmp(&gap(b))) {
        Some(at) => (rungs.len() > count || gap(&at) < STEP * STEP).then_some(at),
        // Only ends and what must be there: the bottom goes first, the top never.
        None if rungs.len() > count || rungs.len() == 2 && ratio(0, 1) < STEP => {
            (1..rungs.len()).rev().find(|at| rungs[*at].0.requirement == Requirement::Optional)
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn ladder_of(settings: &Value, width: u32, height: u32) -> String {
        let settings: AutomatedAbrSettings = serde_json::from_value(settings.clone()).unwrap();
        let picture = Picture { size: Size { width, height }, rate: FrameRate::whole(30), codec: Efficiency::Usual };
        let rungs = ladder(&settings, picture);
        let texts: Vec<String> =
            rungs.iter().map(|rung| format!("{}x{}@{}k", rung.width, rung.height, rung.bitrate / 1000)).collect();
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
                prop_assert!(rung.width <= width && rung.height <= height, "{:?}", rung);
                prop_assert!(rung.width % 2 == 0 && rung.height % 2 == 0 && rung.width > 0 && rung.height > 0);
                prop_assert!((min..=max).contains(&i64::from(rung.bitrate)), "{:?}", rung);
            }
            for pair in rungs.windows(2) {
                prop_assert!(pair[0].bitrate >= pair[1].bitrate && pair[0].height >= pair[1].height, "{:?}", rungs);
            }
        }
    }
}
