//! Manifests, written from what was measured.

mod codecs;
pub(crate) mod dash;
pub(crate) mod hls;
mod measured;
pub(crate) mod smooth;
mod text;

pub(crate) use codecs::codec_name;
pub(crate) use measured::{Bytes, KeyFrame, Measured, MeasuredSegment};
