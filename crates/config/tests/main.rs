//! Configurations: their layers and their problems.
#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

mod layers;
mod problems;
