//! Writes fragmented MP4: an init segment, and segments of fragments.

use std::{
    fs::File,
    io::{BufWriter, Read as _, Seek as _, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
};

use mp4_atom::{
    Edts, Elst, ElstEntry, Encode as _, FourCC, Ftyp, Mfhd, Moof, Mvex, SegmentReference, Sidx, Styp, Tfdt, Tfhd, Traf,
    Trex, Trun, TrunEntry, TrunSamples,
};

use super::track::{Sample, Track};
use crate::media::{
    manifest::{Bytes, KeyFrame, Measured, MeasuredSegment},
    plan::Brand,
};

/// A segment: its fragments, each a range of the track's samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// The fragments, of which there is at least one.
    pub(crate) fragments: Vec<Range<usize>>,
}

impl Segment {
    pub(crate) fn samples(&self) -> Range<usize> {
        let start = self.fragments.first().map_or(0, |first| first.start);
        start..self.fragments.last().map_or(start, |last| last.end)
    }
}

/// Splits a track before the first frame at which decoding can begin in each multiple of these lengths, in seconds.
pub(super) fn split(track: &Track, segment: f64, fragment: f64) -> Vec<Segment> {
    let all = 0..track.samples.len();
    let segments = ranges(track, all, segment);
    segments.into_iter().map(|samples| Segment { fragments: ranges(track, samples, fragment) }).collect()
}

fn ranges(track: &Track, samples: Range<usize>, length: f64) -> Vec<Range<usize>> {
    let Some(first) = track.samples.get(samples.start) else { return Vec::new() };
    let since = |sample: &Sample| {
        let half = u64::from(sample.duration / 2);
        track.in_seconds(sample.time - first.time + half) / length
    };
    let mut ranges = Vec::new();
    let mut start = samples.start;
    let mut number = 1.0;
    for at in samples.clone().skip(1) {
        let sample = &track.samples[at];
        let passed = since(sample);
        if sample.sync && passed >= number {
            ranges.push(start..at);
            start = at;
            number = passed.floor() + 1.0;
        }
    }
    ranges.push(start..samples.end);
    ranges
}

/// The only track of a file.
const TRACK: u32 = 1;
/// The flags of a frame with which decoding can begin.
const ALONE: u32 = 0x0200_0000;
/// The flags of one that needs others.
const DEPENDENT: u32 = 0x0101_0000;
/// The size of the header of the box `mdat`.
const MDAT: usize = 8;

