//! The Lambda handlers of the video platform.
//!
//! **Architecture invariant**: no rule that could be tested without AWS lives here. A handler fetches, calls
//! `pipeline`, and stores; the environment is read through `pipeline::contract` only.
//!
//! One binary, `bootstrap`, holds all handlers; Lambda's `_HANDLER` picks one. A new handler is a module of
//! [`handlers`] and its row in [`handlers::new`].

pub mod aws;
mod clock;
pub mod environment;
pub mod failure;
pub mod handler;
pub mod handlers;
pub mod media;
mod metrics;
pub mod service;
