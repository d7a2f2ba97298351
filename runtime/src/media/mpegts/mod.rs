//! MPEG transport streams (ISO/IEC 13818-1), with or without the extra bytes of discs and broadcasts.

mod packets;
mod streams;
mod tables;

use std::collections::BTreeMap;

use pipeline::mediainfo::{Container, MediaInfo};

pub(super) use self::packets::Packets;
use self::{
    streams::Stream,
    tables::{Kind, Program},
};
use super::sparse::{MediaError, Sparse, Stop};

/// The start of a file that shows its tracks: some pictures of the highest bit rates.
const HEAD: u64 = 2 * 1024 * 1024;
/// The end of a file, which has its last pictures.
const TAIL: u64 = 256 * 1024;

/// What a transport stream says about itself.
pub(super) fn read(file: &Sparse, packets: Packets) -> Result<MediaInfo, Stop> {
    let head = file.up_to(0, HEAD)?;
    let program = Program::find(packets.of(head)).ok_or(MediaError::Truncated)?;
    let mut streams: BTreeMap<u16, Stream> = BTreeMap::new();
    for listed in &program.streams {
        streams.insert(listed.pid, Stream::default());
    }
    for packet in packets.of(head) {
        if let Some(stream) = streams.get_mut(&packet.pid) {
            stream.add(&packet);
        }
    }
    let tail_start = packets.align(file.len().saturating_sub(TAIL));
    for packet in packets.of(file.up_to(tail_start, TAIL)?) {
        if let Some(stream) = streams.get_mut(&packet.pid) {
            stream.add_end(&packet);
        }
    }
    let mut info = MediaInfo {
        container: Container { format: "MPEG-TS".to_owned(), ..Container::default() },
        ..MediaInfo::default()
    };
    for listed in program.streams {
        let Some(stream) = streams.remove(&listed.pid) else { continue };
        match listed.kind {
            Kind::Video(codec) => info.video.push(stream.video(codec)),
            Kind::Audio(codec) => info.audio.push(stream.audio(codec, listed.language)),
            Kind::Text(format) => info.text.push(stream.text(format, listed.pid, listed.language)),
        }
    }
    Ok(info)
}
