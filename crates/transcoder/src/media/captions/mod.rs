//! Captions: read from sidecar files and tracks, brought onto the output's time line, and written as WebVTT or SRT, or
//! burnt into the picture.

mod burn_in;
mod cue;
mod load;
mod segments;
mod settings;
mod srt;
mod text;
mod timeline;
mod webvtt;

pub use burn_in::{BurnIn, burn_in_filter};
pub use cue::Cue;
pub use load::{CaptionError, Loader};
pub use segments::{CaptionSegment, SegmentLength, cut, playlist, segment_text};
pub use settings::{CaptionSource, CaptionTarget, Label, SidecarFormat, label, source, target};
pub use srt::{read as read_srt, write as write_srt};
pub use timeline::{Piece, joined, shifted};
pub use webvtt::{read as read_webvtt, write as write_webvtt};
