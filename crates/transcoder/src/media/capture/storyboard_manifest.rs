//! How manifests tell players of storyboards.
//!
//! Source: Roku's image media playlists
//! (<https://developer.roku.com/docs/developer-program/media-playback/trick-mode/hls-and-dash.md>), which MediaConvert
//! names as its model.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Storyboard;

/// What stands in an address as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One sheet as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// The name of its file, beside the manifests.
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) size: u64,
}

/// A set of sheets, and how long its film is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct StoryboardManifest<'s> {
    /// The sheets' shape.
    pub(crate) storyboard: Storyboard,
    /// All sheets in their order.
    pub(crate) sheets: &'s [Sheet],
    /// How long the film is, in seconds.
    pub(crate) duration: f64,
    /// What goes before every address.
    pub(crate) base_url: &'s str,
}

impl StoryboardManifest<'_> {
    /// The playlist of the sheets.
    pub(crate) fn hls_playlist(&self) -> String {
        let Storyboard { interval, width, height, columns, rows } = self.storyboard;
        let mut text = format!(
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{:.0}\n#EXT-X-MEDIA-SEQUENCE:1\n\
             #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-IMAGES-ONLY\n",
            self.durations().fold(1.0, f64::max).ceil()
        );
        for (sheet, duration) in self.sheets.iter().zip(self.durations()) {
            let address = address(self.base_url, &sheet.name);
            // Writing into a String cannot fail.
            let _ = write!(
                text,
                "#EXTINF:{duration:.6},\n\
                 #EXT-X-TILES:RESOLUTION={width}x{height},LAYOUT={columns}x{rows},DURATION={interval:.6}\n{address}\n"
            );
        }
        text.push_str("#EXT-X-ENDLIST\n");
        text
    }

    /// The line of the master playlist that names the playlist of the sheets.
    pub(crate) fn hls_line(&self, playlist: &str) -> String {
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
    pub(crate) fn bandwidth(&self) -> u64 {
        let rates = self.sheets.iter().zip(self.durations()).map(|(sheet, duration)| {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "sizes of images"
            )]
            let rate = (sheet.size as f64 * 8.0 / duration.max(0.04)).ceil() as u64;
            rate
        });
        rates.max().unwrap_or(1).max(1)
    }
}

/// A name as a part of an address.
pub(crate) fn encoded(name: &str) -> String {
    utf8_percent_encode(name, PLAIN).to_string()
}

/// The address of a file beside the manifest.
fn address(base: &str, name: &str) -> String {
    format!("{base}{}", encoded(name))
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
