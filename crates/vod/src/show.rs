//! How what happens looks on a terminal: lines of at most 80 columns, readable without colours too.

pub(super) mod deployment;
pub(super) mod diff;
pub(super) mod markdown;
pub(super) mod video;
