//! Packets: 188 bytes each, and what discs put before and broadcasts behind them.

/// How packets lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packets {
    /// Where the first one's sync byte is.
    first: usize,
    /// From one to the next.
    stride: usize,
}

/// The byte that packets start with.
const SYNC: u8 = 0x47;
const LENGTH: usize = 188;
/// Where packets start and how far they are apart: plain, with a disc's time code before, with check bytes behind.
const LAYOUTS: [Packets; 3] = [
    Packets { first: 0, stride: LENGTH },
    Packets { first: 4, stride: LENGTH + 4 },
    Packets { first: 0, stride: LENGTH + 16 },
];

/// A packet's payload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet<'b> {
    pub(super) pid: u16,
    /// Whether a section or a PES packet starts here.
    pub(super) is_start: bool,
    pub(super) payload: &'b [u8],
}

impl Packets {
    /// The layout of a file that starts so.
    pub(crate) fn find(start: &[u8]) -> Option<Self> {
        LAYOUTS.into_iter().find(|layout| {
            let mut syncs = start.get(layout.first..).unwrap_or_default().iter().step_by(layout.stride);
            start.len() >= layout.first + LENGTH && syncs.all(|byte| *byte == SYNC)
        })
    }

    /// The start of the packet at or after an offset of the file.
    pub(super) fn align(self, offset: u64) -> u64 {
        offset.next_multiple_of(self.stride as u64)
    }

    /// The packets of bytes that start as the file does; what lost its sync is left out.
    pub(super) fn of(self, bytes: &[u8]) -> impl Iterator<Item = Packet<'_>> {
        bytes.chunks(self.stride).filter_map(move |chunk| packet(chunk.get(self.first..self.first + LENGTH)?))
    }
}

fn packet(bytes: &[u8]) -> Option<Packet<'_>> {
    let [sync, high, low, control, rest @ ..] = bytes else { return None };
    let has_error = high & 0x80 != 0;
    if *sync != SYNC || has_error {
        return None;
    }
    let payload = match control >> 4 & 3 {
        1 => rest,
        3 => rest.get(1 + usize::from(*rest.first()?)..)?,
        _ => &[],
    };
    Some(Packet { pid: u16::from(high & 0x1F) << 8 | u16::from(*low), is_start: high & 0x40 != 0, payload })
}
