//! Constructs, templates and assemblies, as a program that uses this crate sees them.
#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

mod asl;
mod assembly;
mod constructs;
mod examples;
mod generated;
mod iam;
mod intrinsics;
mod problems;
