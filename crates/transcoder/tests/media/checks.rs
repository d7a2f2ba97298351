//! What must hold of any finished film, whatever the job was.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use dash_mpd_core::{SegmentBase, SegmentTemplate};
use m3u8_rs::{ByteRange, MasterPlaylist, MediaPlaylist};
use mp4_atom::{Atom as _, Decode as _, Header, Moof, ReadAtom as _, ReadFrom as _, Sidx};

use crate::media::probe::{decodes, frames, key_frames, rows};

/// How far what manifests say may be from what is measured.
const TOLERANCE: f64 = 0.05;

fn near(said: u64, measured: f64, what: &str) {
    #[expect(clippy::cast_precision_loss, reason = "bitrates are small")]
    let ratio = said as f64 / measured;
    assert!((1.0 - TOLERANCE..=1.0 + TOLERANCE).contains(&ratio), "{what}: {said} instead of {measured:.0}");
}

/// Checks an HLS presentation from its master playlist on, and returns the playlists of its variants with their sizes,
/// in the order of the master playlist.
pub(crate) fn hls(master: &Path) -> Vec<(PathBuf, Option<(u64, u64)>)> {
    let text = std::fs::read(master).unwrap();
    let parsed: MasterPlaylist = m3u8_rs::parse_master_playlist_res(&text).unwrap();
    let folder = master.parent().unwrap();
    let mut grid: Option<Vec<f64>> = None;
    let mut variants = Vec::new();
    for variant in parsed.variants.iter().filter(|variant| !variant.is_i_frame) {
        let path = folder.join(&variant.uri);
        let own = measured(&path);
        let group = parsed.alternatives.iter().filter(|media| Some(&media.group_id) == variant.audio.as_ref());
        let beside: Vec<Measured> =
            group.filter_map(|media| Some(measured(&folder.join(media.uri.as_ref()?)))).collect();
        let most = |rate: fn(&Measured) -> f64| beside.iter().map(rate).fold(0.0, f64::max);
        near(variant.bandwidth, own.peak + most(|other| other.peak), &format!("BANDWIDTH of {}", variant.uri));
        let average = variant.average_bandwidth.unwrap();
        near(average, own.average + most(|other| other.average), &format!("AVERAGE-BANDWIDTH of {}", variant.uri));
        if let Some(resolution) = variant.resolution {
            let stream =
                &rows(&path, &["-select_streams", "v:0", "-show_entries", "stream=width,height,r_frame_rate"])[0];
            assert_eq!(stream[..2], [resolution.width.to_string(), resolution.height.to_string()], "{}", variant.uri);
            let (frames, seconds) = stream[2].split_once('/').unwrap();
            let rate = frames.parse::<f64>().unwrap() / seconds.parse::<f64>().unwrap();
            assert!((variant.frame_rate.unwrap() - rate).abs() < 0.001, "FRAME-RATE of {}", variant.uri);
            let keys = key_frames(&path);
            let same = |other: &Vec<f64>| {
                other.len() == keys.len() && other.iter().zip(&keys).all(|(one, two)| (one - two).abs() < 0.001)
            };
            assert!(grid.as_ref().is_none_or(same), "key frames of {}: {keys:?}, of others: {grid:?}", variant.uri);
            grid = Some(keys);
        }
        let codecs = variant.codecs.as_deref().unwrap();
        let folder_of_codecs: Vec<String> = beside_codecs(&path, &parsed, variant.audio.as_deref(), folder);
        let mut expected = folder_of_codecs;
        expected.dedup();
        assert_eq!(codecs.split(',').collect::<Vec<_>>(), expected, "CODECS of {}", variant.uri);
        decodes(&path);
        variants.push((path, variant.resolution.map(|size| (size.width, size.height))));
    }
    for media in parsed.alternatives.iter().filter_map(|media| media.uri.as_ref()) {
        if media.ends_with("m3u8") && !std::fs::read_to_string(folder.join(media)).unwrap().contains(".vtt") {
            decodes(&folder.join(media));
        }
    }
    variants
}

