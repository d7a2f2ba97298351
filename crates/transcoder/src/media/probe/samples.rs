//! Sources for tests.

use super::{AudioTrack, Colour, Language, Ratio, Rotation, Scan, Source, VideoTrack};

/// A source of 1920×1080 at so many frames in so many seconds, with stereo sound.
pub(crate) fn video(frames: u32, seconds: u32, duration: f64) -> Source {
    Source {
        container: None,
        duration: Some(duration),
        start: 0.0,
        size: None,
        bitrate: None,
        video: vec![VideoTrack {
            index: 0,
            codec: "h264".to_owned(),
            four_cc: None,
            profile: None,
            level: None,
            width: 1920,
            height: 1080,
            sample_aspect: Ratio::ONE,
            rotation: Rotation::None,
            frame_rate: Ratio::new(frames, seconds),
            scan: Scan::Progressive,
            bit_depth: 8,
            chroma: Some("4:2:0"),
            colour: Colour::default(),
            bitrate: None,
            duration: None,
            frames: None,
            timecode: None,
            embedded_captions: false,
            language: Language::new(None),
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
            default: true,
        }],
        text: Vec::new(),
        timecodes: Vec::new(),
    }
}
