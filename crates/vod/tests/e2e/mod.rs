//! End to end: what `vod synth` writes, deployed into an emulator of AWS with the real `bootstrap`.
//!
//! Run by `cargo xtask test e2e`, which provides the emulator, the CDK command line and `bootstrap`.
mod assembly;
mod aws_cli;
mod caller;
mod cdk;
mod cloudformation_fake;
mod commands;
mod deploy;
mod deployment;
mod emulator;
mod film;
mod local;
mod matrix;
mod media_fake;
mod mishaps;
mod own_template;
mod platform;
mod profiles;
mod samples;
mod sizes;
mod strangers;
mod studio;
mod transcoder;
mod video;
mod workflow;
