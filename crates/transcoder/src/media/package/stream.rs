//! HLS groups: transport streams, and playlists over them.

use std::{ffi::OsString, path::Path};

use super::{
    Extras, PackageError, Packed, Tracks,
    listing::{AudioList, codec},
    name_of,
    output_files::OutputFiles,
    packed_output,
    track::Track,
    transport,
};
use crate::media::{
    manifest::{
        Bytes, Measured, MeasuredSegment,
        hls::{self, Extent, Presentation, SegmentNames},
    },
    plan::{
        AudioRole, Content, Files, Folders, Mention, OutputAudio, Package, Packaging, Plan, PlannedOutput, Playlists,
    },
    process::Runner,
};

/// The clock of transport streams.
const CLOCK: u32 = 90_000;
/// At what time transport streams begin, in seconds: enough for what is decoded before it is shown.
const BEGIN: &str = "10";
/// The numbers of streams that MediaConvert gives.
const PROGRAM_MAP: &str = "480";
const FIRST_STREAM: u16 = 481;
/// How much shorter than said segments may be, in seconds, for key frames to be where they should.
const TOLERANCE: f64 = 0.000_1;

/// An output as it was written.
struct Written<'a> {
    output: &'a PlannedOutput,
    video: Option<usize>,
    audio: &'a [OutputAudio],
    playlist: String,
    key_frames: Option<(String, u64)>,
    codecs: Vec<String>,
    measured: Measured,
}

pub(super) async fn package(
    plan: &Plan,
    package: &Package,
    tracks: &Tracks,
    extras: Extras,
    output_files: &mut OutputFiles,
    runner: &Runner,
) -> Result<Packed, PackageError> {
    let Packaging::Hls { playlists, .. } = &package.packaging else { return Ok(Packed::default()) };
    let mut written = Vec::new();
    let mut outputs = Vec::new();
    for output in &package.outputs {
        let mut files = Vec::new();
        if let Content::Media { video, audio } = &output.content {
            let one = write(package, output, *video, audio, tracks, output_files, runner).await?;
            if playlists.written == Mention::Included {
                files.push(one.playlist.clone());
            }
            written.push(one);
        }
        outputs.push(packed_output(plan, tracks, output, files));
    }
    let mut names = Vec::new();
    if playlists.written == Mention::Included {
        let name = format!("{}.m3u8", package.base);
        let presentation = Presentation { images: extras.images, ..presentation(plan, written, extras.subtitles) };
        output_files.write(name.clone(), &hls::master_playlist(&presentation, playlists))?;
        names.push(name);
    }
    Ok(Packed { files: Vec::new(), playlists: names, outputs })
}

async fn write<'a>(
    package: &Package,
    output: &'a PlannedOutput,
    video: Option<usize>,
    audio: &'a [OutputAudio],
    tracks: &Tracks,
    output_files: &mut OutputFiles,
    runner: &Runner,
) -> Result<Written<'a>, PackageError> {
    let Packaging::Hls { files, folders, playlists, .. } = &package.packaging else {
        return Err(PackageError::GivenUp);
    };
    let name = name_of(package, output);
    let list = output_files.scratch("m3u8");
    let pattern = list.with_extension("%05d.ts");
    let single = list.with_extension("ts");
    let mut arguments = inputs(video, audio, tracks);
    let place = if *files == Files::Single { &single } else { &pattern };
    arguments.extend(muxer(package.segment_length, *files, audio.len() + usize::from(video.is_some()), place, &list));
    runner.ffmpeg(arguments, |_| ()).await?;
    let listed = read_list(&list)?;
    let mut start = 0;
    let mut segments = Vec::new();
    let mut each = Vec::new();
    let wanted = video.map_or(Mention::Excluded, |_| output.key_frame_playlist);
    for (at, (duration, range)) in listed.into_iter().enumerate() {
        let path = match files {
            Files::Single => single.clone(),
            Files::Segmented => list.with_extension(format!("{at:05}.ts")),
        };
        segments.push(measure(&path, range, start, duration, wanted).await?);
        start += duration;
        if *files == Files::Segmented {
            let file = segment_name(&name, at, *folders);
            output_files.adopt(path, file.clone());
            each.push(file);
        }
    }
    let measured = Measured { timescale: CLOCK, segments };
    let names = match files {
        Files::Single => {
            let file = format!("{name}.ts");
            output_files.adopt(single, file.clone());
            SegmentNames::Single(file)
        }
        Files::Segmented => SegmentNames::Each(each),
    };
    let playlist = format!("{name}.m3u8");
    let key_frames = match video {
        Some(_) => key_frames(output, &name, &measured, &names, playlists, output_files)?,
        None => None,
    };
    if playlists.written == Mention::Included {
        output_files
            .write(playlist.clone(), &hls::media_playlist(&measured, &names, None, Extent::Whole, playlists))?;
    }
    let of_video = video.map(|video| &tracks.video[video]);
    let all = of_video.into_iter().chain(audio.iter().map(|audio| &tracks.audio[audio.track]));
    let mut codecs: Vec<String> = all.filter_map(codec).collect();
    codecs.dedup();
    Ok(Written { output, video, audio, playlist, key_frames, codecs, measured })
}

