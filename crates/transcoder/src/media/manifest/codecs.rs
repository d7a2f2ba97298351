//! The names of codecs in manifests (RFC 6381), from the configuration that the encoder wrote.

use mp4_atom::{Av1c, Avcc, Codec, Hvcc, VpcC};

/// The name of a codec with its profile and level, such as `avc1.64001F`; none for codecs that manifests do not know.
pub(crate) fn codec_name(codec: &Codec) -> Option<String> {
    Some(match codec {
        Codec::Avc1(entry) => avc("avc1", &entry.avcc),
        Codec::Avc3(entry) => avc("avc3", &entry.avcc),
        Codec::Hvc1(entry) => hevc("hvc1", &entry.hvcc),
        Codec::Hev1(entry) => hevc("hev1", &entry.hvcc),
        Codec::Av01(entry) => av1(&entry.av1c),
        Codec::Vp09(entry) => vp9(&entry.vpcc),
        Codec::Mp4a(entry) => mpeg4(&entry.esds),
        Codec::Ac3(_) => "ac-3".to_owned(),
        Codec::Eac3(_) => "ec-3".to_owned(),
        Codec::Opus(_) => "opus".to_owned(),
        Codec::Flac(_) => "flac".to_owned(),
        _ => return None,
    })
}

fn avc(entry: &str, avcc: &Avcc) -> String {
    let Avcc { avc_profile_indication, profile_compatibility, avc_level_indication, .. } = avcc;
    format!("{entry}.{avc_profile_indication:02X}{profile_compatibility:02X}{avc_level_indication:02X}")
}

/// ISO/IEC 14496-15, annex E: profile, compatibility in the reverse order of bits, tier and level, constraints.
fn hevc(entry: &str, hvcc: &Hvcc) -> String {
    let space = ["", "A", "B", "C"][usize::from(hvcc.general_profile_space & 3)];
    let compatible = u32::from_be_bytes(hvcc.general_profile_compatibility_flags).reverse_bits();
    let tier = if hvcc.general_tier_flag { 'H' } else { 'L' };
    let constraints = &hvcc.general_constraint_indicator_flags;
    let used = constraints.iter().rposition(|flags| *flags != 0).map_or(0, |last| last + 1);
    let constraints: Vec<String> = constraints[..used].iter().map(|flags| format!(".{flags:X}")).collect();
    let constraints = constraints.concat();
    let Hvcc { general_profile_idc: profile, general_level_idc: level, .. } = hvcc;
    format!("{entry}.{space}{profile}.{compatible:X}.{tier}{level}{constraints}")
}

/// AV1 Codec ISO Media File Format Binding, section 5: profile, level and tier, bit depth.
fn av1(av1c: &Av1c) -> String {
    let tier = if av1c.seq_tier_0 { 'H' } else { 'M' };
    let depth = match (av1c.high_bitdepth, av1c.twelve_bit) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    format!("av01.{}.{:02}{tier}.{depth:02}", av1c.seq_profile, av1c.seq_level_idx_0)
}

fn vp9(vpcc: &VpcC) -> String {
    format!("vp09.{:02}.{:02}.{:02}", vpcc.profile, vpcc.level, vpcc.bit_depth)
}

fn mpeg4(esds: &mp4_atom::esds::Esds) -> String {
    const AUDIO: u8 = 0x40;
    let config = &esds.es_desc.dec_config;
    match (&config.dec_specific, config.object_type_indication) {
        (Some(specific), AUDIO) => format!("mp4a.40.{}", specific.profile),
        (_, kind) => format!("mp4a.{kind:02x}"),
    }
}
