//! The program: alone, against stand-ins for AWS, and end to end in an emulator.
#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

mod cli;
mod deploy;
#[cfg(feature = "e2e")]
mod e2e;
mod inputs;
