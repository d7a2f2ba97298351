//! The images of a group: captured frames, and storyboards with what manifests say of them.
//!
//! Source: Roku's image media playlists
//! (<https://developer.roku.com/docs/developer-program/media-playback/trick-mode/hls-and-dash.md>), which MediaConvert
//! names as its model.

use super::{Group, Manifests, OutputFiles, PackageError};
use crate::media::{
    bits_per_second,
    capture::{Images, Storyboard, captured_frame_name},
    manifest::{
        address, dash,
        hls::{self, PlaylistKind, PlaylistSegment},
    },
    plan::{Content, Packaging},
    whole,
};

pub(super) fn write(group: &Group, files: &mut OutputFiles, manifests: &mut Manifests) -> Result<(), PackageError> {
    let (package, folder) = (group.package(), group.runner.scratch());
    for output in &package.outputs {
        let Content::Captures(images) = output.content else { continue };
        for (number, from) in Images(images).written(folder)?.into_iter().enumerate() {
            let name = captured_frame_name(&package.base, &output.modifier, number);
            // Events report the last image.
            files.of_outputs.insert(output.index, vec![name.clone()]);
            files.adopt(from, name);
        }
    }
    let (playlists, mpd) = match &package.packaging {
        Packaging::Hls(hls) => (Some(&hls.playlists), None),
        Packaging::Fragmented(settings) => (settings.playlists.as_ref(), settings.mpd.as_ref()),
        Packaging::Smooth(_) | Packaging::Files => (None, None),
    };
    for (number, planned) in package.storyboards.iter().enumerate() {
        let storyboard = planned.storyboard;
        let mut sheets = Vec::new();
        for (sheet, from) in (1..).zip(Images(planned.images).written(folder)?) {
            let name = storyboard.sheet_name(&package.base, number, sheet);
            sheets.push(Sheet { name: name.clone(), size: std::fs::metadata(&from)?.len() });
            files.adopt(from, name);
        }
        let name = storyboard.name(&package.base, number);
        let base_url = playlists.map_or("", |playlists| playlists.base_url.as_str());
        let manifest = StoryboardManifest { storyboard, sheets: &sheets, duration: group.seconds, base_url };
        if playlists.is_some() {
            let playlist = format!("{name}.m3u8");
            manifests.hls.images.push(manifest.hls_line(&playlist));
            files.write(playlist, manifest.hls_playlist())?;
        }
        if mpd.is_some() {
            manifests.dash.thumbnails.push(dash::Thumbnails { name, storyboard, bandwidth: manifest.bandwidth() });
        }
    }
    Ok(())
}

struct Sheet {
    name: String,
    size: u64,
}

/// The sheets of a storyboard, and how long their film is.
struct StoryboardManifest<'s> {
    storyboard: Storyboard,
    sheets: &'s [Sheet],
    /// How long the film is, in seconds.
    duration: f64,
    base_url: &'s str,
}

impl StoryboardManifest<'_> {
    fn hls_playlist(&self) -> String {
        let Storyboard { interval, width, height, columns, rows } = self.storyboard;
        let segments = self.sheets.iter().zip(self.durations()).map(|(sheet, duration)| PlaylistSegment {
            duration: format!("{duration:.6}"),
            after: format!("#EXT-X-TILES:RESOLUTION={width}x{height},LAYOUT={columns}x{rows},DURATION={interval:.6}\n"),
            uri: address(self.base_url, &sheet.name),
            ..PlaylistSegment::default()
        });
        hls::playlist(PlaylistKind::Images, 7, self.durations().fold(1.0, f64::max).ceil(), segments)
    }

    /// The line of the master playlist that names the playlist of the sheets.
    fn hls_line(&self, playlist: &str) -> String {
        let Storyboard { width, height, .. } = self.storyboard;
        let (bandwidth, address) = (self.bandwidth(), address(self.base_url, playlist));
        format!(
            "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH={bandwidth},RESOLUTION={width}x{height},CODECS=\"jpeg\",URI=\"{address}\"\n"
        )
    }

    /// How long each sheet lasts; the last one ends with the film.
    fn durations(&self) -> impl Iterator<Item = f64> {
        let full = self.storyboard.sheet_duration();
        let mut left = self.duration;
        self.sheets.iter().map(move |_| {
            let duration = if left > 0.0 { left.min(full) } else { full };
            left -= full;
            duration
        })
    }

    /// The largest bitrate of any sheet, in bits per second.
    fn bandwidth(&self) -> u64 {
        let sheets = self.sheets.iter().zip(self.durations());
        let rates = sheets.map(|(sheet, duration)| whole(bits_per_second(sheet.size, duration.max(0.04)).ceil()));
        rates.max().unwrap_or(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests() {
        let storyboard = Storyboard { interval: 2.0, width: 160, height: 90, columns: 5, rows: 2 };
        let sheet = |number: u32, size| Sheet { name: format!("my film$ & 100%_thumbnails.{number:07}.jpg"), size };
        let sheets = [sheet(0, 20_000), sheet(1, 10_000)];
        let manifest = StoryboardManifest { storyboard, sheets: &sheets, duration: 24.0, base_url: "" };
        insta::assert_snapshot!(manifest.hls_playlist(), @r"
        #EXTM3U
        #EXT-X-VERSION:7
        #EXT-X-TARGETDURATION:20
        #EXT-X-MEDIA-SEQUENCE:1
        #EXT-X-PLAYLIST-TYPE:VOD
        #EXT-X-IMAGES-ONLY
        #EXTINF:20.000000,
        #EXT-X-TILES:RESOLUTION=160x90,LAYOUT=5x2,DURATION=2.000000
        my%20film%24%20%26%20100%25_thumbnails.0000000.jpg
        #EXTINF:4.000000,
        #EXT-X-TILES:RESOLUTION=160x90,LAYOUT=5x2,DURATION=2.000000
        my%20film%24%20%26%20100%25_thumbnails.0000001.jpg
        #EXT-X-ENDLIST
        ");
        insta::assert_snapshot!(manifest.hls_line("a b.m3u8"), @r#"#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=20000,RESOLUTION=160x90,CODECS="jpeg",URI="a%20b.m3u8""#);
    }
}