#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("cannot write a segment")]
    File(#[from] std::io::Error),
    #[error("cannot write a box of a segment")]
    Box(#[from] mp4_atom::Error),
}

/// The init segment of a track in this language.
pub(super) fn init_segment(track: &Track, brand: Brand, language: Option<&str>) -> Result<Vec<u8>, WriteError> {
    let mut moov = track.moov.clone();
    moov.mvhd.next_track_id = TRACK + 1;
    for trak in &mut moov.trak {
        trak.tkhd.track_id = TRACK;
        if track.delay > 0 {
            // The film begins with the first frame, not when that is decoded.
            let begin = ElstEntry { segment_duration: 0, media_time: Some(track.delay.into()), media_rate: 1.into() };
            trak.edts = Some(Edts { elst: Some(Elst { entries: vec![begin] }) });
        }
        if let Some(language) = language.filter(|code| code.len() == 3) {
            language.clone_into(&mut trak.mdia.mdhd.language);
        }
    }
    let trex = Trex { track_id: TRACK, default_sample_description_index: 1, ..Trex::default() };
    moov.mvex = Some(Mvex { mehd: None, trex: vec![trex] });
    let (major, others): (_, &[&[u8; 4]]) = match brand {
        Brand::Dash => (b"iso6", &[b"iso6", b"dash", b"mp41"]),
        Brand::Cmaf => (b"cmfc", &[b"cmfc", b"iso6", b"dash", b"mp41"]),
    };
    let mut bytes = Vec::new();
    Ftyp {
        major_brand: FourCC::new(major),
        minor_version: 0,
        compatible_brands: others.iter().map(|brand| FourCC::new(brand)).collect(),
    }
    .encode(&mut bytes)?;
    moov.encode(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn write_segments(
    track: &Track,
    segments: &[Segment],
    brand: Brand,
    paths: &[PathBuf],
) -> Result<Measured, WriteError> {
    let mut writer = Writer::open(track, brand)?;
    let mut measured = Vec::new();
    for (segment, path) in segments.iter().zip(paths) {
        let (bytes, one) = writer.segment(segment, 0)?;
        std::fs::write(path, &bytes)?;
        measured.push(one);
    }
    Ok(Measured { timescale: track.timescale, segments: measured })
}

/// Writes everything into one file: the init segment, an index of the segments, and the segments. Returns
/// where the index is besides what was measured.
pub(super) fn write_single(
    track: &Track,
    segments: &[Segment],
    brand: Brand,
    init: &[u8],
    path: &Path,
) -> Result<(Measured, Bytes), WriteError> {
    let mut writer = Writer::open(track, brand)?;
    let mut file = BufWriter::new(File::create(path)?);
    let blank = index(track, segments.iter().map(|segment| (segment, 0)))?;
    let head = (init.len() + blank.len()) as u64;
    file.seek(SeekFrom::Start(head))?;
    let mut offset = head;
    let mut measured = Vec::new();
    for segment in segments {
        let (bytes, one) = writer.segment(segment, offset)?;
        file.write_all(&bytes)?;
        offset += one.bytes.size;
        measured.push(one);
    }
    let sizes = measured.iter().map(|segment| u32::try_from(segment.bytes.size).unwrap_or(u32::MAX));
    let index = index(track, segments.iter().zip(sizes))?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(init)?;
    file.write_all(&index)?;
    file.flush()?;
    let place = Bytes { offset: init.len() as u64, size: index.len() as u64 };
    Ok((Measured { timescale: track.timescale, segments: measured }, place))
}

/// The index of a file: the size and duration of each segment.
fn index<'a>(track: &Track, segments: impl Iterator<Item = (&'a Segment, u32)>) -> Result<Vec<u8>, WriteError> {
    let references = segments.map(|(segment, size)| SegmentReference {
        reference_type: false,
        referenced_size: size,
        subsegment_duration: u32::try_from(duration(track, segment.samples())).unwrap_or(u32::MAX),
        starts_with_sap: true,
        sap_type: 1,
        sap_delta_time: 0,
    });
    let sidx = Sidx {
        reference_id: TRACK,
        timescale: track.timescale,
        earliest_presentation_time: 0,
        first_offset: 0,
        references: references.collect(),
    };
    let mut bytes = Vec::new();
    sidx.encode(&mut bytes)?;
    Ok(bytes)
}

fn duration(track: &Track, samples: Range<usize>) -> u64 {
    track.samples[samples].iter().map(|sample| u64::from(sample.duration)).sum()
}

struct Writer<'a> {
    track: &'a Track,
    brand: Brand,
    file: File,
    number: u32,
}

impl<'a> Writer<'a> {
    fn open(track: &'a Track, brand: Brand) -> Result<Self, WriteError> {
        Ok(Self { track, brand, file: File::open(&track.path)?, number: 0 })
    }

