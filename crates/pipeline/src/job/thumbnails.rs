//! Still pictures of the video, every few seconds.

use serde_json::{Value, json};

use super::{Subject, is_capture};
use crate::{profile, size::Size};

/// The seconds between two pictures.
const SECONDS: u32 = 5;
/// The quality of the JPEG files in percent.
const QUALITY: u32 = 80;
/// More pictures than any video has; the service's own limit.
const MOST: u32 = 10_000_000;

/// The group that captures pictures, where the record asks for it and the template has none.
pub(super) fn group(subject: &Subject<'_>, groups: &[Value]) -> Option<Value> {
    let picture = subject.tracks.picture.filter(|_| subject.record.options.frame_capture)?;
    let outputs = groups.iter().filter_map(|group| group["outputs"].as_array()).flatten();
    if outputs.into_iter().any(is_capture) {
        return None;
    }
    let encoding = &subject.record.encoding;
    let size = match (encoding.frame_capture_width, encoding.frame_capture_height) {
        (Some(width), Some(height)) => Size { width, height },
        _ => picture.fit(profile::tier(subject.tracks.picture).frame()),
    };
    Some(json!({
        "customName": "thumbnails",
        "name": "Thumbnails",
        "outputGroupSettings": { "type": "FILE_GROUP_SETTINGS", "fileGroupSettings": {} },
        "outputs": [{
            "nameModifier": "_thumb",
            "containerSettings": { "container": "RAW" },
            "videoDescription": {
                "width": size.width,
                "height": size.height,
                "codecSettings": {
                    "codec": "FRAME_CAPTURE",
                    "frameCaptureSettings": {
                        "framerateNumerator": 1,
                        "framerateDenominator": SECONDS,
                        "maxCaptures": MOST,
                        "quality": QUALITY,
                    },
                },
            },
        }],
    }))
}
