//! Whether a file can be read, from what S3 says of it.

/// What S3 says of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability<'a> {
    /// It answered with this status, which is not a success.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// It exists.
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
    /// There is none.
    #[error(
        "there is no object `{key}` in the bucket `{bucket}`: check the key, in which upper and lower case differ and \
         which begins with neither a slash nor the bucket"
    )]
    Missing {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// Reading is not allowed.
    #[error(
        "the object `{key}` in the bucket `{bucket}` may not be read: check the bucket's policy and, where the object is \
         encrypted with a key of your own, that key's policy"
    )]
    Forbidden {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// It is in an archive.
    #[error("the object `{key}` in the bucket `{bucket}` is archived: restore it first")]
    Archived {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
}

impl SourceProblem {
    /// What stands between us and an object, if what S3 says means that something does.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
    #[must_use]
    pub fn of(bucket: &str, key: &str, says: Availability<'_>) -> Option<Self> {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        match says {
            // 405: the version that was asked for is a delete marker.
            Availability::Refused { status: 404 | 405 } => Some(Self::Missing { bucket, key }),
            Availability::Refused { status: 403 } => Some(Self::Forbidden { bucket, key }),
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
        let (ongoing, done) = (Some(r#"ongoing-request="true""#), Some(r#"ongoing-request="false", expiry-date="x""#));
        for (says, problem) in [
            (exists(None, None, None), ""),
            (exists(Some("GLACIER_IR"), None, None), ""),
            (exists(Some("GLACIER"), None, done), ""),
            (exists(Some("GLACIER"), None, None), "is archived"),
            (exists(Some("DEEP_ARCHIVE"), None, ongoing), "is archived"),
            (exists(Some("INTELLIGENT_TIERING"), Some("ARCHIVE_ACCESS"), None), "is archived"),
            (Availability::Refused { status: 404 }, "there is no object `k` in the bucket `b`"),
            (Availability::Refused { status: 405 }, "there is no object"),
            (Availability::Refused { status: 403 }, "may not be read"),
            (Availability::Refused { status: 503 }, ""),
        ] {
            let found = SourceProblem::of("b", "k", says).map(|problem| problem.to_string()).unwrap_or_default();
            assert!(found.contains(problem) && found.is_empty() == problem.is_empty(), "{says:?}: {found}");
        }
    }
}
