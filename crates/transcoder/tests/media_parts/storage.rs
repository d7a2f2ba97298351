//! Inputs and outputs, in S3 and in a folder.

use std::path::Path;

use crate::media::{
    probe,
    process::Address,
    storage::{Destination, Location, Storage, StorageError, Upload, UploadError},
};
use tokio_util::sync::CancellationToken;

use super::{s3::S3, support::Job};

#[tokio::test]
async fn inputs_with_hostile_keys_are_read_in_ranges() {
    let job = Job::new();
    // The index is at the end, so that it has to be searched for.
    let film = std::fs::read(job.film("a.mp4", "V A X264 -c:a aac -x264opts bitrate=4000")).unwrap();
    let server = S3::start();
    let storage = Storage::new(&server.config(), None);
    let keys = [
        "plain.mp4",
        "a b+c%20d.mp4",
        "ü/日本.mp4",
        "-y.mp4",
        "x?y=z#w&v.mp4",
        "'\"$(id)`.mp4",
        "a//b.mp4",
        "./dot.mp4",
        "a/../b.mp4",
    ];
    for (version, key) in (1..).zip(keys) {
        server.put(&format!("/bucket/{key}"), film.clone());
        let found = storage.input(&format!("s3://bucket/{key}")).await.unwrap_or_else(|error| panic!("{key}: {error}"));
        assert_eq!((found.size, found.etag), (Some(film.len() as u64), Some(version.to_string())), "{key}");
        let source = probe::probe(&job.runner(), &found.address).await.unwrap_or_else(|error| panic!("{key}: {error}"));
        assert_eq!((source.video.len(), source.audio.len()), (1, 1), "{key}");
    }
    assert!(server.ranges().iter().any(|range| !range.starts_with("bytes=0-")), "{:?}", server.ranges());
}

#[tokio::test]
async fn missing_inputs_are_known_as_such() {
    let server = S3::start();
    let storage = Storage::new(&server.config(), None);
    let error = storage.input("s3://bucket/none.mp4").await.unwrap_err();
    let failure = error.of_input();
    assert_eq!(failure.code, 1404);
    // It stands in the record and in the announcement.
    assert_eq!(failure.message, "cannot read s3://bucket/none.mp4: S3 answers 404 NotFound");
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::new(&server.config(), Some(folder.path().to_owned()));
    let error = storage.input(&format!("file://{}/none.mp4", folder.path().display())).await.unwrap_err();
    assert_eq!(error.of_input().code, 1404);
}

