//! Numbered images, as ffmpeg writes them.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use crate::media::plan::ImageOutput;

/// The images of the image output with this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Images(pub(crate) usize);

impl Images {
    /// The images that were written into a folder, in their order.
    pub(crate) fn written(self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let start = format!("images-{}.", self.0);
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

    /// The arguments of ffmpeg that write them into a folder.
    pub(crate) fn arguments(self, output: &ImageOutput, folder: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> =
            ["-c:v", "mjpeg", "-fps_mode", "passthrough", "-q:v"].map(Into::into).to_vec();
        arguments.push(scale(output.quality).to_string().into());
        if let Some(max) = output.max {
            arguments.extend(["-frames:v".into(), max.to_string().into()]);
        }
        arguments.extend(["-f", "image2", "-start_number", "0"].map(Into::into));
        let folder = folder.to_string_lossy().replace('%', "%%");
        arguments.push(format!("file:{folder}/images-{}.%07d.jpg", self.0).into());
        arguments
    }
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
        let output = ImageOutput { filters: Vec::new(), quality: 100, max: Some(5) };
        let arguments = Images(3).arguments(&output, Path::new("/a%d/b"));
        let texts: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
        insta::assert_snapshot!(texts.join(" "), @"-c:v mjpeg -fps_mode passthrough -q:v 2 -frames:v 5 -f image2 -start_number 0 file:/a%%d/b/images-3.%07d.jpg");
    }
}
