//! A small CDK: CloudFormation templates as typed Rust values, written out as a cloud assembly.
//!
//! An [`App`] holds [`Stack`]s; a stack is filled through [`Scope`]s, which give every resource a construct
//! path and, from it, a stable logical ID. Properties are [`Value`]s: a literal or an intrinsic function, never a
//! token hidden in a string. [`App::synth`] checks everything that CloudFormation would reject late and returns a
//! [`CloudAssembly`] to write.
//!
//! - `aws`: one generated type for each resource type (L1), from the CloudFormation registry schemas.
//! - [`constructs`]: secure defaults and grants on top of them (L2).
//! - [`iam`]: typed policy documents. [`asl`]: typed Amazon States Language.
//!
//! **Architecture invariant**: this crate knows CloudFormation, IAM, Amazon States Language and cloud assemblies.
//! It never mentions the platform built with it; a stranger could publish it as a library.

pub mod asl;
mod assembly;
pub mod assets;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic, reason = "generated: the generator's own code is what is linted")]
#[path = "generated/mod.rs"]
pub mod aws;
mod check;
mod condition;
pub mod constructs;
mod graph;
pub mod iam;
mod intrinsic;
mod json;
mod logical_id;
mod mermaid;
mod problem;
pub mod property;
pub mod resource;
pub mod rule;
mod stack;
mod substitute;
mod tags;
mod template;
mod value;

pub use crate::assembly::{App, CloudAssembly};
pub use crate::condition::Condition;
pub use crate::intrinsic::{Intrinsic, Part, PseudoParameter, Reference};
pub use crate::json::Json;
pub use crate::logical_id::{LogicalId, Path};
pub use crate::problem::{InvalidStack, Problem};
pub use crate::resource::{Handle, RawResource, Resource};
pub use crate::stack::{Environment, Mapping, Output, Parameter, RemovalPolicy, Scope, Stack};
pub use crate::substitute::SubstituteError;
pub use crate::value::{Arn, List, Map, ParseArnError, Value};
