//! How what happens looks on a terminal: lines of at most 80 columns, readable without colours too.

pub(super) mod diff;
mod grants;
pub(super) mod terminal;
pub(super) mod text;
pub(super) mod video;
