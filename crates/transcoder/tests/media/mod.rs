//! What tests of finished jobs share.

pub(crate) mod checks;
pub(crate) mod job;
pub(crate) mod probe;
pub(crate) mod samples;
