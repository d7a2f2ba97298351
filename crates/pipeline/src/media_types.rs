//! Which files start a workflow, by their suffix in any case.

/// The suffixes of video and audio files, in lower case and without the dot.
///
/// Not `ts`: most files of that name are segments of an HLS package, and each would become a job. A metadata file
/// can name one that is a video.
pub const VIDEO_SUFFIXES: [&str; 25] = [
    "mpg", "mp4", "m4v", "mov", "m2ts", "mts", "avi", "mkv", "wmv", "flv", "webm", "3gp", "asf", "vob", "mxf", "mpeg",
    "m3u8", "h264", "mp3", "wav", "m4a", "flac", "aac", "ogg", "opus",
];

/// The suffixes of metadata files, in lower case and without the dot.
pub const METADATA_SUFFIXES: [&str; 1] = ["json"];

/// What a file in the source bucket is to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A video (or audio) to encode.
    Video,
    /// A JSON file that names a video and how to encode it.
    Metadata,
}

impl FileKind {
    /// The suffixes of files of this kind, in lower case and without the dot.
    pub const fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Video => &VIDEO_SUFFIXES,
            Self::Metadata => &METADATA_SUFFIXES,
        }
    }

    /// The kind of the file under an object key, or none where its suffix says nothing to us.
    pub fn of(key: &str) -> Option<Self> {
        let suffix = suffix(key)?;
        [Self::Video, Self::Metadata]
            .into_iter()
            .find(|kind| kind.suffixes().iter().any(|known| known.eq_ignore_ascii_case(suffix)))
    }
}

/// The part of the key's last segment after its last dot; a dot file has none.
fn suffix(key: &str) -> Option<&str> {
    let name = key.rsplit('/').next()?;
    let (stem, suffix) = name.rsplit_once('.')?;
    (!stem.is_empty()).then_some(suffix)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys() {
        use FileKind::{Metadata, Video};
        for (key, kind) in [
            ("a.mp4", Some(Video)),
            ("folder.mp4/a.MoV", Some(Video)),
            ("clip.final.M3U8", Some(Video)),
            ("a b+c%20.mts", Some(Video)),
            ("日本語 🎬.WebM", Some(Video)),
            ("podcast.Mp3", Some(Video)),
            ("a.opus", Some(Video)),
            ("a.json", Some(Metadata)),
            ("a.mp4.JSON", Some(Metadata)),
            ("a.mp4/", None),
            ("folder.mp4/readme", None),
            (".mp4", None),
            ("folder/.mp4", None),
            ("..mp4", Some(Video)),
            ("mp4", None),
            ("a.mp4 ", None),
            ("a.mp", None),
            ("", None),
        ] {
            assert_eq!(FileKind::of(key), kind, "{key:?}");
        }
    }

    #[test]
    fn a_segment_of_an_hls_package_starts_no_workflow() {
        for segment in ["film/720p_00001.ts", "film/720p_00001.TS", "film/init.cmfv", "film/00001.m4s"] {
            assert_eq!(FileKind::of(segment), None, "{segment}");
        }
    }

    #[test]
    fn suffixes_are_lower_case_and_of_one_kind() {
        let all: Vec<_> = VIDEO_SUFFIXES.iter().chain(&METADATA_SUFFIXES).collect();
        for (index, suffix) in all.iter().enumerate() {
            assert!(suffix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
            assert!(!all[..index].contains(suffix), "{suffix} twice");
        }
    }

    proptest! {
        #[test]
        fn case_does_not_matter(
            stem in "[^/]{1,40}",
            suffix in prop::sample::select(&VIDEO_SUFFIXES[..]),
            upper in prop::collection::vec(any::<bool>(), 4),
        ) {
            let mixed: String = suffix
                .chars()
                .zip(upper)
                .map(|(letter, up)| if up { letter.to_ascii_uppercase() } else { letter })
                .collect();
            prop_assert_eq!(FileKind::of(&format!("{stem}.{mixed}")), Some(FileKind::Video));
            prop_assert_eq!(FileKind::of(&format!("x/{stem}.{mixed}/")), None);
        }

        #[test]
        fn any_key_is_answered(key in any::<String>()) {
            let _ = FileKind::of(&key);
        }
    }
}
