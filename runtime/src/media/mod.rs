//! What a media file says about itself: containers and codecs, read from as few bytes as possible.
//!
//! The parsers are pure: they read a `Sparse` file, of which only some parts are here, and stop when they need a part
//! that is missing. `remote` fetches that part and asks again. So one parser serves S3, tests and fuzzing, no parser
//! waits, and what has been read is limited in one place.
//!
//! Sources are files from strangers: sizes and counts in them are checked against the bytes that are there, and
//! whatever is wrong with them ends in a [`MediaError`].

mod audio;
mod audio_config;
mod matroska;
mod mp4;
mod mpegts;
pub(crate) mod remote;
mod sparse;
mod video_config;

use std::panic::{AssertUnwindSafe, catch_unwind};

use pipeline::mediainfo::MediaInfo;

pub use self::sparse::MediaError;
use self::sparse::{Sparse, Stop};

/// What a whole file in memory says about itself.
pub fn parse(bytes: &[u8]) -> Result<MediaInfo, MediaError> {
    let file = Sparse::whole(bytes);
    match inspect(&file) {
        Ok(info) => Ok(info),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Missing(_)) => Err(MediaError::Truncated),
    }
}

/// What a file says about itself, as far as it is here.
pub(crate) fn inspect(file: &Sparse) -> Result<MediaInfo, Stop> {
    // The libraries below are not ours: a panic in them is a damaged file, not a failed function.
    let info = catch_unwind(AssertUnwindSafe(|| read(file)))
        .unwrap_or(Err(Stop::Error(MediaError::Damaged("it cannot be read"))))?;
    if info.has_tracks() { Ok(info.derived()) } else { Err(MediaError::NoTrack.into()) }
}

fn read(file: &Sparse) -> Result<MediaInfo, Stop> {
    let mut info = match sniff(file.up_to(0, SNIFFED)?) {
        Some(Format::Mp4) => mp4::read(file),
        Some(Format::Matroska) => matroska::read(file),
        Some(Format::MpegTs(packets)) => mpegts::read(file, packets),
        Some(Format::Audio(kind)) => audio::read(file, kind),
        Some(Format::Other(format)) => Err(MediaError::Unsupported { format }.into()),
        None if file.len() == 0 => Err(MediaError::Empty.into()),
        None => Err(MediaError::NotMedia.into()),
    }?;
    info.container.file_size = file.len();
    Ok(info)
}

/// The bytes at a file's start that show its kind.
const SNIFFED: u64 = 1024;

enum Format {
    Mp4,
    Matroska,
    MpegTs(mpegts::Packets),
    Audio(audio::Kind),
    Other(&'static str),
}

/// The first boxes that MP4 and MOV files have.
const FIRST_BOXES: [&[u8; 4]; 10] =
    [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"moof", b"sidx"];

/// What the files of other kinds start with, and where.
const OTHERS: [(usize, &[u8], &str); 10] = [
    (0, &[0x06, 0x0E, 0x2B, 0x34, 0x02, 0x05, 0x01, 0x01], "MXF"),
    (8, b"AVI ", "AVI"),
    (0, &[0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], "Windows Media"),
    (0, b"FLV", "Flash Video"),
    (0, b"#EXTM3U", "HLS"),
    (0, &[0, 0, 1, 0xBA], "MPEG-PS"),
    (0, &[0, 0, 1, 0xB3], "MPEG Video"),
    (0, &[0, 0, 0, 1, 0x67], "AVC"),
    (0, &[0, 0, 0, 1, 0x09], "AVC"),
    (0, &[0, 0, 0, 1, 0x40], "HEVC"),
];

fn sniff(start: &[u8]) -> Option<Format> {
    let at = |offset: usize, signature: &[u8]| start.get(offset..).is_some_and(|rest| rest.starts_with(signature));
    if FIRST_BOXES.iter().any(|kind| at(4, *kind)) {
        return Some(Format::Mp4);
    }
    if at(0, &matroska::SIGNATURE) {
        return Some(Format::Matroska);
    }
    if let Some((_, _, format)) = OTHERS.iter().find(|(offset, signature, _)| at(*offset, signature)) {
        return Some(Format::Other(format));
    }
    let packets = mpegts::Packets::find(start).map(Format::MpegTs);
    packets.or_else(|| audio::Kind::of(start).map(Format::Audio))
}
