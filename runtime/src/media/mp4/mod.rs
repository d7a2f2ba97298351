//! MP4, MOV and their relatives (ISO/IEC 14496-12 and Apple's QuickTime File Format).
//!
//! The boxes are walked here, so that a damaged box costs no more than what it says; `mp4-atom` reads what is in them.

mod boxes;
mod entry;
mod fragments;
mod track;

use mp4_atom::{Atom, Mehd, Mvhd, Trex};
use pipeline::mediainfo::{Container, MediaInfo, names::MPEG_4};

use self::{
    boxes::{Children, child, seconds, top_level},
    fragments::Fragments,
    track::Track,
};
use super::sparse::{MediaError, Sparse, Stop};

/// The most boxes before the one with the tracks.
const MAX_BOXES: usize = 10_000;

/// What an MP4 or MOV file says about itself.
pub(super) fn read(file: &Sparse) -> Result<MediaInfo, Stop> {
    let mut offset = 0;
    for _ in 0..MAX_BOXES {
        let Some(found) = top_level(file, offset)? else { return Err(MediaError::Truncated.into()) };
        if found.kind == *b"moov" {
            let movie = Movie::read(file.bytes(found.body, found.end - found.body)?);
            return movie.describe(file, found.end);
        }
        offset = found.end;
    }
    Err(MediaError::TooScattered.into())
}

struct Movie {
    timescale: u32,
    duration: u64,
    tracks: Vec<Track>,
    extends: Option<Extends>,
}

/// What a fragmented movie's fragments start from.
struct Extends {
    duration: Option<u64>,
    defaults: Vec<Trex>,
}

impl Movie {
    fn read(moov: &[u8]) -> Self {
        let header = child(moov, *b"mvhd").and_then(|mut body| Mvhd::decode_body(&mut body).ok());
        let (timescale, duration) = header.map_or((0, 0), |header| (header.timescale, header.duration));
        let extends = child(moov, *b"mvex").map(|mvex| Extends {
            duration: child(mvex, *b"mehd")
                .and_then(|mut body| Some(Mehd::decode_body(&mut body).ok()?.fragment_duration)),
            defaults: Children::of(mvex)
                .filter(|found| found.0 == *b"trex")
                .filter_map(|(_, mut body)| Trex::decode_body(&mut body).ok())
                .collect(),
        });
        let tracks = Children::of(moov).filter(|(kind, _)| kind == b"trak");
        let tracks = tracks.filter_map(|(_, body)| Track::read(body, timescale)).collect();
        Self { timescale, duration, tracks, extends }
    }

    fn describe(self, file: &Sparse, after: u64) -> Result<MediaInfo, Stop> {
        let timescale = self.timescale;
        let mut info = MediaInfo {
            container: Container {
                format: MPEG_4.to_owned(),
                duration: seconds(self.duration, timescale),
                ..Container::default()
            },
            ..MediaInfo::default()
        };
        let mut fragments = Fragments::default();
        if let Some(extends) = &self.extends {
            fragments = Fragments::read(file, after, &extends.defaults)?;
            info.container.duration =
                extends.duration.and_then(|ticks| seconds(ticks, timescale)).or(info.container.duration);
        }
        for track in self.tracks {
            let fragmented = fragments.of(track.id());
            track.describe(fragmented, &mut info);
        }
        if self.extends.is_some() {
            info.container.duration = info.container.duration.into_iter().chain(info.longest_track()).reduce(f64::max);
        }
        Ok(info)
    }
}
