//! What the templates' policies allow: no more than is explained, as much as AWS's own pages ask for, and nothing of another
//! deployment.

#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

mod ci;
#[path = "../common/mod.rs"]
mod common;
mod neighbours;
mod published;
mod statements;
mod wildcards;
