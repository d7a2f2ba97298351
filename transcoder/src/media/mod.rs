//! Carries out one job: from its settings to files in their places.

pub mod encode;
pub mod manifest;
pub mod package;
pub mod plan;
pub mod probe;
pub mod process;
mod run;
pub mod storage;
pub mod work;

pub use run::run;
