//! The tables that say which streams there are (ISO/IEC 13818-1, 2.4.4).

use super::{packets::Packet, streams::Kind};

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

/// What is said about a stream.
pub(super) struct Descriptors<'b>(&'b [u8]);

impl<'b> Descriptors<'b> {
    /// The first descriptor with a tag.
    pub(super) fn get(&self, tag: u8) -> Option<&'b [u8]> {
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
