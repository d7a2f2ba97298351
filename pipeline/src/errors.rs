//! The names that functions give their errors; state machines retry and catch by them.

crate::settings::words! {
    /// The `errorType` of a failed invocation.
    ErrorName is "the name of an error" {
        /// A service was busy, slow or away: the same call may succeed later.
        Transient = "Transient",
        /// The event is not one that the function takes.
        InvalidEvent = "InvalidEvent",
        /// The function's environment lacks something or names an unknown handler.
        Misconfigured = "Misconfigured",
        /// The handler exists by name only.
        NotBuilt = "NotBuilt",
    }
}

/// The errors after which the same call may succeed; all others are final.
pub const RETRYABLE: &[ErrorName] = &[ErrorName::Transient];

impl ErrorName {
    /// The name, as state machines match it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.as_str()
    }
}
