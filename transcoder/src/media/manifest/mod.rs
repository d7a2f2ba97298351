//! Manifests, written from what was measured.

mod codecs;
mod measured;

pub use codecs::codec_name;
pub use measured::{Bytes, Measured, MeasuredSegment};
