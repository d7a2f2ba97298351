//! What configuration records, which MP4 and Matroska both carry, and the parameter sets of AVC and HEVC say about the
//! pictures.

use std::num::NonZeroUsize;

use h264_reader::{
    nal::sps::{ChromaFormat, FrameMbsFlags, SeqParameterSet},
    rbsp::{BitRead, BitReader, BitReaderError, ByteReader},
};
use mp4_atom::{Atom, Av1c, Avcc, Hvcc, VpcC};
use pipeline::mediainfo::{PixelAspect, Video};

/// The NAL unit type of HEVC's sequence parameter sets.
const HEVC_SPS: u8 = 33;

/// An AVC decoder configuration record (ISO/IEC 14496-15).
pub(super) fn avc_record(mut record: &[u8], video: &mut Video) {
    let Ok(config) = Avcc::decode_body(&mut record) else { return };
    let (profile, flags) = (config.avc_profile_indication, config.profile_compatibility);
    video.profile = Some(avc_profile(profile, flags, config.avc_level_indication));
    for nal in &config.sequence_parameter_sets {
        avc_sps(nal, video);
    }
}

/// An HEVC decoder configuration record (ISO/IEC 14496-15).
pub(super) fn hevc_record(mut record: &[u8], video: &mut Video) {
    let Ok(config) = Hvcc::decode_body(&mut record) else { return };
    video.profile = Some(hevc_profile(config.general_profile_idc, config.general_tier_flag, config.general_level_idc));
    video.bit_depth = Some(u32::from(config.bit_depth_luma_minus8) + 8);
    video.color_space = color_space(config.chroma_format_idc.into()).map(str::to_owned);
    for nal in config.arrays.iter().filter(|array| array.nal_unit_type == HEVC_SPS).flat_map(|array| &array.nalus) {
        hevc_sps(nal, video);
    }
}

/// An AV1 configuration record (AV1 Codec ISO Media File Format Binding).
pub(super) fn av1_record(mut record: &[u8], video: &mut Video) {
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
pub(super) fn vp_record(mut record: &[u8], video: &mut Video) {
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

/// Puts what an AVC sequence parameter set (with its NAL header) says into a track, where the container did not.
pub(super) fn avc_sps(nal: &[u8], video: &mut Video) {
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

/// The colour model of a `chroma_format_idc`.
fn color_space(chroma: u32) -> Option<&'static str> {
    match chroma {
        0 => Some("Y"),
        1 => Some("YUV 4:2:0"),
        2 => Some("YUV 4:2:2"),
        3 => Some("YUV 4:4:4"),
        _ => None,
    }
}

/// Profile and level of AVC, as "High@L4".
fn avc_profile(profile: u8, compatibility: u8, level: u8) -> String {
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
fn hevc_profile(profile: u8, is_high_tier: bool, level: u8) -> String {
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
fn level_text(major: u8, minor: u8) -> String {
    if minor == 0 { format!("L{major}") } else { format!("L{major}.{minor}") }
}

/// Puts what an HEVC sequence parameter set (with its NAL header) says into a track, where the container did not; nothing of
/// a damaged one.
pub(super) fn hevc_sps(nal: &[u8], video: &mut Video) {
    let _: Result<(), BitReaderError> = read_hevc_sps(nal, video);
}

/// Reads the start of a sequence parameter set (ITU-T H.265, 7.3.2.2 and 7.3.3).
fn read_hevc_sps(nal: &[u8], video: &mut Video) -> Result<(), BitReaderError> {
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
    video.bit_depth = Some(bits.read_ue("bit_depth_luma_minus8")?.saturating_add(8));
    video.profile = Some(hevc_profile(profile, is_high_tier, level));
    video.width = video.width.or(Some(width));
    video.height = video.height.or(Some(height));
    let scan = if is_interlaced && !is_progressive { "Interlaced" } else { "Progressive" };
    video.scan_type.get_or_insert_with(|| scan.to_owned());
    video.color_space = color_space(chroma).map(str::to_owned);
    Ok(())
}
