//! What the parameter sets of AVC and HEVC say about the pictures.

use std::num::NonZeroUsize;

use h264_reader::{
    nal::sps::{ChromaFormat, FrameMbsFlags, SeqParameterSet},
    rbsp::{BitRead, BitReader, BitReaderError, ByteReader},
};
use pipeline::mediainfo::{PixelAspect, Video};

/// Puts what an AVC sequence parameter set (with its NAL header) says into a track, where the container did not.
pub(super) fn avc(nal: &[u8], video: &mut Video) {
    let Ok(sps) = SeqParameterSet::from_bits(BitReader::new(ByteReader::skipping_h264_header(nal))) else { return };
    let profile = u8::from(sps.profile_idc);
    let compatibility = u8::from(sps.constraint_flags);
    video.profile = Some(avc_profile(profile, compatibility, sps.level_idc));
    if let Ok((width, height)) = sps.pixel_dimensions() {
        video.width = video.width.or(Some(width));
        video.height = video.height.or(Some(height));
    }
    let scan = match sps.frame_mbs_flags {
        FrameMbsFlags::Frames => "Progressive",
        FrameMbsFlags::Fields { .. } => "Interlaced",
    };
    video.scan_type.get_or_insert_with(|| scan.to_owned());
    video.bit_depth = Some(u32::from(sps.chroma_info.bit_depth_luma_minus8) + 8);
    video.color_space = match sps.chroma_info.chroma_format {
        ChromaFormat::Monochrome => Some("Y"),
        ChromaFormat::YUV420 => Some("YUV 4:2:0"),
        ChromaFormat::YUV422 => Some("YUV 4:2:2"),
        ChromaFormat::YUV444 => Some("YUV 4:4:4"),
        ChromaFormat::Invalid(_) => None,
    }
    .map(str::to_owned);
    video.framerate = video.framerate.or_else(|| sps.fps().filter(|rate| rate.is_finite() && *rate <= 1000.0));
    let shape = sps.vui_parameters.and_then(|vui| vui.aspect_ratio_info).and_then(|shape| shape.get());
    let shape = shape.and_then(|(width, height)| PixelAspect::new(width.into(), height.into()));
    video.pixel_aspect_ratio = video.pixel_aspect_ratio.or(shape);
}

/// Puts what an HEVC sequence parameter set (with its NAL header) says into a track, where the container did not.
pub(super) fn hevc(nal: &[u8], video: &mut Video) {
    let Ok(sps) = hevc_set(nal) else { return };
    video.profile = Some(hevc_profile(sps.profile, sps.is_high_tier, sps.level));
    video.width = video.width.or(Some(sps.width));
    video.height = video.height.or(Some(sps.height));
    let scan = if sps.is_interlaced { "Interlaced" } else { "Progressive" };
    video.scan_type.get_or_insert_with(|| scan.to_owned());
    video.bit_depth = Some(sps.bit_depth);
    video.color_space = color_space(sps.chroma).map(str::to_owned);
}

/// The colour model of a `chroma_format_idc`.
pub(super) fn color_space(chroma: u32) -> Option<&'static str> {
    match chroma {
        0 => Some("Y"),
        1 => Some("YUV 4:2:0"),
        2 => Some("YUV 4:2:2"),
        3 => Some("YUV 4:4:4"),
        _ => None,
    }
}

/// Profile and level of AVC, as "High@L4".
pub(super) fn avc_profile(profile: u8, compatibility: u8, level: u8) -> String {
    let name = match (profile, compatibility) {
        (66, constraints) if constraints & 0x40 != 0 => "Constrained Baseline",
        (66, _) => "Baseline",
        (77, _) => "Main",
        (88, _) => "Extended",
        (100, _) => "High",
        (110, _) => "High 10",
        (122, _) => "High 4:2:2",
        (244, _) => "High 4:4:4 Predictive",
        _ => return level_text(level / 10, level % 10),
    };
    format!("{name}@{}", level_text(level / 10, level % 10))
}

/// Profile, level and tier of HEVC, as "Main 10@L5.1@High".
pub(super) fn hevc_profile(profile: u8, is_high_tier: bool, level: u8) -> String {
    let level = level_text(level / 30, level % 30 / 3);
    let tier = if is_high_tier { "High" } else { "Main" };
    match profile {
        1 => format!("Main@{level}@{tier}"),
        2 => format!("Main 10@{level}@{tier}"),
        3 => format!("Main Still@{level}@{tier}"),
        4 => format!("Format Range@{level}@{tier}"),
        _ => format!("{level}@{tier}"),
    }
}

/// "L4" or "L4.1".
pub(super) fn level_text(major: u8, minor: u8) -> String {
    if minor == 0 { format!("L{major}") } else { format!("L{major}.{minor}") }
}

struct HevcSet {
    profile: u8,
    is_high_tier: bool,
    level: u8,
    is_interlaced: bool,
    chroma: u32,
    width: u32,
    height: u32,
    bit_depth: u32,
}

/// The start of an HEVC sequence parameter set (ITU-T H.265, 7.3.2.2 and 7.3.3).
fn hevc_set(nal: &[u8]) -> Result<HevcSet, BitReaderError> {
    const HEADER: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);
    let mut bits = BitReader::new(ByteReader::skipping_bytes(nal, HEADER));
    bits.skip(4, "sps_video_parameter_set_id")?;
    let sub_layers: u8 = bits.read::<3, _>("sps_max_sub_layers_minus1")?;
    bits.skip(1 + 2, "nesting and profile space")?;
    let is_high_tier = bits.read_bit("general_tier_flag")?;
    let profile = bits.read::<5, _>("general_profile_idc")?;
    bits.skip(32, "general_profile_compatibility_flag")?;
    let is_progressive = bits.read_bit("general_progressive_source_flag")?;
    let is_interlaced = bits.read_bit("general_interlaced_source_flag")?;
    bits.skip(46, "constraints")?;
    let level = bits.read::<8, _>("general_level_idc")?;
    let mut present = Vec::new();
    for _ in 0..sub_layers {
        present.push((bits.read_bit("sub_layer_profile_present")?, bits.read_bit("sub_layer_level_present")?));
    }
    if sub_layers > 0 {
        bits.skip(2 * (8 - u32::from(sub_layers)), "reserved_zero_2bits")?;
    }
    for (has_profile, has_level) in present {
        bits.skip(u32::from(has_profile) * 88 + u32::from(has_level) * 8, "sub-layer")?;
    }
    bits.read_ue("sps_seq_parameter_set_id")?;
    let chroma = bits.read_ue("chroma_format_idc")?;
    if chroma == 3 {
        bits.skip(1, "separate_colour_plane_flag")?;
    }
    let mut width = bits.read_ue("pic_width_in_luma_samples")?;
    let mut height = bits.read_ue("pic_height_in_luma_samples")?;
    if bits.read_bit("conformance_window_flag")? {
        let (across, down) = match chroma {
            1 => (2, 2),
            2 => (2, 1),
            _ => (1, 1),
        };
        let horizontal = bits.read_ue("left")?.saturating_add(bits.read_ue("right")?).saturating_mul(across);
        let vertical = bits.read_ue("top")?.saturating_add(bits.read_ue("bottom")?).saturating_mul(down);
        (width, height) = (width.saturating_sub(horizontal), height.saturating_sub(vertical));
    }
    let bit_depth = bits.read_ue("bit_depth_luma_minus8")?.saturating_add(8);
    let is_interlaced = is_interlaced && !is_progressive;
    Ok(HevcSet { profile, is_high_tier, level, is_interlaced, chroma, width, height, bit_depth })
}
