//! The codecs' own configuration records, which MP4 and Matroska both carry.

use mp4_atom::{Atom, Av1c, Avcc, Hvcc, VpcC};
use pipeline::mediainfo::Video;

use super::parameter_sets::{self, avc_profile, color_space, hevc_profile, level_text};

/// The NAL unit type of HEVC's sequence parameter sets.
const HEVC_SPS: u8 = 33;

/// An AVC decoder configuration record (ISO/IEC 14496-15).
pub(super) fn avc(mut record: &[u8], video: &mut Video) {
    let Ok(config) = Avcc::decode_body(&mut record) else { return };
    let (profile, flags) = (config.avc_profile_indication, config.profile_compatibility);
    video.profile = Some(avc_profile(profile, flags, config.avc_level_indication));
    for nal in &config.sequence_parameter_sets {
        parameter_sets::avc(nal, video);
    }
}

/// An HEVC decoder configuration record (ISO/IEC 14496-15).
pub(super) fn hevc(mut record: &[u8], video: &mut Video) {
    let Ok(config) = Hvcc::decode_body(&mut record) else { return };
    video.profile = Some(hevc_profile(config.general_profile_idc, config.general_tier_flag, config.general_level_idc));
    video.bit_depth = Some(u32::from(config.bit_depth_luma_minus8) + 8);
    video.color_space = color_space(config.chroma_format_idc.into()).map(str::to_owned);
    for nal in config.arrays.iter().filter(|array| array.nal_unit_type == HEVC_SPS).flat_map(|array| &array.nalus) {
        parameter_sets::hevc(nal, video);
    }
}

/// An AV1 configuration record (AV1 Codec ISO Media File Format Binding).
pub(super) fn av1(mut record: &[u8], video: &mut Video) {
    let Ok(config) = Av1c::decode_body(&mut record) else { return };
    let name = match config.seq_profile {
        0 => "Main",
        1 => "High",
        _ => "Professional",
    };
    let level = config.seq_level_idx_0;
    video.profile = Some(format!("{name}@{}", level_text(2 + level / 4, level % 4)));
    video.bit_depth = Some(match (config.high_bitdepth, config.twelve_bit) {
        (true, true) => 12,
        (true, false) => 10,
        (false, _) => 8,
    });
    let chroma = match (config.monochrome, config.chroma_subsampling_x, config.chroma_subsampling_y) {
        (true, ..) => "Y",
        (_, true, true) => "YUV 4:2:0",
        (_, true, false) => "YUV 4:2:2",
        _ => "YUV 4:4:4",
    };
    video.color_space = Some(chroma.to_owned());
}

/// A VP8 or VP9 configuration box (VP Codec ISO Media File Format Binding).
pub(super) fn vp(mut record: &[u8], video: &mut Video) {
    let Ok(config) = VpcC::decode_body(&mut record) else { return };
    video.profile = Some(config.profile.to_string());
    video.bit_depth = Some(config.bit_depth.into());
    video.color_space = match config.chroma_subsampling {
        0 | 1 => Some("YUV 4:2:0"),
        2 => Some("YUV 4:2:2"),
        3 => Some("YUV 4:4:4"),
        _ => None,
    }
    .map(str::to_owned);
}
