//! Storyboards: sheets of small pictures, one for every few seconds; `ImageBasedTrickPlay`.
//!
//! Source: the references of `HlsImageBasedTrickPlaySettings` and its like.

use mediaconvert::settings::{
    ImageBasedTrickPlay, ImageBasedTrickPlaySettings, IntervalCadence, OutputGroupSettings, SegmentedGroup,
};

use super::one_each;
use crate::media::{filter::Filter, plan::ImageOutput, probe::Size};

/// The width of a small picture where the settings have none, in pixels.
const USUAL_WIDTH: u32 = 312;
/// How many columns and how many rows a sheet has where the settings have none.
const USUAL_TILES: u32 = 5;
/// Neither side of a sheet may be longer, in pixels.
const MAX_SIDE: u32 = 4096;
/// The quality of the pictures, in percent.
const QUALITY: u32 = 80;

/// How often a group's film has key frames and segments, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cadence {
    /// From one key frame to the next.
    pub(crate) key_frames: f64,
    /// From one segment to the next.
    pub(crate) segments: f64,
    /// From one frame to the next.
    pub(crate) frames: f64,
}

/// One set of sheets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Storyboard {
    /// The seconds from one picture to the next.
    pub(crate) interval: f64,
    /// The width of a picture in pixels.
    pub(crate) width: u32,
    /// The height of a picture in pixels.
    pub(crate) height: u32,
    /// How many pictures are beside each other in a sheet.
    pub(crate) columns: u32,
    /// How many pictures are below each other in a sheet.
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
                let width = width.unwrap_or(USUAL_WIDTH);
                (width, even(scaled(picture.height, picture.width, width)))
            }
        };
        let (width, height) = (width.clamp(2, MAX_SIDE) & !1, height.clamp(2, MAX_SIDE) & !1);
        let custom = settings.thumbnail_interval.filter(|interval| *interval > 0.0);
        let tiles = [settings.tile_width, settings.tile_height].map(|tiles| length(tiles).unwrap_or(USUAL_TILES));
        let (interval, [columns, rows]) = match settings.interval_cadence {
            Some(IntervalCadence::FollowCustom) => (custom.unwrap_or(cadence.key_frames), tiles),
            Some(IntervalCadence::FollowSegmentation) => (cadence.segments, [1, 1]),
            Some(IntervalCadence::FollowIframe) | None => (cadence.key_frames, tiles),
        };
        Self {
            interval: whole_frames(interval, cadence.frames),
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

    /// The output that writes its sheets.
    pub(crate) fn output(&self) -> ImageOutput {
        let filters = [
            format!("scale={}:{}:out_range=pc", self.width, self.height),
            "setsar=1".to_owned(),
            "format=yuvj420p".to_owned(),
            format!("tile={}x{}", self.columns, self.rows),
        ];
        let filters = std::iter::once(one_each(self.interval)).chain(filters.map(Filter::new)).collect();
        ImageOutput { filters, quality: QUALITY, max: None }
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

/// The length of whole frames that is nearest, one frame at least.
fn whole_frames(seconds: f64, frame: f64) -> f64 {
    if frame > 0.0 { (seconds / frame).round().max(1.0) * frame } else { seconds.max(0.04) }
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
}
