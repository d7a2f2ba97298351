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

pub(crate) use burn_in::{BurnIn, burn_in_filter};
pub(crate) use cue::Cue;
pub(crate) use load::Loader;
pub(crate) use segments::{SegmentLength, cut, playlist, segment_text};
pub(crate) use settings::{CaptionSource, CaptionTarget, Label, SidecarFormat, label, source, target};
pub(crate) use srt::{read as read_srt, write as write_srt};
pub(crate) use timeline::{Piece, joined, shifted};
pub(crate) use webvtt::{read as read_webvtt, write as write_webvtt};
