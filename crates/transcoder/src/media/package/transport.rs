//! Where the key frames of transport streams are (ISO/IEC 13818-1, section 2.4.3).

use std::{
    fs::File,
    io::{BufReader, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use crate::media::manifest::{Bytes, KeyFrame};

/// The size of a packet in bytes.
const PACKET: usize = 188;
/// Times wrap at so many bits.
const CLOCK_BITS: u32 = 33;

/// The key frames of one stream in some bytes of a file, which begin at this time in the clock of transport streams.
///
/// What is in front of a frame, the tables of the stream, is none of it (RFC 8216, section 4.3.3.6).
pub(super) fn key_frames(path: &Path, stream: u16, bytes: Bytes, start: u64) -> std::io::Result<Vec<KeyFrame>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(bytes.offset))?;
    let mut packets = BufReader::new(file).take(bytes.size);
    let mut packet = [0; PACKET];
    let mut offset = bytes.offset;
    let mut first = None;
    let mut found: Vec<KeyFrame> = Vec::new();
    let mut in_key_frame = false;
    while packets.read_exact(&mut packet).is_ok() {
        let end = offset + PACKET as u64;
        if number(&packet) == stream {
            if begins(&packet) {
                let time = time(&packet);
                let first = *first.get_or_insert(time);
                in_key_frame = is_access_point(&packet);
                if in_key_frame {
                    let since = time.zip(first).map_or(0, |(time, first)| time.wrapping_sub(first) & mask());
                    found.push(KeyFrame { start: start + since, bytes: Bytes { offset, size: 0 } });
                }
            }
            if let Some(frame) = found.last_mut().filter(|_| in_key_frame) {
                frame.bytes.size = end - frame.bytes.offset;
            }
        }
        offset = end;
    }
    Ok(found)
}

/// The number of a packet's stream.
fn number(packet: &[u8; PACKET]) -> u16 {
    u16::from_be_bytes([packet[1], packet[2]]) & 0x1fff
}

/// Whether a frame begins with a packet.
fn begins(packet: &[u8; PACKET]) -> bool {
    packet[1] & 0x40 != 0
}

/// The length of a packet's adaptation field, where it has one.
fn adaptation(packet: &[u8; PACKET]) -> Option<usize> {
    (packet[3] & 0x20 != 0).then_some(usize::from(packet[4]))
}

/// Whether decoding can begin with a packet.
fn is_access_point(packet: &[u8; PACKET]) -> bool {
    adaptation(packet).is_some_and(|length| length > 0) && packet[5] & 0x40 != 0
}

/// When the frame that begins with a packet is shown.
fn time(packet: &[u8; PACKET]) -> Option<u64> {
    let header = packet.get(4 + adaptation(packet).map_or(0, |length| length + 1)..)?;
    let has_time = header.get(7)? & 0x80 != 0;
    let time = header.get(9..14).filter(|_| has_time && header.starts_with(&[0, 0, 1]))?;
    let bits = |at: usize, mask: u8, shift: u32| u64::from(time[at] & mask) << shift;
    Some(bits(0, 0x0e, 29) | bits(1, 0xff, 22) | bits(2, 0xfe, 14) | bits(3, 0xff, 7) | bits(4, 0xfe, 0) >> 1)
}

const fn mask() -> u64 {
    (1 << CLOCK_BITS) - 1
}
