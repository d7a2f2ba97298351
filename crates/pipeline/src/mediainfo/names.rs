//! The names of containers and codecs: how others spell them, and how `MediaInfo` does.

/// The container of MP4, MOV and their relatives.
pub const MPEG_4: &str = "MPEG-4";

/// Containers, as `MediaConvert`'s Probe spells them.
const CONTAINERS: [(&str, &str); 18] = [
    ("aac", "ADTS"),
    ("ac3", "AC-3"),
    ("asf", "Windows Media"),
    ("avi", "AVI"),
    ("eac3", "E-AC-3"),
    ("flac", "FLAC"),
    ("matroska", "Matroska"),
    ("mp3", "MPEG Audio"),
    ("mp4", MPEG_4),
    ("mpegps", "MPEG-PS"),
    ("mpegts", "MPEG-TS"),
    ("mxf", "MXF"),
    ("ogg", "Ogg"),
    ("quicktime", MPEG_4),
    ("three_g2", MPEG_4),
    ("three_gp", MPEG_4),
    ("wave", "Wave"),
    ("webm", "WebM"),
];

/// Codecs and caption formats, as Probe spells them.
const PROBE_CODECS: [(&str, &str); 29] = [
    ("AC3", "AC-3"),
    ("C608", "EIA-608"),
    ("C708", "EIA-708"),
    ("EAC3", "E-AC-3"),
    ("H263", "H.263"),
    ("JPEG2000", "JPEG 2000"),
    ("MJPEG", "JPEG"),
    ("MP2", "MPEG Audio"),
    ("MP3", "MPEG Audio"),
    ("MP4V", "MPEG-4 Visual"),
    ("MPEG1", "MPEG Video"),
    ("MPEG2", "MPEG Video"),
    ("OPUS", "Opus"),
    ("PRORES", "ProRes"),
    ("QTRLE", "RLE"),
    ("THEORA", "Theora"),
    ("UNCOMPRESSED", "YUV"),
    ("VC1", "VC-1"),
    ("VC3", "VC-3"),
    ("VORBIS", "Vorbis"),
    ("WEBVTT", "WebVTT"),
    ("WMA2", "WMA"),
    ("WMAPRO", "WMA"),
    ("DV", "DV"),
    ("AMR", "AMR"),
    ("AAC", "AAC"),
    ("AVC", "AVC"),
    ("HEVC", "HEVC"),
    ("PCM", "PCM"),
];

/// A container's name for Probe's; an unknown one stays as it is.
pub fn container(probe: &str) -> &str {
    find(&CONTAINERS, probe)
}

/// A codec's name for Probe's; an unknown one stays as it is.
pub fn codec(probe: &str) -> &str {
    find(&PROBE_CODECS, probe)
}

fn find<'n>(table: &[(&str, &'static str)], name: &'n str) -> &'n str {
    table.iter().find(|(theirs, _)| *theirs == name).map_or(name, |(_, ours)| ours)
}
