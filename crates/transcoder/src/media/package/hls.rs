//! HLS groups: transport streams, and playlists over them.

use std::{
    ffi::OsString,
    fs::File,
    io::{BufReader, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use mediaconvert::settings::{AudioTrackType, SegmentControl};

use super::{AudioRenditions, Group, OutputFiles, PackageError, Tracks, track::Track};
use crate::media::{
    manifest::{
        Bytes, KeyFrame, Measured, MeasuredSegment, codec_name,
        hls::{self, Extent, Presentation, SegmentNames},
    },
    plan::{Content, Folders, HlsPackage, OutputAudio, PlannedOutput},
    process::Address,
    whole,
};

const CLOCK: u32 = 90_000;
/// At what time transport streams begin, in seconds: enough for what is decoded before it is shown.
pub(super) const BEGIN: u32 = 10;
/// The packet identifiers that MediaConvert gives.
const PROGRAM_MAP: &str = "480";
const FIRST_STREAM: u16 = 481;
/// How much shorter than configured segments may be, in seconds, for key frames to be where they should.
const TOLERANCE: f64 = 0.000_1;

const PACKET: usize = 188;
/// Times wrap at 33 bits.
const CLOCK_MASK: u64 = (1 << 33) - 1;

struct WrittenOutput<'a> {
    output: &'a PlannedOutput,
    video: Option<usize>,
    audio: &'a [OutputAudio],
    playlist: String,
    key_frames: Option<(String, u64)>,
    codecs: Vec<String>,
    measured: Measured,
}

pub(super) async fn package(
    group: &Group,
    settings: &HlsPackage,
    mut presentation: Presentation,
    files: &mut OutputFiles,
) -> Result<(), PackageError> {
    let package = group.package();
    let mut written = Vec::new();
    for output in &package.outputs {
        if let Content::Media { video, audio } = &output.content {
            let one = write(group, settings, output, *video, audio, files).await?;
            if settings.has_playlists {
                files.report(output, &one.playlist);
            }
            written.push(one);
        }
    }
    if !settings.has_playlists {
        return Ok(());
    }
    let has_video = written.iter().any(|one| one.video.is_some());
    let is_beside = |one: &WrittenOutput<'_>| {
        one.video.is_none() && one.output.role != AudioTrackType::AudioOnlyVariantStream && has_video
    };
    let (beside, variants): (Vec<_>, Vec<_>) = written.into_iter().partition(is_beside);
    let mut audio = AudioRenditions::default();
    for one in beside {
        if let Some(first) = one.audio.first() {
            audio.add(one.output, first, one.playlist, one.measured.rates(), one.codecs.into_iter().next());
        }
    }
    for one in variants {
        let rendition = one.video.map(|video| &group.plan.renditions[video]);
        presentation.variants.push(hls::Variant {
            playlist: one.playlist,
            rates: one.measured.rates(),
            codecs: one.codecs,
            picture: rendition.map(|rendition| (rendition.frame.size, rendition.rate)),
            // A variant that has its own sound needs no other, unless it says so.
            audio_groups: match (one.audio.is_empty(), one.output.audio_groups.is_empty()) {
                (false, true) => Vec::new(),
                _ => audio.groups_for(one.output),
            },
            key_frames: one.key_frames,
        });
    }
    presentation.audio = audio.list;
    let name = format!("{}.m3u8", package.base);
    files.write(&name, hls::master_playlist(&presentation, &settings.playlists))?;
    files.playlists.push(name);
    Ok(())
}

