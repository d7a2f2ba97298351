//! Captions through ffmpeg: tracks of films, files beside them, and in the picture.

use crate::media::{
    captions::{self, CaptionSource, Loader, SidecarFormat},
    probe::{self, Size},
    process::{Address, Formats},
    storage::Storage,
};
use mediaconvert::settings::{BurninDestinationSettings, CaptionSelector};
use serde_json::json;

use super::{s3::S3, support::Job};

const SRT: &str = "1\n00:00:00,500 --> 00:00:01,500\n<i>Hello</i> & \u{00e9}\n\n";

#[tokio::test]
async fn tracks_and_files() {
    let job = Job::new();
    let server = S3::start();
    std::fs::write(job.path("s.srt"), SRT).unwrap();
    let film = job.film(
        "a.mp4",
        &format!("V -i {} X264 -c:s mov_text -metadata:s:s language=ger -map 0 -map 1", job.path("s.srt").display()),
    );
    std::fs::remove_file(job.path("s.srt")).unwrap();
    let address = Address::File(film);
    let source = probe::probe(&job.runner(), &address).await.unwrap();
    let selector: CaptionSelector =
        serde_json::from_value(json!({"LanguageCode": "GER", "SourceSettings": {}})).unwrap();
    let track = captions::source(&selector, &source);
    assert_eq!(track, CaptionSource::Track(1));
    server.put("/bucket/-a b.srt", SRT.as_bytes().to_vec());
    server.put("/bucket/a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n".to_vec());
    server.put(
        "/bucket/a.smi",
        b"<SAMI><BODY><SYNC Start=500><P>Hi there<SYNC Start=1500><P>&nbsp;</BODY></SAMI>".to_vec(),
    );
    server.put("/bucket/bad.vtt", b"nothing".to_vec());
    let storage = Storage::new(&server.config(), None);
    let runner = job.runner();
    let loader = Loader { storage: &storage, runner: &runner };
    let sidecar =
        |name: &str, format, delta| CaptionSource::Sidecar { uri: format!("s3://bucket/{name}"), format, delta };
    let table = [
        (track, "500-1500 <i>Hello</i> &amp; é"),
        (sidecar("-a b.srt", SidecarFormat::Srt, 1000), "1500-2500 <i>Hello</i> &amp; é"),
        (sidecar("a.vtt", SidecarFormat::WebVtt, -500), "500-1500 Hi"),
        (sidecar("a.smi", SidecarFormat::ByFfmpeg, 0), "500-1500 Hi there"),
        (CaptionSource::Nothing(String::new()), ""),
    ];
    for (source, expected) in table {
        let cues = loader.load(&source, &address).await.unwrap_or_else(|error| panic!("{source:?}: {error}"));
        let found: Vec<_> = cues.iter().map(|cue| format!("{}-{} {}", cue.start, cue.end, cue.text)).collect();
        assert_eq!(found.join("|"), expected, "{source:?}");
    }
    assert!(loader.load(&sidecar("bad.vtt", SidecarFormat::WebVtt, 0), &address).await.is_err());
    assert!(loader.load(&sidecar("bad.vtt", SidecarFormat::Srt, 0), &address).await.is_err());
    assert!(loader.load(&sidecar("none.srt", SidecarFormat::Srt, 0), &address).await.is_err());
    let left: Vec<_> = std::fs::read_dir(job.folder.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_str().unwrap().contains("captions")), "{left:?}");
}

/// The brightest pixel of the lower third at a time.
async fn brightness(job: &Job, filter: &str, at: &str) -> u8 {
    let film = Address::File(job.path("black.mp4"));
    let mut arguments = film.arguments(Formats::Media);
    let filter = format!("{filter},trim=start={at},crop=iw:ih/3:0:ih*2/3,format=gray");
    arguments.extend(["-vf", &filter, "-frames:v", "1", "-f", "rawvideo"].map(Into::into));
    arguments.push(Address::File(job.path("pixel")).name());
    job.runner().ffmpeg(arguments, |_| ()).await.unwrap();
    std::fs::read(job.path("pixel")).unwrap().into_iter().max().unwrap()
}

#[tokio::test]
async fn captions_in_the_picture() {
    let job = Job::new();
    job.film("black.mp4", "-f lavfi -i color=black:size=640x360:rate=25:duration=2 X264");
    let cues = captions::read_srt(SRT.as_bytes());
    std::fs::write(job.path("captions-0.srt"), captions::write_srt(&cues)).unwrap();
    let settings: BurninDestinationSettings =
        serde_json::from_value(json!({"FontSize": 60, "FontColor": "YELLOW", "OutlineColor": "RED", "OutlineSize": 4}))
            .unwrap();
    for style in [BurninDestinationSettings::default(), settings] {
        let filter = captions::burn_in_filter("captions-0.srt", &style, Size { width: 640, height: 360 }).to_string();
        let (before, during, after) = (
            brightness(&job, &filter, "0").await,
            brightness(&job, &filter, "1").await,
            brightness(&job, &filter, "1.7").await,
        );
        assert!(before == after && during > before + 100, "{before} {during} {after}");
    }
}
