//! Manifests, written from what was measured.

mod codecs;
pub mod dash;
pub mod hls;
mod measured;
pub mod smooth;
mod text;

pub use codecs::codec_name;
pub use measured::{Bytes, KeyFrame, Measured, MeasuredSegment};
