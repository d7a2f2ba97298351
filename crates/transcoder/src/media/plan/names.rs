//! How the names of outputs begin.
//!
//! Source: the reference of `Destination` and `NameModifier`.

/// What the names of a group's files begin with: what stands after the last slash of its destination, or else the
/// input's name.
pub(super) fn base<'a>(destination: &'a str, input: &'a str) -> &'a str {
    match destination.rsplit('/').next() {
        Some(name) if !name.is_empty() => name,
        _ => input,
    }
}

/// A file's name without its extension.
pub(crate) fn stem(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_the_destination_or_the_input() {
        let table = [
            ("s3://bucket/id/hls/", "my film.v2.mp4", "my film.v2"),
            ("s3://bucket/id/hls/name", "film.mp4", "name"),
            ("s3://bucket/some where/ü%2e/film", "input.mp4", "film"),
            ("s3://bucket/id/", "film", "film"),
            ("s3://bucket/id/", ".hidden", ".hidden"),
        ];
        for (destination, input, expected) in table {
            assert_eq!(base(destination, stem(input)), expected);
        }
    }
}
