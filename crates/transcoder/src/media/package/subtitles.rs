//! The subtitles of a group: files for DASH and for downloads, segments with playlists for HLS.
//!
//! Source: RFC 8216, section 3.5: every caption stands in each segment during which it is shown, with its full times.

use mediaconvert::settings::HlsCaptionSegmentLengthControl;

use super::{Group, Manifests, OutputFiles, PackageError, hls::BEGIN};
use crate::media::{
    bits_per_second,
    captions::{Cue, write_cues, write_srt, write_webvtt},
    manifest::{
        address, dash,
        hls::{self, Choice, PlaylistKind, PlaylistSegment, SubtitleRendition},
    },
    plan::{Content, Packaging, SubtitleFormat, Subtitles},
    whole,
};

/// The length of large segments, in seconds.
const LARGE_SEGMENT: f64 = 300.0;

pub(super) fn write(group: &Group, files: &mut OutputFiles, manifests: &mut Manifests) -> Result<(), PackageError> {
    let package = group.package();
    for output in &package.outputs {
        for subtitles in &output.subtitles {
            // What sets the names apart from those of the video and of other captions in their output.
            let suffix = match (&output.content, subtitles.number) {
                (Content::Captions, 0) => String::new(),
                (Content::Captions, number) => format!("_{number}"),
                (_, number) => format!("_captions_{number}"),
            };
            let name = format!("{}{suffix}", group.name(output));
            let mut reported = None;
            match (subtitles.format, &package.packaging) {
                (SubtitleFormat::Srt, _) => {
                    let name = format!("{name}.srt");
                    files.write(&name, write_srt(&subtitles.cues))?;
                    reported = Some(name);
                }
                (SubtitleFormat::WebVtt, Packaging::Files | Packaging::Smooth(_)) => {
                    let name = format!("{name}.vtt");
                    files.write(&name, write_webvtt(&subtitles.cues))?;
                    reported = Some(name);
                }
                (SubtitleFormat::WebVtt, Packaging::Hls(_)) => {
                    let begin = u64::from(BEGIN) * 90_000;
                    reported = Some(segmented(group, subtitles, &name, begin, files, manifests)?);
                }
                (SubtitleFormat::WebVtt, Packaging::Fragmented(settings)) => {
                    if settings.playlists.is_some() {
                        segmented(group, subtitles, &name, 0, files, manifests)?;
                    }
                    if settings.mpd.is_some() {
                        let (name, text) = (format!("{name}.vtt"), write_webvtt(&subtitles.cues));
                        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
                        files.write(&name, text)?;
                        manifests.dash.captions.push(dash::Captions {
                            name,
                            language: subtitles.label.language.clone(),
                            label: subtitles.label.name.clone(),
                            bandwidth: whole(bits_per_second(size, group.seconds.max(1.0)).ceil()),
                        });
                    }
                }
            }
            // An output that is captions alone is represented by its captions.
            if output.content == Content::Captions {
                files.of_outputs.entry(output.index).or_default().extend(reported);
            }
        }
    }
    Ok(())
}

/// Writes segments and their playlist; returns the playlist's name.
fn segmented(
    group: &Group,
    subtitles: &Subtitles,
    name: &str,
    begin: u64,
    files: &mut OutputFiles,
    manifests: &mut Manifests,
) -> Result<String, PackageError> {
    let length = group.package().segment_length;
    let length = if length > 0.0 { length } else { 10.0 };
    let starts = std::iter::successors(Some(0.0), |start| Some(start + length));
    let starts = starts.take_while(|start| *start < group.seconds - 0.001);
    let segments = split(starts.map(|start| (group.seconds - start).min(length)), subtitles.length);
    let mut addresses = Vec::new();
    let own = name.rsplit('/').next().unwrap_or_default();
    for (number, segment) in segments.iter().enumerate() {
        files.write(format!("{name}_{number:05}.vtt"), segment_text(&subtitles.cues, *segment, begin))?;
        addresses.push(address("", &format!("{own}_{number:05}.vtt")));
    }
    let file = format!("{name}.m3u8");
    files.write(&file, playlist(&segments, &addresses))?;
    let is_first = manifests.hls.subtitles.is_empty();
    manifests.hls.subtitles.push(SubtitleRendition {
        playlist: file.clone(),
        name: subtitles.label.name.clone(),
        language: subtitles.label.language.clone(),
        choice: if is_first { Choice::Default } else { Choice::Automatic },
    });
    Ok(file)
}

/// A segment of captions, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct CaptionSegment {
    start: f64,
    duration: f64,
}

/// The segments of captions beside a video whose segments have these durations, in seconds.
fn split(video: impl IntoIterator<Item = f64>, length: HlsCaptionSegmentLengthControl) -> Vec<CaptionSegment> {
    let is_large = length == HlsCaptionSegmentLengthControl::LargeSegments;
    let mut segments: Vec<CaptionSegment> = Vec::new();
    let mut start = 0.0;
    for duration in video {
        match segments.last_mut() {
            Some(last) if is_large && last.duration + duration <= LARGE_SEGMENT + 1e-6 => last.duration += duration,
            _ => segments.push(CaptionSegment { start, duration }),
        }
        start += duration;
    }
    segments
}

/// A segment's file. `first_timestamp` is the time stamp (in ticks of 90 kHz) at which the video begins.
fn segment_text(cues: &[Cue], segment: CaptionSegment, first_timestamp: u64) -> String {
    let milliseconds = |seconds: f64| whole((seconds * 1000.0).round());
    let (start, end) = (milliseconds(segment.start), milliseconds(segment.start + segment.duration));
    let mut out = format!("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{first_timestamp},LOCAL:00:00:00.000\n");
    write_cues(&mut out, cues.iter().filter(|cue| cue.start < end && cue.end > start));
    out
}

/// The playlist of segments, whose addresses are as they are to stand in it.
fn playlist(segments: &[CaptionSegment], addresses: &[String]) -> String {
    let longest = segments.iter().map(|segment| segment.duration).fold(1.0, f64::max);
    let segments = segments.iter().zip(addresses).map(|(segment, address)| PlaylistSegment {
        duration: format!("{:.6}", segment.duration),
        uri: address.clone(),
        ..PlaylistSegment::default()
    });
    hls::playlist(PlaylistKind::Subtitles, 3, longest.round(), segments)
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
        let segments = split([6.0, 6.0, 1.5], HlsCaptionSegmentLengthControl::MatchVideo);
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
        let large = split(std::iter::repeat_n(6.0, 101), HlsCaptionSegmentLengthControl::LargeSegments);
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
            let segments = split(std::iter::repeat_n(6.006, 12), HlsCaptionSegmentLengthControl::MatchVideo);
            let all: String = segments.iter().map(|segment| segment_text(&cues, *segment, 0)).collect();
            for cue in &cues {
                prop_assert!(all.contains(&write_webvtt([cue])["WEBVTT\n".len()..]));
            }
        }
    }
}
