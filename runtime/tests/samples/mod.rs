//! Samples of media, made by ffmpeg when a test needs them.

use std::{
    fmt::Write as _,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use pipeline::mediainfo::MediaInfo;

/// A file to make and what is to be read of it.
pub(crate) struct Sample {
    /// The file's name, whose suffix is its format.
    pub(crate) file: &'static str,
    /// ffmpeg's arguments, in which `V` is a second of pictures, `AV` one of sound, `TEXT` a subtitle, `S` encodes
    /// quickly, and `TURN=n` turns the pictures by `n` degrees clockwise.
    pub(crate) args: &'static str,
    /// The [`summary`].
    pub(crate) expected: &'static str,
}

const PICTURES: &str = "testsrc2=size=320x180:rate=25:duration=1";
const SOUND: &str = "sine=frequency=440:sample_rate=48000:duration=1,aformat=channel_layouts=stereo";

/// Makes a sample.
pub(crate) fn make(sample: &Sample) -> Vec<u8> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = |suffix: &str| directory().join(format!("{}-{number}-{suffix}", std::process::id()));
    let path = name(sample.file);
    let mut arguments: Vec<String> = Vec::new();
    let mut turn = None;
    for word in sample.args.split(' ') {
        match word {
            "V" => arguments.extend(["-f", "lavfi", "-i", PICTURES].map(str::to_owned)),
            "AV" => {
                arguments.pop();
                arguments.extend(["-f", "lavfi", "-i", SOUND].map(str::to_owned));
            }
            "TEXT" => {
                let subtitle = name("subtitle.srt");
                std::fs::write(&subtitle, "1\n00:00:00,100 --> 00:00:00,900\nHello\n").unwrap();
                arguments.push(subtitle.to_str().unwrap().to_owned());
            }
            "S" => arguments.extend(["-preset", "ultrafast", "-ac", "2", "-strict", "-2"].map(str::to_owned)),
            _ => match word.strip_prefix("TURN=") {
                Some(degrees) => turn = Some(degrees),
                None => arguments.push(word.to_owned()),
            },
        }
    }
    ffmpeg(&arguments, &path);
    let mut bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    if let Some(degrees) = turn {
        turn_first_track(&mut bytes, degrees);
    }
    bytes
}

/// Turns the first track clockwise; each version of ffmpeg has its own way to do it.
fn turn_first_track(bytes: &mut [u8], degrees: &str) {
    const MATRIX: usize = 4 + 4 + 20 + 16;
    let (sine, cosine) = match degrees {
        "90" => (1, 0),
        "180" => (0, -1),
        "270" => (-1, 0),
        _ => panic!("nobody turns by {degrees}"),
    };
    let header = bytes.windows(4).position(|kind| kind == b"tkhd").unwrap();
    for (index, value) in [(0, cosine), (1, sine), (3, -sine), (4, cosine)] {
        let at = header + MATRIX + 4 * index;
        bytes[at..at + 4].copy_from_slice(&(value * 0x1_0000_i32).to_be_bytes());
    }
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

fn ffmpeg(arguments: &[String], target: &PathBuf) {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-bitexact"]).args(arguments).arg(target);
    let output = command.output().expect("ffmpeg is needed: `cargo xtask test unit` installs it");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The same file with some bytes changed, mostly those that say what is in it.
pub(crate) fn damaged(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut state = seed;
    let mut next = |below: usize| {
        // Knuth's MMIX generator; its upper bits are the random ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let length = bytes.len();
    for _ in 0..=next(12) {
        let at = match next(4) {
            0 => next(length),
            1 => length - 1 - next(length.min(4096)),
            _ => next(length.min(1024)),
        };
        bytes[at] = [0, 1, 0x7F, 0x80, 0xFF, u8::try_from(next(256)).unwrap()][next(6)];
    }
    bytes
}

/// What matters of a file, in one line: encoders choose the rest.
pub(crate) fn summary(info: &MediaInfo) -> String {
    let mut line = format!("{} {:.1}s", info.container.format, info.container.duration.unwrap_or_default());
    for video in &info.video {
        let size = |width: Option<u32>, height: Option<u32>| format!("{}x{}", width.unwrap_or(0), height.unwrap_or(0));
        write!(line, " | {}", video.codec).unwrap();
        if video.codec == "ProRes" {
            write!(line, " {}", video.profile.as_deref().unwrap_or_default()).unwrap();
        }
        write!(line, " {}", size(video.width, video.height)).unwrap();
        let shown = size(video.display_width, video.display_height);
        if shown != size(video.width, video.height) {
            write!(line, " shown {shown}").unwrap();
        }
        if video.rotation.degrees() != 0 {
            write!(line, " turned {}", video.rotation.degrees()).unwrap();
        }
        write!(line, " {:.2}fps {:.1}s", video.framerate.unwrap_or_default(), video.duration.unwrap_or_default())
            .unwrap();
        if let Some(color) = &video.color_space {
            write!(line, " {color}").unwrap();
        }
        if let Some(bits) = video.bit_depth {
            write!(line, " {bits} bit").unwrap();
        }
        if video.scan_type.as_deref() == Some("Interlaced") {
            line.push_str(" interlaced");
        }
    }
    for audio in &info.audio {
        let (channels, rate) = (audio.channels.unwrap_or_default(), audio.sampling_rate.unwrap_or_default());
        write!(line, " | {} {channels}ch {rate}Hz {:.1}s", audio.codec, audio.duration.unwrap_or_default()).unwrap();
        if let Some(language) = &audio.language {
            write!(line, " {language}").unwrap();
        }
    }
    for text in &info.text {
        write!(line, " | {} {}", text.format, text.language.as_deref().unwrap_or("?")).unwrap();
    }
    line
}
