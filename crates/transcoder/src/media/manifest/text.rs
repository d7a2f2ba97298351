//! What goes into manifests as text.

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
pub(super) fn address(base_url: &str, name: &str) -> String {
    format!("{base_url}{}", utf8_percent_encode(name, UNSAFE))
}

/// A text for an attribute in quotes, without what would end it.
pub(super) fn quotable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control() && *character != '"').collect()
}

/// Three digits after the point at most: what manifests say of frame rates.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
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
        assert_eq!(quotable("a\"b\nc"), "abc");
    }
}
