//! Groups whose outputs are one file each, and playlists of key frames, with ffmpeg.

use std::path::Path;

use crate::media::{
    checks::{complete, dash, hls, key_frame_playlists},
    job::{Done, aac, cmaf, dash as dash_group, h264, hls as hls_group, job, output, run_in},
    probe::frames,
    samples::film,
};
use serde_json::{Value, json};

/// The settings' key of each kind of group.
const KEYS: [&str; 3] = ["HlsGroupSettings", "DashIsoGroupSettings", "CmafGroupSettings"];

/// A group with another setting.
fn with(mut group: Value, name: &str, value: &Value) -> Value {
    let settings = group["OutputGroupSettings"].as_object_mut().unwrap();
    for (_, settings) in settings.iter_mut().filter(|(key, _)| KEYS.contains(&key.as_str())) {
        settings[name] = value.clone();
    }
    group
}

/// An output for HLS or CMAF with a playlist of key frames.
fn with_key_frames(mut output: Value, choice: &str) -> Value {
    if output["ContainerSettings"]["Container"] == "CMFC" {
        output["ContainerSettings"]["CmfcSettings"] = json!({"IFrameOnlyManifest": choice});
    } else {
        output["OutputSettings"] = json!({"HlsSettings": {"IFrameOnlyManifest": choice}});
    }
    output
}

/// The names of the finished files in a folder that end like this.
fn names(folder: &Path, end: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|name| name.ends_with(end)).collect();
    names.sort();
    names
}

/// A film of 6 s, so that segments of 4 s are not all the same, in 23.976 frames per second.
async fn done(groups: &[Value]) -> Done {
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "film.mp4", "320x180", "24000/1001", 6, &["eng"]);
    let done = run_in(folder, job("film.mp4", groups)).await;
    done.completed();
    done
}

fn renditions() -> [Value; 2] {
    [h264(320, 180, 400_000), h264(160, 90, 150_000)]
}

#[tokio::test]
async fn one_file_for_each_output() {
    let single = json!("SINGLE_FILE");
    let [large, small] = renditions();
    let streams = hls_group(&[
        output("_180p", "M3U8", Some(large.clone()), &[aac()]),
        output("_90p", "M3U8", Some(small.clone()), &[aac()]),
    ]);
    let fragments = dash_group(&[
        output("_180p", "MPD", Some(large), &[]),
        output("_90p", "MPD", Some(small), &[]),
        output("_audio", "MPD", None, &[aac()]),
    ]);
    let done = done(&[with(streams, "SegmentControl", &single), with(fragments, "SegmentControl", &single)]).await;
    assert!(done.warnings().is_empty(), "{:?}", done.warnings());

    let variants = hls(&done.path("hls/film.m3u8"));
    complete(&variants, 144);
    assert_eq!(names(&done.path("hls"), ".ts"), ["film_180p.ts", "film_90p.ts"]);
    for (path, _) in &variants {
        let list = m3u8_rs::parse_media_playlist_res(&std::fs::read(path).unwrap()).unwrap();
        let file = path.with_extension("ts");
        let mut end = 0;
        for segment in &list.segments {
            let range = segment.byte_range.as_ref().unwrap();
            assert_eq!((file.ends_with(&segment.uri), range.offset), (true, Some(end)), "{}", path.display());
            end += range.length;
        }
        assert_eq!((list.segments.len(), end), (2, std::fs::metadata(&file).unwrap().len()), "{}", path.display());
    }

    let manifest = done.path("dash/film.mpd");
    dash(&manifest);
    assert_eq!(frames(&manifest), 144);
    assert_eq!(names(&done.path("dash"), ""), ["film.mpd", "film_180p.mp4", "film_90p.mp4", "film_audio.mp4"]);
    let text = std::fs::read_to_string(&manifest).unwrap();
    assert_eq!(text.matches("<SegmentBase ").count(), 3, "{text}");
    assert!(text.contains("isoff-on-demand") && !text.contains("SegmentTemplate"), "{text}");
}

#[tokio::test]
async fn playlists_of_key_frames() {
    for control in ["SEGMENTED_FILES", "SINGLE_FILE"] {
        let [large, small] = renditions();
        let streams = hls_group(&[
            with_key_frames(output("_180p", "M3U8", Some(large.clone()), &[aac()]), "INCLUDE"),
            output("_90p", "M3U8", Some(small.clone()), &[aac()]),
        ]);
        let fragments = cmaf(&[
            with_key_frames(output("_180p", "CMFC", Some(large), &[]), "INCLUDE"),
            with_key_frames(output("_90p", "CMFC", Some(small), &[]), "INCLUDE"),
            output("_audio", "CMFC", None, &[aac()]),
        ]);
        let control = json!(control);
        let groups = [with(streams, "SegmentControl", &control), with(fragments, "SegmentControl", &control)];
        let done = done(&groups).await;
        assert!(done.warnings().is_empty(), "{:?}", done.warnings());
        for (group, expected) in [("hls", 1), ("cmaf", 2)] {
            let master = done.path(group).join("film.m3u8");
            hls(&master);
            key_frame_playlists(&master, expected);
        }
    }
}

/// Without playlists there are none of key frames either; one file for each key frame is not written.
#[tokio::test]
async fn playlists_of_key_frames_that_are_not_written() {
    let [large, _] = renditions();
    let included = with_key_frames(output("_180p", "M3U8", Some(large.clone()), &[aac()]), "INCLUDE");
    let segments_only = with(hls_group(&[included]), "OutputSelection", &json!("SEGMENTS_ONLY"));
    let done = done(&[segments_only]).await;
    assert_eq!(names(&done.path("hls"), ".m3u8"), Vec::<String>::new());

    let as_files = hls_group(&[with_key_frames(output("_180p", "M3U8", Some(large), &[aac()]), "INCLUDE_AS_TS")]);
    let done = self::done(&[as_files]).await;
    key_frame_playlists(&done.path("hls/film.m3u8"), 1);
    let warnings = done.warnings();
    assert!(warnings.iter().any(|warning| warning.message.contains("INCLUDE_AS_TS")), "{warnings:?}");
}
