//! Small films made by ffmpeg.

use std::{path::Path, process::Command};

/// Runs ffmpeg, which must succeed, and returns what it says.
pub(crate) fn ffmpeg(arguments: &[&str]) -> String {
    let mut command = Command::new("ffmpeg");
    let output = command.args(["-hide_banner", "-nostdin", "-y"]).args(arguments).output().expect("ffmpeg is there");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "ffmpeg {arguments:?}: {said}");
    said
}

/// A film with moving pictures and a tone for each language, of so many seconds.
pub(crate) fn film(folder: &Path, name: &str, size: &str, rate: &str, seconds: u32, languages: &[&str]) {
    let path = folder.join(name);
    let pictures = format!("testsrc2=size={size}:rate={rate}:duration={seconds}");
    let mut arguments = vec!["-f".to_owned(), "lavfi".to_owned(), "-i".to_owned(), pictures];
    for (at, _) in languages.iter().enumerate() {
        let tone = format!("sine=frequency={}:duration={seconds}:sample_rate=44100", 300 * (at + 1));
        arguments.extend(["-f".to_owned(), "lavfi".to_owned(), "-i".to_owned(), tone]);
    }
    for input in 0..=languages.len() {
        arguments.extend(["-map".to_owned(), input.to_string()]);
    }
    for (at, language) in languages.iter().enumerate() {
        arguments.extend([format!("-metadata:s:a:{at}"), format!("language={language}")]);
    }
    arguments.extend(
        ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-c:a", "aac", "-shortest"].map(str::to_owned),
    );
    arguments.push(path.display().to_string());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    ffmpeg(&arguments);
}
