//! The names of containers and codecs: ffmpeg's, and those of MediaConvert's Probe.

use super::Container;

/// Containers: ffmpeg's name of the format (its first word), Probe's.
const CONTAINERS: [(&str, &str); 15] = [
    ("aac", "aac"),
    ("ac3", "ac3"),
    ("asf", "asf"),
    ("avi", "avi"),
    ("eac3", "eac3"),
    ("flac", "flac"),
    ("matroska", "matroska"),
    ("mov", "mp4"),
    ("mp3", "mp3"),
    ("mpeg", "mpegps"),
    ("mpegts", "mpegts"),
    ("mxf", "mxf"),
    ("mxf_opatom", "mxf"),
    ("ogg", "ogg"),
    ("wav", "wave"),
];

/// Relatives of MP4: the beginning of the major brand, Probe's name.
const BRANDS: [(&str, &str); 3] = [("qt", "quicktime"), ("3gp", "three_gp"), ("3g2", "three_g2")];

/// Codecs: ffmpeg's name, Probe's.
const CODECS: [(&str, &str); 38] = [
    ("aac", "AAC"),
    ("aac_latm", "AAC"),
    ("ac3", "AC3"),
    ("amr_nb", "AMR"),
    ("amr_wb", "AMR"),
    ("av1", "AV1"),
    ("dnxhd", "VC3"),
    ("dvvideo", "DV"),
    ("eac3", "EAC3"),
    ("eia_608", "C608"),
    ("flac", "FLAC"),
    ("h263", "H263"),
    ("h264", "AVC"),
    ("hevc", "HEVC"),
    ("jpeg2000", "JPEG2000"),
    ("mjpeg", "MJPEG"),
    ("mp2", "MP2"),
    ("mp3", "MP3"),
    ("mpeg1video", "MPEG1"),
    ("mpeg2video", "MPEG2"),
    ("mpeg4", "MP4V"),
    ("opus", "OPUS"),
    ("prores", "PRORES"),
    ("qtrle", "QTRLE"),
    ("r210", "UNCOMPRESSED"),
    ("rawvideo", "UNCOMPRESSED"),
    ("theora", "THEORA"),
    ("v210", "UNCOMPRESSED"),
    ("v410", "UNCOMPRESSED"),
    ("vc1", "VC1"),
    ("vorbis", "VORBIS"),
    ("vp8", "VP8"),
    ("vp9", "VP9"),
    ("webvtt", "WEBVTT"),
    ("wmapro", "WMAPRO"),
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
) -> Option<Container> {
    let first = format.split(',').next().unwrap_or_default();
    let name = find(&CONTAINERS, first)?;
    let name = match name {
        "mp4" => BRANDS
            .iter()
            .find(|(start, _)| brand.is_some_and(|brand| brand.starts_with(start)))
            .map_or(name, |(_, name)| name),
        "matroska" if is_webm(file) && codecs.all(|codec| WEBM.contains(&codec)) => "webm",
        other => other,
    };
    Some(Container(name))
}

fn is_webm(file: &str) -> bool {
    let path = if file.contains("://") { file.split(['?', '#']).next().unwrap_or_default() } else { file };
    std::path::Path::new(path).extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("webm"))
}

/// Probe's name of a codec.
pub(super) fn codec(ffmpeg: &str) -> &'static str {
    match find(&CODECS, ffmpeg) {
        Some(name) => name,
        None if ffmpeg.starts_with("pcm_") => "PCM",
        None => "UNKNOWN",
    }
}

/// A codec's name in the event `INPUT_INFORMATION`.
pub(super) fn event_codec(ffmpeg: &str) -> &'static str {
    find(&EVENT_CODECS, ffmpeg).unwrap_or_else(|| codec(ffmpeg))
}

fn find(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, theirs)| *theirs)
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
            assert_eq!(found.map(|container| container.0), expected, "{format} {brand:?} {file}");
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
            assert_eq!((codec(ffmpeg), event_codec(ffmpeg)), (probe, event));
        }
    }
}
