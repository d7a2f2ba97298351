//! Numbered images, as ffmpeg writes them.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

/// The images of one output, by what their work files' names begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Images {
    prefix: String,
}

impl Images {
    /// Images of the output with this number among all that write images.
    pub(crate) fn new(number: usize) -> Self {
        Self { prefix: format!("images-{number}") }
    }

    /// The images that were written, in their order.
    pub(crate) fn written(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let start = format!("{}.", self.prefix);
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(&start)) {
                found.push(entry.path());
            }
        }
        // Numbers have the same length, but for more than ten million images.
        found.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
        Ok(found)
    }

    /// The name of the work file for a playlist of these images.
    pub(crate) fn playlist(&self) -> String {
        format!("{}-playlist.m3u8", self.prefix)
    }

    /// The pattern of the names, as ffmpeg takes it.
    fn pattern(&self, folder: &Path) -> OsString {
        let folder = folder.to_string_lossy().replace('%', "%%");
        format!("file:{folder}/{}.%07d.jpg", self.prefix).into()
    }
}

/// The arguments of an output that writes JPEG images of this quality (1 to 100), at most so many, into a folder.
pub(crate) fn image_arguments(folder: &Path, images: &Images, quality: u32, max: Option<u64>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["-c:v", "mjpeg", "-fps_mode", "passthrough", "-q:v"].map(Into::into).to_vec();
    arguments.push(scale(quality).to_string().into());
    if let Some(max) = max {
        arguments.extend(["-frames:v".into(), max.to_string().into()]);
    }
    arguments.extend(["-f", "image2", "-start_number", "0"].map(Into::into));
    arguments.push(images.pattern(folder));
    arguments
}

/// JPEG's scale of ffmpeg, from 31, poor, to 2.
fn scale(quality: u32) -> u32 {
    let quality = quality.clamp(1, 100);
    31 - ((quality - 1) * 29 + 49) / 99
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_spans_the_scale() {
        assert_eq!([1, 50, 80, 100].map(scale), [31, 17, 8, 2]);
    }

    #[test]
    fn patterns_survive_percent_signs() {
        let arguments = image_arguments(Path::new("/a%d/b"), &Images::new(3), 100, Some(5));
        let texts: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
        insta::assert_snapshot!(texts.join(" "), @"-c:v mjpeg -fps_mode passthrough -q:v 2 -frames:v 5 -f image2 -start_number 0 file:/a%%d/b/images-3.%07d.jpg");
    }
}
