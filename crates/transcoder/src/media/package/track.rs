//! An encoded track: a plain MP4 file with one track, read sample by sample.

use std::{
    fs::File,
    io::{BufReader, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use mp4_atom::{Atom as _, Codec, FourCC, Header, Moov, ReadAtom as _, ReadFrom as _, Stbl, StszSamples, Trak};

#[derive(Debug, thiserror::Error)]
pub(crate) enum TrackError {
    #[error("cannot read the encoded track {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the encoded track {} is damaged: {problem}", path.display())]
    Damaged { path: PathBuf, problem: String },
}

/// One frame of video or audio, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) offset: u64,
    pub(crate) size: u32,
    /// When it is decoded; the track begins at 0.
    pub(crate) time: u64,
    pub(crate) duration: u32,
    /// How much later than it is decoded it is shown, the track's [`Track::delay`] included.
    pub(crate) shift: i32,
    /// Whether decoding can begin with it.
    pub(crate) sync: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) path: PathBuf,
    /// The file's index, with one track and without its samples.
    pub(crate) moov: Moov,
    /// What the times are counted in: so many in a second.
    pub(crate) timescale: u32,
    /// How much later its first frame is shown than decoded, for the sake of frames that are shown out of order.
    pub(crate) delay: u32,
    pub(crate) samples: Vec<Sample>,
}

impl Track {
    /// Reads the index of a file.
    ///
    /// The track then begins at 0: audio that an encoder needs to run in is left out as far as it is whole frames, and
    /// what is left of it, less than a frame, moves the track.
    pub(crate) fn read(path: &Path) -> Result<Self, TrackError> {
        let damaged = |problem: String| TrackError::Damaged { path: path.to_owned(), problem };
        let moov = index(path)?;
        let [trak] = moov.trak.as_slice() else { return Err(damaged(format!("it has {} tracks", moov.trak.len()))) };
        let timescale = trak.mdia.mdhd.timescale;
        let stbl = &trak.mdia.minf.stbl;
        if timescale == 0 || stbl.stsd.codecs.is_empty() {
            return Err(damaged("it has no codec or no clock".to_owned()));
        }
        let samples = samples(stbl).ok_or_else(|| damaged("its tables contradict each other".to_owned()))?;
        let samples = from_zero(samples, begin(trak));
        if samples.is_empty() {
            return Err(damaged("it is empty".to_owned()));
        }
        let delay = samples.first().and_then(|first| u32::try_from(first.shift).ok()).unwrap_or(0);
        Ok(Self { path: path.to_owned(), moov: emptied(moov), timescale, delay, samples })
    }

    pub(crate) fn codec(&self) -> &Codec {
        &self.moov.trak[0].mdia.minf.stbl.stsd.codecs[0]
    }

    pub(crate) fn is_video(&self) -> bool {
        self.moov.trak[0].mdia.hdlr.handler == FourCC::new(b"vide")
    }

    /// How long it plays, in its own clock.
    pub(crate) fn duration(&self) -> u64 {
        self.samples.last().map_or(0, |last| last.time + u64::from(last.duration))
    }

    /// How long it plays, in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.in_seconds(self.duration())
    }

    /// A time of its clock, in seconds.
    pub(crate) fn in_seconds(&self, time: u64) -> f64 {
        crate::media::as_f64(time) / f64::from(self.timescale)
    }

    /// All its frames together, in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.samples.iter().map(|sample| u64::from(sample.size)).sum()
    }
}

/// The file's `moov` box; whatever is before it is passed over.
fn index(path: &Path) -> Result<Moov, TrackError> {
    let read = |source| TrackError::Read { path: path.to_owned(), source };
    let damaged = |error: mp4_atom::Error| TrackError::Damaged { path: path.to_owned(), problem: error.to_string() };
    let mut file = BufReader::new(File::open(path).map_err(read)?);
    loop {
        let header = Header::read_from(&mut file).map_err(damaged)?;
        if header.kind == Moov::KIND {
            return Moov::read_atom(&header, &mut file.by_ref()).map_err(damaged);
        }
        let size = header
            .size
            .and_then(|size| i64::try_from(size).ok())
            .ok_or_else(|| damaged(mp4_atom::Error::MissingBox(Moov::KIND)))?;
        file.seek(SeekFrom::Current(size)).map_err(read)?;
    }
}

