//! Interlaced sources, telecined ones, and other frame rates, with ffmpeg.

use std::path::Path;

use crate::media::{
    checks::{complete, hls},
    job::{Done, aac, files, h264, hls as hls_group, job, output, run_in},
    probe::{frames, rows, scan, similarity},
    samples::{ffmpeg, film},
};
use serde_json::{Value, json};

/// Moving pictures at this rate that are not mistaken for interlaced ones, with further filters.
fn pictures(rate: &str, then: &str) -> String {
    format!("testsrc=size=320x180:rate={rate}:duration=5,scroll=horizontal=0.01,gblur=2,format=yuv420p{then}")
}

/// A film of these pictures in 25 frames per second, each made of two fields, the upper one first.
fn interlaced(folder: &Path, name: &str, codec: &str, audio: &str) {
    let path = folder.join(name).display().to_string();
    let pictures = pictures("50", ",tinterlace=mode=interleave_top");
    let sound = ["-f", "lavfi", "-i", "sine=duration=5:sample_rate=48000", "-c:a", audio];
    let mut arguments = vec!["-f", "lavfi", "-i", &pictures];
    arguments.extend(sound);
    arguments.extend(["-c:v", codec, "-b:v", "5M", "-flags", "+ildct+ilme", "-top", "1", &path]);
    ffmpeg(&arguments);
    assert_eq!(scan(Path::new(&path)), (125, 0), "the sample is interlaced");
}

fn deinterlaced(mut video: Value, deinterlacer: &Value) -> Value {
    video["VideoPreprocessors"] = json!({"Deinterlacer": deinterlacer});
    video
}

/// A video in this frame rate, and with what else there is.
fn at_rate(mut video: Value, (frames, seconds): (u32, u32), more: &Value) -> Value {
    let settings = video["CodecSettings"]["H264Settings"].as_object_mut().unwrap();
    let rate = json!({"FramerateControl": "SPECIFIED", "FramerateNumerator": frames, "FramerateDenominator": seconds});
    settings.extend(rate.as_object().unwrap().clone());
    settings.extend(more.as_object().unwrap().clone());
    video
}

fn mp4(modifier: &str, video: Value) -> Value {
    output(modifier, "MP4", Some(video), &[aac()])
}

fn field_order(path: &Path) -> String {
    rows(path, &["-select_streams", "v:0", "-show_entries", "stream=field_order"])[0][0].clone()
}

/// What a decoder sees of each picture.
fn pictures_of(done: &Done, name: &str) -> Vec<Vec<String>> {
    let hashes = done.path(name).with_extension("md5");
    let (path, to) = (done.path(name).display().to_string(), hashes.display().to_string());
    ffmpeg(&["-i", &path, "-map", "0:v", "-f", "framemd5", &to]);
    let text = std::fs::read_to_string(hashes).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(',').map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[tokio::test]
async fn interlaced_sources_become_progressive() {
    for (name, codec, audio) in [("film.ts", "libx264", "mp2"), ("film.mxf", "mpeg2video", "pcm_s16le")] {
        let folder = tempfile::tempdir().unwrap();
        interlaced(folder.path(), name, codec, audio);
        let video = || h264(320, 180, 1_500_000);
        let outputs = [
            mp4("_as_it_is", video()),
            mp4("_usual", deinterlaced(video(), &json!({}))),
            mp4("_adaptive", deinterlaced(video(), &json!({"Mode": "ADAPTIVE"}))),
            mp4("_forced", deinterlaced(video(), &json!({"Mode": "DEINTERLACE", "Control": "FORCE_ALL_FRAMES"}))),
        ];
        let done = run_in(folder, job(name, &[files(&outputs)])).await;
        done.completed();
        assert!(done.warnings().is_empty(), "{:?}", done.warnings());
        let (fields, _) = scan(&done.path("files/film_as_it_is.mp4"));
        assert!(fields > 110, "{name}: without a deinterlacer, {fields} frames show their fields");
        for output in ["usual", "adaptive", "forced"] {
            let path = done.path(&format!("files/film_{output}.mp4"));
            assert_eq!((frames(&path), field_order(&path).as_str()), (125, "progressive"), "{name}, {output}");
            let (fields, whole) = scan(&path);
            assert!(whole >= 119 && fields <= 6, "{name}, {output}: {whole} progressive, {fields} interlaced");
        }
    }
}

/// Pictures that say they are progressive are left alone, unless the settings force them.
#[tokio::test]
async fn progressive_sources_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "film.mp4", "320x180", "25", 3, &["eng"]);
    let video = || h264(320, 180, 400_000);
    let outputs = [
        mp4("_plain", video()),
        mp4("_normal", deinterlaced(video(), &json!({"Mode": "DEINTERLACE", "Control": "NORMAL"}))),
        mp4("_forced", deinterlaced(video(), &json!({"Control": "FORCE_ALL_FRAMES", "Algorithm": "BLEND"}))),
    ];
    let done = run_in(folder, job("film.mp4", &[files(&outputs)])).await;
    done.completed();
    let [plain, normal, forced] =
        ["plain", "normal", "forced"].map(|name| pictures_of(&done, &format!("files/film_{name}.mp4")));
    assert_eq!((plain.len(), plain == normal, plain == forced), (75, true, false));
    let warnings = done.warnings();
    assert!(warnings.iter().any(|warning| warning.message.contains("BLEND")), "{warnings:?}");
}