/// A playlist of the key frames and its peak, when the output asks for it and has them.
fn key_frames(
    output: &PlannedOutput,
    name: &str,
    measured: &Measured,
    names: &SegmentNames,
    playlists: &Playlists,
    output_files: &mut OutputFiles,
) -> Result<Option<(String, u64)>, PackageError> {
    let (key_frames, _) = measured.key_frames();
    let wanted = [output.key_frame_playlist, playlists.written];
    if wanted.contains(&Mention::Excluded) || key_frames.segments.is_empty() {
        return Ok(None);
    }
    let file = format!("{name}_I-Frame.m3u8");
    output_files.write(file.clone(), &hls::media_playlist(measured, names, None, Extent::KeyFrames, playlists))?;
    Ok(Some((file, key_frames.peak())))
}

/// The arguments that open and choose the tracks.
pub(super) fn inputs(video: Option<usize>, audio: &[OutputAudio], tracks: &Tracks) -> Vec<OsString> {
    let video = video.map(|video| &tracks.video[video]);
    let all: Vec<&Track> = video.into_iter().chain(audio.iter().map(|audio| &tracks.audio[audio.track])).collect();
    let mut arguments: Vec<OsString> = Vec::new();
    for track in &all {
        let mut name = OsString::from("file:");
        name.push(&track.path);
        arguments.extend(["-i".into(), name]);
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

fn muxer(length: f64, files: Files, streams: usize, segments: &Path, list: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut set = |name: &str, value: OsString| arguments.extend([name.into(), value]);
    for (stream, number) in (FIRST_STREAM..).take(streams).enumerate() {
        set("-streamid", format!("{stream}:{number}").into());
    }
    set("-muxdelay", "0".into());
    set("-muxpreload", "0".into());
    set("-avoid_negative_ts", "disabled".into());
    set("-output_ts_offset", BEGIN.into());
    set("-f", "hls".into());
    set("-hls_time", format!("{:.6}", length - TOLERANCE).into());
    set("-hls_playlist_type", "vod".into());
    set("-hls_segment_options", format!("mpegts_pmt_start_pid={PROGRAM_MAP}").into());
    if files == Files::Single {
        set("-hls_flags", "single_file".into());
    }
    set("-hls_segment_filename", segments.into());
    arguments.push(list.into());
    arguments
}

/// The duration of each segment in the clock of transport streams, and its bytes where all are in one file.
type Listed = Vec<(u64, Option<Bytes>)>;

fn read_list(path: &Path) -> Result<Listed, PackageError> {
    let text = std::fs::read(path).map_err(|source| PackageError::Write { path: path.to_owned(), source })?;
    let list = m3u8_rs::parse_media_playlist_res(&text).map_err(|error| PackageError::List(error.to_string()))?;
    let segments = list.segments.iter().map(|segment| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "durations are positive and short")]
        let duration = (f64::from(segment.duration) * f64::from(CLOCK)).round() as u64;
        let bytes = segment.byte_range.as_ref();
        let bytes = bytes.map(|range| Bytes { offset: range.offset.unwrap_or(0), size: range.length });
        (duration, bytes)
    });
    let listed = segments.collect();
    // What is not adopted would stay among the work files.
    std::fs::remove_file(path).map_err(|source| PackageError::Write { path: path.to_owned(), source })?;
    Ok(listed)
}

/// What a segment is: a range of its file, or all of it; with its key frames where they are to be mentioned.
async fn measure(
    path: &Path,
    range: Option<Bytes>,
    start: u64,
    duration: u64,
    key_frames: Mention,
) -> Result<MeasuredSegment, PackageError> {
    let failed = |source| PackageError::Write { path: path.to_owned(), source };
    let bytes = match range {
        Some(range) => range,
        None => Bytes { offset: 0, size: std::fs::metadata(path).map_err(failed)?.len() },
    };
    let key_frames = match key_frames {
        Mention::Included => {
            let path = path.to_owned();
            let found = move || transport::key_frames(&path, FIRST_STREAM, bytes, start);
            tokio::task::spawn_blocking(found).await.map_err(|_| PackageError::GivenUp)?.map_err(failed)?
        }
        Mention::Excluded => Vec::new(),
    };
    Ok(MeasuredSegment { start, duration, bytes, key_frames })
}

fn segment_name(name: &str, at: usize, folders: Folders) -> String {
    let file = format!("{name}_{:05}.ts", at + 1);
    match folders {
        Folders::One => file,
        Folders::Each(None) => format!("{name}/{file}"),
        Folders::Each(Some(limit)) => format!("{name}/{:05}/{file}", at / limit + 1),
    }
}

fn presentation(plan: &Plan, written: Vec<Written<'_>>, subtitles: Vec<hls::SubtitleRendition>) -> Presentation {
    let mut audio = AudioList::default();
    let has_video = written.iter().any(|one| one.video.is_some());
    let mut variants = Vec::new();
    for one in written.iter().filter(|one| one.video.is_none() && one.output.role != AudioRole::Variant && has_video) {
        if let Some(first) = one.audio.first() {
            let rates = (one.measured.peak(), one.measured.average());
            let codec = one.codecs.first().cloned();
            audio.add(&one.output.role, one.output, first, one.playlist.clone(), rates, codec);
        }
    }
    for one in written {
        let is_beside = one.video.is_none() && one.output.role != AudioRole::Variant && has_video;
        if is_beside {
            continue;
        }
        let rendition = one.video.map(|video| &plan.renditions[video]);
        variants.push(hls::Variant {
            peak: one.measured.peak(),
            average: one.measured.average(),
            playlist: one.playlist,
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
    Presentation { variants, audio: audio.list, subtitles, images: Vec::new() }
}
