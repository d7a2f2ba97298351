//! Boxes: in a file of which parts are missing, and in the memory of one that is here.

use super::super::sparse::{MediaError, Sparse, Stop};

/// Where a box of the file is.
pub(super) struct Found {
    pub(super) kind: [u8; 4],
    pub(super) start: u64,
    pub(super) body: u64,
    pub(super) end: u64,
}

/// The box at an offset of the file, whose body may end beyond the file; nothing at its end.
pub(super) fn top_level(file: &Sparse, offset: u64) -> Result<Option<Found>, Stop> {
    let header = file.up_to(offset, 16)?;
    let Some((size, kind)) = size_and_kind(header) else { return Ok(None) };
    let (header, end) = match size {
        0 => (8, file.len()),
        1 => {
            let size = header.get(8..16).and_then(|bytes| bytes.first_chunk()).ok_or(MediaError::Truncated)?;
            (16, offset.saturating_add(u64::from_be_bytes(*size)))
        }
        size => (8, offset.saturating_add(size.into())),
    };
    let body = offset.saturating_add(header);
    if end < body {
        return Err(MediaError::Damaged("a box is smaller than its header").into());
    }
    Ok(Some(Found { kind, start: offset, body, end }))
}

fn size_and_kind(header: &[u8]) -> Option<(u32, [u8; 4])> {
    let (size, rest) = header.split_first_chunk()?;
    Some((u32::from_be_bytes(*size), *rest.first_chunk()?))
}

/// The boxes of a box; what follows a damaged one is left out.
#[derive(Clone)]
pub(super) struct Children<'b> {
    rest: &'b [u8],
}

impl<'b> Children<'b> {
    pub(super) fn of(body: &'b [u8]) -> Self {
        Self { rest: body }
    }
}

impl<'b> Iterator for Children<'b> {
    type Item = ([u8; 4], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (size, kind) = size_and_kind(self.rest)?;
        let (header, size) = match size {
            0 => (8, self.rest.len()),
            1 => {
                let size = self.rest.get(8..16)?.first_chunk()?;
                (16, usize::try_from(u64::from_be_bytes(*size)).ok()?)
            }
            size => (8, usize::try_from(size).ok()?),
        };
        let body = self.rest.get(header..size)?;
        self.rest = &self.rest[size..];
        Some((kind, body))
    }
}

/// The first child of a kind.
pub(super) fn child(body: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    Children::of(body).find_map(|found| (found.0 == kind).then_some(found.1))
}

/// The descendant that a path of kinds leads to.
pub(super) fn descendant<'b>(body: &'b [u8], path: &[&[u8; 4]]) -> Option<&'b [u8]> {
    path.iter().try_fold(body, |body, kind| child(body, **kind))
}

/// Ticks in seconds; nothing where that is unknown.
pub(super) fn seconds(ticks: u64, timescale: u32) -> Option<f64> {
    // All ones stand for "unknown" (ISO/IEC 14496-12, 8.2.2.3).
    if ticks == 0 || ticks == u64::from(u32::MAX) || ticks == u64::MAX || timescale == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "durations need no 53 bits")]
    let seconds = ticks as f64 / f64::from(timescale);
    Some(seconds)
}
