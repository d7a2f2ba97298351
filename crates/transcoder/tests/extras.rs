//! Jobs with captions, clips, images, captured frames, storyboards and automated ABR, with ffmpeg.

use std::{path::Path, process::Command};

use crate::media::{
    job::{Done, aac, cmaf, dash, files, h264, hls, job, output, run_in},
    samples::film,
};
use serde_json::{Value, json};

const SRT: &str = "1\n00:00:01,500 --> 00:00:02,500\nFirst\n\n2\n00:00:05,000 --> 00:00:05,500\nCut\n\n\
                   3\n00:00:07,000 --> 00:00:08,000\nSecond\n\n";

fn white(path: &Path) {
    let made = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-f", "lavfi", "-i", "color=white:size=32x32", "-frames:v", "1", "-update", "1"])
        .arg(path)
        .status();
    assert!(made.expect("ffmpeg is there").success());
}

fn captions(modifier: &str, container: &str, kind: &str) -> Value {
    json!({"NameModifier": modifier, "ContainerSettings": {"Container": container},
        "CaptionDescriptions": [caption(kind)]})
}

fn caption(kind: &str) -> Value {
    json!({"CaptionSelectorName": "c", "LanguageCode": "ENG", "LanguageDescription": "English",
        "DestinationSettings": {"DestinationType": kind}})
}

fn image(uri: &str) -> Value {
    json!({"InsertableImages": [{"ImageInserterInput": uri, "ImageX": 10, "ImageY": 20, "Opacity": 100, "FadeIn": 200}]})
}

/// A job with all of it, whose film is put together of the seconds 1 to 4 and 6 to 9.
fn everything() -> Value {
    let mut small = h264(320, 180, 400_000);
    small["VideoPreprocessors"] = json!({"ImageInserter": image("file:///here/logo.png")});
    let mut burnt = output("_burnt", "MP4", Some(h264(640, 360, 1_500_000)), &[aac()]);
    burnt["CaptionDescriptions"] = json!([caption("BURN_IN")]);
    let mut hls = hls(&[
        output("_360p", "M3U8", Some(h264(640, 360, 1_500_000)), &[aac()]),
        output("_180p", "M3U8", Some(small.clone()), &[aac()]),
        captions("_eng", "M3U8", "WEBVTT"),
    ]);
    hls["OutputGroupSettings"]["HlsGroupSettings"]["ImageBasedTrickPlay"] = json!("THUMBNAIL");
    let mut cmaf = cmaf(&[
        output("_180p", "CMFC", Some(small), &[]),
        output("_audio", "CMFC", None, &[aac()]),
        captions("_eng", "CMFC", "WEBVTT"),
    ]);
    cmaf["OutputGroupSettings"]["CmafGroupSettings"]["ImageBasedTrickPlay"] = json!("THUMBNAIL");
    let dash = dash(&[output("_360p", "MPD", Some(h264(640, 360, 1_500_000)), &[]), captions("_eng", "MPD", "WEBVTT")]);
    let capture = json!({"Width": 160, "Height": 90, "CodecSettings": {"Codec": "FRAME_CAPTURE", "FrameCaptureSettings": {
        "FramerateNumerator": 1, "FramerateDenominator": 2, "MaxCaptures": 10, "Quality": 80}}});
    let groups = [
        hls,
        cmaf,
        dash,
        files(&[burnt, output("_thumb", "RAW", Some(capture), &[]), captions("_text", "RAW", "SRT")]),
    ];
    let mut job = job("film.mp4", &groups);
    let input = &mut job["Inputs"][0];
    input["TimecodeSource"] = json!("ZEROBASED");
    input["InputClippings"] = json!([
        {"StartTimecode": "00:00:01:00", "EndTimecode": "00:00:03:24"},
        {"StartTimecode": "00:00:06:00", "EndTimecode": "00:00:08:24"},
    ]);
    input["CaptionSelectors"] = json!({"c": {"SourceSettings": {
        "SourceType": "SRT", "FileSourceSettings": {"SourceFile": "file:///here/text.srt"}}}});
    input["ImageInserter"] = image("file:///here/logo.png");
    job
}

