//! Jobs from a film to its manifests, with ffmpeg.

use crate::media::{
    checks::{complete, dash, hls},
    job::{aac, cmaf, dash as dash_group, files, h264, hls as hls_group, job, output, run_in},
    probe::{decodes, frames, rows, similarity},
    samples::film,
};
use serde_json::{Value, json};

#[tokio::test]
async fn every_kind_of_group_from_one_run() {
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "film.mp4", "640x360", "30000/1001", 10, &["eng"]);
    let (large, small) = (h264(640, 360, 1_500_000), h264(320, 180, 400_000));
    let groups = [
        hls_group(&[
            output("_360p", "M3U8", Some(large.clone()), &[aac()]),
            output("_180p", "M3U8", Some(small.clone()), &[aac()]),
        ]),
        dash_group(&[
            output("_360p", "MPD", Some(large.clone()), &[]),
            output("_180p", "MPD", Some(small.clone()), &[]),
            output("_audio", "MPD", None, &[aac()]),
        ]),
        cmaf(&[
            output("_360p", "CMFC", Some(large.clone()), &[]),
            output("_180p", "CMFC", Some(small), &[]),
            output("_audio", "CMFC", None, &[aac()]),
        ]),
        files(&[output("_360p", "MP4", Some(large), &[aac()])]),
    ];
    let done = run_in(folder, job("film.mp4", &groups)).await;
    let kinds: Vec<&str> = done.completed().output_group_details.iter().map(|group| group.kind.as_str()).collect();
    assert_eq!(kinds, ["HLS_GROUP", "DASH_ISO_GROUP", "CMAF_GROUP", "FILE_GROUP"]);
    assert!(done.warnings().is_empty(), "{:?}", done.warnings());

    let streams = hls(&done.path("hls/film.m3u8"));
    let fragments = hls(&done.path("cmaf/film.m3u8"));
    complete(&streams, 300);
    complete(&fragments, 300);
    dash(&done.path("dash/film.mpd"));
    dash(&done.path("cmaf/film.mpd"));
    let file = done.path("files/film_360p.mp4");
    decodes(&file);
    assert_eq!(frames(&file), 300);
    let source = done.source("film.mp4");
    for (path, size) in [&streams[0], &fragments[0]] {
        let similarity = similarity(path, &source, size.unwrap());
        assert!(similarity >= 0.95, "{}: {similarity}", path.display());
    }
}

/// The codecs that MediaConvert's customers use, each with a film of its own.
#[tokio::test]
async fn codecs() {
    let video = |codec: &str, settings: Value| {
        let name = format!("{}Settings", if codec == "H_265" { "H265" } else { "Av1" });
        json!({"Width": 320, "Height": 180, "CodecSettings": {"Codec": codec, name: settings}})
    };
    let hevc = video(
        "H_265",
        json!({"RateControlMode": "VBR", "Bitrate": 300_000, "MaxBitrate": 400_000,
        "GopSize": 50, "GopSizeUnits": "FRAMES", "QualityTuningLevel": "SINGLE_PASS"}),
    );
    let av1 = video("AV1", json!({"RateControlMode": "QVBR", "MaxBitrate": 400_000, "GopSize": 50}));
    let cbr = json!({"Width": 320, "Height": 180, "CodecSettings": {"Codec": "H_264", "H264Settings": {
        "RateControlMode": "CBR", "Bitrate": 300_000, "GopSize": 2, "GopSizeUnits": "SECONDS",
        "FramerateControl": "SPECIFIED", "FramerateNumerator": 25, "FramerateDenominator": 1,
        "CodecProfile": "MAIN", "QualityTuningLevel": "SINGLE_PASS"}}});
    let audio = |codec: &str, settings: &str, rate: u32| json!({"AudioSourceName": "Audio Selector 1", "CodecSettings": {"Codec": codec, settings: {"Bitrate": rate}}});
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "film.mp4", "320x180", "25", 5, &["deu"]);
    let groups = [
        cmaf(&[
            output("_hevc", "CMFC", Some(hevc), &[]),
            output("_av1", "CMFC", Some(av1), &[]),
            output("_cbr", "CMFC", Some(cbr), &[]),
            output("_eac3", "CMFC", None, &[audio("EAC3", "Eac3Settings", 96_000)]),
        ]),
        files(&[
            output("_ac3", "RAW", None, &[audio("AC3", "Ac3Settings", 128_000)]),
            output("_mp3", "RAW", None, &[audio("MP3", "Mp3Settings", 96_000)]),
            output("_opus", "MP4", None, &[audio("OPUS", "OpusSettings", 64_000)]),
        ]),
    ];
    let done = run_in(folder, job("film.mp4", &groups)).await;
    let details = &done.completed().output_group_details[1].output_details;
    let found: Vec<String> = details
        .iter()
        .map(|detail| {
            let path = detail.output_file_paths[0].strip_prefix("file://").unwrap();
            decodes(path.as_ref());
            rows(path.as_ref(), &["-show_entries", "stream=codec_name"])[0][0].clone()
        })
        .collect();
    assert_eq!(found, ["ac3", "mp3", "opus"]);
    dash(&done.path("cmaf/film.mpd"));
    let master = std::fs::read_to_string(done.path("cmaf/film.m3u8")).unwrap();
    for codec in ["hvc1.1.6.", "av01.0.", "avc1.4D40", "ec-3"] {
        assert!(master.contains(codec), "{codec} in {master}");
    }
    for name in ["cmaf/film_hevc.m3u8", "cmaf/film_av1.m3u8", "cmaf/film_cbr.m3u8"] {
        assert_eq!(frames(&done.path(name)), 125, "{name}");
    }
}

