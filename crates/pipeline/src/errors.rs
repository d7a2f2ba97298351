//! The names that functions give their errors; state machines retry and catch by them.

crate::settings::words! {
    /// The `errorType` of a failed invocation.
    ErrorName is "the name of an error" {
        /// A service asked for fewer calls.
        Throttled = "Throttled",
        /// A service was unavailable, or failed on its side.
        Unavailable = "Unavailable",
        /// A service did not answer in time, or could not be reached.
        Unreachable = "Unreachable",
        /// The event is not one that the function takes.
        InvalidEvent = "InvalidEvent",
        /// The function's environment lacks something or names an unknown handler.
        Misconfigured = "Misconfigured",
        /// A service refused what it was asked for.
        Refused = "Refused",
        /// A file that is neither a video nor a metadata file.
        UnsupportedFile = "UnsupportedFile",
        /// The metadata file is not what it should be.
        InvalidMetadata = "InvalidMetadata",
        /// There is no source, or it cannot be read.
        SourceMissing = "SourceMissing",
        /// The source is no media file, or breaks off before its tracks are known.
        InvalidMedia = "InvalidMedia",
        /// The table holds no record of the workflow.
        RecordMissing = "RecordMissing",
        /// The source has no track that can be encoded.
        NoUsableTrack = "NoUsableTrack",
        /// No variant of the job template exists.
        TemplateNotFound = "TemplateNotFound",
        /// A file that the job promised is missing or empty.
        OutputMissing = "OutputMissing",
        /// The outputs hold nothing that can be packaged.
        NothingToPackage = "NothingToPackage",
        /// A source has too many tags to be marked for the archive.
        TooManyTags = "TooManyTags",
        /// An answer is larger than a state machine may carry.
        TooLarge = "TooLarge",
        /// `MediaPackage` holds as many assets as its quota allows.
        QuotaReached = "QuotaReached",
        /// `MediaPackage` gives no address of an asset, or none that works.
        AssetFailed = "AssetFailed",
        /// A failure could neither be recorded nor announced.
        Unreported = "Unreported",
    }
}

/// The errors that may pass by themselves, so that a state machine tries the step again; every other one is final.
pub const RETRYABLE: [ErrorName; 4] =
    [ErrorName::Throttled, ErrorName::Unavailable, ErrorName::Unreachable, ErrorName::Unreported];

impl ErrorName {
    /// The name, as state machines match it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.as_str()
    }
}
