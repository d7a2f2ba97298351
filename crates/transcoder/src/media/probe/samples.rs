//! Sources for tests.

use super::{AudioTrack, Colour, Language, Ratio, Rotation, Scan, Size, Source, VideoTrack};
use crate::media::timecode::FrameRate;

/// A source of 1920×1080 at so many frames in so many seconds, with stereo sound.
pub(crate) fn video(frames: u32, seconds: u32, duration: f64) -> Source {
    Source {
        container: None,
        duration: Some(duration),
        size: None,
        bitrate: None,
        video: vec![VideoTrack {
            index: 0,
            codec: "h264".to_owned(),
            four_cc: None,
            profile: None,
            level: None,
            size: Size { width: 1920, height: 1080 },
            sample_aspect: Ratio::ONE,
            rotation: Rotation::None,
            frame_rate: FrameRate::new(frames, seconds),
            scan: Scan::Progressive,
            bit_depth: 8,
            chroma: Some("4:2:0"),
            colour: Colour::default(),
            bitrate: None,
            duration: None,
            timecode: None,
        }],
        audio: vec![AudioTrack {
            index: 1,
            codec: "aac".to_owned(),
            channels: 2,
            layout: None,
            sample_rate: 48_000,
            bit_depth: None,
            bitrate: None,
            duration: None,
            language: Language::new(Some("eng")),
        }],
        text: Vec::new(),
        timecodes: Vec::new(),
    }
}
