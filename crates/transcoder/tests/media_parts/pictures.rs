//! Captured frames, storyboards and images over the picture, as ffmpeg makes them.

use std::path::Path;

use crate::media::{
    capture::{Cadence, Images, captured_frame_name, captured_frames, storyboards},
    filter::{Filter, FilterGraph, Label},
    overlay::Overlay,
    plan::ImageOutput,
    probe::Size,
    process::{Address, Formats},
    timecode::FrameRate,
};
use mediaconvert::settings::{FrameCaptureSettings, ImageInserter, OutputGroupSettings};
use serde_json::json;

use super::support::Job;

/// Makes images of a film and returns them.
async fn images(job: &Job, film: &Path, output: &ImageOutput, images: Images) -> Vec<std::path::PathBuf> {
    let mut graph = FilterGraph::default();
    graph.chain([Label::FirstVideo(0)], output.filters.clone(), [Label::Images(0)]);
    let mut all = Address::File(film.to_owned()).arguments(Formats::Media);
    all.extend(["-filter_complex".into(), graph.to_string().into()]);
    all.extend(["-map".into(), Label::Images(0).to_string().into()]);
    all.extend(images.arguments(output, job.folder.path()));
    job.runner().ffmpeg(all, |_| ()).await.unwrap();
    images.written(job.folder.path()).unwrap()
}

fn size_of(job: &Job, image: &Path) -> String {
    let output = std::process::Command::new("ffprobe")
        .args(["-loglevel", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0"])
        .arg(image)
        .current_dir(job.folder.path())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn frames_are_captured_by_the_clock() {
    let job = Job::new();
    let film = job.film("a.mp4", "-f lavfi -i testsrc2=size=320x180:rate=30000/1001:duration=4 X264");
    let table = [
        (json!({"FramerateNumerator": 1, "FramerateDenominator": 1}), 4),
        (json!({"FramerateNumerator": 1, "FramerateDenominator": 3}), 2),
        (json!({"FramerateNumerator": 1, "FramerateDenominator": 100}), 1),
        (json!({"FramerateNumerator": 2, "FramerateDenominator": 1, "MaxCaptures": 3, "Quality": 100}), 3),
        (json!({"FramerateNumerator": 10, "FramerateDenominator": 1}), 40),
    ];
    for (number, (settings, expected)) in table.into_iter().enumerate() {
        let capture: FrameCaptureSettings = serde_json::from_value(settings.clone()).unwrap();
        let output = captured_frames(&capture, vec![Filter::new("scale=160:90")]);
        let found = images(&job, &film, &output, Images(number)).await;
        assert_eq!(found.len(), expected, "{settings}");
        assert!(found[0].to_str().unwrap().ends_with(".0000000.jpg"));
        assert_eq!(size_of(&job, &found[0]), "160,90");
    }
    assert_eq!(captured_frame_name("film", "_thumb", 12), "film_thumb.0000012.jpg");
}

#[tokio::test]
async fn storyboards_are_sheets() {
    let job = Job::new();
    let film = job.film("a.mp4", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=5 X264");
    let group: OutputGroupSettings = serde_json::from_value(json!({"HlsGroupSettings": {
        "ImageBasedTrickPlay": "ADVANCED",
        "ImageBasedTrickPlaySettings": {"IntervalCadence": "FOLLOW_CUSTOM", "ThumbnailInterval": 1.0, "ThumbnailWidth": 64,
            "TileWidth": 2, "TileHeight": 1},
    }}))
    .unwrap();
    let [board] =
        storyboards(&group, Cadence { key_frames: 2.0, segments: 4.0, frames: 0.04 }, Size { width: 320, height: 180 })
            [..]
    else {
        panic!()
    };
    let found = images(&job, &film, &board.output(), Images(0)).await;
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|sheet| size_of(&job, sheet) == "128,36"), "{found:?}");
}

/// The colour of a pixel at a time.
async fn pixel(job: &Job, overlay: &Overlay, at: f64, place: &str) -> [u8; 3] {
    let mut arguments = Address::File(job.path("black.mp4")).arguments(Formats::Media);
    arguments.extend(Address::File(job.path("white.png")).arguments(Formats::Image));
    let mut graph = FilterGraph::default();
    graph.chain([Label::FirstVideo(1)], overlay.prepare(), [Label::Above(0)]);
    let last = [format!("trim=start={at}"), format!("crop=2:2:{place}"), "scale=1:1,format=rgb24".to_owned()];
    let filters = std::iter::once(overlay.filter()).chain(last.map(Filter::new)).collect();
    graph.chain([Label::FirstVideo(0), Label::Above(0)], filters, [Label::Picture]);
    let graph = graph.to_string();
    arguments
        .extend(["-filter_complex", &graph, "-map", "[picture]", "-frames:v", "1", "-f", "rawvideo"].map(Into::into));
    arguments.push(Address::File(job.path("pixel")).name());
    job.runner().ffmpeg(arguments, |_| ()).await.unwrap();
    std::fs::read(job.path("pixel")).unwrap().try_into().unwrap()
}

#[tokio::test]
async fn images_come_fade_and_go() {
    let job = Job::new();
    job.film("black.mp4", "-f lavfi -i color=black:size=320x180:rate=25:duration=4 X264");
    job.film("white.png", "-f lavfi -i color=white:size=16x16 -frames:v 1");
    let of = |settings: serde_json::Value| {
        let mut image = json!({"ImageInserterInput": "s3://b/a.png", "ImageX": 100, "ImageY": 50});
        image.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let inserter: ImageInserter = serde_json::from_value(json!({"InsertableImages": [image]})).unwrap();
        Overlay::all(&inserter, FrameRate::whole(25), 0.0, &mut Vec::new()).unwrap().remove(0)
    };
    let table = [
        // The settings; a time, a place, and how bright it is from and to.
        (json!({"Opacity": 100}), 3.5, "110:60", 240..=255),
        (json!({"Opacity": 100}), 0.0, "120:60", 0..=10),
        (json!({}), 0.0, "110:60", 110..=145),
        (json!({"Opacity": 100, "Width": 64, "Height": 64}), 0.0, "150:100", 240..=255),
        (json!({"Opacity": 100, "StartTime": "00:00:01:00", "Duration": 1000}), 0.5, "110:60", 0..=10),
        (json!({"Opacity": 100, "StartTime": "00:00:01:00", "Duration": 1000}), 1.5, "110:60", 240..=255),
        (json!({"Opacity": 100, "StartTime": "00:00:01:00", "Duration": 1000}), 2.5, "110:60", 0..=10),
        (json!({"Opacity": 100, "StartTime": "00:00:01:00", "FadeIn": 1000}), 1.5, "110:60", 100..=155),
        (json!({"Opacity": 100, "StartTime": "00:00:01:00", "FadeIn": 1000}), 3.5, "110:60", 240..=255),
        (json!({"Opacity": 100, "Duration": 1000, "FadeOut": 1000}), 0.5, "110:60", 240..=255),
        (json!({"Opacity": 100, "Duration": 1000, "FadeOut": 1000}), 1.5, "110:60", 100..=155),
        (json!({"Opacity": 100, "Duration": 1000, "FadeOut": 1000}), 2.5, "110:60", 0..=10),
    ];
    for (settings, at, place, expected) in table {
        let [red, green, blue] = pixel(&job, &of(settings.clone()), at, place).await;
        let found = [red, green, blue].map(|part| expected.contains(&part));
        assert_eq!(found, [true; 3], "{settings} at {at} s: {red} {green} {blue}, not {expected:?}");
    }
}
