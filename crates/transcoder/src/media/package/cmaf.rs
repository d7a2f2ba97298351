//! DASH and CMAF groups: fragmented MP4, one track to a file, and manifests over it.

use mediaconvert::settings::SegmentControl;

use super::{
    AudioRenditions, Group, Manifests, OutputFiles, PackageError,
    fragment::{init_segment, split, write_segments, write_single},
    track::Track,
};
use crate::media::{
    manifest::{
        Bytes, Measured, TrackKind, codec_name,
        dash::{self, Place, Representation},
        hls::{self, Extent, InitSegment, SegmentNames},
    },
    plan::{Brand, Content, FragmentedPackage, OutputAudio, PlannedOutput},
};

struct WrittenTrack<'a> {
    output: &'a PlannedOutput,
    audio: Option<&'a OutputAudio>,
    name: String,
    kind: TrackKind,
    codec: Option<String>,
    files: TrackFiles,
}

struct TrackFiles {
    measured: Measured,
    place: Place,
    segments: SegmentNames,
    init: InitSegment,
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
        let Content::Media { video, audio } = &output.content else { continue };
        let video = video.iter().map(|video| (&group.tracks.video[*video], group.video(*video), None));
        let audio = audio.iter().map(|audio| (&group.tracks.audio[audio.track], group.audio(audio), Some(audio)));
        for (at, (track, kind, audio)) in video.chain(audio).enumerate() {
            let suffix = if at == 0 { String::new() } else { format!("_{at}") };
            let name = format!("{}{suffix}", group.name(output));
            let files = write(group, settings, track, &kind, &name, files)?;
            written.push(WrittenTrack { output, audio, name, kind, codec: codec_name(track.codec()), files });
        }
    }
    if let Some(mpd) = &settings.mpd {
        let tracks = written.iter().filter_map(|track| {
            Some(Representation {
                id: track.name.clone(),
                kind: track.kind.clone(),
                codec: track.codec.clone()?,
                measured: track.files.measured.clone(),
                place: track.files.place.clone(),
            })
        });
        let contents = dash::Contents { tracks: tracks.collect(), ..manifests.dash };
        let name = format!("{}.mpd", package.base);
        files.write(&name, dash::mpd(&contents, mpd))?;
        files.playlists.push(name);
    }
    let Some(playlists) = &settings.playlists else { return Ok(()) };
    let mut presentation = manifests.hls;
    let mut audio = AudioRenditions::default();
    let mut playlist = |track: &WrittenTrack<'_>, extent: Extent, suffix: &str| {
        let name = format!("{}{suffix}.m3u8", track.name);
        let TrackFiles { measured, segments, init, .. } = &track.files;
        files.write(&name, hls::media_playlist(measured, segments, Some(init), extent, playlists)).map(|()| name)
    };
    for track in &written {
        if let Some(of) = track.audio {
            let name = playlist(track, Extent::Whole, "")?;
            audio.add(track.output, of, name, track.files.measured.rates(), track.codec.clone());
        }
    }
    for track in &written {
        let TrackKind::Video { size, rate } = track.kind else { continue };
        let mut key_frames = None;
        if track.output.key_frame_playlist {
            let name = playlist(track, Extent::KeyFrames, "_I-Frame")?;
            key_frames = Some((name, track.files.measured.key_frames().0.peak()));
        }
        presentation.variants.push(hls::Variant {
            playlist: playlist(track, Extent::Whole, "")?,
            rates: track.files.measured.rates(),
            codecs: track.codec.iter().cloned().collect(),
            picture: Some((size, rate)),
            audio_groups: audio.groups_for(track.output),
            key_frames,
        });
    }
    if presentation.variants.is_empty() {
        let variants = audio.list.into_iter().map(|audio| hls::Variant {
            playlist: audio.playlist,
            rates: audio.rates,
            codecs: audio.codec.into_iter().collect(),
            picture: None,
            audio_groups: Vec::new(),
            key_frames: None,
        });
        presentation.variants = variants.collect();
    } else {
        presentation.audio = audio.list;
    }
    let name = format!("{}.m3u8", package.base);
    files.write(&name, hls::master_playlist(&presentation, playlists))?;
    files.playlists.push(name);
    Ok(())
}

fn write(
    group: &Group,
    settings: &FragmentedPackage,
    track: &Track,
    kind: &TrackKind,
    name: &str,
    files: &mut OutputFiles,
) -> Result<TrackFiles, PackageError> {
    let brand = settings.brand;
    let (extension, language) = match (brand, kind) {
        (Brand::Dash, TrackKind::Video { .. }) => ("mp4", None),
        (Brand::Cmaf, TrackKind::Video { .. }) => ("cmfv", None),
        (Brand::Dash, TrackKind::Audio { language, .. }) => ("mp4", language.as_deref()),
        (Brand::Cmaf, TrackKind::Audio { language, .. }) => ("cmfa", language.as_deref()),
    };
    let head = init_segment(track, brand, language)?;
    let segments = split(track, group.package().segment_length, settings.segments.fragment);
    Ok(match settings.files {
        SegmentControl::SegmentedFiles => {
            let first = format!("{name}init.{extension}");
            files.write(&first, &head)?;
            let (before, after) = (format!("{name}_"), format!(".{extension}"));
            let names: Vec<String> = (1..=segments.len()).map(|number| format!("{before}{number:09}{after}")).collect();
            let paths: Vec<_> = names.iter().map(|name| files.file(name)).collect();
            TrackFiles {
                measured: write_segments(track, &segments, brand, &paths)?,
                place: Place::Each { initialization: first.clone(), before, after },
                segments: SegmentNames::Each(names),
                init: InitSegment { name: first, bytes: None },
            }
        }
        SegmentControl::SingleFile => {
            let file = format!("{name}.{extension}");
            let path = files.file(&file);
            let (measured, index) = write_single(track, &segments, brand, &head, &path)?;
            let initialization = Bytes { offset: 0, size: index.offset };
            TrackFiles {
                measured,
                place: Place::Single { name: file.clone(), initialization, index },
                segments: SegmentNames::Single(file.clone()),
                init: InitSegment { name: file, bytes: Some(initialization) },
            }
        }
    })
}