/// Two languages, a film on its side, one file for all segments, and a job that asks for what the film does not have.
#[tokio::test]
async fn odd_films() {
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "two.mp4", "320x180", "25", 5, &["eng", "deu"]);
    let audio = |language: &str| {
        let mut audio = aac();
        audio["AudioSourceName"] = language.into();
        audio
    };
    let mut group = cmaf(&[
        output("_video", "CMFC", Some(h264(320, 180, 400_000)), &[]),
        output("_english", "CMFC", None, &[audio("English")]),
        output("_german", "CMFC", None, &[audio("German")]),
    ]);
    group["OutputGroupSettings"]["CmafGroupSettings"]["SegmentControl"] = "SINGLE_FILE".into();
    let mut settings = job("two.mp4", &[group]);
    settings["Inputs"][0]["VideoSelector"]["Rotate"] = "DEGREES_90".into();
    settings["Inputs"][0]["AudioSelectors"] = json!({
        "English": {"SelectorType": "TRACK", "Tracks": [1]},
        "German": {"SelectorType": "LANGUAGE_CODE", "LanguageCode": "DEU"},
    });
    let done = run_in(folder, settings).await;
    done.completed();
    let variants = hls(&done.path("cmaf/two.m3u8"));
    complete(&variants, 125);
    let master = std::fs::read_to_string(done.path("cmaf/two.m3u8")).unwrap();
    assert!(master.contains(r#"LANGUAGE="eng",NAME="eng",DEFAULT=YES"#), "{master}");
    assert!(master.contains(r#"LANGUAGE="deu",NAME="deu",AUTOSELECT=YES"#), "{master}");
    decodes(&done.path("cmaf/two.mpd"));
}

#[tokio::test]
async fn films_without_sound_or_pictures() {
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "silent.mp4", "320x180", "25", 3, &[]);
    let outputs = [output("_180p", "M3U8", Some(h264(320, 180, 400_000)), &[aac()])];
    let done = run_in(folder, job("silent.mp4", &[hls_group(&outputs)])).await;
    done.completed();
    complete(&hls(&done.path("hls/silent.m3u8")), 75);

    let folder = tempfile::tempdir().unwrap();
    let tone = folder.path().join("tone.wav").display().to_string();
    crate::media::samples::ffmpeg(&["-f", "lavfi", "-i", "sine=duration=5", &tone]);
    let done = run_in(folder, job("tone.wav", &[hls_group(&outputs)])).await;
    done.completed();
    hls(&done.path("hls/tone.m3u8"));
    assert!(done.warnings().iter().any(|warning| warning.message.contains("no video")), "{:?}", done.warnings());
}

#[tokio::test]
async fn inputs_that_cannot_be_used() {
    let outputs = [output("_180p", "M3U8", Some(h264(320, 180, 400_000)), &[aac()])];
    let folder = tempfile::tempdir().unwrap();
    let done = run_in(folder, job("missing.mp4", &[hls_group(&outputs)])).await;
    assert_eq!(done.result.as_ref().unwrap_err().code, 1404);

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.mp4"), [7; 5000]).unwrap();
    let done = run_in(folder, job("broken.mp4", &[hls_group(&outputs)])).await;
    assert_eq!(done.result.as_ref().unwrap_err().code, 1040);
}
