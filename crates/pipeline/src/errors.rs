//! The names that functions give their errors; state machines retry and catch by them.

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr};

/// The `errorType` of a failed invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, IntoStaticStr)]
#[strum(const_into_str)]
pub enum ErrorName {
    /// A service asked for fewer calls.
    Throttled,
    /// A service was unavailable, or failed on its side.
    Unavailable,
    /// A service did not answer in time, or could not be reached.
    Unreachable,
    /// The event is not one that the function takes.
    InvalidEvent,
    /// The function's environment lacks something or names an unknown handler.
    Misconfigured,
    /// A service refused what it was asked for.
    Refused,
    /// A file that is neither a video nor a metadata file.
    UnsupportedFile,
    /// The metadata file is not what it should be.
    InvalidMetadata,
    /// A metadata file asks for something that its video does not get.
    NotApplied,
    /// There is no source yet that a metadata file names; it may still be on its way.
    SourcePending,
    /// There is no source, or it cannot be read.
    SourceMissing,
    /// The source is no media file, or breaks off before its tracks are known.
    InvalidMedia,
    /// The table holds no record of the workflow.
    RecordMissing,
    /// The source has no track that can be encoded.
    NoUsableTrack,
    /// No variant of the job template exists.
    TemplateNotFound,
    /// A file that the job promised is missing or empty.
    OutputMissing,
    /// The outputs hold nothing that can be packaged.
    NothingToPackage,
    /// A source has too many tags to be marked for the archive.
    TooManyTags,
    /// An answer is larger than a state machine may carry.
    TooLarge,
    /// `MediaPackage` holds as many assets as its quota allows.
    QuotaReached,
    /// `MediaPackage` gives no address of an asset, or none that works.
    AssetFailed,
    /// A failure could neither be recorded nor announced.
    Unreported,
}

/// The errors that may pass by themselves, so that a state machine tries the step again; every other one is final.
pub const RETRYABLE: [ErrorName; 4] =
    [ErrorName::Throttled, ErrorName::Unavailable, ErrorName::Unreachable, ErrorName::Unreported];
