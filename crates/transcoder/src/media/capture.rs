//! Pictures of a film: captured frames, and storyboards that players show while someone seeks, which are sheets of small
//! pictures, one for every few seconds (`ImageBasedTrickPlay`).
//!
//! Both are outputs of the job's one run of ffmpeg: filters for the picture, and the arguments that write images.
//! Source: the references of `FrameCaptureSettings`, `HlsImageBasedTrickPlaySettings` and its like.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use mediaconvert::settings::{
    FrameCaptureSettings, ImageBasedTrickPlay, ImageBasedTrickPlaySettings, IntervalCadence, OutputGroupSettings,
    SegmentedGroup,
};

use super::{filter::Filter, plan::ImageOutput, probe::Size};

/// The quality where the settings have none, in percent.
const DEFAULT_QUALITY: u32 = 80;
/// How many images there may be where the settings have no limit.
const DEFAULT_MAX_CAPTURES: u64 = 10_000_000;

/// The output of captured frames, with the codec `FRAME_CAPTURE`, brought to size by these filters: one frame a second where
/// the settings say nothing.
pub(crate) fn captured_frames(settings: &FrameCaptureSettings, scaling: Vec<Filter>) -> ImageOutput {
    let number = |value: Option<u32>| value.filter(|value| *value > 0);
    let frames = number(settings.framerate_numerator).unwrap_or(1);
    let seconds = number(settings.framerate_denominator).unwrap_or(1);
    let mut filters = vec![one_each(f64::from(seconds) / f64::from(frames))];
    filters.extend(scaling);
    filters.extend(["scale=out_range=pc", "format=yuvj420p"].map(Filter::new));
    let quality = number(settings.quality).unwrap_or(DEFAULT_QUALITY).min(100);
    ImageOutput { filters, quality, max: Some(number(settings.max_captures).map_or(DEFAULT_MAX_CAPTURES, u64::from)) }
}

/// The name of the captured frame with this number, from 0.
pub(crate) fn captured_frame_name(base: &str, modifier: &str, number: usize) -> String {
    format!("{base}{modifier}.{number:07}.jpg")
}

/// The width of a small picture where the settings have none, in pixels.
const DEFAULT_WIDTH: u32 = 312;
/// How many columns and how many rows a sheet has where the settings have none.
const DEFAULT_TILES: u32 = 5;
/// Neither side of a sheet may be longer, in pixels.
const MAX_SIDE: u32 = 4096;
/// The quality of the pictures, in percent.
const STORYBOARD_QUALITY: u32 = 80;

/// How often a group's film has key frames and segments, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cadence {
    pub(crate) key_frames: f64,
    pub(crate) segments: f64,
    pub(crate) frames: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Storyboard {
    /// The seconds from one picture to the next.
    pub(crate) interval: f64,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) columns: u32,
    pub(crate) rows: u32,
}

/// The sets of sheets that a group asks for; `picture` is the size of its largest rendition.
pub(crate) fn storyboards(group: &OutputGroupSettings, cadence: Cadence, picture: Size) -> Vec<Storyboard> {
    let hls = group.hls_group_settings.given().map(|hls| hls as &dyn SegmentedGroup);
    let cmaf = || group.cmaf_group_settings.given().map(|cmaf| cmaf as &dyn SegmentedGroup);
    let dash = || group.dash_iso_group_settings.given().map(|dash| dash as &dyn SegmentedGroup);
    let Some(group) = hls.or_else(cmaf).or_else(dash) else { return Vec::new() };
    let default = ImageBasedTrickPlaySettings::default();
    let full = ImageBasedTrickPlaySettings {
        thumbnail_width: Some(picture.width),
        thumbnail_height: Some(picture.height),
        tile_width: Some(1),
        tile_height: Some(1),
        ..ImageBasedTrickPlaySettings::default()
    };
    let sets: Vec<&ImageBasedTrickPlaySettings> = match group.image_based_trick_play() {
        Some(ImageBasedTrickPlay::Thumbnail) => vec![&default],
        Some(ImageBasedTrickPlay::ThumbnailAndFullframe) => vec![&default, &full],
        Some(ImageBasedTrickPlay::Advanced) => vec![group.image_based_trick_play_settings()],
        Some(ImageBasedTrickPlay::Variants) => group.image_based_trick_play_variants().iter().collect(),
        Some(ImageBasedTrickPlay::None) | None => Vec::new(),
    };
    sets.into_iter().map(|settings| Storyboard::new(settings, cadence, picture)).collect()
}

