//! The addresses of inputs and destinations.

use std::{
    ffi::OsStr,
    fmt,
    path::{Component, Path, PathBuf},
};

use percent_encoding::percent_decode_str;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Location {
    /// An object in a bucket; the key is as it is, with nothing to decode.
    S3 {
        bucket: String,
        key: String,
    },
    /// A web address; for inputs only.
    Web(String),
    File(PathBuf),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{uri}` is no address that can be used: {problem}")]
pub(crate) struct BadLocation {
    uri: String,
    problem: &'static str,
}

impl BadLocation {
    pub(super) fn new(uri: &str, problem: &'static str) -> Self {
        Self { uri: uri.to_owned(), problem }
    }
}

impl Location {
    pub(crate) fn input(uri: &str) -> Result<Self, BadLocation> {
        let location = Self::parse(uri)?;
        let Self::S3 { key, .. } = &location else { return Ok(location) };
        if key.is_empty() || key.ends_with('/') {
            return Err(BadLocation::new(uri, "it has no key"));
        }
        // S3 takes a key as it stands, but for `..` that would lead out of the bucket if it meant anything
        // (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html#object-key-guidelines>).
        let depth = key.split('/').try_fold(0_u32, |depth, part| match part {
            ".." => depth.checked_sub(1),
            "" | "." => Some(depth),
            _ => Some(depth + 1),
        });
        if depth.is_some() { Ok(location) } else { Err(BadLocation::new(uri, "S3 has no such key")) }
    }

    fn parse(uri: &str) -> Result<Self, BadLocation> {
        let bad = |problem| BadLocation::new(uri, problem);
        let (scheme, rest) = uri.split_once("://").ok_or_else(|| bad("it does not begin with `s3://`"))?;
        match scheme.to_ascii_lowercase().as_str() {
            "s3" => {
                let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
                let plain = |character: char| character.is_ascii_alphanumeric() || ".-_".contains(character);
                if bucket.is_empty() || bucket.starts_with('.') || !bucket.chars().all(plain) {
                    return Err(bad("that is no name of a bucket"));
                }
                Ok(Self::S3 { bucket: bucket.to_owned(), key: key.to_owned() })
            }
            "http" | "https" if rest.chars().any(|character| character.is_whitespace() || character.is_control()) => {
                Err(bad("a web address has no spaces"))
            }
            "http" | "https" => Ok(Self::Web(uri.to_owned())),
            "file" => {
                let path = percent_decode_str(rest).decode_utf8().map_err(|_| bad("it is not UTF-8"))?;
                if !path.starts_with('/') {
                    return Err(bad("it is to be `file:///` and a full path"));
                }
                if path.contains('\0') || Path::new(path.as_ref()).components().any(|part| part == Component::ParentDir)
                {
                    return Err(bad("`..` may not be used"));
                }
                Ok(Self::File(PathBuf::from(path.into_owned())))
            }
            _ => Err(bad("only `s3://`, `https://`, `http://` and `file://` can be read")),
        }
    }

    /// The file's name, without folders.
    pub(crate) fn file_name(&self) -> &str {
        match self {
            Self::S3 { key, .. } => key.rsplit('/').next().unwrap_or_default(),
            Self::Web(url) => url.split(['?', '#']).next().and_then(|url| url.rsplit('/').next()).unwrap_or_default(),
            Self::File(path) => path.file_name().and_then(OsStr::to_str).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Location {
    /// The address as events have it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S3 { bucket, key } => write!(f, "s3://{bucket}/{key}"),
            Self::Web(url) => f.write_str(url),
            Self::File(path) => write!(f, "file://{}", path.display()),
        }
    }
}

/// The folder that the files of an output group go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination(Location);

impl Destination {
    /// The destination of a group, such as `s3://bucket/videos/` or `s3://bucket/videos/holiday`: without a slash at the
    /// end the last part is the base of all names.
    pub(crate) fn parse(uri: &str) -> Result<Self, BadLocation> {
        let bad = |problem| BadLocation::new(uri, problem);
        match Location::parse(uri)? {
            Location::S3 { key, .. } if key.split('/').any(|part| part == ".." || part == ".") => {
                Err(bad("`.` and `..` have no meaning in a key"))
            }
            Location::S3 { bucket, key } => {
                let folder = key.rsplit_once('/').map(|(folder, _)| folder).filter(|folder| !folder.is_empty());
                let key = folder.map(|folder| format!("{folder}/")).unwrap_or_default();
                Ok(Self(Location::S3 { bucket, key }))
            }
            Location::File(path) if uri.ends_with('/') => Ok(Self(Location::File(path))),
            Location::File(path) if path.file_name().and_then(OsStr::to_str).is_none() => Err(bad("it has no name")),
            Location::File(path) => Ok(Self(Location::File(path.parent().unwrap_or(Path::new("/")).to_owned()))),
            Location::Web(_) => Err(bad("files go to `s3://` only")),
        }
    }

    /// The place of a file with this name, which may have folders but never leads out of the destination.
    pub(crate) fn file(&self, name: &str) -> Result<Location, BadLocation> {
        let proper =
            |part: &str| !part.is_empty() && part != "." && part != ".." && !part.chars().any(char::is_control);
        if !name.split('/').all(proper) {
            return Err(BadLocation::new(name, "it leads out of its destination"));
        }
        Ok(match &self.0 {
            Location::S3 { bucket, key } => Location::S3 { bucket: bucket.clone(), key: format!("{key}{name}") },
            Location::File(path) => Location::File(path.join(name)),
            Location::Web(_) => return Err(BadLocation::new(name, "files go to `s3://` only")),
        })
    }
}
