//! Matroska and `WebM` (RFC 9559).
//!
//! Read by hand: the crate for it reads clusters and cues as well, and does not come back from some hostile files.

mod ebml;
mod track;

use pipeline::mediainfo::{Container, MediaInfo};

use self::ebml::{Children, Found, child, element, float, text, unsigned};
use super::sparse::{MediaError, Sparse, Stop};

/// What every file starts with: the id of the EBML header.
pub(super) const SIGNATURE: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];

const EBML: u32 = 0x1A45_DFA3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114D_9B74;
const SEEK: u32 = 0x4DBB;
const SEEK_ID: u32 = 0x53AB;
const SEEK_POSITION: u32 = 0x53AC;
const INFO: u32 = 0x1549_A966;
const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
const DURATION: u32 = 0x4489;
const TRACKS: u32 = 0x1654_AE6B;
const TRACK_ENTRY: u32 = 0xAE;
const CLUSTER: u32 = 0x1F43_B675;
const TIMESTAMP: u32 = 0xE7;
const SIMPLE_BLOCK: u32 = 0xA3;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;

/// The most elements before the one with the tracks.
const MAX_ELEMENTS: usize = 1000;
/// The end of a file without duration, in which the last picture is looked for.
const TAIL: u64 = 1024 * 1024;
/// Nanoseconds of a tick, where the file does not say it.
const DEFAULT_SCALE: u64 = 1_000_000;

/// What a Matroska or `WebM` file says about itself.
pub(super) fn read(file: &Sparse) -> Result<MediaInfo, Stop> {
    let header = element(file, 0)?.ok_or(MediaError::Empty)?;
    let header_end = header.end.ok_or(MediaError::Damaged("the header has no end"))?;
    let kind = text(body(file, &header)?, DOC_TYPE).filter(|_| header.id == EBML);
    let format = match kind.as_deref() {
        Some("matroska") => "Matroska",
        Some("webm") => "WebM",
        _ => return Err(MediaError::NotMedia.into()),
    };
    let segment = element(file, header_end)?.ok_or(MediaError::Truncated)?;
    if segment.id != SEGMENT {
        return Err(MediaError::Damaged("there is no segment after the header").into());
    }
    let parts = Parts::find(file, &segment)?;
    let tracks = body(file, &parts.tracks.ok_or(MediaError::Truncated)?)?;
    let info = parts.info.map(|info| body(file, &info)).transpose()?.unwrap_or_default();
    let scale = unsigned(info, TIMESTAMP_SCALE).filter(|scale| *scale > 0).unwrap_or(DEFAULT_SCALE);
    let mut ticks = float(info, DURATION).filter(|ticks| *ticks > 0.0);
    if ticks.is_none() {
        ticks = last_timestamp(file)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "time scales are small")]
    let duration = ticks.map(|ticks| ticks * scale as f64 / 1e9);
    let mut media = MediaInfo {
        container: Container { format: format.to_owned(), duration, ..Container::default() },
        ..MediaInfo::default()
    };
    for (_, entry) in Children::of(tracks).filter(|(id, _)| *id == TRACK_ENTRY) {
        track::describe(entry, duration, &mut media);
    }
    Ok(media)
}

/// The bytes of an element.
fn body<'f>(file: &'f Sparse, found: &Found) -> Result<&'f [u8], Stop> {
    let end = found.end.ok_or(MediaError::Damaged("an element has no end"))?;
    file.bytes(found.body, end - found.body)
}

/// Where the parts are that say something.
#[derive(Default)]
struct Parts {
    info: Option<Found>,
    tracks: Option<Found>,
}

impl Parts {
    /// Looks before the first cluster, and where the index says for what is not there.
    fn find(file: &Sparse, segment: &Found) -> Result<Self, Stop> {
        let mut parts = Self::default();
        let mut positions = Vec::new();
        let mut offset = segment.body;
        for _ in 0..MAX_ELEMENTS {
            let Some(found) = element(file, offset)? else { break };
            match found.id {
                INFO => parts.info = Some(found),
                TRACKS => parts.tracks = Some(found),
                SEEK_HEAD => positions.extend(seek_positions(body(file, &found)?)),
                _ => {}
            }
            let is_complete = parts.info.is_some() && parts.tracks.is_some();
            let Some(end) = found.end.filter(|_| !is_complete && found.id != CLUSTER) else { break };
            offset = end;
        }
        for (id, position) in positions {
            let part = match id {
                INFO => &mut parts.info,
                TRACKS => &mut parts.tracks,
                _ => continue,
            };
            let offset = segment.body.saturating_add(position);
            if part.is_none() && offset < file.len() {
                *part = element(file, offset)?.filter(|found| found.id == id);
            }
        }
        Ok(parts)
    }
}

/// The ids and positions of the parts that an index lists.
fn seek_positions(seek_head: &[u8]) -> Vec<(u32, u64)> {
    let entries = Children::of(seek_head).filter(|(id, _)| *id == SEEK);
    entries
        .filter_map(|(_, seek)| {
            let id = u32::try_from(unsigned(seek, SEEK_ID)?).ok()?;
            Some((id, unsigned(seek, SEEK_POSITION)?))
        })
        .collect()
}

/// The time of the last picture or sound, in ticks: what a browser records has no duration.
fn last_timestamp(file: &Sparse) -> Result<Option<f64>, Stop> {
    let tail = file.up_to(file.len().saturating_sub(TAIL), TAIL)?;
    let id = CLUSTER.to_be_bytes();
    let Some(start) = tail.windows(id.len()).rposition(|bytes| bytes == id) else { return Ok(None) };
    // A cluster of unknown size reaches to the end of the file, as does one that breaks off.
    let Some(size) = tail.get(start + id.len()..).and_then(|rest| rest.first()) else { return Ok(None) };
    let Some(cluster) = tail.get(start + id.len() + size.leading_zeros() as usize + 1..) else { return Ok(None) };
    let base = unsigned(cluster, TIMESTAMP).unwrap_or_default();
    let last = Children::of(cluster).filter_map(|(id, body)| match id {
        SIMPLE_BLOCK => relative(body),
        BLOCK_GROUP => relative(child(body, BLOCK)?),
        _ => None,
    });
    let last = last.max().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "durations need no 53 bits")]
    let ticks = base as f64 + f64::from(last);
    Ok(Some(ticks).filter(|ticks| *ticks > 0.0))
}

/// The time of a block within its cluster.
fn relative(block: &[u8]) -> Option<i16> {
    let track_length = block.first()?.leading_zeros() as usize + 1;
    Some(i16::from_be_bytes(*block.get(track_length..)?.first_chunk()?))
}
