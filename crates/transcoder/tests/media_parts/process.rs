//! Limits, cancellation, and what ffmpeg may open.

use std::{
    ffi::OsString,
    time::{Duration, Instant},
};

use crate::media::process::{Address, Formats, ProcessError, Progress};

use super::support::Job;

/// Arguments that never come to an end.
fn endless(job: &Job) -> Vec<String> {
    let mut arguments: Vec<String> =
        "-re -f lavfi -i testsrc2=size=320x180:rate=25 -c:v rawvideo -f avi".split(' ').map(str::to_owned).collect();
    arguments.push(format!("file:{}", job.path("endless.avi").display()));
    arguments
}

/// Whether a process runs that has this in its command line.
fn runs(part: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        // A process that has ended has no command line any more.
        String::from_utf8_lossy(&line).contains(part) && entry.file_name() != *std::process::id().to_string()
    })
}

#[tokio::test]
async fn progress_is_reported() {
    let job = Job::new();
    let mut steps: Vec<Progress> = Vec::new();
    let output = format!("file:{}", job.path("out.mp4").display());
    let arguments = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -c:v libx264 -preset ultrafast".split(' ');
    job.runner().ffmpeg(arguments.chain([output.as_str()]), |progress| steps.push(progress)).await.unwrap();
    let last = steps.last().unwrap();
    assert!(last.out_time > Duration::from_millis(1800) && last.out_time <= Duration::from_secs(2), "{last:?}");
    assert!(steps.is_sorted_by_key(|step| step.out_time));
}

#[tokio::test]
async fn cancellation_leaves_no_process() {
    let job = Job::new();
    let (runner, arguments) = (job.runner(), endless(&job));
    let running = tokio::spawn(async move { runner.ffmpeg(arguments, |_| ()).await });
    let mark = job.folder.path().to_str().unwrap().to_owned();
    while !runs(&mark) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let begin = Instant::now();
    job.cancel.cancel();
    assert!(matches!(running.await.unwrap(), Err(ProcessError::Canceled)));
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(!runs(&mark));
}

#[tokio::test]
async fn a_dropped_run_leaves_no_process() {
    let job = Job::new();
    let (runner, arguments) = (job.runner(), endless(&job));
    let running = tokio::spawn(async move { runner.ffmpeg(arguments, |_| ()).await });
    let mark = job.folder.path().to_str().unwrap().to_owned();
    while !runs(&mark) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.abort();
    let begin = Instant::now();
    while runs(&mark) {
        assert!(begin.elapsed() < Duration::from_secs(5), "it still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn limits_end_a_run() {
    let mut job = Job::new();
    job.limits.duration = Duration::from_millis(700);
    let ended = job.runner().ffmpeg(endless(&job), |_| ()).await;
    assert!(matches!(ended, Err(ProcessError::TooLong(_))), "{ended:?}");

    let mut job = Job::new();
    job.limits.scratch = 300_000;
    let ended = job.runner().ffmpeg(endless(&job), |_| ()).await;
    assert!(matches!(ended, Err(ProcessError::TooLarge(300_000))), "{ended:?}");
}

#[tokio::test]
async fn failures_say_what_ffmpeg_says() {
    let job = Job::new();
    let missing = Address::File(job.path("missing.mp4")).arguments(Formats::Media);
    let error = job.runner().ffprobe(missing).await.unwrap_err().to_string();
    assert!(error.contains("No such file or directory"), "{error}");
}

/// A playlist must not make ffmpeg read other files, whatever it is called and whichever way it comes.
#[tokio::test]
async fn playlists_are_not_followed() {
    let job = Job::new();
    let secret = job.film("secret.mp4", "V X264");
    let secret = secret.to_str().unwrap();
    let hostile = [
        ("list.m3u8", format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n")),
        ("list.mp4", format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{secret}\n#EXT-X-ENDLIST\n")),
        ("concat.mp4", format!("ffconcat version 1.0\nfile '{secret}'\n")),
        (
            "dash.mp4",
            format!(
                "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"><Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"1\"><BaseURL>{secret}</BaseURL></Representation></AdaptationSet></Period></MPD>"
            ),
        ),
        ("session.mp4", "v=0\nm=video 5000 RTP/AVP 96\nc=IN IP4 127.0.0.1\na=rtpmap:96 H264/90000\n".to_owned()),
    ];
    let server = super::s3::S3::start();
    let storage = crate::media::storage::Storage::new(&server.config(), None);
    for (name, text) in hostile {
        std::fs::write(job.path(name), &text).unwrap();
        let local = Address::File(job.path(name));
        server.put(&format!("/bucket/{name}"), text.into_bytes());
        let remote = storage.input(&format!("s3://bucket/{name}")).await.unwrap().address;
        for address in [local, remote] {
            let found = crate::media::probe::probe(&job.runner(), &address).await;
            assert!(found.is_err(), "{name} {address:?}: {found:?}");
        }
    }
}

/// A header is enough to announce one.
#[tokio::test]
async fn a_picture_that_takes_all_memory_is_not_decoded() {
    let job = Job::new();
    let bitmap = |side: u32| {
        let sizes = [1 << 30, 0, 54, 40_u32].map(u32::to_le_bytes).concat();
        let header: [&[u8]; 7] =
            [b"BM", &sizes, &side.to_le_bytes(), &side.to_le_bytes(), &[1, 0, 24, 0], &[0; 24], &[0; 64]];
        header.concat()
    };
    for (side, is_too_large) in [(8_000, false), (12_000, true)] {
        std::fs::write(job.path("bomb.bmp"), bitmap(side)).unwrap();
        let mut arguments = Address::File(job.path("bomb.bmp")).arguments(Formats::Image);
        arguments.extend(["-f", "null", "-"].map(OsString::from));
        // There is a header and nothing else, so neither gives a picture.
        let ended = job.runner().ffmpeg(&arguments, |_| ()).await;
        let refused = ended.as_ref().is_err_and(|error| error.to_string().contains("max pixel"));
        assert_eq!(refused, is_too_large, "{ended:?}");
    }
}

/// Only the named input is opened, and options in a name are none.
#[tokio::test]
async fn names_are_only_names() {
    let job = Job::new();
    for name in
        ["-y.mp4", "a b'c\"d.mp4", "100%d.mp4", "concat:x|y.mp4", "日本.mp4", "pipe:0", "a;b&c$(d).mp4", "[0:v].mp4"]
    {
        let path = job.film(&format!("{name}.made"), "V X264 -f mp4");
        std::fs::rename(&path, job.path(name)).unwrap();
        let source = crate::media::probe::probe(&job.runner(), &Address::File(job.path(name))).await.unwrap();
        assert_eq!(source.video.len(), 1, "{name}");
    }
}
