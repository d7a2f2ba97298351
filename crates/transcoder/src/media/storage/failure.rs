//! How reading and writing fails.

use std::{
    error::Error,
    fmt,
    path::{Path, PathBuf},
};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::BadLocation;
use crate::{media::with_causes, work::JobFailure};

#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    #[error(transparent)]
    Location(#[from] BadLocation),
    #[error("cannot {doing} {uri}: {source}")]
    S3 { doing: &'static str, uri: String, source: S3Error },
    #[error("cannot {doing} {}: {source}", path.display())]
    File { doing: &'static str, path: PathBuf, source: std::io::Error },
    /// A `file://` address where none may be used.
    #[error("{} is not below the folder whose files may be used", path.display())]
    OutsideFolder { path: PathBuf },
    #[error("{uri} is larger than {limit} bytes")]
    TooLarge { uri: String, limit: u64 },
}

/// An error of the SDK, with what matters of it.
#[derive(Debug, thiserror::Error)]
pub(crate) struct S3Error {
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) source: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for S3Error {
    /// For a person who reads why a job failed: what S3 answers, or what stands in the way to it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(status) = self.status else { return f.write_str(&with_causes(&*self.source)) };
        write!(f, "S3 answers {status}")?;
        self.code.iter().try_for_each(|code| write!(f, " {code}"))?;
        self.message.iter().try_for_each(|message| write!(f, ": {message}"))
    }
}

impl<E: ProvideErrorMetadata + Error + Send + Sync + 'static> From<SdkError<E>> for S3Error {
    fn from(error: SdkError<E>) -> Self {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let [code, message] = [error.code(), error.message()].map(|text| text.map(str::to_owned));
        Self { status, code, message, source: error.into() }
    }
}

impl From<aws_sdk_s3::primitives::ByteStreamError> for S3Error {
    fn from(error: aws_sdk_s3::primitives::ByteStreamError) -> Self {
        Self { status: None, code: None, message: None, source: error.into() }
    }
}

impl StorageError {
    pub(super) fn s3(doing: &'static str, uri: &str, source: S3Error) -> Self {
        Self::S3 { doing, uri: uri.to_owned(), source }
    }

    pub(super) fn file(doing: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::File { doing, path: path.to_owned(), source }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Location(_) | Self::TooLarge { .. } => 400,
            Self::S3 { source, .. } => source.status.unwrap_or(500),
            Self::File { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => 404,
                std::io::ErrorKind::PermissionDenied => 403,
                _ => 500,
            },
            Self::OutsideFolder { .. } => 403,
        }
    }

    /// The failure of a job whose input cannot be read: 14xx, where the last digits are those of HTTP
    /// (<https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html>).
    pub(crate) fn of_input(&self) -> JobFailure {
        self.failure(1400)
    }

    /// The failure of a job whose output cannot be written: 34xx, where the last digits are those of HTTP.
    pub(crate) fn of_output(&self) -> JobFailure {
        self.failure(3400)
    }

    fn failure(&self, base: u32) -> JobFailure {
        let code = match self.status() {
            status @ (400 | 401 | 403 | 404) => base + u32::from(status) % 100,
            _ => base + 50,
        };
        JobFailure { code, message: self.to_string() }
    }
}
