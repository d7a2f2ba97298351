//! Whole plans.

use serde_json::{Value, json};

use super::*;
use crate::media::{
    clipping::Clip,
    inspect::stem,
    probe::{Language, samples},
    process::Address,
};

fn clip() -> InputClip {
    let mut source = samples::video(25, 1, 10.0);
    source.video[0].rotation = Rotation::Quarter;
    source.audio.push(source.audio[0].clone());
    for (at, index, language) in [(0, 1, "eng"), (1, 2, "deu")] {
        source.audio[at].index = index;
        source.audio[at].language = Language::new(Some(language));
    }
    InputClip {
        input: 0,
        name: "film".to_owned(),
        source,
        address: Address::File("film.mp4".into()),
        clip: Clip { start: 0.0, end: None },
        duration: 10.0,
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
    plan(&serde_json::from_value(settings).unwrap(), &[clip()], &InputCaptions::new()).unwrap()
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

#[test]
fn names_begin_with_the_destination_or_the_input() {
    let table = [
        ("s3://bucket/id/hls/", "my film.v2.mp4", "my film.v2"),
        ("s3://bucket/id/hls/name", "film.mp4", "name"),
        ("s3://bucket/some where/ü%2e/film", "input.mp4", "film"),
        ("s3://bucket/id/", "film", "film"),
        ("s3://bucket/id/", ".hidden", ".hidden"),
    ];
    for (destination, input, expected) in table {
        assert_eq!(base(destination, stem(input)), expected);
    }
}
