//! Tests of media information: Probe's answers, completion and the shape of what is stored.

use proptest::prelude::*;
use serde_json::json;
use strum::VariantArray as _;

use super::{
    Audio, Container, MediaInfo, PixelAspect, Rotation, Video,
    probe::{self, ProbeProblem},
    rate,
};

/// A phone's portrait video as Probe tells of it, tracks out of order, with members that are newer than this program.
fn answer() -> serde_json::Value {
    json!({"probeResults": [{
        "container": {"format": "mp4", "duration": 10.0267, "bitRate": 8_000_123, "newer": {}, "tracks": [
            {"index": 3, "trackType": "data", "codec": "C608", "duration": 10.0,
                "dataProperties": {"languageCode": "eng"}},
            {"index": 2, "trackType": "audio", "codec": "AAC", "duration": 10.02666, "audioProperties": {
                "bitDepth": 16, "bitRate": 128_000, "channels": 2, "sampleRate": 48000, "languageCode": "und",
                "frameRate": {"numerator": 375, "denominator": 8}}},
            {"index": 4, "trackType": "data"},
            {"index": 1, "trackType": "video", "codec": "AVC", "duration": 10.01, "videoProperties": {
                "bitDepth": 8, "bitRate": 7_800_000, "width": 1920, "height": 1080,
                "colorPrimaries": "ITU_709", "frameRate": {"numerator": 30000, "denominator": 1001},
                "codecMetadata": {"profile": "High", "level": "4", "chromaSubsampling": "4:2:0",
                    "scanType": "PROGRESSIVE", "sampleAspectRatio": {"numerator": 1, "denominator": 1}}}}
        ]},
        "metadata": {"eTag": "e", "fileSize": 10_000_000, "mimeType": "video/mp4"},
        "trackMappings": [{"videoTrackIndexes": [1]}],
    }]})
}

#[test]
fn a_probe_answer_has_the_shape_of_so0021() {
    let info = probe::read("a b.mp4", 10_000_000, &answer()).unwrap();
    insta::assert_json_snapshot!(info, @r#"
    {
      "filename": "a b.mp4",
      "container": {
        "format": "MPEG-4",
        "mimeType": "video/mp4",
        "fileSize": 10000000,
        "duration": 10.027,
        "totalBitrate": 8000123
      },
      "video": [
        {
          "codec": "AVC",
          "profile": "High@L4",
          "bitrate": 7800000,
          "duration": 10.01,
          "frameCount": 300,
          "width": 1920,
          "height": 1080,
          "framerate": 29.97,
          "scanType": "Progressive",
          "aspectRatio": "1.778",
          "bitDepth": 8,
          "colorSpace": "YUV 4:2:0",
          "pixelAspectRatio": "1:1",
          "displayWidth": 1920,
          "displayHeight": 1080,
          "rotation": 0
        }
      ],
      "audio": [
        {
          "codec": "AAC",
          "bitrate": 128000,
          "duration": 10.027,
          "channels": 2,
          "samplingRate": 48000
        }
      ],
      "text": [
        {
          "id": "3",
          "format": "EIA-608",
          "duration": 10.0,
          "language": "eng"
        }
      ]
    }
    "#);
}

#[test]
fn the_boxes_complete_what_probe_reported() {
    let reported = probe::read("a.mp4", 10_000_000, &answer()).unwrap();
    let boxes = MediaInfo {
        container: Container { duration: Some(9.5), ..Container::default() },
        video: vec![
            Video { width: Some(640), height: Some(360), rotation: Rotation::Half, ..Video::default() },
            Video {
                codec: "other".to_owned(),
                width: Some(1920),
                height: Some(1080),
                rotation: Rotation::Quarter,
                duration: Some(9.5),
                frame_count: Some(285),
                pixel_aspect_ratio: PixelAspect::new(4, 3),
                ..Video::default()
            },
        ],
        audio: vec![Audio {
            codec: "AAC".to_owned(),
            language: Some("deu".to_owned()),
            bitrate_mode: Some("VBR".to_owned()),
            bitrate: Some(1),
            ..Audio::default()
        }],
        ..MediaInfo::default()
    };
    let info = reported.completed_by(boxes);
    let (video, audio) = (&info.video[0], &info.audio[0]);
    assert_eq!((info.video.len(), info.audio.len(), info.text.len()), (1, 1, 1));
    assert_eq!((video.codec.as_str(), video.rotation, video.frame_count), ("AVC", Rotation::Quarter, Some(285)));
    assert_eq!((video.duration, info.container.duration), (Some(9.5), Some(9.5)));
    assert_eq!((video.display_width, video.display_height), (Some(1080), Some(2560)));
    assert_eq!(video.aspect_ratio.as_deref(), Some("2.370"));
    assert_eq!((audio.language.as_deref(), audio.bitrate), (Some("deu"), Some(128_000)));
    assert_eq!(audio.bitrate_mode.as_deref(), Some("VBR"));
}

#[test]
fn a_rotation_that_probe_tells_counts() {
    let mut answer = answer();
    for (degrees, rotation) in [(90, Rotation::Quarter), (-90, Rotation::ThreeQuarters), (45, Rotation::None)] {
        answer["probeResults"][0]["container"]["tracks"][3]["videoProperties"]["rotation"] = json!(degrees);
        assert_eq!(probe::read("a", 1, &answer).unwrap().video[0].rotation, rotation);
    }
}

#[test]
fn answers_that_tell_nothing() {
    for nothing in [
        json!({}),
        json!({"probeResults": []}),
        json!({"probeResults": [{}]}),
        json!({"probeResults": [{"container": {"tracks": null}}]}),
        json!({"probeResults": [{"container": null, "metadata": {"fileSize": 3}}]}),
    ] {
        assert!(matches!(probe::read("a", 1, &nothing), Err(ProbeProblem::NoContainer)), "{nothing}");
    }
    for malformed in [json!(null), json!("x"), json!({"probeResults": [{"container": {"tracks": [{"index": "a"}]}}]})] {
        assert!(matches!(probe::read("a", 1, &malformed), Err(ProbeProblem::Malformed(_))), "{malformed}");
    }
    let empty = probe::read("a", 1, &json!({"probeResults": [{"container": {"format": "newer"}}]})).unwrap();
    assert!(!empty.has_tracks());
    assert_eq!(empty.container.format, "newer");
}

#[test]
fn turned_and_mirrored_matrices() {
    let one = 0x1_0000;
    for (matrix, degrees) in [
        ([one, 0, 0, one], 0),
        ([0, one, -one, 0], 90),
        ([-one, 0, 0, -one], 180),
        ([0, -one, one, 0], 270),
        ([-one, 0, 0, one], 0),
        ([0, one, one, 0], 0),
        ([0, 0, 0, 0], 0),
    ] {
        assert_eq!(Rotation::of_matrix(matrix).degrees(), degrees, "{matrix:?}");
    }
}

#[test]
fn shapes_of_pixels() {
    assert_eq!(json!(PixelAspect::new(64, 48)), json!("4:3"));
    for (width, height) in [(0, 1), (1, 0), (0, 0), (1000, 1), (1, u64::MAX)] {
        assert_eq!(PixelAspect::new(width, height), None);
    }
    for wrong in [json!("4"), json!("4:0"), json!(3)] {
        assert!(serde_json::from_value::<PixelAspect>(wrong).is_err());
    }
    assert!(serde_json::from_value::<Rotation>(json!(45)).is_err());
}

#[test]
fn what_so0021_stored_is_read() {
    let stored = r#"{"filename": "a.mp4", "container": {"format": "MPEG-4", "fileSize": 5, "totalBitrate": 800},
        "video": [{"codec": "AVC", "width": 1440, "height": 1080, "samplePerFrame": 3}]}"#;
    let info: MediaInfo = serde_json::from_str(stored).unwrap();
    assert_eq!((info.video[0].width, info.audio.len()), (Some(1440), 0));
}

