#![forbid(unsafe_code)]
//! A serverless video-on-demand platform on AWS: its configuration, its stacks as typed values, and its command line.
//!
//! **Architecture invariant**: nothing here names an environment variable, a function or an IAM action twice: `pipeline`
//! has the contract, `synth` the ARNs. Commands print; everything else returns values.

pub mod artifacts;
pub mod aws;
pub mod cli;
pub mod companions;
pub mod config;
pub mod cost;
pub mod deploy;
pub mod encoding;
pub mod local;
pub mod operate;
pub mod package;
pub mod platform;
