//! How videos are encoded.

pub mod job_templates;
pub mod ladder;
