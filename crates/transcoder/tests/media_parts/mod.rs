//! The parts of the media side against the real ffmpeg: its arguments, what it may do, and that it goes away.
//!
//! These are unit tests of `media`, which is private; `src/media/mod.rs` includes them.
#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

mod captions;
mod pictures;
mod probe;
mod process;
mod s3;
mod storage;
mod support;
