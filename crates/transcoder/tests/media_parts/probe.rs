//! What is found out about odd files.

use std::fmt::Write as _;

use crate::media::{
    probe::{self, Size, Source},
    process::Address,
    storage::Readable,
};

use super::support::Job;

fn summary(source: &Source) -> String {
    let mut out = format!("{} {:.1}s", source.container.unwrap_or("?"), source.duration.unwrap_or(-1.0));
    for track in &source.video {
        let Size { width: wide, height: high } = track.display_size();
        let rate =
            track.frame_rate.map_or("?".to_owned(), |rate| format!("{}/{}", rate.0.numerator, rate.0.denominator));
        write!(out, " | {}:{} {}x{}", track.index, track.codec, track.size.width, track.size.height).unwrap();
        write!(
            out,
            " shown {wide}x{high} {rate} {:?} {} bit {}",
            track.scan,
            track.bit_depth,
            track.chroma.unwrap_or("?")
        )
        .unwrap();
        for extra in [&track.colour.primaries, &track.colour.transfer, &track.timecode].into_iter().flatten() {
            write!(out, " {extra}").unwrap();
        }
    }
    for track in &source.audio {
        write!(
            out,
            " | {}:{} {}ch {} {}",
            track.index,
            track.codec,
            track.channels,
            track.sample_rate,
            track.language.as_str()
        )
        .unwrap();
    }
    for track in &source.text {
        write!(out, " | {}:{} {}", track.index, track.codec, track.language.as_str()).unwrap();
    }
    out
}

