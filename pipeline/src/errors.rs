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
        /// The handler exists by name only.
        NotBuilt = "NotBuilt",
    }
}

/// The errors that may pass by themselves, so that a state machine tries the step again; every other one is final.
pub const RETRYABLE: [ErrorName; 3] = [ErrorName::Throttled, ErrorName::Unavailable, ErrorName::Unreachable];

impl ErrorName {
    /// The name, as state machines match it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.as_str()
    }
}
