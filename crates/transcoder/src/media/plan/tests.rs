//! Whole plans.

use serde_json::{Value, json};

use super::{source::SourceAudio, *};

fn source() -> Source {
    let audio = |stream, language: &str| SourceAudio {
        stream,
        pid: None,
        channels: 2,
        sample_rate: 44_100,
        language: Some(language.to_owned()),
    };
    Source {
        name: "film".to_owned(),
        duration: 10.0,
        video: Some(SourceVideo {
            stream: 0,
            size: Size { width: 1920, height: 1080 },
            pixel_aspect: 1.0,
            rotation: Rotation::Quarter,
            rate: Rate { frames: 25, seconds: 1 },
        }),
        audio: vec![audio(1, "eng"), audio(2, "deu")],
    }
}

fn group(kind: &str, settings: &str, outputs: &[Value]) -> Value {
    json!({
        "OutputGroupSettings": {"Type": kind, settings: {"Destination": "s3://bucket/id/x", "SegmentLength": 6}},
        "Outputs": outputs,
    })
}

fn output(video: Option<(u32, u32)>, audio: &[&str]) -> Value {
    let video = video.map(|(width, height)| {
        json!({"Width": width, "Height": height, "CodecSettings": {"Codec": "H_264", "H264Settings": {
            "RateControlMode": "QVBR", "MaxBitrate": 1_000_000}}})
    });
    let audio: Vec<Value> = audio
        .iter()
        .map(|name| json!({"AudioSourceName": name, "CodecSettings": {"Codec": "AAC", "AacSettings": {"Bitrate": 96000}}}))
        .collect();
    let mut output = json!({"AudioDescriptions": audio});
    if let Some(video) = video {
        output["VideoDescription"] = video;
    }
    output
}

fn planned(rotate: &str, groups: &[Value]) -> Plan {
    let settings = json!({
        "Inputs": [{
            "FileInput": "s3://bucket/film.mp4",
            "VideoSelector": {"Rotate": rotate},
            "AudioSelectors": {
                "First": {"DefaultSelection": "DEFAULT"},
                "German": {"SelectorType": "LANGUAGE_CODE", "LanguageCode": "DEU"},
                "French": {"SelectorType": "LANGUAGE_CODE", "LanguageCode": "FRA"},
                "Second": {"SelectorType": "TRACK", "Tracks": [2]},
            },
        }],
        "OutputGroups": groups,
    });
    plan(&serde_json::from_value(settings).unwrap(), &[source()]).unwrap()
}

#[test]
fn what_several_groups_use_is_encoded_once() {
    let outputs = [output(Some((1280, 720)), &["First"]), output(Some((640, 360)), &["First"])];
    let plan = planned(
        "DEGREE_0",
        &[
            group("HLS_GROUP_SETTINGS", "HlsGroupSettings", &outputs),
            group("CMAF_GROUP_SETTINGS", "CmafGroupSettings", &outputs),
        ],
    );
    let sizes: Vec<u32> = plan.renditions.iter().map(|rendition| rendition.frame.size.height).collect();
    assert_eq!((sizes, plan.audio.len()), (vec![720, 360], 1));
    assert!(plan.packages.iter().all(|package| package.base == "x" && package.destination == "s3://bucket/id/x"));
}

#[test]
fn selectors_find_their_tracks() {
    let table = [("First", 1), ("German", 2), ("Second", 2), ("French", 1), ("Unknown", 1)];
    for (name, stream) in table {
        let plan = planned("DEGREE_0", &[group("HLS_GROUP_SETTINGS", "HlsGroupSettings", &[output(None, &[name])])]);
        assert_eq!(plan.audio[0].stream, stream, "{name}");
    }
}

#[test]
fn pictures_are_turned_as_the_job_says() {
    let table = [
        ("DEGREE_0", Rotation::None, 640),
        ("AUTO", Rotation::Quarter, 202),
        ("DEGREES_180", Rotation::Half, 640),
        ("DEGREES_270", Rotation::ThreeQuarters, 202),
    ];
    for (rotate, rotation, width) in table {
        let outputs = [output(Some((640, 360)), &[])];
        let plan = planned(rotate, &[group("HLS_GROUP_SETTINGS", "HlsGroupSettings", &outputs)]);
        assert_eq!((plan.turn, plan.renditions[0].frame.scaled.width), (rotation, width), "{rotate}");
    }
}
