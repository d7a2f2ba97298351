//! From encoded tracks to the files of an output group, without encoding again.

mod cut;
mod fragment;
mod track;

pub use cut::{Segment, cut};
pub use fragment::{Brand, WriteError, initialization, write_segments, write_single};
pub use track::{Sample, Sync, Track, TrackError};
