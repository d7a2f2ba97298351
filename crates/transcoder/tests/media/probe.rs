//! What ffmpeg and ffprobe find in finished files: judges that share no code with the packager.

use std::{path::Path, process::Command};

use crate::media::samples::ffmpeg;

/// The rows that ffprobe prints for these entries, each split into its cells.
pub(crate) fn rows(path: &Path, arguments: &[&str]) -> Vec<Vec<String>> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-of", "csv=p=0", "-allowed_extensions", "ALL"]).args(arguments).arg(path);
    let output = command.output().expect("ffprobe is there");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    let rows = text.lines().filter(|line| !line.is_empty());
    rows.map(|line| line.trim_end_matches(',').split(',').map(str::to_owned).collect()).collect()
}

/// The times of the key frames of the first video, in seconds, from the first of them.
pub(crate) fn key_frames(path: &Path) -> Vec<f64> {
    let rows = rows(path, &["-select_streams", "v:0", "-show_entries", "packet=pts_time,flags"]);
    let keys = rows.iter().filter(|row| row.get(1).is_some_and(|flags| flags.starts_with('K')));
    let times: Vec<f64> = keys.filter_map(|row| row[0].parse().ok()).collect();
    let first = times.first().copied().unwrap_or(0.0);
    times.into_iter().map(|time| time - first).collect()
}

/// Decodes everything that a manifest or file leads to, which must bring no complaint.
pub(crate) fn decodes(path: &Path) {
    let path = path.display().to_string();
    let extensions = ["-allowed_extensions", "ALL"];
    let is_list = path.ends_with("m3u8") || path.ends_with("mpd");
    let mut arguments = vec!["-v", "error"];
    arguments.extend(extensions.into_iter().filter(|_| is_list));
    arguments.extend(["-i", &path, "-map", "0", "-f", "null", "-"]);
    let said = ffmpeg(&arguments);
    assert!(said.is_empty(), "{path}: {said}");
}

/// How many frames of the first video can be decoded.
pub(crate) fn frames(path: &Path) -> u32 {
    let rows = rows(path, &["-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames"]);
    rows.iter().find_map(|row| row.first()?.parse().ok()).unwrap_or(0)
}

/// How like the source a rendition is: the structural similarity, from 0 to 1, at the size of the rendition.
pub(crate) fn similarity(rendition: &Path, source: &Path, size: (u64, u64)) -> f64 {
    let (rendition, source) = (rendition.display().to_string(), source.display().to_string());
    let graph = format!(
        "[1:v]scale={}:{}:flags=bicubic,setpts=PTS-STARTPTS[b];[0:v]setpts=PTS-STARTPTS[a];[a][b]ssim",
        size.0, size.1
    );
    let list = if rendition.ends_with("m3u8") { vec!["-allowed_extensions", "ALL"] } else { Vec::new() };
    let mut arguments = vec!["-v", "info", "-nostats"];
    arguments.extend(list);
    arguments.extend(["-i", &rendition, "-i", &source, "-lavfi", &graph, "-an", "-f", "null", "-"]);
    let said = ffmpeg(&arguments);
    let all = said.rsplit("All:").next().and_then(|rest| rest.split(' ').next()).and_then(|value| value.parse().ok());
    all.unwrap_or_else(|| panic!("no similarity in: {said}"))
}

/// How many frames look interlaced, and how many progressive.
pub(crate) fn scan(path: &Path) -> (u32, u32) {
    let said = ffmpeg(&["-nostats", "-i", &path.display().to_string(), "-vf", "idet", "-an", "-f", "null", "-"]);
    let found = said.rsplit("Multi frame detection:").next().unwrap_or_default();
    let count = |name: &str| -> u32 {
        let rest = found.split(name).nth(1).and_then(|rest| rest.split_whitespace().next());
        rest.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("no {name} in: {said}"))
    };
    (count("TFF:") + count("BFF:"), count("Progressive:"))
}