#[tokio::test]
async fn odd_files() {
    let job = Job::new();
    std::fs::write(job.path("s.srt"), "1\n00:00:00,100 --> 00:00:00,900\nHello\n").unwrap();
    let subtitle = job.path("s.srt").display().to_string();
    let table = [
        ("plain.mp4", "V A X264 -c:a aac -shortest".to_owned()),
        ("ntsc.mov", "V A -r 30000/1001 X264 -c:a pcm_s24le -metadata:s:a language=fra -timecode 01:00:00;02".to_owned()),
        ("anamorphic.mkv", "V X264 -aspect 4:3".to_owned()),
        ("interlaced.ts", "V X264 -flags +ildct+ilme -x264opts tff=1".to_owned()),
        ("deep.mp4", "V -c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc".to_owned()),
        ("sound.mp3", "A -c:a libmp3lame".to_owned()),
        ("live.webm", "V -c:v libvpx -deadline realtime -cpu-used 8 -f webm -live 1".to_owned()),
        ("text.mkv", format!("V A -i {subtitle} X264 -c:a libopus -c:s srt -metadata:s:s language=ger -map 0 -map 1 -map 2")),
        ("text.mp4", format!("V A -i {subtitle} X264 -c:a aac -c:s mov_text -map 0 -map 1 -map 2")),
        ("odd.avi", "V -vf scale=321:181 -c:v mjpeg -pix_fmt yuvj444p".to_owned()),
    ];
    let mut found = String::new();
    for (name, arguments) in table {
        let path = job.film(name, &arguments);
        let source =
            probe::probe(&job.runner(), &Address::File(path)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        writeln!(found, "{name}: {}", summary(&source)).unwrap();
    }
    insta::assert_snapshot!(found, @r"
    plain.mp4: mp4 2.0s | 0:h264 320x180 shown 320x180 25/1 Progressive 8 bit 4:2:0 | 1:aac 1ch 48000 und
    ntsc.mov: quicktime 2.0s | 0:h264 320x180 shown 320x180 30000/1001 Progressive 8 bit 4:2:0 01:00:00;02 | 1:pcm_s24le 1ch 48000 fra
    anamorphic.mkv: matroska 2.0s | 0:h264 320x180 shown 240x180 25/1 Progressive 8 bit 4:2:0
    interlaced.ts: mpegts 2.0s | 0:h264 320x180 shown 320x180 25/1 TopFirst 8 bit 4:2:0
    deep.mp4: mp4 2.0s | 0:hevc 320x180 shown 320x180 25/1 Progressive 10 bit 4:2:0 bt2020 smpte2084
    sound.mp3: mp3 2.0s | 0:mp3 1ch 48000 und
    live.webm: webm -1.0s | 0:vp8 320x180 shown 320x180 25/1 Progressive 8 bit 4:2:0
    text.mkv: matroska 2.0s | 0:h264 320x180 shown 320x180 25/1 Progressive 8 bit 4:2:0 | 1:opus 1ch 48000 und | 2:subrip ger
    text.mp4: mp4 2.0s | 0:h264 320x180 shown 320x180 25/1 Progressive 8 bit 4:2:0 | 1:aac 1ch 48000 und | 2:mov_text und
    odd.avi: avi 2.0s | 0:mjpeg 321x181 shown 322x181 25/1 Progressive 8 bit 4:4:4
    ");
}

#[tokio::test]
async fn broken_files_are_errors() {
    let job = Job::new();
    let whole = std::fs::read(job.film("a.mp4", "V X264")).unwrap();
    let broken: [(&str, &[u8]); 4] = [
        ("empty.mp4", b""),
        ("text.mp4", b"hello"),
        ("half.mp4", &whole[..whole.len() / 2]),
        ("image.png", b"\x89PNG\r\n\x1a\n"),
    ];
    for (name, bytes) in broken {
        std::fs::write(job.path(name), bytes).unwrap();
        let error = probe::probe(&job.runner(), &Address::File(job.path(name))).await.unwrap_err();
        let failure = crate::work::JobFailure::from(error);
        assert_eq!(failure.code, 1040, "{name}: {failure}");
    }
}

#[tokio::test]
async fn answers_and_details() {
    let job = Job::new();
    let path = job.film(
        "a.mp4",
        "V A X264 -c:a aac -metadata:s:a language=fra -timecode 01:00:00:00 -fflags +bitexact -flags +bitexact",
    );
    let source = probe::probe(&job.runner(), &Address::File(path)).await.unwrap();
    let file = Readable {
        address: Address::Url("http://h".to_owned()),
        size: Some(1000),
        etag: Some("tag".to_owned()),
        modified: Some(5),
        mime_type: Some("video/mp4".to_owned()),
    };
    let answer = probe::answer(&source, &file);
    // What each version of the encoder does its own way is left out; one line for each part.
    let mut lines: Vec<String> = vec![answer["metadata"].to_string(), answer["trackMappings"].to_string()];
    for track in answer["container"]["tracks"].as_array().unwrap() {
        let mut track = track.clone();
        for properties in ["videoProperties", "audioProperties"] {
            track.get_mut(properties).and_then(|properties| properties.as_object_mut()?.remove("bitRate"));
        }
        lines.push(track.to_string());
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"eTag":"tag","fileSize":1000,"lastModified":5,"mimeType":"video/mp4"}
    [{"videoTrackIndexes":[1],"audioTrackIndexes":[2],"dataTrackIndexes":[3]}]
    {"trackType":"video","codec":"AVC","duration":2.0,"videoProperties":{"bitDepth":8,"width":320,"height":180,"sampleAspectRatio":{"numerator":1,"denominator":1},"displayAspectRatio":{"numerator":16,"denominator":9},"colorPrimaries":"UNSPECIFIED","matrixCoefficients":"UNSPECIFIED","transferCharacteristics":"UNSPECIFIED","codecMetadata":{"bitDepth":8,"width":320,"height":180,"sampleAspectRatio":{"numerator":1,"denominator":1},"displayAspectRatio":{"numerator":16,"denominator":9},"colorPrimaries":"UNSPECIFIED","matrixCoefficients":"UNSPECIFIED","transferCharacteristics":"UNSPECIFIED","chromaSubsampling":"4:2:0","codedFrameRate":{"numerator":25,"denominator":1},"profile":"Constrained Baseline","level":"12","scanType":"PROGRESSIVE"},"frameRate":{"numerator":25,"denominator":1},"rotation":0},"index":1}
    {"trackType":"audio","codec":"AAC","duration":2.0,"audioProperties":{"sampleRate":48000,"channelLayout":"mono","channels":1,"languageCode":"fra"},"index":2}
    {"trackType":"data","index":3}
    "#);
    assert_eq!(answer["container"]["format"], "mp4");
    assert_eq!(answer["container"]["startTimecode"], "01:00:00:00");
    let detail = probe::input_detail(0, "s3://b/a.mp4", &source);
    insta::assert_snapshot!(serde_json::to_string(&detail).unwrap(), @r#"{"id":1,"uri":"s3://b/a.mp4","audio":[{"channels":1,"codec":"AAC","language":"FRA","sampleRate":48000,"streamId":2}],"video":[{"bitDepth":8,"codec":"H_264","colorFormat":"YUV_420","fourCC":"avc1","frameRate":25.0,"height":180,"interlaceMode":"PROGRESSIVE","sar":"1:1","standard":"UNSPECIFIED","streamId":1,"width":320}]}"#);
}
