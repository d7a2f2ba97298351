//! The ladder: which renditions a video is encoded to, and the grid that they share.

use pipeline::settings::Tier;

/// The length of a group of pictures in seconds: how often a player can join or switch.
pub const GOP_SECONDS: u32 = 2;
/// The length of a fragment inside a segment in seconds: one group of pictures.
pub const FRAGMENT_SECONDS: u32 = GOP_SECONDS;
/// The length of a segment in seconds (Apple's authoring specification for HLS, 7.5, asks for 6).
pub const SEGMENT_SECONDS: u32 = 3 * GOP_SECONDS;
/// The bitrate of audio that stands by itself, in bits a second.
pub const AUDIO_BITRATE: u32 = 128_000;

/// One rung of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rendition {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// The most that its video takes, in bits a second.
    pub max_bitrate: u32,
    /// The quality that its video aims at (`QvbrQualityLevel`, 1 to 10).
    pub quality: u8,
    /// What its audio takes where it is inside, in bits a second.
    pub audio_bitrate: u32,
}

/// Every rendition, the largest first.
pub const RENDITIONS: [Rendition; 7] = [
    rendition(3840, 2160, 15_000, 9, 128),
    rendition(1920, 1080, 8_500, 8, 128),
    rendition(1280, 720, 6_000, 8, 128),
    rendition(1280, 720, 5_000, 8, 128),
    rendition(960, 540, 3_500, 7, 96),
    rendition(640, 360, 1_500, 7, 96),
    rendition(480, 270, 400, 7, 96),
];

const fn rendition(width: u32, height: u32, max_kbps: u32, quality: u8, audio_kbps: u32) -> Rendition {
    Rendition { width, height, max_bitrate: max_kbps * 1_000, quality, audio_bitrate: audio_kbps * 1_000 }
}

impl Rendition {
    /// What is added to the name of its files, such as `_720p_5000k`.
    #[must_use]
    pub fn name_modifier(&self) -> String {
        format!("_{}p_{}k", self.height, self.max_bitrate / 1_000)
    }
}

/// The renditions of a tier, the largest first: its own height and everything below.
pub fn renditions(tier: Tier) -> impl Iterator<Item = &'static Rendition> {
    RENDITIONS.iter().filter(move |rendition| rendition.height <= tier.height())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_ladder_descends() {
        for pair in RENDITIONS.windows(2) {
            assert!(pair[0].height >= pair[1].height && pair[0].quality >= pair[1].quality, "{pair:?}");
            assert!(
                pair[0].max_bitrate > pair[1].max_bitrate && pair[0].audio_bitrate >= pair[1].audio_bitrate,
                "{pair:?}"
            );
        }
        let names: BTreeSet<_> = RENDITIONS.iter().map(Rendition::name_modifier).collect();
        assert_eq!(names.len(), RENDITIONS.len());
    }

    #[test]
    fn each_rendition_is_wide_and_even() {
        for Rendition { width, height, .. } in RENDITIONS {
            assert_eq!(width * 9, height * 16);
            assert_eq!((width % 2, height % 2), (0, 0));
        }
    }

    #[test]
    fn each_tier_begins_at_its_own_height() {
        for (tier, count) in [(Tier::P2160, 7), (Tier::P1080, 6), (Tier::P720, 5)] {
            let found: Vec<_> = renditions(tier).collect();
            assert_eq!((found.len(), found[0].height, found[0].width), (count, tier.height(), tier.width()));
        }
    }
}
