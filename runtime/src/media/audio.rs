//! Files of sound alone: Wave, FLAC, MP3, AAC (ADTS) and Ogg.
//!
//! `MediaConvert` encodes them, but its Probe knows no container of theirs but Wave.

use pipeline::mediainfo::{Audio, Container, MediaInfo};

use super::audio_config::{adts, mpeg};
use super::sparse::{MediaError, Sparse, Stop};

/// The part of a file's start or end that shows what it holds.
const READ: u64 = 64 * 1024;

/// One of these kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Wave,
    Flac,
    Ogg,
    /// A tag, with the sound after it.
    Tagged,
    Mpeg,
    Adts,
}

impl Kind {
    /// The kind of a file that begins so.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        let at = |offset: usize, signature: &[u8]| start.get(offset..).is_some_and(|rest| rest.starts_with(signature));
        if at(0, b"RIFF") && at(8, b"WAVE") {
            Some(Self::Wave)
        } else if at(0, b"fLaC") {
            Some(Self::Flac)
        } else if at(0, b"OggS") {
            Some(Self::Ogg)
        } else if at(0, b"ID3") {
            Some(Self::Tagged)
        } else {
            Self::of_frames(start)
        }
    }

    /// The kind of a file that is frames from its start on: two of them, or all that is there.
    fn of_frames(start: &[u8]) -> Option<Self> {
        for (kind, length) in [(Self::Mpeg, mpeg_frame as fn(&[u8]) -> Option<Frame>), (Self::Adts, adts_frame)] {
            let Some(frame) = length(start) else { continue };
            let next = start.get(frame.bytes..).unwrap_or_default();
            if next.len() < 8 || length(next).is_some() {
                return Some(kind);
            }
        }
        None
    }
}

/// What a file of sound says about itself.
pub(super) fn read(file: &Sparse, kind: Kind) -> Result<MediaInfo, Stop> {
    let (format, audio) = match kind {
        Kind::Wave => ("Wave", wave(file)?),
        Kind::Flac => ("FLAC", flac(file)?),
        Kind::Ogg => ("Ogg", ogg(file)?),
        Kind::Mpeg => ("MPEG Audio", mp3(file, 0)?),
        Kind::Adts => ("ADTS", aac(file, 0)?),
        Kind::Tagged => {
            let start = after_tag(file)?;
            match Kind::of(file.up_to(start, READ)?) {
                Some(Kind::Mpeg) => ("MPEG Audio", mp3(file, start)?),
                Some(Kind::Adts) => ("ADTS", aac(file, start)?),
                _ => return Err(MediaError::Unsupported { format: "ID3" }.into()),
            }
        }
    };
    Ok(MediaInfo {
        container: Container { format: format.to_owned(), ..Container::default() },
        audio: vec![audio],
        ..MediaInfo::default()
    })
}

/// Where the sound begins after an `ID3v2` tag (<https://id3.org/id3v2.4.0-structure>, 3.1 and 3.4).
fn after_tag(file: &Sparse) -> Result<u64, Stop> {
    let header = file.bytes(0, 10)?;
    let size = header[6..].iter().fold(0_u64, |size, byte| size << 7 | u64::from(byte & 0x7F));
    let footer = if header[5] & 0x10 == 0 { 0 } else { 10 };
    Ok(10 + size + footer)
}

fn number<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk::<N>().copied()
}

/// Seconds of so many samples or bytes, at so many a second.
#[expect(clippy::cast_precision_loss, reason = "a duration needs no 53 bits")]
fn seconds(count: u64, rate: u64) -> Option<f64> {
    (rate > 0).then(|| count as f64 / rate as f64)
}