    /// A segment for this place in its file.
    fn segment(&mut self, segment: &Segment, offset: u64) -> Result<(Vec<u8>, MeasuredSegment), WriteError> {
        let mut all = Vec::new();
        let brands: &[&[u8; 4]] = match self.brand {
            Brand::Dash => &[b"msdh", b"msix"],
            Brand::Cmaf => &[b"cmfs", b"msdh", b"msix"],
        };
        Styp {
            major_brand: FourCC::new(brands[0]),
            minor_version: 0,
            compatible_brands: brands.iter().map(|brand| FourCC::new(brand)).collect(),
        }
        .encode(&mut all)?;
        let mut key_frames = Vec::new();
        for fragment in &segment.fragments {
            let begin = all.len();
            self.fragment(fragment.clone(), &mut all)?;
            let samples = &self.track.samples[fragment.clone()];
            if let Some(first) = samples.first().filter(|first| first.sync && self.track.is_video()) {
                let data: usize = samples.iter().map(|sample| bytes(sample.size)).sum();
                let size = all.len() - data + bytes(first.size) - begin;
                let place = Bytes { offset: offset + begin as u64, size: size as u64 };
                // With the head of its fragment. Later key frames of a fragment cannot be fetched alone.
                key_frames.push(KeyFrame { start: first.time, bytes: place });
            }
        }
        let samples = &self.track.samples[segment.samples()];
        let measured = MeasuredSegment {
            start: samples.first().map_or(0, |first| first.time),
            duration: duration(self.track, segment.samples()),
            bytes: Bytes { offset, size: all.len() as u64 },
            key_frames,
        };
        Ok((all, measured))
    }

    fn fragment(&mut self, range: Range<usize>, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let samples = &self.track.samples[range];
        self.number += 1;
        let mut moof = moof(samples, self.number);
        let mut head = Vec::new();
        moof.encode(&mut head)?;
        let offset = i32::try_from(head.len() + MDAT).map_err(|_| mp4_atom::Error::TooLarge(FourCC::new(b"moof")))?;
        if let Some(run) = moof.traf.first_mut().and_then(|traf| traf.trun.first_mut()) {
            run.data_offset = Some(offset);
        }
        moof.encode(out)?;
        let data: usize = samples.iter().map(|sample| bytes(sample.size)).sum();
        let size = u32::try_from(data + MDAT).map_err(|_| mp4_atom::Error::TooLarge(FourCC::new(b"mdat")))?;
        out.extend(size.to_be_bytes());
        out.extend(b"mdat");
        self.copy(samples, out)?;
        Ok(())
    }

    /// Appends the frames, those that are neighbours in one go.
    fn copy(&mut self, samples: &[Sample], out: &mut Vec<u8>) -> Result<(), WriteError> {
        for run in samples.chunk_by(|one, next| one.offset + u64::from(one.size) == next.offset) {
            let Some(first) = run.first() else { continue };
            let size = run.iter().map(|sample| u64::from(sample.size)).sum();
            self.file.seek(SeekFrom::Start(first.offset))?;
            let copied = (&self.file).take(size).read_to_end(out)?;
            if copied as u64 != size {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
        }
        Ok(())
    }
}

fn bytes(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

fn moof(samples: &[Sample], number: u32) -> Moof {
    let first = samples.first();
    let is_same = |value: fn(&Sample) -> u32| samples.iter().all(|sample| first.map(value) == Some(value(sample)));
    let same_duration = is_same(|sample| sample.duration).then(|| first.map(|sample| sample.duration)).flatten();
    let all_alone = samples.iter().all(|sample| sample.sync);
    let only_first = samples.iter().skip(1).all(|sample| !sample.sync);
    let has_shifts = samples.iter().any(|sample| sample.shift != 0);
    let entries = samples.iter().enumerate().map(|(at, sample)| TrunEntry {
        duration: same_duration.is_none().then_some(sample.duration),
        size: Some(sample.size),
        flags: match sample.sync {
            _ if all_alone => None,
            false if only_first && at > 0 => None,
            true => Some(ALONE),
            false => Some(DEPENDENT),
        },
        cts: has_shifts.then(|| i64::from(sample.shift)),
    });
    let tfhd = Tfhd {
        track_id: TRACK,
        default_sample_duration: same_duration,
        default_sample_flags: Some(if all_alone { ALONE } else { DEPENDENT }),
        default_base_is_moof: true,
        ..Tfhd::default()
    };
    let traf = Traf {
        tfhd,
        tfdt: Some(Tfdt { base_media_decode_time: first.map_or(0, |sample| sample.time) }),
        trun: vec![Trun { data_offset: Some(0), samples: TrunSamples::Explicit(entries.collect()) }],
        ..Traf::default()
    };
    Moof { mfhd: Mfhd { sequence_number: number }, traf: vec![traf] }
}
