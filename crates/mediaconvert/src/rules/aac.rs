//! The bitrates of AAC.
//!
//! Source: "AAC output reference tables", constant bitrate: which bitrates there are at all, and which of them AAC-LC
//! takes in mono and stereo at each sample rate. Other profiles and layouts are judged by the first list only.

use super::{Media, Report};
use crate::problem::{Path, Rule};
use crate::settings::{AacCodecProfile, AacCodingMode, AacSettings, RateMode};

/// Every bitrate of AAC, in bits a second.
const BITRATES: [u32; 32] = [
    6_000, 8_000, 10_000, 12_000, 14_000, 16_000, 20_000, 24_000, 28_000, 32_000, 40_000, 48_000, 56_000, 64_000,
    80_000, 96_000, 112_000, 128_000, 160_000, 192_000, 224_000, 256_000, 288_000, 320_000, 384_000, 448_000, 512_000,
    576_000, 640_000, 768_000, 896_000, 1_024_000,
];

/// AAC-LC: sample rate in Hz, the least and the greatest bitrate in mono, and in stereo.
const LC: [(u32, [u32; 2], [u32; 2]); 10] = [
    (8_000, [8_000, 14_000], [16_000, 20_000]),
    (12_000, [8_000, 14_000], [16_000, 20_000]),
    (16_000, [8_000, 28_000], [16_000, 32_000]),
    (22_050, [24_000, 28_000], [32_000, 32_000]),
    (24_000, [24_000, 28_000], [32_000, 32_000]),
    (32_000, [32_000, 192_000], [40_000, 384_000]),
    (44_100, [56_000, 256_000], [64_000, 512_000]),
    (48_000, [56_000, 288_000], [64_000, 576_000]),
    (88_200, [288_000, 288_000], [576_000, 576_000]),
    (96_000, [128_000, 288_000], [256_000, 576_000]),
];

pub(super) fn check(media: &Media<'_>, path: &Path<'_>, report: &mut Report) {
    for (at, audio) in media.audio.iter().enumerate() {
        if let Some((member, says)) = fault(&audio.codec_settings.aac_settings) {
            let place = format!("AudioDescriptions[{at}].CodecSettings.AacSettings.{member}");
            report.add(Rule::AacBitrate, path, &place, says);
        }
    }
}

fn fault(aac: &AacSettings) -> Option<(&'static str, String)> {
    if aac.rate_control_mode == Some(RateMode::Vbr) {
        return None;
    }
    let bitrate = aac.bitrate?;
    if !BITRATES.contains(&bitrate) {
        let near = BITRATES.iter().min_by_key(|known| known.abs_diff(bitrate)).unwrap_or(&bitrate);
        return Some(("Bitrate", format!("AAC has no bitrate of {bitrate}; the nearest is {near}")));
    }
    if aac.codec_profile.is_some_and(|profile| profile != AacCodecProfile::Lc) {
        return None;
    }
    let rate = aac.sample_rate?;
    let Some((_, mono, stereo)) = LC.iter().find(|(known, ..)| *known == rate) else {
        let known: Vec<_> = LC.iter().map(|(known, ..)| known.to_string()).collect();
        return Some(("SampleRate", format!("AAC-LC has no sample rate of {rate}, only {}", known.join(", "))));
    };
    let (layout, [min, max]) = match aac.coding_mode? {
        AacCodingMode::CodingMode1_0 => ("mono", mono),
        AacCodingMode::CodingMode2_0 => ("stereo", stereo),
        _ => return None,
    };
    let fits = (*min..=*max).contains(&bitrate);
    (!fits).then(|| ("Bitrate", format!("AAC-LC in {layout} at {rate} Hz takes {min} to {max} bit/s, not {bitrate}")))
}
