//! The player's page: its files, how they are served, and which of them belong to which version.
//!
//! The page lies below `player/<version>/`, and `index.html` names that folder. So a version's files never change, an
//! update adds a folder before it takes one away, and a rollback finds the old one unharmed.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

include!(concat!(env!("OUT_DIR"), "/player_files.rs"));

/// The folder of the page's files in the destination bucket.
pub const FOLDER: &str = "player";

/// The key of the page itself, which the distribution's root shows.
pub const INDEX: &str = "index.html";

/// The source of the page, in Handlebars: `title` is the library's, `base` the folder of the files with its slash.
pub const INDEX_TEMPLATE: &str = include_str!("../../../templates/player/index.html.hbs");

/// How long browsers and CloudFront may keep the page, which names another folder after an update.
pub const INDEX_CACHE_CONTROL: &str = "public, max-age=60";

/// How long browsers and CloudFront may keep the page's files, which never change in their folder.
pub const FILES_CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// What the page may load and run: its own files, and media that the player puts together; it may be embedded anywhere.
///
/// Every response has it. The page repeats it in a `meta` element, but for `frame-ancestors`, which is ignored there.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; media-src 'self' blob: data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; \
    form-action 'none'; frame-ancestors *";

const VERSION_DIGITS: usize = 16;

/// One file of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its path in the page's folder.
    pub path: &'static str,
    pub content: &'static [u8],
}

impl File {
    /// The file's media type, by its suffix.
    pub fn content_type(&self) -> &'static str {
        match self.path.rsplit_once('.').map(|(_, suffix)| suffix) {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        }
    }
}

/// The address of a video's page; `player` is that of the library, with its slash.
pub fn address(player: &str, guid: &str) -> String {
    format!("{player}#/v/{guid}")
}

/// The version of a page: of its files, by their [`FINGERPRINT`], and of all that goes into the page itself.
pub fn version(files: &str, title: &str) -> String {
    let mut digits = digits([files.as_bytes(), INDEX_TEMPLATE.as_bytes(), title.as_bytes()]);
    digits.truncate(VERSION_DIGITS);
    digits
}

/// The folder of a version's files, with a slash at its end.
pub fn folder(version: &str) -> String {
    format!("{FOLDER}/{version}/")
}

/// Whether a text is a version that [`version`] may give.
pub fn is_version(text: &str) -> bool {
    text.len() == VERSION_DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What the page's source is rendered with.
pub fn index_data(version: &str, title: &str) -> Value {
    serde_json::json!({ "title": title, "base": folder(version) })
}

fn digits<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_follow_from_files_and_title() {
        assert!(is_version(&version(FINGERPRINT, "Videos")) && FINGERPRINT.len() == 64);
        assert_ne!(version("0", "Videos"), version("0", "Films"));
        assert_ne!(version("0", "Videos"), version("1", "Videos"));
        assert_eq!(folder("0123456789abcdef"), "player/0123456789abcdef/");
        for text in ["", "0123456789abcde", "0123456789abcdeg", "0123456789ABCDEF", "../../123456789a"] {
            assert!(!is_version(text), "{text}");
        }
    }

    #[test]
    fn the_fingerprint_is_of_every_file_and_the_page_is_none_of_them() {
        assert_eq!(digits(FILES.iter().flat_map(|file| [file.path.as_bytes(), file.content])), FINGERPRINT);
        let paths: Vec<_> = FILES.iter().map(|file| file.path).collect();
        assert!(paths.is_sorted() && paths.contains(&"main.js") && paths.contains(&"vendor/shaka-player.js"));
        assert!(!paths.iter().any(|path| path.contains("index.html")), "{paths:?}");
    }

    #[test]
    fn the_page_repeats_the_policy_and_has_no_inline_code() {
        let in_page = CONTENT_SECURITY_POLICY.replace("; frame-ancestors *", "");
        assert!(INDEX_TEMPLATE.contains(&in_page), "the page's policy is not {in_page}");
        for inline in ["<style", " style=", " onclick=", "javascript:", "<script>"] {
            assert!(!INDEX_TEMPLATE.contains(inline), "{inline}");
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for file in FILES.iter().filter(|file| !file.path.starts_with("vendor/")) {
            let text = std::str::from_utf8(file.content).unwrap().replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http:") && !text.contains("https:"), "{}", file.path);
        }
        assert!(!INDEX_TEMPLATE.contains("//"), "an address of another host");
    }

    #[test]
    fn media_types() {
        let of = |path| File { path, content: b"" }.content_type();
        assert_eq!(of("a.js"), "text/javascript; charset=utf-8");
        assert_eq!(of("a.css"), "text/css; charset=utf-8");
        assert_eq!(of("a.svg"), "image/svg+xml");
        assert_eq!(of("LICENSE"), "text/plain; charset=utf-8");
    }
}
