//! Whether a file can be read, from what S3 says of it.

use crate::{errors::ErrorName, record::StartedBy};

/// What S3 says of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability<'a> {
    /// It answered with this status, which is not a success.
    Refused {
        status: u16,
        /// The error's code, which an answer to HEAD does not have.
        code: Option<&'a str>,
        /// The error's message, which an answer to HEAD does not have.
        message: Option<&'a str>,
    },
    Exists {
        /// Its storage class, where it is not the standard one.
        storage_class: Option<&'a str>,
        /// The tier of the archive that it moved to by itself, where it did.
        archive_status: Option<&'a str>,
        /// How its restoration goes, where there was one.
        restore: Option<&'a str>,
    },
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceProblem {
    #[error(
        "there is no object `{key}` in the bucket `{bucket}`: check the key, in which upper and lower case differ and \
         which begins with neither a slash nor the bucket"
    )]
    Missing { bucket: String, key: String },
    #[error(
        "the object `{key}` in the bucket `{bucket}` may not be read: check the bucket's policy and, where the object is \
         encrypted with a key of your own, that key's policy{}",
        message.as_ref().map(|message| format!(" (S3's answer: {message})")).unwrap_or_default()
    )]
    Forbidden { bucket: String, key: String, message: Option<String> },
    #[error("the object `{key}` in the bucket `{bucket}` is archived: restore it first")]
    Archived { bucket: String, key: String },
}

impl SourceProblem {
    /// What state machines know the problem by. A metadata file may come before its video; a video that started its own
    /// workflow does not come again.
    pub const fn name(&self, started_by: StartedBy) -> ErrorName {
        match (self, started_by) {
            (Self::Missing { .. }, StartedBy::Metadata) => ErrorName::SourcePending,
            _ => ErrorName::SourceMissing,
        }
    }

    /// What stands between us and an object, if what S3 says means that something does.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
    pub fn of(bucket: &str, key: &str, says: Availability<'_>) -> Option<Self> {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        match says {
            // 405: the version that was asked for is a delete marker.
            Availability::Refused { status: 404 | 405, code, .. } if code != Some("NoSuchBucket") => {
                Some(Self::Missing { bucket, key })
            }
            Availability::Refused { code: Some("InvalidObjectState"), .. } => Some(Self::Archived { bucket, key }),
            // Other refusals with this status are of clocks, credentials and accounts, not of the object.
            Availability::Refused { status: 403, code: None | Some("AccessDenied" | "AllAccessDisabled"), message } => {
                Some(Self::Forbidden { bucket, key, message: message.map(str::to_owned) })
            }
            Availability::Refused { .. } => None,
            Availability::Exists { storage_class, archive_status, restore } => {
                let archived = archive_status.is_some() || matches!(storage_class, Some("GLACIER" | "DEEP_ARCHIVE"));
                let restored = restore.is_some_and(|state| state.contains("ongoing-request=\"false\""));
                (archived && !restored).then_some(Self::Archived { bucket, key })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_s3_says() {
        let exists =
            |storage_class, archive_status, restore| Availability::Exists { storage_class, archive_status, restore };
        let refused = |status, code, message| Availability::Refused { status, code, message };
        let (ongoing, done) = (Some(r#"ongoing-request="true""#), Some(r#"ongoing-request="false", expiry-date="x""#));
        for (says, problem) in [
            (exists(None, None, None), ""),
            (exists(Some("GLACIER_IR"), None, None), ""),
            (exists(Some("GLACIER"), None, done), ""),
            (exists(Some("GLACIER"), None, None), "is archived"),
            (exists(Some("DEEP_ARCHIVE"), None, ongoing), "is archived"),
            (exists(Some("INTELLIGENT_TIERING"), Some("ARCHIVE_ACCESS"), None), "is archived"),
            (refused(404, None, None), "there is no object `k` in the bucket `b`"),
            (refused(405, Some("MethodNotAllowed"), None), "there is no object"),
            (refused(403, None, None), "may not be read"),
            (refused(403, Some("AccessDenied"), Some("not authorized to perform: kms:Decrypt")), "kms:Decrypt"),
            (refused(403, Some("InvalidObjectState"), Some("x")), "is archived"),
            (refused(403, Some("RequestTimeTooSkewed"), Some("x")), ""),
            (refused(403, Some("InvalidAccessKeyId"), Some("x")), ""),
            (refused(404, Some("NoSuchBucket"), Some("x")), ""),
            (refused(503, None, None), ""),
        ] {
            let found = SourceProblem::of("b", "k", says).map(|problem| problem.to_string()).unwrap_or_default();
            assert!(found.contains(problem) && found.is_empty() == problem.is_empty(), "{says:?}: {found}");
        }
    }
}
