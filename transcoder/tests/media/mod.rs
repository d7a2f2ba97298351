//! What tests of finished jobs share.

pub(crate) mod job;
pub(crate) mod samples;
