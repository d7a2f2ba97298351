#![forbid(unsafe_code)]
//! synth
