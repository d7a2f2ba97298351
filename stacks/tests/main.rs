//! What configurations become: templates, policies, job templates and jobs.
#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

mod contract;
mod jobs;
mod platform;
mod policies;
mod templates;
