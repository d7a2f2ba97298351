//! A service with MediaConvert's interface, on ffmpeg, for a laptop and for tests.
//!
//! **Architecture invariant**: it speaks MediaConvert's wire format to strangers (the AWS CLI, any SDK) and takes no
//! short cut because the caller is this platform, of which it knows nothing.
//!
//! It has two rooms. `service` keeps jobs, templates, presets and queues, and knows nothing of ffmpeg; `media` carries
//! out one job, and knows nothing of HTTP, queues or other jobs. Between them stands [`work`] alone.

#![allow(clippy::missing_errors_doc, reason = "the errors' messages say when they come")]

mod config;
pub mod loopback;
mod media;
mod service;
pub mod work;

pub use config::{Config, Events, Pace};
pub use media::Ffmpeg;
pub use service::{Error, https_client, serve, serve_with};
pub use work::Engine;
