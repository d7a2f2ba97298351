//! The media types of the files that jobs write and read.

use std::path::Path;

/// Media types by the suffix of the file's name.
const TYPES: [(&str, &str); 31] = [
    ("aac", "audio/aac"),
    ("ac3", "audio/ac3"),
    ("avi", "video/x-msvideo"),
    ("cmfa", "audio/mp4"),
    ("cmft", "application/mp4"),
    ("cmfv", "video/mp4"),
    ("eac3", "audio/eac3"),
    ("flac", "audio/flac"),
    ("ism", "application/xml"),
    ("ismc", "application/xml"),
    ("ismv", "video/mp4"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("m4a", "audio/mp4"),
    ("m4s", "video/iso.segment"),
    ("m4v", "video/mp4"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpd", "application/dash+xml"),
    ("mpg", "video/mpeg"),
    ("mxf", "application/mxf"),
    ("ogg", "audio/ogg"),
    ("png", "image/png"),
    ("srt", "application/x-subrip"),
    ("ts", "video/mp2t"),
    ("vtt", "text/vtt"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
];

/// The media type of a file with this name, where its suffix is known.
pub(crate) fn content_type(name: &Path) -> Option<&'static str> {
    let suffix = name.extension()?.to_str()?.to_ascii_lowercase();
    TYPES.iter().find(|(known, _)| *known == suffix).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_in_any_case() {
        for (name, expected) in [
            ("a/b.M3U8", Some("application/vnd.apple.mpegurl")),
            ("x.ts", Some("video/mp2t")),
            ("x", None),
            (".ts", None),
        ] {
            assert_eq!(content_type(Path::new(name)), expected, "{name}");
        }
    }
}