async fn write<'a>(
    group: &Group,
    settings: &HlsPackage,
    output: &'a PlannedOutput,
    video: Option<usize>,
    audio: &'a [OutputAudio],
    files: &mut OutputFiles,
) -> Result<WrittenOutput<'a>, PackageError> {
    let name = group.name(output);
    let list = files.scratch("m3u8");
    let single = list.with_extension("ts");
    let mut arguments = inputs(video, audio, &group.tracks);
    arguments.extend(muxer(group, settings, audio.len() + usize::from(video.is_some()), &list));
    group.runner.ffmpeg(arguments, |_| ()).await?;
    let key_frames = settings.has_playlists && output.key_frame_playlist && video.is_some();
    let mut start = 0;
    let mut segments = Vec::new();
    let mut each = Vec::new();
    for (at, (duration, range)) in read_list(&list)?.into_iter().enumerate() {
        let path = match settings.files {
            SegmentControl::SingleFile => single.clone(),
            SegmentControl::SegmentedFiles => list.with_extension(format!("{at:05}.ts")),
        };
        let bytes = match range {
            Some(range) => range,
            None => Bytes { offset: 0, size: std::fs::metadata(&path)?.len() },
        };
        let mut found = Vec::new();
        if key_frames {
            let path = path.clone();
            let search = move || self::key_frames(&path, FIRST_STREAM, bytes, start);
            found = tokio::task::spawn_blocking(search).await.map_err(|_| PackageError::GivenUp)??;
        }
        segments.push(MeasuredSegment { start, duration, bytes, key_frames: found });
        start += duration;
        if settings.files == SegmentControl::SegmentedFiles {
            let file = format!("{name}_{:05}.ts", at + 1);
            let file = match settings.folders {
                Folders::One => file,
                Folders::Each(None) => format!("{name}/{file}"),
                Folders::Each(Some(limit)) => format!("{name}/{:05}/{file}", at / limit + 1),
            };
            files.adopt(path, &file);
            each.push(file);
        }
    }
    let measured = Measured { timescale: CLOCK, segments };
    let names = match settings.files {
        SegmentControl::SingleFile => {
            let file = format!("{name}.ts");
            files.adopt(single, &file);
            SegmentNames::Single(file)
        }
        SegmentControl::SegmentedFiles => SegmentNames::Each(each),
    };
    let media_playlist = |extent| hls::media_playlist(&measured, &names, None, extent, &settings.playlists);
    let (frames, _) = measured.key_frames();
    let mut key_frame_playlist = None;
    if key_frames && !frames.segments.is_empty() {
        let file = format!("{name}_I-Frame.m3u8");
        files.write(&file, media_playlist(Extent::KeyFrames))?;
        key_frame_playlist = Some((file, frames.peak()));
    }
    let playlist = format!("{name}.m3u8");
    if settings.has_playlists {
        files.write(&playlist, media_playlist(Extent::Whole))?;
    }
    let tracks = tracks(video, audio, &group.tracks);
    let mut codecs: Vec<String> = tracks.iter().filter_map(|track| codec_name(track.codec())).collect();
    codecs.dedup();
    Ok(WrittenOutput { output, video, audio, playlist, key_frames: key_frame_playlist, codecs, measured })
}

/// The tracks of an output: its video, then its audio.
fn tracks<'t>(video: Option<usize>, audio: &[OutputAudio], tracks: &'t Tracks) -> Vec<&'t Track> {
    let video = video.map(|video| &tracks.video[video]);
    video.into_iter().chain(audio.iter().map(|audio| &tracks.audio[audio.track])).collect()
}

/// The arguments that open and choose the tracks.
pub(super) fn inputs(video: Option<usize>, audio: &[OutputAudio], all: &Tracks) -> Vec<OsString> {
    let all = tracks(video, audio, all);
    let mut arguments: Vec<OsString> = Vec::new();
    for track in &all {
        arguments.extend(["-i".into(), Address::File(track.path.clone()).name()]);
    }
    for at in 0..all.len() {
        arguments.extend(["-map".into(), format!("{at}:0").into()]);
    }
    for (at, audio) in audio.iter().enumerate() {
        if let Some(language) = &audio.language {
            arguments.extend([format!("-metadata:s:a:{at}").into(), format!("language={language}").into()]);
        }
    }
    arguments.extend(["-c", "copy", "-map_metadata", "-1", "-fflags", "+bitexact"].map(OsString::from));
    arguments
}

