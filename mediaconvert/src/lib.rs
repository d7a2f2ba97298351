#![forbid(unsafe_code)]
//! mediaconvert
