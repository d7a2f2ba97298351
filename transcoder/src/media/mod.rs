//! Carries out one job: from its settings to files in their places.

pub mod work;
