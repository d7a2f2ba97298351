//! DASH and CMAF groups: fragmented MP4, one track to a file, and manifests over it.

use super::{
    Extras, PackageError, Packed, PackedOutput, Tracks,
    cut::cut,
    fragment::{Brand, initialization, write_segments, write_single},
    listing::{AudioList, codec},
    name_of,
    output_files::OutputFiles,
    packed_output,
    track::Track,
};
use crate::media::{
    manifest::{
        Bytes, Measured,
        dash::{self, Contents, Place, Representation, TrackKind},
        hls::{self, Extent, Initialization, Presentation, SegmentNames},
    },
    plan::{Content, Files, Mention, OutputAudio, Package, Packaging, Plan, PlannedOutput, Playlists, Segments},
};

/// A track of an output as it was written.
struct Written<'a> {
    output: &'a PlannedOutput,
    name: String,
    what: What<'a>,
    codec: Option<String>,
    measured: Measured,
    place: Place,
    segments: SegmentNames,
    initialization: Initialization,
}

#[derive(Clone, Copy)]
enum What<'a> {
    Video(usize),
    Audio(&'a OutputAudio),
}

pub(super) fn package(
    plan: &Plan,
    package: &Package,
    tracks: &Tracks,
    extras: Extras,
    output_files: &mut OutputFiles,
) -> Result<Packed, PackageError> {
    let (segments, files, brand, playlists, mpd) = match &package.packaging {
        Packaging::Dash { segments, files, mpd } => (*segments, *files, Brand::Dash, None, Some(mpd)),
        Packaging::Cmaf { segments, files, playlists, mpd } => {
            (*segments, *files, Brand::Cmaf, playlists.as_ref(), mpd.as_ref())
        }
        _ => return Ok(Packed::default()),
    };
    let mut written = Vec::new();
    let mut outputs: Vec<PackedOutput> = Vec::new();
    for output in &package.outputs {
        if let Content::Media { video, audio } = &output.content {
            let contents = video.iter().map(|video| What::Video(*video)).chain(audio.iter().map(What::Audio));
            for (at, what) in contents.enumerate() {
                let suffix = if at == 0 { String::new() } else { format!("_{at}") };
                let name = format!("{}{suffix}", name_of(package, output));
                written.push(write(output, name, what, tracks, (package, segments, files, brand), output_files)?);
            }
        }
        outputs.push(packed_output(plan, tracks, output, Vec::new()));
    }
    let mut names = Vec::new();
    if let Some(mpd) = mpd {
        let contents = Contents {
            tracks: written.iter().filter_map(|track| representation(plan, tracks, track)).collect(),
            captions: extras.captions,
            thumbnails: extras.thumbnails,
        };
        let name = format!("{}.mpd", package.base);
        let path = output_files.file(name.clone());
        let text = dash::mpd(&contents, mpd);
        text.and_then(|text| std::fs::write(&path, text)).map_err(|source| PackageError::Write { path, source })?;
        names.push(name);
    }
    if let Some(playlists) = playlists {
        let presentation = Presentation {
            images: extras.images,
            ..presentation(plan, &written, extras.subtitles, playlists, output_files)?
        };
        let name = format!("{}.m3u8", package.base);
        output_files.write(name.clone(), &hls::master_playlist(&presentation, playlists))?;
        names.push(name);
    }
    Ok(Packed { files: Vec::new(), playlists: names, outputs })
}

