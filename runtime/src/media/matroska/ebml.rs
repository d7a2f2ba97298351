//! EBML elements (RFC 8794): in a file of which parts are missing, and in memory.

use super::super::sparse::{MediaError, Sparse, Stop};

/// The longest header of an element: four bytes of id and eight of size.
const MAX_HEADER: u64 = 12;

/// Where an element of the file is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) id: u32,
    pub(super) body: u64,
    /// Nothing where the size is unknown: the element ends where one begins that cannot be in it.
    pub(super) end: Option<u64>,
}

/// The element at an offset of the file, whose body may end beyond the file; nothing at its end.
pub(super) fn element(file: &Sparse, offset: u64) -> Result<Option<Found>, Stop> {
    let header = file.up_to(offset, MAX_HEADER)?;
    if header.is_empty() {
        return Ok(None);
    }
    let (id, size, length) = header_of(header).ok_or(MediaError::Damaged("an element has no valid header"))?;
    let body = offset.saturating_add(length as u64);
    Ok(Some(Found { id, body, end: size.map(|size| body.saturating_add(size)) }))
}

/// Id, size (where known) and length of an element's header.
fn header_of(bytes: &[u8]) -> Option<(u32, Option<u64>, usize)> {
    let id_length = bytes.first()?.leading_zeros() as usize + 1;
    if id_length > 4 {
        return None;
    }
    let id = bytes.get(..id_length)?.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let rest = &bytes[id_length..];
    let size_length = rest.first()?.leading_zeros() as usize + 1;
    if size_length > 8 {
        return None;
    }
    let marked = rest.get(..size_length)?.iter().fold(0, |size, byte| size << 8 | u64::from(*byte));
    let mask = (1_u64 << (7 * size_length)) - 1;
    let size = marked & mask;
    Some((id, (size != mask).then_some(size), id_length + size_length))
}

/// The elements of an element; what follows a damaged one is left out.
pub(super) struct Children<'b> {
    rest: &'b [u8],
}

impl<'b> Children<'b> {
    pub(super) fn of(body: &'b [u8]) -> Self {
        Self { rest: body }
    }
}

impl<'b> Iterator for Children<'b> {
    type Item = (u32, &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (id, size, header) = header_of(self.rest)?;
        let rest = &self.rest[header..];
        let size = size.map_or(Some(rest.len()), |size| usize::try_from(size).ok())?;
        let body = rest.get(..size)?;
        self.rest = &rest[size..];
        Some((id, body))
    }
}

/// The first child with an id.
pub(super) fn child(body: &[u8], id: u32) -> Option<&[u8]> {
    Children::of(body).find_map(|found| (found.0 == id).then_some(found.1))
}

/// The unsigned number of the first child with an id.
pub(super) fn unsigned(body: &[u8], id: u32) -> Option<u64> {
    child(body, id).map(number)
}

/// The unsigned number that an element holds.
pub(super) fn number(body: &[u8]) -> u64 {
    body.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The floating-point number of the first child with an id.
pub(super) fn float(body: &[u8], id: u32) -> Option<f64> {
    let bytes = child(body, id)?;
    let number = match bytes.len() {
        4 => f32::from_be_bytes(*bytes.first_chunk()?).into(),
        8 => f64::from_be_bytes(*bytes.first_chunk()?),
        _ => return None,
    };
    Some(number).filter(|number| number.is_finite())
}

/// The text of the first child with an id.
pub(super) fn text(body: &[u8], id: u32) -> Option<String> {
    let bytes = child(body, id)?;
    Some(String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned())
}

/// The unsigned number in the first child of the first child, and so on.
pub(super) fn nested(body: &[u8], outer: u32, inner: u32) -> Option<u64> {
    child(body, outer).and_then(|body| child(body, inner)).map(number)
}
