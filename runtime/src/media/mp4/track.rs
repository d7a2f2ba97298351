//! A track of a movie.

use mp4_atom::{Atom, Elst, Hdlr, Mdhd, Tkhd};
use pipeline::mediainfo::{Audio, MediaInfo, Rotation, Text, Video};

use super::{
    boxes::{child, descendant, seconds},
    entry,
    fragments::Fragmented,
};

pub(super) struct Track {
    header: Tkhd,
    media: Mdhd,
    /// How long the edit list lets the track play, in seconds.
    edited: Option<f64>,
    samples: Samples,
    kind: Kind,
}

enum Kind {
    Video(Video),
    Audio(Audio),
    Text(Text),
}

/// The samples in the movie itself, beside those in fragments.
#[derive(Default)]
struct Samples {
    count: u64,
    bytes: u64,
    ticks: u64,
    are_equal: bool,
}

impl Track {
    /// A track of a movie with this time scale; nothing for time codes, hints and the like.
    pub(super) fn read(trak: &[u8], movie_timescale: u32) -> Option<Self> {
        let header = Tkhd::decode_body(&mut child(trak, *b"tkhd")?).ok()?;
        let body = child(trak, *b"mdia")?;
        let media = Mdhd::decode_body(&mut child(body, *b"mdhd")?).ok()?;
        let handler =
            Hdlr::decode_body(&mut child(body, *b"hdlr")?).map_or_else(|_| handler(body), |box_| box_.handler.into());
        let stbl = descendant(body, &[b"minf", b"stbl"])?;
        let stsd = child(stbl, *b"stsd")?.get(8..)?;
        let kind = match &handler {
            b"vide" => Kind::Video(entry::video(stsd)?),
            b"soun" => Kind::Audio(entry::audio(stsd)?),
            b"text" | b"sbtl" | b"subt" | b"clcp" | b"subp" => Kind::Text(entry::text(stsd)?),
            _ => return None,
        };
        let edits = descendant(trak, &[b"edts", b"elst"]).and_then(|mut body| Elst::decode_body(&mut body).ok());
        let edited = edits.and_then(|list| {
            let shown = list.entries.iter().filter(|edit| edit.media_time.is_some());
            seconds(shown.map(|edit| edit.segment_duration).fold(0, u64::saturating_add), movie_timescale)
        });
        Some(Self { header, media, edited, samples: Samples::read(stbl), kind })
    }

    pub(super) fn id(&self) -> u32 {
        self.header.track_id
    }

    /// Adds the track to what is known of the file.
    pub(super) fn describe(self, fragmented: Option<Fragmented>, info: &mut MediaInfo) {
        let timescale = self.media.timescale;
        let fragments = fragmented.unwrap_or_default();
        let is_fragmented = fragments.samples > 0;
        let samples = Some(self.samples.count.saturating_add(fragments.samples)).filter(|count| *count > 0);
        let count = samples.filter(|_| fragments.are_all());
        let ticks = self.samples.ticks.saturating_add(fragments.ticks());
        let whole = if is_fragmented { ticks } else { self.media.duration };
        let plays = fragments.indexed().or_else(|| seconds(whole, timescale)).or_else(|| seconds(ticks, timescale));
        let duration = self.edited.filter(|_| !is_fragmented).or(plays);
        let bytes = self.samples.bytes.saturating_add(fragments.bytes);
        // Where not all fragments were looked at, their rate stands for that of the others.
        let looked_at = if is_fragmented {
            seconds(self.samples.ticks.saturating_add(fragments.summed()), timescale)
        } else {
            plays
        };
        let rate_of = |amount: u64| {
            #[expect(clippy::cast_precision_loss, reason = "it is a rate")]
            let rate = amount as f64 / looked_at?;
            Some(rate).filter(|rate| rate.is_finite() && *rate > 0.0)
        };
        let bitrate = rate_of(bytes.saturating_mul(8)).map(whole_number);
        // QuickTime's own numbers of languages decode to no letters.
        let language = Some(self.media.language).filter(|name| name.bytes().all(|letter| letter.is_ascii_lowercase()));
        match self.kind {
            Kind::Video(mut video) => {
                video.framerate = samples.and_then(rate_of).or(video.framerate);
                video.bitrate = bitrate;
                (video.duration, video.frame_count) = (duration, count);
                let matrix = &self.header.matrix;
                video.rotation = Rotation::of_matrix([matrix.a, matrix.b, matrix.c, matrix.d]);
                info.video.push(video);
            }
            Kind::Audio(mut audio) => {
                audio.bitrate = bitrate.or(audio.bitrate);
                (audio.duration, audio.language) = (duration, language);
                // Uncompressed sound has a sample for each moment, not for each frame.
                audio.frame_count = count.filter(|_| audio.codec != "PCM");
                audio.bitrate_mode = self.samples.are_equal.then(|| "CBR".to_owned());
                info.audio.push(audio);
            }
            Kind::Text(mut text) => {
                text.id = Some(self.header.track_id.to_string());
                (text.duration, text.frame_count, text.language) = (duration, count, language);
                info.text.push(text);
            }
        }
    }
}

fn whole_number(number: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    let whole = number.round() as u64;
    whole
}

/// The handler of a handler box whose name cannot be read.
fn handler(mdia: &[u8]) -> [u8; 4] {
    let kind = child(mdia, *b"hdlr").and_then(|body| body.get(8..)?.first_chunk::<4>());
    kind.copied().unwrap_or_default()
}

impl Samples {
    /// Counts the samples in the tables of a track, which are read where they are: they are the largest boxes.
    fn read(stbl: &[u8]) -> Self {
        let mut samples = Self::default();
        if let Some((head, sizes)) = child(stbl, *b"stsz").and_then(|body| body.split_at_checked(12)) {
            let (each, count) = (number(&head[4..]), number(&head[8..]));
            samples.are_equal = each > 0 && count > 0;
            samples.count = if each > 0 { count } else { count.min(sizes.len() as u64 / 4) };
            samples.bytes = if each > 0 { each.saturating_mul(count) } else { sizes.chunks_exact(4).map(number).sum() };
        }
        if let Some((_, runs)) = child(stbl, *b"stts").and_then(|body| body.split_at_checked(8)) {
            let run = |run: &[u8]| number(run).saturating_mul(number(&run[4..]));
            samples.ticks = runs.chunks_exact(8).map(run).fold(0, u64::saturating_add);
        }
        samples
    }
}

/// The big-endian number of four bytes that some bytes start with.
fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes).into())
}
