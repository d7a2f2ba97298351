//! Streams: what their first bytes and their time stamps say.

use pipeline::mediainfo::{Audio, PixelAspect, Text, Video};

use super::{
    super::{audio_config, video_config},
    packets::Packet,
};

/// The clock of time stamps, in hertz.
const CLOCK: f64 = 90_000.0;

/// The most bytes of a stream that are looked at.
const MAX_STREAM: usize = 1024 * 1024;
/// The most time stamps that are looked at.
const MAX_TIMES: usize = 1000;

/// What is collected of a stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    bytes: Vec<u8>,
    /// Time stamps at the start of the file.
    times: Vec<u64>,
    /// The last time stamp of the file, counted from the first.
    last: Option<u64>,
}

impl Stream {
    /// Adds a packet of the file's start.
    pub(super) fn add(&mut self, packet: &Packet<'_>) {
        let payload = if packet.is_start {
            let Some((time, payload)) = pes(packet.payload) else { return };
            if let Some(time) = time
                && self.times.len() < MAX_TIMES
            {
                self.times.push(time);
            }
            self.see(time);
            payload
        } else {
            packet.payload
        };
        // A stream starts where a PES packet does.
        if (packet.is_start || !self.bytes.is_empty()) && self.bytes.len() < MAX_STREAM {
            self.bytes.extend_from_slice(payload);
        }
    }

    /// Adds a packet of the file's end.
    pub(super) fn add_end(&mut self, packet: &Packet<'_>) {
        if packet.is_start {
            self.see(pes(packet.payload).and_then(|(time, _)| time));
        }
    }

    fn see(&mut self, time: Option<u64>) {
        const WRAP: u64 = 1 << 33;
        /// Half of the clock's range: what is farther away lies before the first time stamp.
        const BEFORE: u64 = WRAP / 2;
        let Some((time, first)) = time.zip(self.times.first()) else { return };
        let since = (time + WRAP - first) % WRAP;
        if since < BEFORE {
            self.last = self.last.max(Some(since));
        }
    }

    /// The time from one picture to the next, in ticks.
    fn interval(&self) -> Option<f64> {
        let mut times = self.times.clone();
        // Pictures are stored in another order than shown; the last few lack neighbours.
        times.sort_unstable();
        times.dedup();
        let mut gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort_unstable();
        let median = *gaps.get(gaps.len() / 2)?;
        let usual: Vec<u64> = gaps.into_iter().filter(|gap| gap.abs_diff(median) <= median / 4).collect();
        #[expect(clippy::cast_precision_loss, reason = "intervals are small")]
        let mean = usual.iter().sum::<u64>() as f64 / usual.len() as f64;
        Some(mean).filter(|mean| *mean > 0.0)
    }

    fn duration(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a time stamp has 33 bits")]
        let last = self.last? as f64;
        Some((last + self.interval().unwrap_or_default()) / CLOCK)
    }

    pub(super) fn video(self, codec: &'static str) -> Video {
        let mut video = Video { codec: codec.to_owned(), duration: self.duration(), ..Video::default() };
        match codec {
            "AVC" => nals(&self.bytes)
                .find(|nal| nal.first().is_some_and(|header| header & 0x1F == 7))
                .into_iter()
                .for_each(|sps| video_config::avc_sps(sps, &mut video)),
            "HEVC" => nals(&self.bytes)
                .find(|nal| nal.first().is_some_and(|header| header >> 1 & 0x3F == 33))
                .into_iter()
                .for_each(|sps| video_config::hevc_sps(sps, &mut video)),
            "MPEG Video" => mpeg_sequence(&self.bytes, &mut video),
            _ => {}
        }
        video.framerate = self.interval().map(|ticks| CLOCK / ticks).or(video.framerate);
        video
    }

    pub(super) fn audio(self, codec: &'static str, language: Option<String>) -> Audio {
        let mut audio = Audio { codec: codec.to_owned(), duration: self.duration(), language, ..Audio::default() };
        match codec {
            "AAC" => audio_config::adts(&self.bytes, &mut audio),
            "AC-3" | "E-AC-3" => audio_config::ac3(&self.bytes, &mut audio),
            "MPEG Audio" => audio_config::mpeg(&self.bytes, &mut audio),
            "Opus" => audio.sampling_rate = Some(48_000),
            _ => {}
        }
        audio
    }

    pub(super) fn text(self, format: &'static str, pid: u16, language: Option<String>) -> Text {
        Text {
            id: Some(pid.to_string()),
            format: format.to_owned(),
            duration: self.duration(),
            language,
            ..Text::default()
        }
    }
}

/// The time stamp and the payload of a PES packet (ISO/IEC 13818-1, 2.4.3.6).
fn pes(packet: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let [0, 0, 1, _, _, _, _, flags, length, rest @ ..] = packet else { return None };
    let time = (flags & 0x80 != 0).then(|| rest.first_chunk::<5>()).flatten().map(|bytes| {
        // Three, fifteen and fifteen bits, each with a marker bit behind.
        let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        (number >> 33 & 7) << 30 | (number >> 17 & 0x7FFF) << 15 | number >> 1 & 0x7FFF
    });
    Some((time, rest.get(usize::from(*length)..)?))
}

/// The NAL units of a byte stream (ITU-T H.264, annex B), without their start codes.
fn nals(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts: Vec<usize> =
        stream.windows(3).enumerate().filter(|(_, bytes)| *bytes == [0, 0, 1]).map(|(at, _)| at + 3).collect();
    let ends = starts.clone().into_iter().skip(1).map(|start| start - 3).chain(std::iter::once(stream.len()));
    starts.into_iter().zip(ends).filter_map(move |(start, end)| {
        let nal = stream.get(start..end)?;
        // A parameter set ends in a one; the zeros after it belong to the next start code.
        let length = nal.iter().rposition(|byte| *byte != 0)? + 1;
        nal.get(..length)
    })
}

/// The frame rates that MPEG-2 has numbers for, from 1 (ISO/IEC 13818-2, table 6-4).
const MPEG_RATES: [f64; 8] = [24_000.0 / 1001.0, 24.0, 25.0, 30_000.0 / 1001.0, 30.0, 50.0, 60_000.0 / 1001.0, 60.0];

/// An MPEG-1 or MPEG-2 sequence header (ISO/IEC 13818-2, 6.2.2.1 and 6.2.2.3).
fn mpeg_sequence(stream: &[u8], video: &mut Video) {
    let Some(start) = stream.windows(4).position(|code| code == [0, 0, 1, 0xB3]) else { return };
    let Some([a, b, c, d]) = stream.get(start + 4..).and_then(|rest| rest.first_chunk::<4>()) else { return };
    let (width, height) = (u32::from(*a) << 4 | u32::from(b >> 4), u32::from(b & 0xF) << 8 | u32::from(*c));
    (video.width, video.height) = (Some(width), Some(height));
    let shown = match d >> 4 {
        2 => Some((4, 3)),
        3 => Some((16, 9)),
        4 => Some((221, 100)),
        _ => None,
    };
    let extension = stream.windows(5).find(|code| code[..4] == [0, 0, 1, 0xB5] && code[4] >> 4 == 1);
    video.pixel_aspect_ratio = shown
        .filter(|_| extension.is_some())
        .and_then(|(wide, high)| PixelAspect::new(wide * u64::from(height), high * u64::from(width)));
    video.framerate = MPEG_RATES.get(usize::from(d & 0xF).wrapping_sub(1)).copied();
    video.bit_depth = Some(8);
}
