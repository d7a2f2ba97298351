//! Microsoft Smooth Streaming, with ffmpeg: what the manifests say, against what is in the files.

use std::{collections::BTreeMap, path::Path};

use crate::media::{
    job::{aac, h264, job, output, run_in, smooth},
    probe::{decodes, frames, key_frames, rows},
    samples::film,
};
use quick_xml::{Reader, events::Event};
use serde_json::json;

/// An element's name and attributes.
type Element = (String, BTreeMap<String, String>);

/// All elements of a document, in their order.
fn elements(path: &Path) -> Vec<Element> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut reader = Reader::from_str(&text);
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name().as_ref().to_owned();
                let attributes = element
                    .attributes()
                    .map(Result::unwrap)
                    .map(|attribute| (attribute.key.as_ref().to_owned(), attribute.value.into_owned()));
                found.push((name, attributes.collect()));
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

/// Where each track is, by its bitrate: the file and its number there.
fn places(server: &Path) -> BTreeMap<String, (String, u32)> {
    let mut places = BTreeMap::new();
    let mut track = None;
    for (name, attributes) in elements(server) {
        match name.as_str() {
            "video" | "audio" => track = Some((attributes["systemBitrate"].clone(), attributes["src"].clone())),
            "param" if attributes["name"] == "trackID" => {
                let (bitrate, file) = track.take().unwrap();
                assert!(places.insert(bitrate, (file, attributes["value"].parse().unwrap())).is_none());
            }
            _ => {}
        }
    }
    places
}

/// The fragments of a track as its file has them: their times, and the bytes of media.
fn fragments(file: &Path, track: u32) -> Vec<(u64, u64, u64)> {
    const TFXD: &[u8] = b"\x6d\x1d\x9b\x05\x42\xd5\x44\xe6\x80\xe2\x14\x1d\xaf\xf7\x57\xb2";
    let bytes = std::fs::read(file).unwrap();
    let number = |at: usize| u64::from(u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()));
    let long = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
    let find = |what: &[u8], from: usize| from + bytes[from..].windows(what.len()).position(|at| at == what).unwrap();
    let (mut at, mut found) = (0, Vec::new());
    while at < bytes.len() {
        let size = usize::try_from(number(at)).unwrap();
        if &bytes[at + 4..at + 8] == b"moof" && number(find(b"tfhd", at) + 8) == u64::from(track) {
            let times = find(TFXD, at) + TFXD.len() + 4;
            assert_eq!(&bytes[at + size + 4..at + size + 8], b"mdat");
            found.push((long(times), long(times + 8), number(at + size) - 8));
        }
        at += size;
    }
    found
}

