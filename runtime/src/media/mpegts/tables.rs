//! The tables that say which streams there are (ISO/IEC 13818-1, 2.4.4).

use super::packets::Packet;

/// A program: the streams that belong together.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) streams: Vec<Listed>,
}

/// A stream that a program lists.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) pid: u16,
    pub(super) kind: Kind,
    pub(super) language: Option<String>,
}

impl Program {
    /// The first program of a stream.
    pub(super) fn find<'b>(packets: impl Iterator<Item = Packet<'b>>) -> Option<Self> {
        let mut map_pid = None;
        let mut section = Vec::new();
        for packet in packets {
            if packet.pid == 0 && packet.is_start && map_pid.is_none() {
                map_pid = first_program(packet.payload);
            } else if Some(packet.pid) == map_pid {
                if packet.is_start {
                    section = start_of_section(packet.payload)?.to_vec();
                } else if !section.is_empty() {
                    section.extend_from_slice(packet.payload);
                }
                if let Some(program) = Self::read(&section) {
                    return Some(program);
                }
            }
        }
        None
    }

    /// Reads a program map section; nothing while it is not complete.
    fn read(section: &[u8]) -> Option<Self> {
        const TABLE: u8 = 2;
        let length = 3 + length_at(section, 1)?;
        // The last four bytes are a check sum.
        let section = section.get(..length)?.get(..length.checked_sub(4)?)?;
        if *section.first()? != TABLE {
            return None;
        }
        let mut rest = section.get(12 + length_at(section, 10)?..)?;
        let mut streams = Vec::new();
        while let [stream_type, high, low, ..] = *rest {
            let Some(length) = length_at(rest, 3) else { break };
            let Some(descriptors) = rest.get(5..5 + length) else { break };
            if let Some(kind) = Kind::of(stream_type, &Descriptors(descriptors)) {
                let pid = u16::from(high & 0x1F) << 8 | u16::from(low);
                streams.push(Listed { pid, kind, language: Descriptors(descriptors).language() });
            }
            rest = &rest[5 + length..];
        }
        Some(Self { streams })
    }
}

/// The PID of the first program's map.
fn first_program(payload: &[u8]) -> Option<u16> {
    let section = start_of_section(payload)?;
    let end = (3 + length_at(section, 1)?).checked_sub(4)?;
    let programs = section.get(8..end)?.chunks_exact(4);
    // Program 0 is no program but the network.
    let mut programs = programs.filter(|entry| entry[..2] != [0, 0]);
    programs.next().map(|entry| u16::from(entry[2] & 0x1F) << 8 | u16::from(entry[3]))
}

/// The section that starts in a payload.
fn start_of_section(payload: &[u8]) -> Option<&[u8]> {
    payload.get(1 + usize::from(*payload.first()?)..)
}

/// A length of twelve bits.
fn length_at(bytes: &[u8], offset: usize) -> Option<usize> {
    let pair = bytes.get(offset..)?.first_chunk()?;
    Some(usize::from(u16::from_be_bytes(*pair) & 0xFFF))
}

/// What a stream is, with the name of its codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Video(&'static str),
    Audio(&'static str),
    Text(&'static str),
}

/// The stream types (ISO/IEC 13818-1, table 2-34; ATSC A/53 and Blu-ray discs).
const TYPES: [(u8, Kind); 21] = [
    (0x01, Kind::Video("MPEG Video")),
    (0x02, Kind::Video("MPEG Video")),
    (0x03, Kind::Audio("MPEG Audio")),
    (0x04, Kind::Audio("MPEG Audio")),
    (0x0F, Kind::Audio("AAC")),
    (0x10, Kind::Video("MPEG-4 Visual")),
    (0x11, Kind::Audio("AAC")),
    (0x1B, Kind::Video("AVC")),
    (0x21, Kind::Video("JPEG 2000")),
    (0x24, Kind::Video("HEVC")),
    (0x33, Kind::Video("VVC")),
    (0x80, Kind::Audio("PCM")),
    (0x81, Kind::Audio("AC-3")),
    (0x82, Kind::Audio("DTS")),
    (0x83, Kind::Audio("MLP FBA")),
    (0x84, Kind::Audio("E-AC-3")),
    (0x85, Kind::Audio("DTS")),
    (0x86, Kind::Audio("DTS")),
    (0x87, Kind::Audio("E-AC-3")),
    (0x90, Kind::Text("PGS")),
    (0xEA, Kind::Video("VC-1")),
];

/// The descriptors that name a private stream (ETSI EN 300 468).
const DESCRIPTORS: [(u8, Kind); 6] = [
    (0x6A, Kind::Audio("AC-3")),
    (0x7A, Kind::Audio("E-AC-3")),
    (0x7B, Kind::Audio("DTS")),
    (0x7C, Kind::Audio("AAC")),
    (0x59, Kind::Text("DVB Subtitle")),
    (0x56, Kind::Text("Teletext")),
];

/// The registrations that name a private stream (<https://www.smpte-ra.org>).
const REGISTRATIONS: [(&[u8; 4], Kind); 6] = [
    (b"Opus", Kind::Audio("Opus")),
    (b"AC-3", Kind::Audio("AC-3")),
    (b"EAC3", Kind::Audio("E-AC-3")),
    (b"BSSD", Kind::Audio("PCM")),
    (b"HEVC", Kind::Video("HEVC")),
    (b"AV01", Kind::Video("AV1")),
];

/// A private stream, which only its descriptors name.
const PRIVATE: u8 = 0x06;

impl Kind {
    /// What a stream of this type is; nothing for time codes, splice points and the like.
    fn of(stream_type: u8, descriptors: &Descriptors<'_>) -> Option<Self> {
        if let Some((_, kind)) = TYPES.iter().find(|(number, _)| *number == stream_type) {
            return Some(*kind);
        }
        if stream_type != PRIVATE {
            return None;
        }
        let described = DESCRIPTORS.iter().find(|(tag, _)| descriptors.get(*tag).is_some());
        let registered = || {
            let name = descriptors.get(0x05)?;
            REGISTRATIONS.iter().find(|(code, _)| name.starts_with(*code)).map(|(_, kind)| *kind)
        };
        described.map(|(_, kind)| *kind).or_else(registered)
    }
}

/// The descriptors of a stream.
struct Descriptors<'b>(&'b [u8]);

impl<'b> Descriptors<'b> {
    /// The first descriptor with a tag.
    fn get(&self, tag: u8) -> Option<&'b [u8]> {
        let mut rest = self.0;
        while let [found, length, ..] = *rest {
            let body = rest.get(2..2 + usize::from(length))?;
            if found == tag {
                return Some(body);
            }
            rest = &rest[2 + usize::from(length)..];
        }
        None
    }

    /// The language of sound, subtitles or teletext.
    fn language(&self) -> Option<String> {
        const TAGS: [u8; 3] = [0x0A, 0x59, 0x56];
        let name = TAGS.iter().find_map(|tag| self.get(*tag))?.get(..3)?;
        name.is_ascii().then(|| String::from_utf8_lossy(name).into_owned())
    }
}
