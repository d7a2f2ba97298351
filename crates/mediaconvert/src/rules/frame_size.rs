//! Even widths and heights: 4:2:0 video has one colour sample for two pixels each way.

use super::{Media, Report, Rule};
use crate::path::Path;

pub(super) fn check(media: &Media<'_>, path: &Path<'_>, report: &mut Report) {
    let Some(video) = media.video else { return };
    for (name, size) in [("Width", video.width), ("Height", video.height)] {
        if let Some(size) = size.filter(|size| size % 2 != 0) {
            report.add(
                Rule::FrameSize,
                path,
                &format!("VideoDescription.{name}"),
                format!("{size} is odd; take {}", size - 1),
            );
        }
    }
}