fn write<'a>(
    output: &'a PlannedOutput,
    name: String,
    what: What<'a>,
    tracks: &Tracks,
    (package, segments, files, brand): (&Package, Segments, Files, Brand),
    output_files: &mut OutputFiles,
) -> Result<Written<'a>, PackageError> {
    let (track, language): (&Track, _) = match what {
        What::Video(video) => (&tracks.video[video], None),
        What::Audio(audio) => (&tracks.audio[audio.track], audio.language.as_deref()),
    };
    let extension = match (brand, what) {
        (Brand::Dash, _) => "mp4",
        (Brand::Cmaf, What::Video(_)) => "cmfv",
        (Brand::Cmaf, What::Audio(_)) => "cmfa",
    };
    let head = initialization(track, brand, language)?;
    let cuts = cut(track, package.segment_length, segments.fragment);
    let (measured, place, segments, initialization) = match files {
        Files::Segmented => {
            let first = format!("{name}init.{extension}");
            output_files.write(first.clone(), &head)?;
            let (before, after) = (format!("{name}_"), format!(".{extension}"));
            let names: Vec<String> = (1..=cuts.len()).map(|number| format!("{before}{number:09}{after}")).collect();
            let paths: Vec<_> = names.iter().map(|name| output_files.file(name.clone())).collect();
            let measured = write_segments(track, &cuts, brand, |number| paths[number - 1].clone())?;
            let place = Place::Each { initialization: first.clone(), before, after };
            (measured, place, SegmentNames::Each(names), Initialization { name: first, bytes: None })
        }
        Files::Single => {
            let file = format!("{name}.{extension}");
            let path = output_files.file(file.clone());
            let (measured, index) = write_single(track, &cuts, brand, &head, &path)?;
            let head = Bytes { offset: 0, size: index.offset };
            let place = Place::Single { name: file.clone(), initialization: head, index };
            let initialization = Initialization { name: file.clone(), bytes: Some(head) };
            (measured, place, SegmentNames::Single(file), initialization)
        }
    };
    Ok(Written { output, name, what, codec: codec(track), measured, place, segments, initialization })
}

fn representation(plan: &Plan, tracks: &Tracks, track: &Written<'_>) -> Option<Representation> {
    let kind = match track.what {
        What::Video(video) => {
            let rendition = &plan.renditions[video];
            TrackKind::Video { size: rendition.frame.size, rate: rendition.rate }
        }
        What::Audio(audio) => TrackKind::Audio {
            language: audio.language.clone(),
            label: audio.name.clone(),
            channels: audio.channels,
            sample_rate: tracks.audio[audio.track].timescale,
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
    plan: &Plan,
    written: &[Written<'_>],
    subtitles: Vec<hls::SubtitleRendition>,
    playlists: &Playlists,
    output_files: &mut OutputFiles,
) -> Result<Presentation, PackageError> {
    let mut audio = AudioList::default();
    let mut playlist = |track: &Written<'_>, extent: Extent, suffix: &str| {
        let name = format!("{}{suffix}.m3u8", track.name);
        let text =
            hls::media_playlist(&track.measured, &track.segments, Some(&track.initialization), extent, playlists);
        output_files.write(name.clone(), &text).map(|()| name)
    };
    for track in written {
        if let What::Audio(of) = track.what {
            let name = playlist(track, Extent::Whole, "")?;
            let rates = (track.measured.peak(), track.measured.average());
            audio.add(&track.output.role, track.output, of, name, rates, track.codec.clone());
        }
    }
    let mut variants = Vec::new();
    for track in written {
        let What::Video(video) = track.what else { continue };
        let rendition = &plan.renditions[video];
        let key_frames = match track.output.key_frame_playlist {
            Mention::Included => {
                Some((playlist(track, Extent::KeyFrames, "_I-Frame")?, track.measured.key_frames().0.peak()))
            }
            Mention::Excluded => None,
        };
        variants.push(hls::Variant {
            playlist: playlist(track, Extent::Whole, "")?,
            peak: track.measured.peak(),
            average: track.measured.average(),
            codecs: track.codec.iter().cloned().collect(),
            picture: Some((rendition.frame.size, rendition.rate)),
            audio_groups: audio.groups_for(track.output),
            key_frames,
        });
    }
    let mut audio = audio.list;
    if variants.is_empty() {
        // Sound alone: each track is a variant.
        variants = audio.drain(..).map(super::listing::variant).collect();
    }
    Ok(Presentation { variants, audio, subtitles, images: Vec::new() })
}