/// The time of the track at which it begins to be shown.
fn begin(trak: &Trak) -> i64 {
    let mut entries = trak.edts.iter().filter_map(|edts| edts.elst.as_ref()).flat_map(|elst| &elst.entries);
    // What is empty before it is less than a frame, because the filters begin at 0.
    let first = entries.find_map(|entry| entry.media_time);
    first.and_then(|time| i64::try_from(time).ok()).unwrap_or(0)
}

/// The samples with the track's times as the tables have them.
fn samples(stbl: &Stbl) -> Option<Vec<Sample>> {
    let sizes: Vec<u32> = match &stbl.stsz.samples {
        StszSamples::Identical { count, size } => vec![*size; usize::try_from(*count).ok()?],
        StszSamples::Different { sizes } => sizes.clone(),
    };
    let offsets = offsets(stbl, &sizes)?;
    let durations = stbl.stts.entries.iter().flat_map(|entry| repeat(entry.sample_delta, entry.sample_count));
    let no_shift = stbl.ctts.is_none().then(|| std::iter::repeat(0_i64)).into_iter().flatten();
    let shifts = stbl.ctts.iter().flat_map(|ctts| &ctts.entries);
    let shifts = shifts.flat_map(|entry| repeat(entry.sample_offset, entry.sample_count)).chain(no_shift);
    let mut syncs = stbl.stss.as_ref().map(|stss| stss.entries.iter().copied().peekable());
    let mut time = 0;
    let samples: Vec<Sample> = (1_u32..)
        .zip(sizes.iter().zip(offsets))
        .zip(durations.zip(shifts))
        .map(|((number, (&size, offset)), (duration, shift))| {
            let sync = syncs.as_mut().is_none_or(|syncs| syncs.next_if_eq(&number).is_some());
            let sample = Sample { offset, size, time, duration, shift: i32::try_from(shift).unwrap_or(0), sync };
            time += u64::from(duration);
            sample
        })
        .collect();
    (samples.len() == sizes.len()).then_some(samples)
}

fn repeat<T: Copy>(item: T, count: u32) -> impl Iterator<Item = T> {
    (0..count).map(move |_| item)
}

fn offsets(stbl: &Stbl, sizes: &[u32]) -> Option<Vec<u64>> {
    let chunks: Vec<u64> = match (&stbl.stco, &stbl.co64) {
        (Some(stco), _) => stco.entries.iter().copied().map(u64::from).collect(),
        (None, Some(co64)) => co64.entries.clone(),
        (None, None) => return None,
    };
    let mut runs = stbl.stsc.entries.iter().peekable();
    let mut in_chunk = 0;
    let mut offsets = Vec::with_capacity(sizes.len());
    for (number, chunk) in (1_u32..).zip(chunks) {
        if let Some(run) = runs.next_if(|run| run.first_chunk == number) {
            in_chunk = usize::try_from(run.samples_per_chunk).ok()?;
        }
        let mut offset = chunk;
        for size in sizes.iter().skip(offsets.len()).take(in_chunk) {
            offsets.push(offset);
            offset = offset.checked_add(u64::from(*size))?;
        }
    }
    (offsets.len() == sizes.len()).then_some(offsets)
}

/// The samples that are shown, from 0.
fn from_zero(samples: Vec<Sample>, start: i64) -> Vec<Sample> {
    let shown = |sample: &Sample| {
        let end = i64::try_from(sample.time).unwrap_or(i64::MAX).saturating_add(i64::from(sample.duration));
        end + i64::from(sample.shift) > start
    };
    let first = samples.iter().position(shown).unwrap_or(0);
    let Some(begin) = samples.get(first).map(|sample| sample.time) else { return samples };
    samples.into_iter().skip(first).map(|sample| Sample { time: sample.time - begin, ..sample }).collect()
}

/// The index without what stands for the samples.
fn emptied(mut moov: Moov) -> Moov {
    moov.mvhd.duration = 0;
    moov.mvhd.creation_time = 0;
    moov.mvhd.modification_time = 0;
    moov.udta = None;
    for trak in &mut moov.trak {
        trak.edts = None;
        trak.udta = None;
        trak.tkhd.duration = 0;
        trak.tkhd.creation_time = 0;
        trak.tkhd.modification_time = 0;
        trak.mdia.mdhd.duration = 0;
        trak.mdia.mdhd.creation_time = 0;
        trak.mdia.mdhd.modification_time = 0;
        let stsd = std::mem::take(&mut trak.mdia.minf.stbl.stsd);
        trak.mdia.minf.stbl = Stbl { stsd, stco: Some(mp4_atom::Stco::default()), ..Stbl::default() };
    }
    moov
}