impl Storyboard {
    fn new(settings: &ImageBasedTrickPlaySettings, cadence: Cadence, picture: Size) -> Self {
        let length = |pixels: Option<u32>| pixels.filter(|pixels| *pixels > 0);
        let scaled = |of: u32, by: u32, to: u32| {
            (u64::from(of) * u64::from(to) / u64::from(by.max(1))).clamp(2, MAX_SIDE.into())
        };
        let even = |pixels: u64| u32::try_from(pixels & !1).unwrap_or(MAX_SIDE);
        let (width, height) = match (length(settings.thumbnail_width), length(settings.thumbnail_height)) {
            (Some(width), Some(height)) => (width, height),
            (None, Some(height)) => (even(scaled(picture.width, picture.height, height)), height),
            (width, None) => {
                let width = width.unwrap_or(DEFAULT_WIDTH);
                (width, even(scaled(picture.height, picture.width, width)))
            }
        };
        let (width, height) = (width.clamp(2, MAX_SIDE) & !1, height.clamp(2, MAX_SIDE) & !1);
        let custom = settings.thumbnail_interval.filter(|interval| *interval > 0.0);
        let tiles = [settings.tile_width, settings.tile_height].map(|tiles| length(tiles).unwrap_or(DEFAULT_TILES));
        let (interval, [columns, rows]) = match settings.interval_cadence {
            Some(IntervalCadence::FollowCustom) => (custom.unwrap_or(cadence.key_frames), tiles),
            Some(IntervalCadence::FollowSegmentation) => (cadence.segments, [1, 1]),
            Some(IntervalCadence::FollowIframe) | None => (cadence.key_frames, tiles),
        };
        // The length of whole frames that is nearest, one frame at least.
        let interval = match cadence.frames {
            frame if frame > 0.0 => (interval / frame).round().max(1.0) * frame,
            _ => interval.max(0.04),
        };
        Self {
            interval,
            width,
            height,
            columns: columns.min(MAX_SIDE / width).max(1),
            rows: rows.min(MAX_SIDE / height).max(1),
        }
    }

    /// How long a full sheet lasts, in seconds.
    pub(crate) fn sheet_duration(&self) -> f64 {
        self.interval * f64::from(self.columns) * f64::from(self.rows)
    }

    pub(crate) fn output(&self) -> ImageOutput {
        let filters = [
            format!("scale={}:{}:out_range=pc", self.width, self.height),
            "setsar=1".to_owned(),
            "format=yuvj420p".to_owned(),
            format!("tile={}x{}", self.columns, self.rows),
        ];
        let filters = std::iter::once(one_each(self.interval)).chain(filters.map(Filter::new)).collect();
        ImageOutput { filters, quality: STORYBOARD_QUALITY, max: None }
    }

    /// What the names of this set begin with, for the set with this number among its group's.
    pub(crate) fn name(&self, base: &str, number: usize) -> String {
        let again = if number == 0 { String::new() } else { format!("-{number}") };
        format!("{base}_thumbnails{again}_{}x{}", self.width, self.height)
    }

    /// The name of the sheet with this number, from 1.
    pub(crate) fn sheet_name(&self, base: &str, number: usize, sheet: usize) -> String {
        format!("{}.{sheet:07}.jpg", self.name(base, number))
    }
}

/// The filter that lets the first frame pass, and then the first one of each interval of so many seconds. It keeps to
/// the clock: what one frame is late does not make the next one late.
fn one_each(seconds: f64) -> Filter {
    let nth = |time: &str| format!("floor(({time}-start_t)/{seconds:.9}+0.000001)");
    Filter::new(format!("select='isnan(prev_selected_t)+gt({},{})'", nth("t"), nth("prev_selected_t")))
}

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
    use serde_json::json;

    use super::*;

    fn boards(settings: serde_json::Value) -> Vec<Storyboard> {
        let group: OutputGroupSettings = serde_json::from_value(settings).unwrap();
        storyboards(
            &group,
            Cadence { key_frames: 2.0, segments: 6.0, frames: 1001.0 / 30000.0 },
            Size { width: 1920, height: 1080 },
        )
    }

    #[test]
    fn sets_of_sheets() {
        let text = |settings| {
            let text = |board: Storyboard| {
                format!("{}x{} {}x{} {:.3}", board.width, board.height, board.columns, board.rows, board.interval)
            };
            boards(settings).into_iter().map(text).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(text(json!({"HlsGroupSettings": {}})), "");
        assert_eq!(text(json!({"FileGroupSettings": {}})), "");
        assert_eq!(text(json!({"HlsGroupSettings": {"ImageBasedTrickPlay": "THUMBNAIL"}})), "312x174 5x5 2.002");
        assert_eq!(
            text(json!({"CmafGroupSettings": {"ImageBasedTrickPlay": "THUMBNAIL_AND_FULLFRAME"}})),
            "312x174 5x5 2.002, 1920x1080 1x1 2.002"
        );
        assert_eq!(
            text(json!({"DashIsoGroupSettings": {"ImageBasedTrickPlay": "ADVANCED", "ImageBasedTrickPlaySettings": {
                "IntervalCadence": "FOLLOW_CUSTOM", "ThumbnailInterval": 5.0, "ThumbnailWidth": 160,
                "TileWidth": 10, "TileHeight": 2000}}})),
            "160x90 10x45 5.005"
        );
        assert_eq!(
            text(json!({"HlsGroupSettings": {"ImageBasedTrickPlay": "VARIANTS", "ImageBasedTrickPlayVariants": [
                {"IntervalCadence": "FOLLOW_SEGMENTATION", "ThumbnailHeight": 90, "TileWidth": 9},
                {"ThumbnailWidth": 64, "ThumbnailHeight": 64, "TileWidth": 2, "TileHeight": 1}]}})),
            "160x90 1x1 6.006, 64x64 2x1 2.002"
        );
    }

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