/// The codecs of a variant and of its audio, as ffprobe finds them.
fn beside_codecs(variant: &Path, master: &MasterPlaylist, group: Option<&str>, folder: &Path) -> Vec<String> {
    let mut found = codecs(variant);
    let beside = master.alternatives.iter().filter(|media| Some(media.group_id.as_str()) == group);
    for uri in beside.filter_map(|media| media.uri.as_ref()) {
        for codec in codecs(&folder.join(uri)) {
            if !found.contains(&codec) {
                found.push(codec);
            }
        }
    }
    found
}

fn codecs(path: &Path) -> Vec<String> {
    let rows = rows(path, &["-show_entries", "stream=index,codec_name,profile,level"]);
    let mut seen: Vec<&str> = Vec::new();
    let mut codecs = Vec::new();
    for row in rows.iter().filter(|row| row.len() >= 2) {
        if seen.contains(&row[0].as_str()) {
            continue;
        }
        seen.push(&row[0]);
        let profile = row.get(2).map_or("", String::as_str);
        let level = row.get(3).and_then(|level| level.parse::<u32>().ok()).unwrap_or(0);
        codecs.push(match (row[1].as_str(), profile) {
            ("h264", "High") => format!("avc1.6400{level:02X}"),
            ("h264", "Main") => format!("avc1.4D40{level:02X}"),
            ("hevc", "Main") => format!("hvc1.1.6.L{level}.90"),
            ("aac", "LC") => "mp4a.40.2".to_owned(),
            ("ac3", _) => "ac-3".to_owned(),
            ("eac3", _) => "ec-3".to_owned(),
            (other, _) => other.to_owned(),
        });
    }
    codecs
}

struct Measured {
    peak: f64,
    average: f64,
}

/// Measures the segments of a playlist: their peak over any run near the target duration, and their average.
fn measured(path: &Path) -> Measured {
    let playlist = playlist(path);
    let folder = path.parent().unwrap();
    let target = f64::from(u32::try_from(playlist.target_duration).unwrap());
    let segments: Vec<(f64, f64)> = playlist
        .segments
        .iter()
        .map(|segment| {
            let size = segment.byte_range.as_ref().map_or_else(
                || std::fs::metadata(folder.join(&segment.uri)).unwrap_or_else(|_| panic!("{}", segment.uri)).len(),
                |range| range.length,
            );
            assert!(f64::from(segment.duration).round() <= target, "{} is longer than said", segment.uri);
            (f64::from(u32::try_from(size).unwrap()) * 8.0, f64::from(segment.duration))
        })
        .collect();
    let mut peak: f64 = 0.0;
    for first in 0..segments.len() {
        for last in first..segments.len() {
            let run = &segments[first..=last];
            let (bits, seconds) = run.iter().fold((0.0, 0.0), |(bits, seconds), one| (bits + one.0, seconds + one.1));
            if seconds >= target / 2.0 && seconds <= target * 1.5 {
                peak = peak.max(bits / seconds);
            }
        }
    }
    let (bits, seconds) = segments.iter().fold((0.0, 0.0), |(bits, seconds), one| (bits + one.0, seconds + one.1));
    Measured { peak: if peak > 0.0 { peak } else { bits / seconds }, average: bits / seconds }
}

