//! The names of containers, codecs, colours and pixels: ffmpeg's, and those of MediaConvert's Probe.

/// Containers that Probe calls as ffmpeg does, by the first word of the format.
const CONTAINERS: [&str; 11] = ["aac", "ac3", "asf", "avi", "eac3", "flac", "matroska", "mp3", "mpegts", "mxf", "ogg"];

/// Other containers: ffmpeg's name of the format (its first word), Probe's.
const OTHER_CONTAINERS: [(&str, &str); 4] =
    [("mov", "mp4"), ("mpeg", "mpegps"), ("mxf_opatom", "mxf"), ("wav", "wave")];

/// Relatives of MP4: the beginning of the major brand, Probe's name.
const BRANDS: [(&str, &str); 3] = [("qt", "quicktime"), ("3gp", "three_gp"), ("3g2", "three_g2")];

/// Codecs that Probe calls as ffmpeg does, in capitals.
const CODECS: [&str; 20] = [
    "aac", "ac3", "av1", "eac3", "flac", "h263", "jpeg2000", "mjpeg", "mp2", "mp3", "opus", "prores", "qtrle",
    "theora", "vc1", "vorbis", "vp8", "vp9", "webvtt", "wmapro",
];

/// Other codecs: ffmpeg's name, Probe's.
const OTHER_CODECS: [(&str, &str); 18] = [
    ("aac_latm", "AAC"),
    ("amr_nb", "AMR"),
    ("amr_wb", "AMR"),
    ("dnxhd", "VC3"),
    ("dvvideo", "DV"),
    ("eia_608", "C608"),
    ("h264", "AVC"),
    ("hevc", "HEVC"),
    ("mpeg1video", "MPEG1"),
    ("mpeg2video", "MPEG2"),
    ("mpeg4", "MP4V"),
    ("r210", "UNCOMPRESSED"),
    ("rawvideo", "UNCOMPRESSED"),
    ("v210", "UNCOMPRESSED"),
    ("v410", "UNCOMPRESSED"),
    ("wmav1", "WMA"),
    ("wmav2", "WMA2"),
    ("wmv3", "VC1"),
];

/// What the event `INPUT_INFORMATION` calls otherwise than Probe.
const EVENT_CODECS: [(&str, &str); 2] = [("h264", "H_264"), ("hevc", "H_265")];

/// The captions that are text, by ffmpeg's names.
pub(super) const TEXT_CODECS: [&str; 8] = ["ass", "eia_608", "mov_text", "ssa", "subrip", "text", "ttml", "webvtt"];

/// What a WebM file may hold, by ffmpeg's names.
const WEBM: [&str; 6] = ["av1", "opus", "vorbis", "vp8", "vp9", "webvtt"];

/// The container that ffmpeg names so; WebM is Matroska with certain codecs only, and is recognized by the file's name.
pub(super) fn container<'c>(
    format: &str,
    brand: Option<&str>,
    file: &str,
    mut codecs: impl Iterator<Item = &'c str>,
) -> Option<&'static str> {
    let first = format.split(',').next().unwrap_or_default();
    let name = CONTAINERS.into_iter().find(|known| *known == first).or_else(|| find(&OTHER_CONTAINERS, first))?;
    Some(match name {
        "mp4" => BRANDS
            .iter()
            .find(|(start, _)| brand.is_some_and(|brand| brand.starts_with(start)))
            .map_or(name, |(_, name)| name),
        "matroska" if is_webm(file) && codecs.all(|codec| WEBM.contains(&codec)) => "webm",
        other => other,
    })
}

fn is_webm(file: &str) -> bool {
    let path = if file.contains("://") { file.split(['?', '#']).next().unwrap_or_default() } else { file };
    std::path::Path::new(path).extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("webm"))
}

pub(super) fn codec(ffmpeg: &str) -> String {
    match find(&OTHER_CODECS, ffmpeg) {
        Some(name) => name.to_owned(),
        None if CODECS.contains(&ffmpeg) => ffmpeg.to_ascii_uppercase(),
        None if ffmpeg.starts_with("pcm_") => "PCM".to_owned(),
        None => "UNKNOWN".to_owned(),
    }
}

pub(super) fn event_codec(ffmpeg: &str) -> String {
    find(&EVENT_CODECS, ffmpeg).map_or_else(|| codec(ffmpeg), str::to_owned)
}

fn find(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, theirs)| *theirs)
}

pub(super) const PRIMARIES: [(&str, &str); 11] = [
    ("bt2020", "ITU_2020"),
    ("bt470bg", "ITU_470BG"),
    ("bt470m", "ITU_470M"),
    ("bt709", "ITU_709"),
    ("ebu3213", "EBU_3213_E"),
    ("film", "GENERIC_FILM"),
    ("smpte170m", "SMPTE_170M"),
    ("smpte240m", "SMPTE_240M"),
    ("smpte428", "SMPTE_428_1"),
    ("smpte431", "SMPTE_431_2"),
    ("smpte432", "SMPTE_EG_432_1"),
];

pub(super) const MATRICES: [(&str, &str); 13] = [
    ("bt2020c", "ITU_2020_CL"),
    ("bt2020nc", "ITU_2020_NCL"),
    ("bt470bg", "ITU_470BG"),
    ("bt709", "ITU_709"),
    ("chroma-derived-c", "CD_CL"),
    ("chroma-derived-nc", "CD_NCL"),
    ("fcc", "FCC"),
    ("gbr", "RGB"),
    ("ictcp", "ITU_2100ICtCp"),
    ("smpte170m", "SMPTE_170M"),
    ("smpte2085", "SMPTE_2085"),
    ("smpte240m", "SMPTE_240M"),
    ("ycgco", "YCgCo"),
];

