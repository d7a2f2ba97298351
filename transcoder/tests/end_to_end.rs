//! Jobs from a film to its manifests, with ffmpeg.

mod media;

use media::{
    job::{aac, cmaf, dash, files, h264, hls, job, output, run_in},
    samples::film,
};

#[tokio::test]
async fn every_kind_of_group_from_one_run() {
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "film.mp4", "640x360", "30000/1001", 10, &["eng"]);
    let (large, small) = (h264(640, 360, 1_500_000), h264(320, 180, 400_000));
    let groups = [
        hls(&[
            output("_360p", "M3U8", Some(large.clone()), &[aac()]),
            output("_180p", "M3U8", Some(small.clone()), &[aac()]),
        ]),
        dash(&[
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
    for name in ["hls/film.m3u8", "dash/film.mpd", "cmaf/film.mpd", "cmaf/film.m3u8", "files/film_360p.mp4"] {
        assert!(done.path(name).is_file(), "{name}");
    }
    assert!(done.warnings().is_empty(), "{:?}", done.warnings());
}
