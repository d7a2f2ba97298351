//! The names of errors that a state machine tells apart: what may pass by itself, and what will not.

/// An error that may pass by itself; a state machine tries the step again.
///
/// The name is what a function reports as its error's type, and what the machines' `Retry` lists. Every other error is
/// final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Retryable {
    /// A service asked for fewer calls.
    Throttled,
    /// A service was unavailable, or failed on its side.
    Unavailable,
    /// A service did not answer in time, or could not be reached.
    Unreachable,
}

/// Every retryable error.
pub const RETRYABLE: [Retryable; 3] = [Retryable::Throttled, Retryable::Unavailable, Retryable::Unreachable];

impl Retryable {
    /// The error's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Throttled => "Throttled",
            Self::Unavailable => "Unavailable",
            Self::Unreachable => "Unreachable",
        }
    }
}
