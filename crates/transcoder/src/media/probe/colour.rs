//! What numbers mean as colours: ffmpeg's names, and MediaConvert's.

/// What MediaConvert says where a file says nothing.
const UNSPECIFIED: &str = "UNSPECIFIED";

const PRIMARIES: [(&str, &str); 11] = [
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

const MATRICES: [(&str, &str); 13] = [
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

const TRANSFERS: [(&str, &str); 18] = [
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

pub(super) fn primaries(ffmpeg: Option<&str>) -> &'static str {
    find(&PRIMARIES, ffmpeg)
}

pub(super) fn matrix(ffmpeg: Option<&str>) -> &'static str {
    find(&MATRICES, ffmpeg)
}

pub(super) fn transfer(ffmpeg: Option<&str>) -> &'static str {
    find(&TRANSFERS, ffmpeg)
}

fn find(table: &[(&str, &'static str)], name: Option<&str>) -> &'static str {
    table.iter().find(|(known, _)| Some(*known) == name).map_or(UNSPECIFIED, |(_, theirs)| theirs)
}
