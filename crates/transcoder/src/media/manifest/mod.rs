//! Manifests, written from what was measured.

mod codecs;
pub(crate) mod dash;
pub(crate) mod hls;
mod measured;
pub(crate) mod smooth;

pub(crate) use codecs::codec_name;
pub(crate) use measured::{Bytes, KeyFrame, Measured, MeasuredSegment, Rates};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything that is not plain in a path; above all spaces, quotes, line breaks, `?` and `#`.
const UNSAFE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/')
    .remove(b'!')
    .remove(b'(')
    .remove(b')');

/// The address of a file with this name, relative to its manifest or below a base address.
pub(crate) fn address(base_url: &str, name: &str) -> String {
    format!("{base_url}{}", utf8_percent_encode(name, UNSAFE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_one_address() {
        let table = [
            ("", "film_00001.ts", "film_00001.ts"),
            ("https://cdn/x/", "a b\"#?%.ts", "https://cdn/x/a%20b%22%23%3F%25.ts"),
            ("", "ü\n#EXT.ts", "%C3%BC%0A%23EXT.ts"),
        ];
        for (base, name, expected) in table {
            assert_eq!(address(base, name), expected);
        }
        assert_eq!(hls::quotable("a\"b\nc"), "abc");
    }
}