/// <https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html>
fn wave(file: &Sparse) -> Result<Audio, Stop> {
    let head = file.up_to(0, READ)?;
    let mut audio = Audio { codec: "PCM".to_owned(), ..Audio::default() };
    let (mut at, mut bytes_a_second) = (12_usize, 0);
    while let (Some(name), Some(size)) = (number::<4>(head, at), number::<4>(head, at + 4).map(u32::from_le_bytes)) {
        let body = at + 8;
        if name == *b"fmt " {
            let tag = number(head, body).map_or(0, u16::from_le_bytes);
            if tag == 0x55 {
                "MPEG Audio".clone_into(&mut audio.codec);
            }
            audio.channels = number(head, body + 2).map(|channels| u16::from_le_bytes(channels).into());
            audio.sampling_rate = number(head, body + 4).map(u32::from_le_bytes);
            bytes_a_second = number(head, body + 8).map_or(0, u32::from_le_bytes).into();
        } else if name == *b"data" {
            // A recorder that was cut off left no size, or one beyond the file's end.
            let rest = file.len().saturating_sub(body as u64);
            let bytes = if size == 0 { rest } else { rest.min(size.into()) };
            audio.duration = seconds(bytes, bytes_a_second);
            audio.bitrate = (bytes_a_second > 0).then_some(bytes_a_second * 8);
            return Ok(audio);
        }
        at = body.saturating_add(size as usize).saturating_add(size as usize % 2);
    }
    if audio.channels.is_some() { Ok(audio) } else { Err(MediaError::Damaged("a Wave file without a format").into()) }
}

/// The stream info of RFC 9639, 8.2.
fn flac(file: &Sparse) -> Result<Audio, Stop> {
    let head = file.bytes(0, 42)?;
    let fields = number(head, 18).map_or(0, u64::from_be_bytes);
    let (rate, samples) = (fields >> 44, fields & 0xF_FFFF_FFFF);
    Ok(Audio {
        codec: "FLAC".to_owned(),
        channels: u32::try_from((fields >> 41 & 7) + 1).ok(),
        sampling_rate: u32::try_from(rate).ok(),
        duration: seconds(samples, rate),
        ..Audio::default()
    })
}

/// The first packet says what the stream is, and the last page where it ends (RFC 3533, 6).
fn ogg(file: &Sparse) -> Result<Audio, Stop> {
    let head = file.up_to(0, READ)?;
    let segments = usize::from(head.get(26).copied().unwrap_or_default());
    let packet = head.get(27 + segments..).unwrap_or_default();
    let mut audio = Audio::default();
    // Opus counts in 48 kHz whatever it was made of, and begins with samples that nobody hears (RFC 7845, 4 and 5.1).
    let skipped = if packet.starts_with(b"OpusHead") {
        "Opus".clone_into(&mut audio.codec);
        audio.channels = packet.get(9).copied().map(u32::from);
        audio.sampling_rate = Some(48_000);
        number(packet, 10).map_or(0, u16::from_le_bytes)
    } else if packet.starts_with(b"\x01vorbis") {
        "Vorbis".clone_into(&mut audio.codec);
        audio.channels = packet.get(11).copied().map(u32::from);
        audio.sampling_rate = number(packet, 12).map(u32::from_le_bytes);
        0
    } else if packet.starts_with(b"\x7FFLAC") {
        "FLAC".clone_into(&mut audio.codec);
        // The native stream, with its stream info, after nine bytes.
        let fields = number(packet, 9 + 18).map_or(0, u64::from_be_bytes);
        audio.channels = u32::try_from((fields >> 41 & 7) + 1).ok();
        audio.sampling_rate = u32::try_from(fields >> 44).ok();
        0
    } else {
        return Err(MediaError::Unsupported { format: "Ogg" }.into());
    };
    let tail = file.up_to(file.len().saturating_sub(READ), READ)?;
    let page = tail.windows(4).rposition(|bytes| bytes == b"OggS");
    let end = page.and_then(|page| number(tail, page + 6)).map_or(0, u64::from_le_bytes);
    if end != u64::MAX {
        audio.duration = seconds(end.saturating_sub(skipped.into()), audio.sampling_rate.unwrap_or_default().into());
    }
    Ok(audio)
}

/// One frame of a stream.
struct Frame {
    bytes: usize,
    /// Samples of a channel.
    samples: u64,
    /// Bits a second, where the header says so.
    bitrate: Option<u64>,
}

