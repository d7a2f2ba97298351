//! Places in S3, as jobs name them (`s3://bucket/key`), and the addresses that viewers reach them under.

use std::{fmt, str::FromStr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What a path segment of a URL may not hold as it is: all but the unreserved characters
/// (<https://www.rfc-editor.org/rfc/rfc3986#section-2.3>), so that `+` cannot be taken for a space.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The longest key in bytes (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>).
const MAX_KEY_BYTES: usize = 1024;

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key, in plain.
    pub key: String,
}

/// Why a text names no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    #[error("it does not start with `s3://`")]
    Scheme,
    #[error("it names no bucket")]
    Bucket,
    #[error("it names no key of 1 to {MAX_KEY_BYTES} bytes")]
    Key,
}

impl Location {
    /// The object's address at a domain name; the key is percent-encoded, its slashes stay.
    pub fn address(&self, domain: &str) -> String {
        format!("https://{domain}/{}", self.path())
    }

    /// The key as the path of an address: percent-encoded, its slashes stay.
    pub fn path(&self) -> String {
        utf8_percent_encode(&self.key, SEGMENT).to_string()
    }

    /// The object's ARN in a partition (`aws`, `aws-cn`, …).
    pub fn arn(&self, partition: &str) -> String {
        format!("arn:{partition}:s3:::{}/{}", self.bucket, self.key)
    }

    /// Whether the object lies in a folder (which ends in a slash) of a bucket, and stays there in a browser, which
    /// resolves `.` and `..`.
    pub fn is_within(&self, bucket: &str, folder: &str) -> bool {
        self.bucket == bucket
            && self
                .key
                .strip_prefix(folder)
                .is_some_and(|rest| !rest.is_empty() && rest.split('/').all(|segment| !matches!(segment, "." | "..")))
    }

    /// The part of the key behind its last dot, in lower case; empty when its last segment has none.
    pub fn suffix(&self) -> String {
        let name = self.key.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or_else(String::new, |(_, suffix)| suffix.to_ascii_lowercase())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (bucket, key) =
            text.strip_prefix("s3://").ok_or(LocationError::Scheme)?.split_once('/').unwrap_or_default();
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(is_name) {
            return Err(LocationError::Bucket);
        }
        if !(1..=MAX_KEY_BYTES).contains(&key.len()) {
            return Err(LocationError::Key);
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

/// A key out of a listing with `encoding-type=url`, which is how S3 lists keys that XML cannot hold
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>).
pub fn decode_listed_key(encoded: &str) -> String {
    percent_decode_str(&encoded.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_objects_are_locations() {
        for (text, error) in [
            ("", LocationError::Scheme),
            ("https://bucket/key", LocationError::Scheme),
            ("S3://bucket/key", LocationError::Scheme),
            (" s3://bucket/key", LocationError::Scheme),
            ("s3://", LocationError::Bucket),
            ("s3:///key", LocationError::Bucket),
            ("s3://bucket", LocationError::Bucket),
            ("s3://Bucket/key", LocationError::Bucket),
            ("s3://buck et/key", LocationError::Bucket),
            ("s3://user@bucket/key", LocationError::Bucket),
            ("s3://bucket/", LocationError::Key),
            (&format!("s3://bucket/{}", "k".repeat(1025)), LocationError::Key),
        ] {
            assert_eq!(text.parse::<Location>(), Err(error), "{text}");
        }
        let longest = format!("s3://bucket/{}", "k".repeat(1024));
        assert_eq!(longest.parse::<Location>().unwrap().to_string(), longest);
    }

    #[test]
    fn addresses_and_arns() {
        let location: Location = "s3://bucket/g/hls/.Größe 100% a+b?#&🎬.M3U8".parse().unwrap();
        assert_eq!(
            location.address("d.cloudfront.net"),
            "https://d.cloudfront.net/g/hls/.Gr%C3%B6%C3%9Fe%20100%25%20a%2Bb%3F%23%26%F0%9F%8E%AC.M3U8"
        );
        assert_eq!(location.arn("aws-cn"), "arn:aws-cn:s3:::bucket/g/hls/.Größe 100% a+b?#&🎬.M3U8");
        assert_eq!(location.suffix(), "m3u8");
    }

    #[test]
    fn folders() {
        let within = |key: &str| Location { bucket: "bucket".into(), key: key.into() }.is_within("bucket", "g/");
        for key in ["g/a", "g/hls/a.m3u8", "g/...", "g/.a/..b"] {
            assert!(within(key), "{key}");
        }
        for key in ["g", "g/", "h/a", "gg/a", "/g/a", "g/../h/a", "g/..", "g/./a"] {
            assert!(!within(key), "{key}");
        }
        assert!(!Location { bucket: "other".into(), key: "g/a".into() }.is_within("bucket", "g/"));
    }

    #[test]
    fn suffixes() {
        for (key, suffix) in [("a.mp4", "mp4"), ("a.b/c", ""), ("a/.JPG", "jpg"), ("a.", ""), ("a", "")] {
            assert_eq!(Location { bucket: "b".into(), key: key.into() }.suffix(), suffix, "{key}");
        }
    }

    #[test]
    fn listed_keys() {
        assert_eq!(decode_listed_key("g/a+b%2Bc%25%F0%9F%8E%AC%01.jpg"), "g/a b+c%🎬\u{1}.jpg");
    }

    proptest! {
        #[test]
        fn any_key_comes_back_from_its_address(key in "\\PC{1,200}") {
            let location: Location = format!("s3://bucket/{key}").parse().unwrap();
            prop_assert_eq!(&location.key, &key);
            let address = location.address("host");
            let path = address.strip_prefix("https://host/").unwrap();
            prop_assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)));
            prop_assert_eq!(decode_listed_key(path), key);
        }
    }
}