#[tokio::test]
async fn outputs_go_up_and_their_files_away() {
    let job = Job::new();
    let server = S3::start();
    let storage = Storage::new(&server.config(), None);
    let destination = Destination::parse("s3://bucket/some where/ü%2e/film").unwrap();
    let large: Vec<u8> = (0..20_000_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    let files = [
        ("a_1.ts", vec![7; 1000]),
        ("list.m3u8", b"#EXTM3U".to_vec()),
        ("large.mp4", large.clone()),
        ("empty.vtt", Vec::new()),
    ];
    let uploads = files.iter().map(|(name, bytes)| {
        std::fs::write(job.path(name), bytes).unwrap();
        Upload { from: job.path(name), to: destination.file(name).unwrap() }
    });
    let mut sizes = Vec::new();
    let uploads: Vec<Upload> = uploads.collect();
    storage.store(uploads, &job.cancel, |_, size| sizes.push(size)).await.unwrap();
    sizes.sort_unstable();
    assert_eq!(sizes, [0, 7, 1000, 20_000_000]);
    let objects = server.objects();
    let found: Vec<_> = objects
        .iter()
        .map(|(path, object)| (path.as_str(), object.header("content-type"), object.bytes.len()))
        .collect();
    let at = "/bucket/some where/ü%2e";
    let expected = [
        (format!("{at}/a_1.ts"), "video/mp2t", 1000),
        (format!("{at}/empty.vtt"), "text/vtt", 0),
        (format!("{at}/large.mp4"), "video/mp4", 20_000_000),
        (format!("{at}/list.m3u8"), "application/vnd.apple.mpegurl", 7),
    ];
    assert_eq!(found, expected.each_ref().map(|(path, kind, size)| (path.as_str(), *kind, *size)));
    assert!(objects[&format!("{at}/large.mp4")].bytes == large);
    assert!(server.largest() < 9 << 20, "a part is {} bytes", server.largest());
    assert_eq!(std::fs::read_dir(job.folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn canceled_uploads_leave_no_parts() {
    let job = Job::new();
    let server = S3::start();
    let storage = Storage::new(&server.config(), None);
    std::fs::write(job.path("large.mp4"), vec![0; 40_000_000]).unwrap();
    let upload =
        Upload { from: job.path("large.mp4"), to: Destination::parse("s3://b/").unwrap().file("x.mp4").unwrap() };
    let cancel = CancellationToken::new();
    let canceler = async {
        while server.uploads() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        cancel.cancel();
    };
    let (stored, ()) = tokio::join!(storage.store([upload], &cancel, |_, _| ()), canceler);
    assert!(matches!(stored, Err(UploadError::Canceled)), "{stored:?}");
    assert_eq!((server.uploads(), server.objects().len()), (0, 0));
}

#[tokio::test]
async fn folders_are_not_left() {
    let server = S3::start();
    let folder = tempfile::tempdir().unwrap();
    let (inside, outside) = (folder.path().join("in side"), folder.path().join("outside"));
    std::fs::create_dir_all(&inside).unwrap();
    std::fs::create_dir_all(&outside).unwrap();
    std::fs::write(inside.join("a%.mp4"), b"x").unwrap();
    std::fs::write(outside.join("b.mp4"), b"x").unwrap();
    std::os::unix::fs::symlink(&outside, inside.join("link")).unwrap();
    let storage = Storage::new(&server.config(), Some(inside.clone()));
    let uri = |path: &Path| format!("file://{}", path.display().to_string().replace('%', "%25").replace(' ', "%20"));
    let found = storage.input(&uri(&inside.join("a%.mp4"))).await.unwrap();
    assert_eq!(found.address, Address::File(inside.canonicalize().unwrap().join("a%.mp4")));
    for path in [outside.join("b.mp4"), inside.join("link/b.mp4")] {
        let refused = storage.input(&uri(&path)).await;
        assert!(matches!(refused, Err(StorageError::OutsideFolder { .. })), "{refused:?}");
    }
    assert!(Storage::new(&server.config(), None).input(&uri(&inside.join("a%.mp4"))).await.is_err());

    let work = Job::new();
    for (to, stored) in
        [(inside.join("deep/out.mp4"), true), (inside.join("link/out.mp4"), false), (outside.join("out.mp4"), false)]
    {
        std::fs::write(work.path("out.mp4"), b"film").unwrap();
        let upload = Upload { from: work.path("out.mp4"), to: Location::File(to.clone()) };
        assert_eq!(storage.store([upload], &work.cancel, |_, _| ()).await.is_ok(), stored, "{to:?}");
        assert_eq!(to.exists(), stored, "{to:?}");
    }
}

#[test]
fn destinations_are_not_left() {
    for uri in [
        "s3://",
        "s3:///a",
        "s3://b/../c/",
        "s3://b/a/./c",
        "ftp://b/a",
        "/a/b",
        "https://h/a/",
        "file://host/a",
        "file:///a/../b",
        "s3://a b/c",
    ] {
        assert!(Destination::parse(uri).is_err(), "{uri}");
    }
    let destination = Destination::parse("s3://bucket/a/b").unwrap();
    for name in ["", "..", "../x", "a/../x", "/x", "x/", "a//b", "a\nb", "."] {
        assert!(destination.file(name).is_err(), "{name:?}");
    }
    assert_eq!(destination.file("b_1 ü%.ts").unwrap().to_string(), "s3://bucket/a/b_1 ü%.ts");
    assert_eq!(Destination::parse("s3://bucket").unwrap().file("x").unwrap().to_string(), "s3://bucket/x");
    assert_eq!(Destination::parse("file:///d/e%20f/").unwrap().file("x").unwrap(), Location::File("/d/e f/x".into()));
}
