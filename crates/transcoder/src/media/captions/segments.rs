//! Captions cut into segments, for HLS.
//!
//! Source: RFC 8216, section 3.5: every caption stands in each segment during which it is shown, with its full times.

use std::fmt::Write as _;

use super::{Cue, webvtt};

/// The length of large segments, in seconds.
const LARGE: f64 = 300.0;

/// A segment of captions, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CaptionSegment {
    /// When it begins.
    pub(crate) start: f64,
    /// How long it is.
    pub(crate) duration: f64,
}

/// How long segments of captions are: `CaptionSegmentLengthControl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentLength {
    /// As long as those of the video.
    MatchVideo,
    /// About five minutes.
    Large,
}

/// The segments of captions beside a video whose segments have these durations, in seconds.
pub(crate) fn cut(video: impl IntoIterator<Item = f64>, length: SegmentLength) -> Vec<CaptionSegment> {
    let mut segments: Vec<CaptionSegment> = Vec::new();
    let mut start = 0.0;
    for duration in video {
        match segments.last_mut() {
            Some(last) if length == SegmentLength::Large && last.duration + duration <= LARGE + 1e-6 => {
                last.duration += duration;
            }
            _ => segments.push(CaptionSegment { start, duration }),
        }
        start += duration;
    }
    segments
}

/// A segment's file. `first_timestamp` is the time stamp (in ticks of 90 kHz) at which the video begins.
pub(crate) fn segment_text(cues: &[Cue], segment: CaptionSegment, first_timestamp: u64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a film's length")]
    let milliseconds = |seconds: f64| (seconds * 1000.0).round() as u64;
    let (start, end) = (milliseconds(segment.start), milliseconds(segment.start + segment.duration));
    let mut out = format!("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{first_timestamp},LOCAL:00:00:00.000\n");
    webvtt::write_cues(&mut out, cues.iter().filter(|cue| cue.start < end && cue.end > start));
    out
}

/// The playlist of segments, whose addresses are as they are to stand in it.
pub(crate) fn playlist(segments: &[CaptionSegment], addresses: &[String]) -> String {
    let longest = segments.iter().map(|segment| segment.duration).fold(1.0, f64::max);
    let mut out = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{:.0}\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n",
        longest.round().max(1.0)
    );
    for (segment, address) in segments.iter().zip(addresses) {
        // Writing into a String cannot fail.
        let _ = write!(out, "#EXTINF:{:.6},\n{address}\n", segment.duration);
    }
    out.push_str("#EXT-X-ENDLIST\n");
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn segments() {
        let cues = [
            Cue::new(1000, 3000, String::new(), "one").unwrap(),
            Cue::new(5500, 6500, "line:0".to_owned(), "two").unwrap(),
        ];
        let segments = cut([6.0, 6.0, 1.5], SegmentLength::MatchVideo);
        let texts: Vec<_> = segments.iter().map(|segment| segment_text(&cues, *segment, 900_000)).collect();
        insta::assert_snapshot!(texts.join("----\n"), @r"
        WEBVTT
        X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000

        00:00:01.000 --> 00:00:03.000
        one

        00:00:05.500 --> 00:00:06.500 line:0
        two
        ----
        WEBVTT
        X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000

        00:00:05.500 --> 00:00:06.500 line:0
        two
        ----
        WEBVTT
        X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000
        ");
        let addresses: Vec<_> = (0..3).map(|number| format!("c_{number}.vtt")).collect();
        insta::assert_snapshot!(playlist(&segments, &addresses), @r"
        #EXTM3U
        #EXT-X-VERSION:3
        #EXT-X-TARGETDURATION:6
        #EXT-X-MEDIA-SEQUENCE:1
        #EXT-X-PLAYLIST-TYPE:VOD
        #EXTINF:6.000000,
        c_0.vtt
        #EXTINF:6.000000,
        c_1.vtt
        #EXTINF:1.500000,
        c_2.vtt
        #EXT-X-ENDLIST
        ");
        let large = cut(std::iter::repeat_n(6.0, 101), SegmentLength::Large);
        assert_eq!(
            large.iter().map(|segment| (segment.start, segment.duration)).collect::<Vec<_>>(),
            [(0.0, 300.0), (300.0, 300.0), (600.0, 6.0)]
        );
    }

    proptest! {
        #[test]
        fn every_caption_is_in_a_segment(times in proptest::collection::vec((0_u64..60_000, 1_u64..9000), 0..10)) {
            let cues: Vec<Cue> =
                times.iter().filter_map(|(start, length)| Cue::new(*start, start + length, String::new(), "x")).collect();
            let segments = cut(std::iter::repeat_n(6.006, 12), SegmentLength::MatchVideo);
            let all: String = segments.iter().map(|segment| segment_text(&cues, *segment, 0)).collect();
            for cue in &cues {
                prop_assert!(all.contains(&webvtt::write([cue])["WEBVTT\n".len()..]));
            }
        }
    }
}