/// The header of an MPEG audio frame of layer III (ISO/IEC 11172-3, 2.4.1.3; ISO/IEC 13818-3, 2.4.2.3).
fn mpeg_frame(bytes: &[u8]) -> Option<Frame> {
    const RATES: [u64; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const LOW_RATES: [u64; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let [sync, first, second, _] = number::<4>(bytes, 0)?;
    if sync != 0xFF || first & 0xE6 != 0xE2 || first >> 3 & 3 == 1 {
        return None;
    }
    let (is_full, divisor) = match first >> 3 & 3 {
        3 => (true, 1),
        2 => (false, 2),
        _ => (false, 4),
    };
    let rates = if is_full { RATES } else { LOW_RATES };
    let bitrate = 1000 * rates.get(usize::from(second >> 4).checked_sub(1)?)?;
    let rate = [44_100_u64, 48_000, 32_000].get(usize::from(second >> 2 & 3))? / divisor;
    let samples = if is_full { 1152 } else { 576 };
    let bytes = usize::try_from(samples / 8 * bitrate / rate).ok()? + usize::from(second >> 1 & 1);
    Some(Frame { bytes, samples, bitrate: Some(bitrate) })
}

/// The first frame, and how many there are: as an encoder of a varying bit rate writes it into that frame, or else by the size.
fn mp3(file: &Sparse, start: u64) -> Result<Audio, Stop> {
    let head = file.up_to(start, READ)?;
    let mut audio = Audio { codec: "MPEG Audio".to_owned(), ..Audio::default() };
    mpeg(head, &mut audio);
    let Some(frame) = mpeg_frame(head) else { return Ok(audio) };
    let rate = u64::from(audio.sampling_rate.unwrap_or_default());
    let inside = head.get(..frame.bytes.min(head.len())).unwrap_or_default();
    let mark = inside.windows(4).position(|bytes| bytes == b"Xing" || bytes == b"Info");
    let counted = mark.and_then(|mark| {
        let has_frames = number(inside, mark + 4).map(u32::from_be_bytes)? & 1 != 0;
        let frames = number(inside, mark + 8).map(u32::from_be_bytes)?;
        has_frames.then_some(u64::from(frames))
    });
    let bytes = file.len().saturating_sub(start);
    audio.duration = match counted {
        Some(frames) => seconds(frames.saturating_mul(frame.samples), rate),
        None => frame.bitrate.and_then(|bitrate| seconds(bytes.saturating_mul(8), bitrate)),
    };
    audio.bitrate = match (counted, audio.duration) {
        (Some(_), Some(duration)) => pipeline::mediainfo::rate(bytes, duration),
        _ => frame.bitrate,
    };
    Ok(audio)
}

/// The header of an ADTS frame (ISO/IEC 14496-3, 1.A.2.2).
fn adts_frame(bytes: &[u8]) -> Option<Frame> {
    let [sync, first, second, third, fourth, fifth, last] = number::<7>(bytes, 0)?;
    let bytes = usize::from(third & 3) << 11 | usize::from(fourth) << 3 | usize::from(fifth >> 5);
    let is_one = sync == 0xFF && first & 0xF6 == 0xF0 && second >> 2 & 0xF < 13 && bytes >= 7;
    is_one.then(|| Frame { bytes, samples: 1024 * (u64::from(last & 3) + 1), bitrate: None })
}

/// No header says how long the stream is: its frames are as large on average as those at its start.
fn aac(file: &Sparse, start: u64) -> Result<Audio, Stop> {
    let head = file.up_to(start, READ)?;
    let mut audio = Audio { codec: "AAC".to_owned(), ..Audio::default() };
    adts(head, &mut audio);
    let (mut at, mut samples) = (0_usize, 0);
    while let Some(frame) = head.get(at..).and_then(adts_frame).filter(|frame| at + frame.bytes <= head.len()) {
        (at, samples) = (at + frame.bytes, samples + frame.samples);
    }
    let rate = u64::from(audio.sampling_rate.unwrap_or_default());
    let all = u128::from(samples) * u128::from(file.len().saturating_sub(start)) / (at as u128).max(1);
    audio.duration = u64::try_from(all).ok().and_then(|samples| seconds(samples, rate));
    audio.bitrate = audio.duration.and_then(|duration| pipeline::mediainfo::rate(file.len() - start, duration));
    Ok(audio)
}