pub(super) const TRANSFERS: [(&str, &str); 18] = [
    ("arib-std-b67", "ARIB_B67"),
    ("bt1361e", "ITU_1361"),
    ("bt2020-10", "ITU_2020_10bit"),
    ("bt2020-12", "ITU_2020_12bit"),
    ("bt470bg", "ITU_470BG"),
    ("bt470m", "ITU_470M"),
    ("bt709", "ITU_709"),
    ("gamma22", "ITU_470M"),
    ("gamma28", "ITU_470BG"),
    ("iec61966-2-1", "IEC_61966_2_1"),
    ("iec61966-2-4", "IEC_61966_2_4"),
    ("linear", "LINEAR"),
    ("log100", "LOG10_2"),
    ("log316", "LOC10_2_5"),
    ("smpte170m", "SMPTE_170M"),
    ("smpte2084", "SMPTE_2084"),
    ("smpte240m", "SMPTE_240M"),
    ("smpte428", "SMPTE_428_1"),
];

pub(super) fn colour(table: &[(&str, &'static str)], ffmpeg: Option<&str>) -> &'static str {
    ffmpeg.and_then(|name| find(table, name)).unwrap_or("UNSPECIFIED")
}

/// How colours are sampled, and how many bits a sample has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pixels {
    /// Such as `4:2:0`.
    pub(super) chroma: Option<&'static str>,
    pub(super) bits: u32,
}

/// Parts of names, and what they mean for colours; the first that fits counts.
const CHROMA: [(&str, &str); 17] = [
    ("420", "4:2:0"),
    ("422", "4:2:2"),
    ("444", "4:4:4"),
    ("440", "4:4:0"),
    ("411", "4:1:1"),
    ("410", "4:1:0"),
    ("nv12", "4:2:0"),
    ("nv21", "4:2:0"),
    ("nv16", "4:2:2"),
    ("p01", "4:2:0"),
    ("p21", "4:2:2"),
    ("p41", "4:4:4"),
    ("gbr", "4:4:4"),
    ("rgb", "4:4:4"),
    ("bgr", "4:4:4"),
    ("uyvy", "4:2:2"),
    ("gray", "4:0:0"),
];

/// Endings of names with more than eight bits.
const BITS: [(&str, u32); 5] = [("9", 9), ("10", 10), ("12", 12), ("14", 14), ("16", 16)];

pub(super) fn pixels(name: &str) -> Pixels {
    let chroma = CHROMA.iter().find(|(part, _)| name.contains(part)).map(|(_, chroma)| *chroma);
    // Eight-bit formats have no byte order; others end in it.
    let wide = name.strip_suffix("le").or_else(|| name.strip_suffix("be"));
    let bits = wide.and_then(|name| BITS.iter().find(|(end, _)| name.ends_with(end))).map_or(8, |(_, bits)| *bits);
    Pixels { chroma, bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_by_format_brand_and_name() {
        for (format, brand, file, codecs, expected) in [
            ("mov,mp4,m4a,3gp,3g2,mj2", Some("isom"), "a", &["h264"][..], Some("mp4")),
            ("mov,mp4,m4a,3gp,3g2,mj2", Some("qt  "), "a", &["h264"], Some("quicktime")),
            ("mov,mp4,m4a,3gp,3g2,mj2", Some("3gp4"), "a", &["h264"], Some("three_gp")),
            ("mov,mp4,m4a,3gp,3g2,mj2", None, "a", &["h264"], Some("mp4")),
            ("matroska,webm", None, "file:a.webm", &["vp9", "opus"], Some("webm")),
            ("matroska,webm", None, "http://h/a.WebM?x=y", &["vp9"], Some("webm")),
            ("matroska,webm", None, "http://h/a.mkv?x=.webm", &["vp9"], Some("matroska")),
            ("matroska,webm", None, "file:a.webm", &["h264"], Some("matroska")),
            ("flv", None, "a.flv", &[], None),
        ] {
            let found = container(format, brand, file, codecs.iter().copied());
            assert_eq!(found, expected, "{format} {brand:?} {file}");
        }
    }

    #[test]
    fn codecs() {
        for (ffmpeg, probe, event) in [
            ("h264", "AVC", "H_264"),
            ("pcm_s16le", "PCM", "PCM"),
            ("cinepak", "UNKNOWN", "UNKNOWN"),
            ("aac", "AAC", "AAC"),
        ] {
            assert_eq!((codec(ffmpeg).as_str(), event_codec(ffmpeg).as_str()), (probe, event));
        }
    }

    #[test]
    fn pixel_formats() {
        for (name, chroma, bits) in [
            ("yuv420p", Some("4:2:0"), 8),
            ("yuvj420p", Some("4:2:0"), 8),
            ("yuv420p10le", Some("4:2:0"), 10),
            ("yuva444p16be", Some("4:4:4"), 16),
            ("nv12", Some("4:2:0"), 8),
            ("p010le", Some("4:2:0"), 10),
            ("gbrp12le", Some("4:4:4"), 12),
            ("gray", Some("4:0:0"), 8),
            ("yuv410p", Some("4:1:0"), 8),
            ("pal8", None, 8),
        ] {
            assert_eq!(pixels(name), Pixels { chroma, bits }, "{name}");
        }
    }
}
