//! The rules of the video platform, as pure functions and types.
//!
//! **Architecture invariant**: this crate is pure. The same input gives the same output: no AWS SDK, no I/O, no clock,
//! no randomness. A rule about videos lives here and nowhere else.
//!
//! `stacks` reads the [`contract`] to build the functions, `runtime` reads it to run them.

pub mod archive;
pub mod arrival;
pub mod captions;
pub mod catalogue;
pub mod contract;
pub mod custom_resource;
pub mod errors;
pub mod ingest;
pub mod job;
pub mod job_event;
pub mod location;
pub mod media_types;
pub mod mediainfo;
pub mod message;
pub mod metrics;
pub mod outputs;
pub mod overflow;
pub mod packaging;
pub mod player;
pub mod profile;
pub mod record;
pub mod report;
pub mod settings;
pub mod size;
pub mod state;
pub mod store;
pub mod trigger;
pub mod uploads;
pub mod wire;
