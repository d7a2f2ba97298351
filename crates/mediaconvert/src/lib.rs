//! MediaConvert's requests as types, and the rules between their settings.
//!
//! **Architecture invariant**: this crate says what a job may contain; it neither encodes nor calls anything, and it knows
//! nothing of this platform.
//!
//! [`JobTemplate`], [`Preset`] and [`Job`] are the bodies of the three create requests in `PascalCase`, the form that
//! CloudFormation and the AWS CLI use (the other requests, such as [`Queue`], are for whoever serves them); [`to_wire`]
//! and [`from_wire`] turn it into the REST form and back. Reading one checks everything that can be known without the
//! service and reports every fault with its JSON path:
//!
//! 1. form: unknown and missing settings, types, enumerations, ranges, lengths and patterns, from the service model
//!    (`generated`, written by `cargo xtask codegen`);
//! 2. the rules between them ([`Rule`]): what the model does not say, such as QVBR without a maximum bitrate, each with its source.
//!
//! ```
//! use mediaconvert::Request as _;
//!
//! let fault = mediaconvert::JobTemplate::from_json(r#"{
//!     "Name": "mine",
//!     "Settings": {"OutputGroups": [{"Nmae": "HLS"}]}
//! }"#).unwrap_err();
//! assert_eq!(fault.to_string(), "Settings.OutputGroups[0].Nmae: there is no such setting; did you mean `Name`?");
//! ```

#![warn(missing_docs, clippy::missing_errors_doc, clippy::return_self_not_must_use)]

pub mod choice;
pub mod features;
mod form;
#[rustfmt::skip]
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated from a model without prose")]
mod generated;
mod model;
mod or_default;
pub mod problem;
mod request;
mod rules;
mod wire;

pub use choice::Choice;
pub use generated::settings::{
    EndpointList, Job, JobList, JobSearch, JobTemplate, JobTemplateList, JobTemplateUpdate, Preset, PresetList,
    PresetUpdate, Probe, Queue, QueueList, QueueUpdate, Tagging, Untagging,
};
/// Every enumeration and structure of the requests.
pub mod settings {
    pub use crate::generated::choices::*;
    pub use crate::generated::settings::*;
}
pub use or_default::OrDefault;
pub use problem::{Fault, Invalid, Problem, Rule};
pub use request::Request;
pub use wire::{from_wire, to_wire};
