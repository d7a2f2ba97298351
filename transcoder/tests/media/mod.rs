//! What tests of finished jobs share.

#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

pub(crate) mod checks;
pub(crate) mod job;
pub(crate) mod probe;
pub(crate) mod samples;
