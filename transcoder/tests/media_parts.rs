//! The parts of the media side against the real ffmpeg: what it is told, what it may do, and that it goes away.

#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

mod support;

#[path = "media_parts/captions.rs"]
mod captions;
#[path = "media_parts/pictures.rs"]
mod pictures;
#[path = "media_parts/probe.rs"]
mod probe;
#[path = "media_parts/process.rs"]
mod process;
#[path = "media_parts/program.rs"]
mod program;
#[path = "media_parts/storage.rs"]
mod storage;
