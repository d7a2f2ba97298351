//! The service on the wire, and what it makes of media.
#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

#[cfg(feature = "media-samples")]
mod conversion;
#[cfg(feature = "media-samples")]
mod end_to_end;
#[cfg(feature = "media-samples")]
mod extras;
#[cfg(feature = "media-samples")]
mod media;
#[cfg(feature = "media-samples")]
mod packaging;
#[cfg(feature = "media-samples")]
mod program;
mod service;
#[cfg(feature = "media-samples")]
mod smooth;
