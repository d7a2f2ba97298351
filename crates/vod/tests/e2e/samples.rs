//! Videos that ffmpeg makes for tests.

use std::process::Command;

const PICTURE: &str = "testsrc2=size=640x360:rate=25:duration=3";
const TONE: &str = "sine=frequency=440:duration=3";
const OTHER_TONE: &str = "sine=frequency=880:duration=3";
const H264: [&str; 6] = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];

/// A second of 1080p video with sound.
pub(crate) fn full_hd() -> Vec<u8> {
    let picture = lavfi("testsrc=size=1920x1080:rate=10:duration=1");
    make(&[&picture[..], &lavfi("sine=duration=1"), &H264, &["-c:a", "aac"]].concat())
}

/// Three seconds with sound.
pub(crate) fn plain() -> Vec<u8> {
    make(&[&lavfi(PICTURE)[..], &lavfi(TONE), &H264, &["-c:a", "aac"]].concat())
}

/// A picture that is costly to encode, for a test that stops the job.
pub(crate) fn long() -> Vec<u8> {
    make(&[&lavfi("testsrc2=size=1280x720:rate=30:duration=40")[..], &H264].concat())
}

/// The same for a test that waits for the job.
pub(crate) fn costly() -> Vec<u8> {
    make(&[&lavfi("testsrc2=size=1280x720:rate=30:duration=6")[..], &H264].concat())
}

/// Three seconds of black without sound.
pub(crate) fn dark() -> Vec<u8> {
    make(&[&lavfi("color=black:size=640x360:rate=25:duration=3")[..], &H264].concat())
}

/// Upright, by its size.
pub(crate) fn portrait() -> Vec<u8> {
    let picture = lavfi("testsrc2=size=360x640:rate=25:duration=3");
    make(&[&picture[..], &lavfi(TONE), &H264, &["-c:a", "aac"]].concat())
}

/// Without sound.
pub(crate) fn silent() -> Vec<u8> {
    make(&[&lavfi(PICTURE)[..], &H264].concat())
}

/// A file of sound.
pub(crate) fn podcast() -> Vec<u8> {
    run(&[&lavfi(TONE)[..], &["-c:a", "libmp3lame"]].concat(), ".mp3")
}

/// Sound without a picture, in a container of videos.
pub(crate) fn sound() -> Vec<u8> {
    make(&[&lavfi(TONE)[..], &["-c:a", "aac"]].concat())
}

/// With an English and a German track.
pub(crate) fn bilingual() -> Vec<u8> {
    let inputs = [&lavfi(PICTURE)[..], &lavfi(TONE), &lavfi(OTHER_TONE)].concat();
    let tracks = ["-map", "0", "-map", "1", "-map", "2", "-metadata:s:a:0", "language=eng"];
    make(&[&inputs[..], &tracks, &["-metadata:s:a:1", "language=deu", "-c:a", "aac"], &H264].concat())
}

/// A red square.
pub(crate) fn image() -> Vec<u8> {
    run(&[&lavfi("color=red:size=64x64:duration=0.1")[..], &["-frames:v", "1"]].concat(), ".png")
}

/// A picture of a video, by rows of red, green and blue, and how many pixels are in a row.
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) bytes: Vec<u8>,
}

impl Picture {
    /// The picture at a second of a video.
    pub(crate) fn of(video: &[u8], second: &str) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), video).unwrap();
        let mut decode = Command::new("ffmpeg");
        decode.args(["-v", "error", "-i"]).arg(file.path()).args(["-ss", second, "-frames:v", "1"]);
        decode.args(["-vf", "scale=320:-2", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]);
        let decoded = decode.output().unwrap();
        assert!(decoded.status.success() && !decoded.stdout.is_empty(), "{}", String::from_utf8_lossy(&decoded.stderr));
        Self { width: 320, bytes: decoded.stdout }
    }

    /// The colour of a pixel.
    pub(crate) fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = 3 * (y * self.width + x);
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2]]
    }
}

fn lavfi(source: &str) -> [&str; 4] {
    ["-f", "lavfi", "-i", source]
}

fn make(arguments: &[&str]) -> Vec<u8> {
    run(arguments, ".mp4")
}

fn run(arguments: &[&str], suffix: &str) -> Vec<u8> {
    let file = tempfile::Builder::new().suffix(suffix).tempfile().unwrap();
    let made = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).arg(file.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs_err::read(file.path()).unwrap()
}
