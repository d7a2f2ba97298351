//! How long fragmented movies play: from the segment index, the fragments' index at the end, or the fragments.

use std::collections::BTreeMap;

use mp4_atom::{Atom, Mfro, Sidx, Tfdt, Tfhd, Tfra, Trex, Trun};

use super::{
    super::sparse::{MAX_PARTS, Sparse, Stop},
    boxes::{Children, Found, child, seconds, top_level},
};

/// The most fragments that are looked at.
const MAX_FRAGMENTS: usize = 20_000;
/// The most parts that looking at fragments may have led to; the rest is for whatever else is needed.
const ENOUGH_PARTS: usize = MAX_PARTS * 3 / 4;

/// What the fragments hold, by track.
#[derive(Debug, Default)]
pub(super) struct Fragments(BTreeMap<u32, Fragmented>);

/// What the fragments of one track hold.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Fragmented {
    /// When the first fragment starts, in ticks.
    start: Option<u64>,
    /// When the last fragment ends, in ticks.
    end: u64,
    /// The samples of the fragments that were looked at.
    pub(super) samples: u64,
    pub(super) bytes: u64,
    /// The ticks of the fragments that were looked at.
    summed: u64,
    /// How long the index says that the track plays, in seconds.
    indexed: Option<f64>,
}

impl Fragmented {
    /// How long the fragments play, in ticks.
    pub(super) fn ticks(&self) -> u64 {
        self.end.saturating_sub(self.start.unwrap_or_default())
    }

    /// How long the index says that the track plays, in seconds.
    pub(super) fn indexed(&self) -> Option<f64> {
        self.indexed
    }

    /// The ticks of the fragments that were looked at.
    pub(super) fn summed(&self) -> u64 {
        self.summed
    }

    /// Whether all fragments were looked at, as far as anybody knows.
    pub(super) fn are_all(&self) -> bool {
        self.indexed.is_none() && self.summed >= self.ticks()
    }
}

impl Fragments {
    /// The fragments after the movie box that ends here; `defaults` are the movie's.
    pub(super) fn read(file: &Sparse, after: u64, defaults: &[Trex]) -> Result<Self, Stop> {
        let mut fragments = Self::default();
        let last = last_by_index(file)?;
        let mut offset = after;
        for _ in 0..MAX_FRAGMENTS {
            // A file that breaks off plays as far as it goes.
            let Some(found) = known(top_level(file, offset))?.flatten() else { break };
            match &found.kind {
                b"sidx" => fragments.segment_index(file, &found)?,
                b"moof" => {
                    let Some(body) = known(file.bytes(found.body, found.end - found.body))? else { break };
                    fragments.add(body, defaults);
                    if fragments.0.values().any(|track| track.indexed.is_some()) {
                        // One fragment shows the frame rate, the index everything else.
                        break;
                    }
                    if let Some(last) = &last
                        && *last > found.start
                    {
                        offset = *last;
                        continue;
                    }
                }
                _ => {}
            }
            if file.parts() >= ENOUGH_PARTS {
                break;
            }
            offset = found.end;
        }
        Ok(fragments)
    }

    pub(super) fn of(&self, track: u32) -> Option<Fragmented> {
        self.0.get(&track).copied()
    }

    /// Adds the samples of a fragment.
    fn add(&mut self, moof: &[u8], defaults: &[Trex]) {
        for (_, traf) in Children::of(moof).filter(|(kind, _)| kind == b"traf") {
            let Some(header) = child(traf, *b"tfhd").and_then(|mut body| Tfhd::decode_body(&mut body).ok()) else {
                continue;
            };
            let default = defaults.iter().find(|default| default.track_id == header.track_id);
            let duration = header.default_sample_duration.or(default.map(|trex| trex.default_sample_duration));
            let size = header.default_sample_size.or(default.map(|trex| trex.default_sample_size));
            let (duration, size) = (u64::from(duration.unwrap_or(0)), u64::from(size.unwrap_or(0)));
            let time = child(traf, *b"tfdt").and_then(|mut body| Tfdt::decode_body(&mut body).ok());
            let track = self.0.entry(header.track_id).or_default();
            let start = time.map_or(track.end, |time| time.base_media_decode_time);
            let mut ticks = 0_u64;
            for (_, mut body) in Children::of(traf).filter(|(kind, _)| kind == b"trun") {
                let Ok(run) = Trun::decode_body(&mut body) else { continue };
                let samples = &run.samples;
                track.samples = track.samples.saturating_add(samples.len() as u64);
                if let mp4_atom::TrunSamples::Inherited { count, .. } = samples {
                    let count = u64::from(*count);
                    ticks = ticks.saturating_add(count.saturating_mul(duration));
                    track.bytes = track.bytes.saturating_add(count.saturating_mul(size));
                    continue;
                }
                for sample in samples {
                    ticks = ticks.saturating_add(sample.duration.map_or(duration, u64::from));
                    track.bytes = track.bytes.saturating_add(sample.size.map_or(size, u64::from));
                }
            }
            track.start.get_or_insert(start);
            track.summed = track.summed.saturating_add(ticks);
            track.end = track.end.max(start.saturating_add(ticks));
        }
    }

    /// Reads a segment index, if it covers the rest of the file.
    fn segment_index(&mut self, file: &Sparse, found: &Found) -> Result<(), Stop> {
        let Some(mut body) = known(file.bytes(found.body, found.end - found.body))? else { return Ok(()) };
        let Ok(index) = Sidx::decode_body(&mut body) else { return Ok(()) };
        let sum = |add: fn(&mp4_atom::SegmentReference) -> u32| -> u64 {
            index.references.iter().map(|reference| u64::from(add(reference))).sum()
        };
        let bytes = sum(|reference| reference.referenced_size);
        let end = found.end.saturating_add(index.first_offset).saturating_add(bytes);
        // What may follow is an index, not media.
        if index.references.len() < 2 || end < file.len() - file.len() / 16 {
            return Ok(());
        }
        let track = self.0.entry(index.reference_id).or_default();
        track.indexed = seconds(sum(|reference| reference.subsegment_duration), index.timescale);
        Ok(())
    }
}

/// Where the last fragment is, if the file ends with an index of the fragments and their times.
fn last_by_index(file: &Sparse) -> Result<Option<u64>, Stop> {
    const LAST_BOX: u64 = 16;
    let Some(start) = file.len().checked_sub(LAST_BOX) else { return Ok(None) };
    let end = file.bytes(start, LAST_BOX)?;
    let Some(mut body) = child(end, *b"mfro") else { return Ok(None) };
    let Ok(offset) = Mfro::decode_body(&mut body) else { return Ok(None) };
    let Some(start) = file.len().checked_sub(offset.parent_size.into()) else { return Ok(None) };
    let Some(index) = known(file.bytes(start, offset.parent_size.into()))? else { return Ok(None) };
    let Some(index) = child(index, *b"mfra") else { return Ok(None) };
    let tracks = Children::of(index).filter(|(kind, _)| kind == b"tfra");
    let tracks = tracks.filter_map(|(_, mut body)| Tfra::decode_body(&mut body).ok());
    Ok(tracks.filter_map(|track| track.entries.last().map(|entry| entry.moof_offset)).min())
}

/// A part of the file, or nothing where the file is at fault; only what is merely missing is waited for.
fn known<T>(part: Result<T, Stop>) -> Result<Option<T>, Stop> {
    match part {
        Ok(part) => Ok(Some(part)),
        Err(Stop::Error(_)) => Ok(None),
        Err(missing @ Stop::Missing(_)) => Err(missing),
    }
}
