//! The platform's stacks against what AWS does with them.

#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

#[path = "../common/mod.rs"]
mod common;

mod delivery;
mod regions;
mod releases;
mod retries;
mod states;