fn muxer(group: &Group, settings: &HlsPackage, streams: usize, list: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut set = |name: &str, value: OsString| arguments.extend([name.into(), value]);
    for (stream, number) in (FIRST_STREAM..).take(streams).enumerate() {
        set("-streamid", format!("{stream}:{number}").into());
    }
    set("-muxdelay", "0".into());
    set("-muxpreload", "0".into());
    set("-avoid_negative_ts", "disabled".into());
    set("-output_ts_offset", BEGIN.to_string().into());
    set("-f", "hls".into());
    set("-hls_time", format!("{:.6}", group.package().segment_length - TOLERANCE).into());
    set("-hls_playlist_type", "vod".into());
    set("-hls_segment_options", format!("mpegts_pmt_start_pid={PROGRAM_MAP}").into());
    let segments = match settings.files {
        SegmentControl::SingleFile => {
            set("-hls_flags", "single_file".into());
            "ts"
        }
        SegmentControl::SegmentedFiles => "%05d.ts",
    };
    set("-hls_segment_filename", list.with_extension(segments).into());
    arguments.push(list.into());
    arguments
}

/// The duration of each segment in the clock of transport streams, and its bytes where all are in one file.
fn read_list(path: &Path) -> Result<Vec<(u64, Option<Bytes>)>, PackageError> {
    let text = std::fs::read(path)?;
    let list = m3u8_rs::parse_media_playlist_res(&text).map_err(|error| PackageError::List(error.to_string()))?;
    // What is not adopted would stay among the work files.
    std::fs::remove_file(path)?;
    let segments = list.segments.iter().map(|segment| {
        let bytes = segment.byte_range.as_ref();
        let bytes = bytes.map(|range| Bytes { offset: range.offset.unwrap_or(0), size: range.length });
        (whole((f64::from(segment.duration) * f64::from(CLOCK)).round()), bytes)
    });
    Ok(segments.collect())
}

/// The key frames of one stream in some bytes of a file (ISO/IEC 13818-1, section 2.4.3), which begin at this time in the
/// clock of transport streams.
///
/// What is in front of a frame, the tables of the stream, is none of it (RFC 8216, section 4.3.3.6).
fn key_frames(path: &Path, stream: u16, bytes: Bytes, start: u64) -> std::io::Result<Vec<KeyFrame>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(bytes.offset))?;
    let mut packets = BufReader::new(file).take(bytes.size);
    let mut packet = [0; PACKET];
    let mut offset = bytes.offset;
    let mut first = None;
    let mut found: Vec<KeyFrame> = Vec::new();
    let mut in_key_frame = false;
    while packets.read_exact(&mut packet).is_ok() {
        let end = offset + PACKET as u64;
        if u16::from_be_bytes([packet[1], packet[2]]) & 0x1fff == stream {
            let begins_frame = packet[1] & 0x40 != 0;
            if begins_frame {
                let time = time(&packet);
                let first = *first.get_or_insert(time);
                // The random access indicator.
                in_key_frame = adaptation(&packet).is_some_and(|length| length > 0) && packet[5] & 0x40 != 0;
                if in_key_frame {
                    let since = time.zip(first).map_or(0, |(time, first)| time.wrapping_sub(first) & CLOCK_MASK);
                    found.push(KeyFrame { start: start + since, bytes: Bytes { offset, size: 0 } });
                }
            }
            if let Some(frame) = found.last_mut().filter(|_| in_key_frame) {
                frame.bytes.size = end - frame.bytes.offset;
            }
        }
        offset = end;
    }
    Ok(found)
}

/// The length of a packet's adaptation field, where it has one.
fn adaptation(packet: &[u8; PACKET]) -> Option<usize> {
    (packet[3] & 0x20 != 0).then_some(usize::from(packet[4]))
}

/// When the frame that begins with a packet is shown.
fn time(packet: &[u8; PACKET]) -> Option<u64> {
    let header = packet.get(4 + adaptation(packet).map_or(0, |length| length + 1)..)?;
    let has_time = header.get(7)? & 0x80 != 0;
    let time = header.get(9..14).filter(|_| has_time && header.starts_with(&[0, 0, 1]))?;
    let bits = |at: usize, mask: u8, shift: u32| u64::from(time[at] & mask) << shift;
    Some(bits(0, 0x0e, 29) | bits(1, 0xff, 22) | bits(2, 0xfe, 14) | bits(3, 0xff, 7) | bits(4, 0xfe, 0) >> 1)
}
