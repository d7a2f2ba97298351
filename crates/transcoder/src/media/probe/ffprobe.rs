//! Reads what ffprobe writes (`-show_format -show_streams -of json`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    AudioTrack, Colour, Language, Ratio, Rotation, Scan, Size, Source, TextTrack, TimecodeTrack, VideoTrack,
    names::{self, pixels},
};
use crate::media::timecode::FrameRate;

/// Frame rates that averages of real files come close to.
const COMMON_RATES: [(u32, u32); 12] = [
    (24_000, 1001),
    (24, 1),
    (25, 1),
    (30_000, 1001),
    (30, 1),
    (48, 1),
    (50, 1),
    (60_000, 1001),
    (60, 1),
    (100, 1),
    (120_000, 1001),
    (120, 1),
];

#[derive(Deserialize)]
struct Description {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Format {
    #[serde(rename = "format_name")]
    name: String,
    duration: Option<String>,
    size: Option<String>,
    bit_rate: Option<String>,
    tags: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stream {
    index: u32,
    codec_name: Option<String>,
    codec_type: Option<String>,
    codec_tag_string: Option<String>,
    profile: Option<String>,
    level: Option<i64>,
    width: Option<u32>,
    height: Option<u32>,
    sample_aspect_ratio: Option<String>,
    pix_fmt: Option<String>,
    bits_per_raw_sample: Option<String>,
    bits_per_sample: Option<u32>,
    field_order: Option<String>,
    color_space: Option<String>,
    color_transfer: Option<String>,
    color_primaries: Option<String>,
    r_frame_rate: Option<String>,
    avg_frame_rate: Option<String>,
    duration: Option<String>,
    bit_rate: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u32>,
    channel_layout: Option<String>,
    disposition: BTreeMap<String, u32>,
    tags: BTreeMap<String, String>,
    side_data_list: Vec<SideData>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SideData {
    rotation: Option<f64>,
}

/// Reads the description of a file with this name.
pub(super) fn read(description: &[u8], file: &str) -> Result<Source, serde_json::Error> {
    let Description { streams, format } = serde_json::from_slice(description)?;
    let codecs = streams.iter().filter_map(|stream| stream.codec_name.as_deref());
    let brand = format.tags.get("major_brand").map(String::as_str);
    let mut source = Source {
        container: names::container(&format.name, brand, file, codecs),
        duration: seconds(format.duration.as_deref()),
        size: number(format.size.as_deref()),
        bitrate: number(format.bit_rate.as_deref()),
        video: Vec::new(),
        audio: Vec::new(),
        text: Vec::new(),
        timecodes: Vec::new(),
    };
    // A cover picture or the like is no video.
    let pictures = ["attached_pic", "still_image", "timed_thumbnails"];
    for stream in &streams {
        let is_set = |kind: &&str| stream.disposition.get(*kind).is_some_and(|set| *set > 0);
        match stream.codec_type.as_deref() {
            Some("video") if !pictures.iter().any(is_set) => source.video.extend(stream.video()),
            Some("audio") => source.audio.extend(stream.audio()),
            Some("subtitle") => source.text.push(stream.text()),
            Some("data") if stream.codec_tag_string.as_deref() == Some("tmcd") => {
                source.timecodes.push(TimecodeTrack { index: stream.index, timecode: stream.tag("timecode") });
            }
            _ => {}
        }
    }
    // Some containers have the length of tracks only.
    let longest = streams.iter().filter_map(Stream::duration).fold(0.0, f64::max);
    source.duration = source.duration.or((longest > 0.0).then_some(longest));
    Ok(source)
}

impl Stream {
    /// A tag, whose name has any case; Matroska writes `DURATION` and `title`.
    fn tag(&self, name: &str) -> Option<String> {
        self.tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    }

    fn language(&self) -> Language {
        Language::new(self.tag("language").as_deref())
    }

    fn codec(&self) -> String {
        self.codec_name.clone().unwrap_or_else(|| "unknown".to_owned())
    }

    fn duration(&self) -> Option<f64> {
        seconds(self.duration.as_deref()).or_else(|| clock(&self.tag("duration")?))
    }

    /// The track, unless it has no pictures, such as a broken one.
    fn video(&self) -> Option<VideoTrack> {
        let (width, height) = (self.width.filter(|width| *width > 0)?, self.height.filter(|height| *height > 0)?);
        let pixels = self.pix_fmt.as_deref().map(pixels);
        let raw_bits = number(self.bits_per_raw_sample.as_deref()).and_then(|bits| u32::try_from(bits).ok());
        let average = self.avg_frame_rate.as_deref().and_then(|rate| ratio(rate, '/'));
        let declared = self.r_frame_rate.as_deref().and_then(|rate| ratio(rate, '/'));
        Some(VideoTrack {
            index: self.index,
            codec: self.codec(),
            four_cc: self.codec_tag_string.clone().filter(|tag| tag.chars().all(|c| c.is_ascii_alphanumeric())),
            profile: self.profile.clone(),
            level: self.level.and_then(|level| u32::try_from(level).ok()),
            size: Size { width, height },
            sample_aspect: self
                .sample_aspect_ratio
                .as_deref()
                .and_then(|ratio_| ratio(ratio_, ':'))
                .unwrap_or(Ratio::ONE),
            rotation: self.rotation(),
            frame_rate: average.or(declared).map(usual),
            scan: match self.field_order.as_deref() {
                // The second letter says which field is shown first.
                Some("tt" | "bt") => Scan::TopFirst,
                Some("bb" | "tb") => Scan::BottomFirst,
                _ => Scan::Progressive,
            },
            bit_depth: raw_bits
                .filter(|bits| (1..=16).contains(bits))
                .or(pixels.map(|pixels| pixels.bits))
                .unwrap_or(8),
            chroma: pixels.and_then(|pixels| pixels.chroma),
            colour: Colour {
                primaries: known(self.color_primaries.as_ref()),
                transfer: known(self.color_transfer.as_ref()),
                matrix: known(self.color_space.as_ref()),
            },
            bitrate: number(self.bit_rate.as_deref()).or_else(|| number(self.tag("BPS").as_deref())),
            duration: self.duration(),
            timecode: self.tag("timecode"),
        })
    }

    /// ffprobe counts counter-clockwise; older versions have a tag that counts clockwise.
    fn rotation(&self) -> Rotation {
        let matrix = self.side_data_list.iter().find_map(|data| data.rotation);
        #[expect(clippy::cast_possible_truncation, reason = "degrees, of which the nearest quarter is taken")]
        let degrees = matrix.map(|degrees| -degrees.round() as i64);
        Rotation::of_degrees(degrees.or_else(|| self.tag("rotate")?.parse().ok()).unwrap_or_default())
    }

    fn audio(&self) -> Option<AudioTrack> {
        Some(AudioTrack {
            index: self.index,
            codec: self.codec(),
            channels: self.channels.filter(|channels| *channels > 0)?,
            layout: self.channel_layout.clone(),
            sample_rate: number(self.sample_rate.as_deref())?.try_into().ok().filter(|rate| *rate > 0)?,
            bit_depth: self.bits_per_sample.filter(|bits| *bits > 0),
            bitrate: number(self.bit_rate.as_deref()).or_else(|| number(self.tag("BPS").as_deref())),
            duration: self.duration(),
            language: self.language(),
        })
    }

    fn text(&self) -> TextTrack {
        TextTrack { index: self.index, codec: self.codec(), language: self.language(), title: self.tag("title") }
    }
}

fn known(name: Option<&String>) -> Option<String> {
    name.filter(|name| !matches!(name.as_str(), "unknown" | "unspecified" | "reserved")).cloned()
}

fn number(text: Option<&str>) -> Option<u64> {
    text?.parse().ok()
}

fn seconds(text: Option<&str>) -> Option<f64> {
    text?.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds > 0.0)
}

/// `00:00:01.001000000`, in seconds.
fn clock(text: &str) -> Option<f64> {
    let parts: Option<Vec<f64>> = text.split(':').map(|part| part.parse().ok()).collect();
    let seconds = parts?.iter().fold(0.0, |sum, part| sum * 60.0 + part);
    (seconds.is_finite() && seconds > 0.0).then_some(seconds)
}

fn ratio(text: &str, separator: char) -> Option<Ratio> {
    let (numerator, denominator) = text.split_once(separator)?;
    Ratio::new(numerator.parse().ok()?, denominator.parse().ok()?)
}

/// The usual rate that this is within a thousandth of a half of, as averages of short or phone-made files are.
fn usual(rate: Ratio) -> FrameRate {
    let mut usual = COMMON_RATES.iter().filter_map(|(frames, seconds)| FrameRate::new(*frames, *seconds));
    let near = |usual: &FrameRate| (rate.value() / usual.per_second() - 1.0).abs() < 0.0004;
    usual.find(near).unwrap_or(FrameRate(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        for (written, expected) in [
            ("30000/1001", "30000/1001"),
            ("359640/12001", "30000/1001"),
            ("25/1", "25"),
            ("2997/100", "30000/1001"),
            ("24000/1001", "24000/1001"),
            ("15/1", "15"),
            ("17/3", "17/3"),
        ] {
            assert_eq!(usual(ratio(written, '/').unwrap()).to_string(), expected, "{written}");
        }
        assert_eq!(ratio("0/0", '/'), None);
    }

    #[test]
    fn what_is_odd_is_left_out() {
        let source = read(
            br#"{"streams": [
                {"index": 0, "codec_type": "video", "width": 0, "height": 10},
                {"index": 1, "codec_type": "video", "width": 10, "height": 20, "sample_aspect_ratio": "0:1",
                 "avg_frame_rate": "0/0", "r_frame_rate": "90000/1", "side_data_list": [{"rotation": -90}, {}],
                 "tags": {"DURATION": "00:01:02.500000000"}, "field_order": "tb", "duration": "N/A"},
                {"index": 2, "codec_type": "video", "width": 10, "height": 20, "disposition": {"attached_pic": 1}},
                {"index": 3, "codec_type": "audio", "sample_rate": "0", "channels": 2},
                {"index": 4, "codec_type": "audio", "sample_rate": "8000", "channels": 1, "tags": {"language": "x\ny"}},
                {"index": 5, "codec_type": "telepathy"}
            ], "format": {"format_name": "nut", "duration": "-1"}}"#,
            "file:x",
        )
        .unwrap();
        let [video] = &source.video[..] else { panic!("{:?}", source.video) };
        assert_eq!(
            (video.display_size(), video.rotation, video.scan),
            (Size { width: 20, height: 10 }, Rotation::Quarter, Scan::BottomFirst)
        );
        assert_eq!(video.frame_rate, FrameRate::new(90_000, 1));
        assert_eq!(source.duration, Some(62.5));
        let [audio] = &source.audio[..] else { panic!("{:?}", source.audio) };
        assert_eq!(audio.language.as_str(), "und");
        assert_eq!(source.container, None);
    }
}