#[tokio::test]
async fn telecined_films_get_their_own_frames_back() {
    let folder = tempfile::tempdir().unwrap();
    let [original, telecined] = ["original.mp4", "film.ts"].map(|name| folder.path().join(name).display().to_string());
    ffmpeg(&["-f", "lavfi", "-i", &pictures("24000/1001", ""), "-c:v", "libx264", "-qp", "0", &original]);
    let encoder = ["-c:v", "libx264", "-crf", "8", "-flags", "+ildct+ilme", "-top", "1"];
    ffmpeg(&[&["-i", &original, "-vf", "telecine"][..], &encoder, &[&telecined]].concat());
    let video = deinterlaced(h264(320, 180, 1_500_000), &json!({"Mode": "INVERSE_TELECINE"}));
    let video = at_rate(video, (24_000, 1001), &json!({}));
    let done = run_in(folder, job("film.ts", &[files(&[output("", "MP4", Some(video), &[])])])).await;
    done.completed();
    let path = done.path("files/film.mp4");
    assert!((119..=121).contains(&frames(&path)), "{} frames", frames(&path));
    assert_eq!(field_order(&path), "progressive");
    let similarity = similarity(&path, &done.source("original.mp4"), (320, 180));
    assert!(similarity > 0.97, "{similarity}");
}

#[tokio::test]
async fn frame_rates_are_converted() {
    // The source's rate, the one that is wanted, and the frames of 5 s.
    for (from, to, expected) in [("25", (30, 1), 150), ("50", (25, 1), 125), ("25", (30_000, 1001), 150)] {
        let folder = tempfile::tempdir().unwrap();
        film(folder.path(), "film.mp4", "320x180", from, 5, &["eng"]);
        let video = at_rate(h264(320, 180, 400_000), to, &json!({"FramerateConversionAlgorithm": "DUPLICATE_DROP"}));
        let groups = [
            hls_group(&[output("_180p", "M3U8", Some(video.clone()), &[aac()])]),
            files(&[output("_180p", "MP4", Some(video), &[aac()])]),
        ];
        let done = run_in(folder, job("film.mp4", &groups)).await;
        let milliseconds = done.completed().output_group_details[1].output_details[0].duration_in_ms;
        assert!((4950..=5050).contains(&milliseconds), "{from} to {to:?}: {milliseconds} ms");
        assert!(done.warnings().is_empty(), "{:?}", done.warnings());
        complete(&hls(&done.path("hls/film.m3u8")), expected);
        let path = done.path("files/film_180p.mp4");
        let rates = &rows(&path, &["-select_streams", "v:0", "-show_entries", "stream=r_frame_rate,avg_frame_rate"])[0];
        let rate = format!("{}/{}", to.0, to.1);
        assert_eq!((rates[..2].to_vec(), frames(&path)), (vec![rate.clone(), rate], expected), "{from} to {to:?}");
    }
}

#[tokio::test]
async fn other_conversions_are_said_to_be_missing() {
    for (more, expected) in [
        (json!({"FramerateConversionAlgorithm": "INTERPOLATE"}), "INTERPOLATE"),
        (json!({"FramerateConversionAlgorithm": "MAINTAIN_FRAME_COUNT"}), "MAINTAIN_FRAME_COUNT"),
        (json!({"SlowPal": "ENABLED"}), "SlowPal"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        film(folder.path(), "film.mp4", "320x180", "24", 2, &[]);
        let video = at_rate(h264(160, 90, 150_000), (25, 1), &more);
        let done = run_in(folder, job("film.mp4", &[files(&[output("", "MP4", Some(video), &[])])])).await;
        done.completed();
        let warnings = done.warnings();
        assert!(warnings.iter().any(|warning| warning.message.contains(expected)), "{expected}: {warnings:?}");
        assert_eq!(frames(&done.path("files/film.mp4")), 50);
    }
}
