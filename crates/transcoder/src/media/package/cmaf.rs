//! DASH and CMAF groups: fragmented MP4, one track to a file, and manifests over it.

use mediaconvert::settings::SegmentControl;

use super::{
    Group, Manifests, OutputFiles, PackageError,
    fragment::{init_segment, split, write_segments, write_single},
    renditions::AudioRenditions,
    track::Track,
};
use crate::media::{
    manifest::{
        Bytes, Measured, codec_name,
        dash::{self, Place, Representation, TrackKind},
        hls::{self, Extent, InitSegment, Presentation, SegmentNames},
    },
    plan::{Brand, Content, FragmentedPackage, OutputAudio, PlannedOutput, Playlists},
};

/// A track of an output as it was written.
struct WrittenTrack<'a> {
    output: &'a PlannedOutput,
    name: String,
    source: TrackSource<'a>,
    codec: Option<String>,
    measured: Measured,
    place: Place,
    segments: SegmentNames,
    init: InitSegment,
}

#[derive(Clone, Copy)]
enum TrackSource<'a> {
    Video(usize),
    Audio(&'a OutputAudio),
}

pub(super) fn package(
    group: &Group,
    settings: &FragmentedPackage,
    manifests: Manifests,
    files: &mut OutputFiles,
) -> Result<(), PackageError> {
    let package = group.package();
    let mut written = Vec::new();
    for output in &package.outputs {
        if let Content::Media { video, audio } = &output.content {
            let video = video.iter().map(|video| TrackSource::Video(*video));
            for (at, source) in video.chain(audio.iter().map(TrackSource::Audio)).enumerate() {
                let suffix = if at == 0 { String::new() } else { format!("_{at}") };
                let name = format!("{}{suffix}", group.name(output));
                written.push(write(group, settings, output, name, source, files)?);
            }
        }
    }
    if let Some(mpd) = &settings.mpd {
        let tracks = written.iter().filter_map(|track| representation(group, track)).collect();
        let contents = dash::Contents { tracks, ..manifests.dash };
        let name = format!("{}.mpd", package.base);
        files.write(&name, dash::mpd(&contents, mpd)?)?;
        files.playlists.push(name);
    }
    if let Some(playlists) = &settings.playlists {
        let presentation = presentation(group, &written, playlists, manifests.hls, files)?;
        let name = format!("{}.m3u8", package.base);
        files.write(&name, hls::master_playlist(&presentation, playlists))?;
        files.playlists.push(name);
    }
    Ok(())
}

fn write<'a>(
    group: &Group,
    settings: &FragmentedPackage,
    output: &'a PlannedOutput,
    name: String,
    source: TrackSource<'a>,
    files: &mut OutputFiles,
) -> Result<WrittenTrack<'a>, PackageError> {
    let (track, language): (&Track, _) = match source {
        TrackSource::Video(video) => (&group.tracks.video[video], None),
        TrackSource::Audio(audio) => (&group.tracks.audio[audio.track], audio.language.as_deref()),
    };
    let brand = settings.brand;
    let extension = match (brand, source) {
        (Brand::Dash, _) => "mp4",
        (Brand::Cmaf, TrackSource::Video(_)) => "cmfv",
        (Brand::Cmaf, TrackSource::Audio(_)) => "cmfa",
    };
    let head = init_segment(track, brand, language)?;
    let segments = split(track, group.package().segment_length, settings.segments.fragment);
    let (measured, place, segments, init) = match settings.files {
        SegmentControl::SegmentedFiles => {
            let first = format!("{name}init.{extension}");
            files.write(&first, &head)?;
            let (before, after) = (format!("{name}_"), format!(".{extension}"));
            let names: Vec<String> = (1..=segments.len()).map(|number| format!("{before}{number:09}{after}")).collect();
            let paths: Vec<_> = names.iter().map(|name| files.file(name)).collect();
            let measured = write_segments(track, &segments, brand, &paths)?;
            let place = Place::Each { initialization: first.clone(), before, after };
            (measured, place, SegmentNames::Each(names), InitSegment { name: first, bytes: None })
        }
        SegmentControl::SingleFile => {
            let file = format!("{name}.{extension}");
            let path = files.file(&file);
            let (measured, index) = write_single(track, &segments, brand, &head, &path)?;
            let head = Bytes { offset: 0, size: index.offset };
            let place = Place::Single { name: file.clone(), initialization: head, index };
            let init = InitSegment { name: file.clone(), bytes: Some(head) };
            (measured, place, SegmentNames::Single(file), init)
        }
    };
    Ok(WrittenTrack { output, name, source, codec: codec_name(track.codec()), measured, place, segments, init })
}

/// A track in the DASH manifest, where that knows its codec.
fn representation(group: &Group, track: &WrittenTrack<'_>) -> Option<Representation> {
    let kind = match track.source {
        TrackSource::Video(video) => {
            let rendition = &group.plan.renditions[video];
            TrackKind::Video { size: rendition.frame.size, rate: rendition.rate }
        }
        TrackSource::Audio(audio) => TrackKind::Audio {
            language: audio.language.clone(),
            label: audio.name.clone(),
            channels: audio.channels,
            sample_rate: group.tracks.audio[audio.track].timescale,
        },
    };
    Some(Representation {
        id: track.name.clone(),
        kind,
        codec: track.codec.clone()?,
        measured: track.measured.clone(),
        place: track.place.clone(),
    })
}

fn presentation(
    group: &Group,
    written: &[WrittenTrack<'_>],
    playlists: &Playlists,
    mut presentation: Presentation,
    files: &mut OutputFiles,
) -> Result<Presentation, PackageError> {
    let mut audio = AudioRenditions::default();
    let mut playlist = |track: &WrittenTrack<'_>, extent: Extent, suffix: &str| {
        let name = format!("{}{suffix}.m3u8", track.name);
        let text = hls::media_playlist(&track.measured, &track.segments, Some(&track.init), extent, playlists);
        files.write(&name, text).map(|()| name)
    };
    for track in written {
        if let TrackSource::Audio(of) = track.source {
            let name = playlist(track, Extent::Whole, "")?;
            audio.add(track.output, of, name, track.measured.rates(), track.codec.clone());
        }
    }
    for track in written {
        let TrackSource::Video(video) = track.source else { continue };
        let rendition = &group.plan.renditions[video];
        let mut key_frames = None;
        if track.output.key_frame_playlist {
            let name = playlist(track, Extent::KeyFrames, "_I-Frame")?;
            key_frames = Some((name, track.measured.key_frames().0.peak()));
        }
        presentation.variants.push(hls::Variant {
            playlist: playlist(track, Extent::Whole, "")?,
            rates: track.measured.rates(),
            codecs: track.codec.iter().cloned().collect(),
            picture: Some((rendition.frame.size, rendition.rate)),
            audio_groups: audio.groups_for(track.output),
            key_frames,
        });
    }
    if presentation.variants.is_empty() {
        presentation.variants = audio.into_variants().collect();
    } else {
        presentation.audio = audio.list;
    }
    Ok(presentation)
}
