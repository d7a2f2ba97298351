//! Pictures of a film: captured frames, and storyboards that players show while someone seeks.
//!
//! Both are outputs of the job's one run of ffmpeg: a filter for the picture, and the arguments that write images.

mod frames;
mod images;
mod storyboard;

pub(crate) use frames::FrameCapture;
pub(crate) use images::Images;
pub(crate) use storyboard::{Cadence, Storyboard, storyboards};

use super::filter::Filter;

/// The filter that lets the first frame pass, and then the first one of each interval of so many seconds. It keeps to
/// the clock: what one frame is late does not make the next one late.
fn one_each(seconds: f64) -> Filter {
    let nth = |time: &str| format!("floor(({time}-start_t)/{seconds:.9}+0.000001)");
    Filter::new(format!("select='isnan(prev_selected_t)+gt({},{})'", nth("t"), nth("prev_selected_t")))
}