fn text(done: &Done, name: &str) -> String {
    std::fs::read_to_string(done.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
async fn everything_besides_renditions() {
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "film.mp4", "640x360", "25", 10, &["eng"]);
    std::fs::write(folder.path().join("text.srt"), SRT).unwrap();
    white(&folder.path().join("logo.png"));
    let done = run_in(folder, everything()).await;
    let groups = &done.completed().output_group_details;
    assert!(done.warnings().is_empty(), "{:?}", done.warnings());
    let durations: Vec<u64> =
        groups.iter().flat_map(|group| &group.output_details).map(|output| output.duration_in_ms).collect();
    assert!(durations.iter().all(|duration| (5900..6100).contains(duration)), "{durations:?}");
    let file_of = |group: usize, output: usize| {
        let path = groups[group].output_details[output].output_file_paths.last().unwrap();
        path.rsplit('/').next().unwrap().to_owned()
    };
    assert_eq!(
        [file_of(0, 2), file_of(3, 1), file_of(3, 2)],
        ["film_eng.m3u8", "film_thumb.0000002.jpg", "film_text.srt"]
    );

    let expected = "1\n00:00:00,500 --> 00:00:01,500\nFirst\n\n2\n00:00:04,000 --> 00:00:05,000\nSecond\n\n";
    assert_eq!(text(&done, "files/film_text.srt"), expected);
    let vtt = "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nFirst\n\n00:00:04.000 --> 00:00:05.000\nSecond\n";
    assert_eq!(text(&done, "dash/film_eng.vtt"), vtt);
    assert_eq!(text(&done, "cmaf/film_eng.vtt"), vtt);
    let segment = text(&done, "hls/film_eng_00000.vtt");
    assert_eq!(segment.replace("X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n", ""), vtt);
    for master in ["hls/film.m3u8", "cmaf/film.m3u8"] {
        let master = text(&done, master);
        for part in
            ["TYPE=SUBTITLES", "LANGUAGE=\"eng\"", "NAME=\"English\"", "SUBTITLES=\"subs\"", "#EXT-X-IMAGE-STREAM-INF"]
        {
            assert!(master.contains(part), "{part}: {master}");
        }
    }
    for mpd in ["dash/film.mpd", "cmaf/film.mpd"] {
        assert!(text(&done, mpd).contains("text/vtt"), "{mpd}");
    }
    assert!(text(&done, "cmaf/film.mpd").contains("thumbnail_tile"));
    assert!(text(&done, "hls/film_thumbnails_312x174.m3u8").contains("film_thumbnails_312x174.0000001.jpg"));
    assert!(done.path("hls/film_thumbnails_312x174.0000001.jpg").is_file());
    assert!(done.path("files/film_thumb.0000000.jpg").is_file());
}

#[tokio::test]
async fn ladders_are_made_for_the_source() {
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "film.mp4", "640x360", "25", 4, &["eng"]);
    let mut video = h264(640, 360, 1_500_000);
    for member in ["Width", "Height"] {
        video.as_object_mut().unwrap().remove(member);
    }
    let mut group = cmaf(&[output("_v", "CMFC", Some(video), &[]), output("_a", "CMFC", None, &[aac()])]);
    group["AutomatedEncodingSettings"] = json!({"AbrSettings": {"MaxAbrBitrate": 1_000_000, "MinAbrBitrate": 200_000}});
    let done = run_in(folder, job("film.mp4", &[group])).await;
    let details = &done.completed().output_group_details[0].output_details;
    let sizes: Vec<_> = details
        .iter()
        .filter_map(|output| output.video_details.as_ref())
        .map(|video| (video.width_in_px, video.height_in_px))
        .collect();
    assert_eq!(sizes.first(), Some(&(640, 360)));
    assert!(sizes.len() >= 2 && sizes.is_sorted_by(|one, other| one > other), "{sizes:?}");
    assert!(done.path("cmaf/film_v_640x360init.cmfv").is_file());
}

#[tokio::test]
async fn missing_captions_and_wrong_clips_fail_the_job() {
    for (change, expected) in [
        (
            json!({"CaptionSelectors": {"c": {"SourceSettings": {"SourceType": "SRT",
            "FileSourceSettings": {"SourceFile": "file:///here/none.srt"}}}}}),
            1404,
        ),
        (json!({"TimecodeSource": "ZEROBASED", "InputClippings": [{"StartTimecode": "00:10:00:00"}]}), 1010),
        (json!({"ImageInserter": image("file:///here/none.png")}), 1404),
    ] {
        let folder = tempfile::tempdir().unwrap();
        film(folder.path(), "film.mp4", "320x180", "25", 2, &["eng"]);
        let group =
            files(&[output("", "MP4", Some(h264(320, 180, 400_000)), &[aac()]), captions("_t", "RAW", "WEBVTT")]);
        let mut job = job("film.mp4", &[group]);
        job["Inputs"][0].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let done = run_in(folder, job).await;
        assert_eq!(done.result.as_ref().unwrap_err().code, expected, "{change} {:?}", done.result);
    }
}
