//! A service with MediaConvert's interface, on ffmpeg, for a laptop and for tests.
//!
//! **Architecture invariant**: it speaks MediaConvert's wire format to strangers (the AWS CLI, any SDK) and takes no
//! short cut because the caller is this platform, of which it knows nothing.
//!
//! It has two rooms. The service (`api`, `resolve`, `store`, `schedule`, `events`) keeps jobs, templates, presets and
//! queues, and knows nothing of ffmpeg; [`media`] carries out one job, and knows nothing of HTTP, queues or other jobs.
//! Between them stands [`media::work`] alone.

mod account;
mod api;
mod config;
mod engine;
mod events;
mod files;
pub mod loopback;
pub mod media;
mod resolve;
mod schedule;
mod server;
mod service;
mod store;

pub use config::{Config, Events, Pace};
pub use engine::Engine;
pub use server::{Error, https_client, serve, serve_with};
