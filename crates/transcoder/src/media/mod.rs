//! Carries out one job: from its settings to files in their places.

pub mod abr;
pub mod captions;
pub mod capture;
pub mod clipping;
pub mod encode;
mod extra;
pub mod manifest;
pub mod overlay;
pub mod package;
pub mod plan;
pub mod probe;
pub mod process;
mod run;
pub mod storage;
pub mod timecode;
pub mod work;

pub use run::run;
