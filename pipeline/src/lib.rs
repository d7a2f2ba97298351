#![forbid(unsafe_code)]
//! pipeline