fn playlist(path: &Path) -> MediaPlaylist {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let playlist =
        m3u8_rs::parse_media_playlist_res(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(playlist.end_list, "{}", path.display());
    playlist
}

/// Checks a DASH presentation: in files of segments, or in a file with an index for each track.
pub(crate) fn dash(manifest: &Path) {
    let text = std::fs::read_to_string(manifest).unwrap();
    let mpd = dash_mpd_core::parse(&text).unwrap();
    assert_eq!(dash_mpd_core::check_conformity(&mpd), Vec::<String>::new());
    let folder = manifest.parent().unwrap();
    let tracks = mpd.periods.iter().flat_map(|period| &period.adaptations).flat_map(|set| &set.representations);
    for track in tracks {
        let name = track.id.as_deref().unwrap();
        let (size, seconds) = match (&track.SegmentTemplate, &track.SegmentBase) {
            (Some(template), None) => segments(template, folder, name),
            (None, Some(base)) => indexed(base, &folder.join(&track.BaseURL[0].base)),
            // Captions and thumbnails.
            _ => continue,
        };
        if seconds > 0.0 {
            #[expect(clippy::cast_precision_loss, reason = "films are short")]
            let average = size as f64 * 8.0 / seconds;
            near(track.bandwidth.unwrap(), average, &format!("bandwidth of {name}"));
        }
    }
    decodes(manifest);
}

/// The bytes and seconds of a track in files of segments, which must be where the manifest says.
fn segments(template: &SegmentTemplate, folder: &Path, name: &str) -> (u64, f64) {
    let Some(timeline) = &template.SegmentTimeline else { return (0, 0.0) };
    assert!(folder.join(template.initialization.as_ref().unwrap()).is_file(), "{name}");
    let media = template.media.as_ref().unwrap();
    let (mut time, mut number, mut size) = (0, 1, 0);
    for run in &timeline.segments {
        for repeated in 0..=run.r.unwrap_or(0) {
            assert!(repeated > 0 || run.t == Some(time), "{name}: a gap before {:?}, after {time}", run.t);
            let segment = folder.join(media.replace("$Number%09d$", &format!("{number:09}")));
            assert_eq!(decode_time(&segment), time, "{name}: decode time of segment {number}");
            size += std::fs::metadata(&segment).unwrap().len();
            time += run.d;
            number += 1;
        }
    }
    let after = folder.join(media.replace("$Number%09d$", &format!("{number:09}")));
    assert!(!after.exists(), "{name}: segment {number} is not in the manifest");
    #[expect(clippy::cast_precision_loss, reason = "films are short")]
    let seconds = time as f64 / template.timescale.unwrap() as f64;
    (size, seconds)
}

/// The bytes and seconds of a track in one file, whose index must lead to all its segments.
fn indexed(base: &SegmentBase, file: &Path) -> (u64, f64) {
    let bytes = std::fs::read(file).unwrap();
    let range = |text: &Option<String>| -> Range<usize> {
        let (first, last) = text.as_deref().unwrap().split_once('-').unwrap();
        first.parse().unwrap()..last.parse::<usize>().unwrap() + 1
    };
    let (head, index) = (range(&base.Initialization.as_ref().unwrap().range), range(&base.indexRange));
    assert_eq!((head.start, head.end, &bytes[4..8]), (0, index.start, b"ftyp".as_slice()), "{}", file.display());
    let sidx = Sidx::decode(&mut &bytes[index.clone()]).unwrap();
    let (mut at, mut time) = (index.end, 0);
    for reference in &sidx.references {
        let mut rest = &bytes[at..at + usize::try_from(reference.referenced_size).unwrap()];
        let moof = std::iter::from_fn(|| {
            let header = Header::read_from(&mut rest).ok()?;
            let body = &rest[..header.size.unwrap()];
            rest = &rest[header.size.unwrap()..];
            Some((header, body))
        });
        let (header, body) = { moof }.find(|(header, _)| header.kind == Moof::KIND).unwrap();
        let moof = Moof::read_atom(&header, &mut { body }).unwrap();
        let begin = moof.traf[0].tfdt.as_ref().unwrap().base_media_decode_time;
        assert_eq!(begin, time, "{}: decode time at {at}", file.display());
        at += usize::try_from(reference.referenced_size).unwrap();
        time += u64::from(reference.subsegment_duration);
    }
    assert_eq!(at, bytes.len(), "{}: not all is in the index", file.display());
    assert_eq!(base.timescale, Some(sidx.timescale.into()));
    #[expect(clippy::cast_precision_loss, reason = "films are short")]
    let seconds = time as f64 / f64::from(sidx.timescale);
    (u64::try_from(bytes.len() - index.end).unwrap(), seconds)
}

/// When the first frame of a segment is decoded.
fn decode_time(segment: &Path) -> u64 {
    let bytes = std::fs::read(segment).unwrap();
    let mut rest = bytes.as_slice();
    while let Ok(header) = Header::read_from(&mut rest) {
        if header.kind == Moof::KIND {
            let moof = Moof::read_atom(&header, &mut rest).unwrap();
            return moof.traf[0].tfdt.as_ref().unwrap().base_media_decode_time;
        }
        rest = &rest[header.size.unwrap()..];
    }
    panic!("{} has no fragment", segment.display())
}

/// Every variant has all frames.
pub(crate) fn complete(variants: &[(PathBuf, Option<(u64, u64)>)], expected: u32) {
    for (path, size) in variants {
        assert!(size.is_none() || frames(path) == expected, "{}: {} frames", path.display(), frames(path));
    }
}

/// Checks the playlists of key frames of an HLS presentation, of which there must be so many: each lists all key frames
/// of its variant, and each range of bytes is one of them.
pub(crate) fn key_frame_playlists(master: &Path, expected: usize) {
    let text = std::fs::read(master).unwrap();
    let parsed: MasterPlaylist = m3u8_rs::parse_master_playlist_res(&text).unwrap();
    let folder = master.parent().unwrap();
    let found: Vec<_> = parsed.variants.iter().filter(|variant| variant.is_i_frame).collect();
    assert_eq!(found.len(), expected, "{}", String::from_utf8_lossy(&text));
    for variant in found {
        let path = folder.join(&variant.uri);
        let list = playlist(&path);
        assert!(list.i_frames_only, "{}", variant.uri);
        near(variant.bandwidth, measured(&path).peak, &format!("BANDWIDTH of {}", variant.uri));
        let whole = variant.uri.replace("_I-Frame", "");
        let usual = parsed.variants.iter().find(|other| other.uri == whole).unwrap();
        let codec = usual.codecs.as_deref().and_then(|codecs| codecs.split(',').next());
        assert_eq!((variant.codecs.as_deref(), variant.resolution), (codec, usual.resolution), "{}", variant.uri);
        let mut time = 0.0;
        let mut times = Vec::new();
        for at in 0..list.segments.len() {
            assert_eq!(alone(&list, at, folder), [["1", "I"]], "{}: key frame {at}", variant.uri);
            times.push(time);
            time += f64::from(list.segments[at].duration);
        }
        let keys = key_frames(&folder.join(&whole));
        let same = times.len() == keys.len() && times.iter().zip(&keys).all(|(one, two)| (one - two).abs() < 0.001);
        assert!(same, "{}: {times:?} instead of {keys:?}", variant.uri);
        let whole: f32 = playlist(&folder.join(&whole)).segments.iter().map(|segment| segment.duration).sum();
        assert!((time - f64::from(whole)).abs() < 0.01, "{}: {time} s instead of {whole} s", variant.uri);
    }
}

/// What can be decoded of one segment in a list of key frames, after what comes before all of them.
fn alone(list: &MediaPlaylist, at: usize, folder: &Path) -> Vec<Vec<String>> {
    let segment = &list.segments[at];
    let file = std::fs::read(folder.join(&segment.uri)).unwrap();
    let bounds = |range: &ByteRange| {
        let offset = usize::try_from(range.offset.unwrap()).unwrap();
        offset..offset + usize::try_from(range.length).unwrap()
    };
    let range = bounds(segment.byte_range.as_ref().unwrap());
    let mut bytes = if let Some(map) = &list.segments[0].map {
        let bytes = std::fs::read(folder.join(&map.uri)).unwrap();
        map.byte_range.as_ref().map_or(bytes.clone(), |range| bytes[bounds(range)].to_vec())
    } else {
        // In transport streams this is what stands before the first key frame (RFC 8216, section 4.3.3.6).
        let first = list.segments.iter().find(|other| other.uri == segment.uri).unwrap();
        let head = bounds(first.byte_range.as_ref().unwrap()).start;
        assert!(head > 0, "{}: a key frame holds the tables of its stream", segment.uri);
        file[..head].to_vec()
    };
    bytes.extend(&file[range]);
    let one = folder.join("key-frame.bin");
    std::fs::write(&one, bytes).unwrap();
    rows(&one, &["-select_streams", "v:0", "-show_entries", "frame=key_frame,pict_type"])
}