proptest! {
    /// Whatever the numbers are, the sizes as displayed are those of the picture, turned, and the text reads back.
    #[test]
    fn derived_values_hold(
        width in any::<u32>(), height in any::<u32>(), sides in any::<(u16, u16)>(), turn in 0_usize..4,
        seconds in any::<f64>(), framerate in any::<f64>(), file_size in any::<u64>(),
    ) {
        let video = Video {
            width: Some(width), height: Some(height), duration: Some(seconds), framerate: Some(framerate),
            pixel_aspect_ratio: PixelAspect::new(sides.0.into(), sides.1.into()), rotation: Rotation::VARIANTS[turn],
            ..Video::default()
        };
        let info = MediaInfo {
            container: Container { file_size, duration: Some(seconds), ..Container::default() },
            video: vec![video],
            ..MediaInfo::default()
        }.derived();
        let video = &info.video[0];
        prop_assert_eq!(video.display_width.is_some(), width > 0 && height > 0);
        if let (Some(shown), true) = (video.display_width.zip(video.display_height), height > 0) {
            let untouched = if Rotation::VARIANTS[turn].swaps_sides() { shown.0 } else { shown.1 };
            prop_assert_eq!(untouched, height);
        }
        let written = serde_json::to_string(&info).unwrap();
        prop_assert!(!written.contains("null"));
        serde_json::from_str::<MediaInfo>(&written).unwrap();
    }

    /// Any JSON is an answer or a typed error.
    #[test]
    fn any_answer_is_taken(index in any::<i64>(), rate in any::<f64>(), codec in ".{0,8}", kind in "(video|audio|data|x)") {
        let answer = json!({"probeResults": [{"container": {"format": codec, "bitRate": rate, "duration": rate, "tracks": [
            {"index": index, "trackType": kind, "codec": codec, "duration": rate}]}}]});
        prop_assert_eq!(probe::read("a", 0, &answer).unwrap().has_tracks(), kind != "x");
    }
}

#[test]
fn rates_of_nothing_are_unknown() {
    for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(rate(100, seconds), None);
    }
    assert_eq!(rate(100, 2.0), Some(400));
}