#[tokio::test]
async fn manifests_agree_with_the_files() {
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "film.mp4", "320x180", "25", 5, &["eng", "deu"]);
    let mut german = aac();
    german["AudioSourceName"] = "German".into();
    let group = smooth(&[
        output("_180p", "ISMV", Some(h264(320, 180, 400_000)), &[aac()]),
        output("_90p", "ISMV", Some(h264(160, 90, 150_000)), &[aac()]),
        output("_deu", "ISMV", None, &[german]),
    ]);
    let mut settings = job("film.mp4", &[group]);
    settings["Inputs"][0]["AudioSelectors"]["German"] = json!({"SelectorType": "TRACK", "Tracks": [2]});
    let done = run_in(folder, settings).await;
    let detail = &done.completed().output_group_details[0];
    assert!(detail.playlist_file_paths.iter().all(|path| path.ends_with("/smooth/film.ism")), "{detail:?}");
    assert!(done.warnings().is_empty(), "{:?}", done.warnings());
    for (name, expected) in [("film_180p.ismv", 125), ("film_90p.ismv", 125), ("film_deu.ismv", 0)] {
        let path = done.path("smooth").join(name);
        decodes(&path);
        assert_eq!(frames(&path), expected, "{name}");
    }

    let server = elements(&done.path("smooth/film.ism"));
    let meta = server.iter().find(|(name, _)| name == "meta").unwrap();
    assert_eq!((meta.1["name"].as_str(), meta.1["content"].as_str()), ("clientManifestRelativePath", "film.ismc"));
    let places = places(&done.path("smooth/film.ism"));
    let client = elements(&done.path("smooth/film.ismc"));
    let ("SmoothStreamingMedia", media) = (client[0].0.as_str(), &client[0].1) else { panic!("{client:?}") };
    let seconds = |time: u64| f64::from(u32::try_from(time / 1000).unwrap()) / 1e4;
    assert!((seconds(media["Duration"].parse().unwrap()) - 5.0).abs() < 0.05, "{media:?}");
    let streams: Vec<&[Element]> =
        client[1..].chunk_by(|_, next| next.0 != "StreamIndex").inspect(|stream| assert!(stream.len() > 1)).collect();
    let tracks: Vec<_> =
        streams.iter().map(|stream| (stream[0].1["Name"].as_str(), stream[0].1["QualityLevels"].as_str())).collect();
    assert_eq!(tracks, [("video", "2"), ("audio_eng", "1"), ("audio_deu", "1")]);
    let mut listed = 0;
    for stream in streams {
        let of = |kind: &str| stream.iter().filter(|(name, _)| name == kind).map(|(_, of)| of).collect::<Vec<_>>();
        let chunks = of("c");
        let chunks: Vec<(u64, u64)> =
            chunks.iter().map(|chunk| (chunk["t"].parse().unwrap(), chunk["d"].parse().unwrap())).collect();
        assert_eq!(stream[0].1["Chunks"], chunks.len().to_string());
        // Fragments of 2 s of a film of 5 s.
        assert_eq!((chunks.len(), chunks[0].0), (3, 0), "{chunks:?}");
        assert!(chunks.windows(2).all(|two| two[0].0 + two[0].1 == two[1].0), "{chunks:?}");
        let levels = of("QualityLevel");
        assert_eq!(stream[0].1["QualityLevels"], levels.len().to_string());
        for level in levels {
            let (file, track) = &places[&level["Bitrate"]];
            let path = done.path("smooth").join(file);
            let found = fragments(&path, *track);
            let times: Vec<(u64, u64)> = found.iter().map(|(start, duration, _)| (*start, *duration)).collect();
            assert_eq!(times, chunks, "{file}, track {track}");
            let bits: u64 = found.iter().map(|(_, _, size)| size * 8).sum();
            let measured =
                f64::from(u32::try_from(bits).unwrap()) / seconds(times.iter().map(|(_, length)| length).sum());
            let ratio = level["Bitrate"].parse::<f64>().unwrap() / measured;
            assert!((0.95..1.05).contains(&ratio), "{level:?}: {measured}");
            if stream[0].1["Type"] == "video" {
                let size = &rows(&path, &["-select_streams", "v:0", "-show_entries", "stream=width,height"])[0];
                assert_eq!(size[..2], [level["MaxWidth"].clone(), level["MaxHeight"].clone()], "{file}");
                // Sequence and picture parameters, each after a start code.
                let private = &level["CodecPrivateData"];
                assert!(private.starts_with("0000000167") && private.contains("0000000168"), "{private}");
                let starts = chunks.iter().map(|(start, _)| seconds(*start));
                let keys = key_frames(&path);
                let same = keys.iter().zip(starts).all(|(key, start)| (key - start).abs() < 0.001);
                assert!(same && keys.len() == chunks.len(), "{keys:?}: {chunks:?}");
            } else {
                // AAC LC with 48 kHz in stereo.
                assert_eq!(
                    (level["CodecPrivateData"].get(..4), level["SamplingRate"].as_str()),
                    (Some("1190"), "48000")
                );
            }
            listed += 1;
        }
    }
    assert_eq!(listed, places.len());
}

/// What players of Smooth Streaming do not know is in the files, and said.
#[tokio::test]
async fn other_codecs_are_left_out_of_the_client_manifest() {
    let folder = tempfile::tempdir().unwrap();
    film(folder.path(), "film.mp4", "320x180", "25", 3, &["eng"]);
    let audio = json!({"AudioSourceName": "Audio Selector 1",
        "CodecSettings": {"Codec": "AC3", "Ac3Settings": {"Bitrate": 128_000}}});
    let mut group = smooth(&[
        output("_180p", "ISMV", Some(h264(320, 180, 400_000)), &[audio]),
        output("_90p", "ISMV", Some(h264(160, 90, 150_000)), &[]),
    ]);
    group["OutputGroupSettings"]["MsSmoothGroupSettings"]["ManifestEncoding"] = "UTF16".into();
    let done = run_in(folder, job("film.mp4", &[group])).await;
    done.completed();
    let client = elements(&done.path("smooth/film.ismc"));
    let streams: Vec<_> = client.iter().filter(|(name, _)| name == "StreamIndex").map(|(_, of)| &of["Type"]).collect();
    assert_eq!(streams, ["video"]);
    for part in ["client manifest", "ManifestEncoding"] {
        assert!(done.warnings().iter().any(|warning| warning.message.contains(part)), "{part}: {:?}", done.warnings());
    }
}
