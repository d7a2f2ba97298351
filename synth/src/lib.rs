//! A small CDK: CloudFormation templates as typed Rust values, written out as a cloud assembly.
//!
//! An [`App`] holds [`Stack`]s; a stack is filled through [`Scope`]s, which give every resource a construct
//! path and, from it, a stable logical ID. Properties are [`Value`]s: a literal or an intrinsic function, never a
//! token hidden in a string. [`App::synth`] checks everything that CloudFormation would reject late and returns a
//! [`CloudAssembly`] to write.
//!
//! ```
//! use synth::App;
//! use synth::assets::AssetBucket;
//! use synth::constructs::{Bucket, BucketProps, Code, Function, FunctionProps};
//! # let folder = tempfile::tempdir()?;
//! # std::env::set_current_dir(&folder)?;
//! # std::fs::write("dist.zip", "a zip file")?;
//!
//! let mut app = App::new(AssetBucket::bootstrap("hnb659fds"));
//! let mut stack = app.stack("demo");
//! let uploads = Bucket::new(&mut stack, "Uploads", BucketProps::default());
//! let resize = FunctionProps::new(Code::zip("dist.zip")?).environment("BUCKET", uploads.name());
//! let resize = Function::new(&mut stack, "Resize", resize);
//! uploads.grant_read(&mut stack, &resize);
//! app.synth()?.write("cdk.out")?;
//! # assert!(std::path::Path::new("cdk.out/demo.template.json").is_file());
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! - `aws`: one generated type for each resource type (L1), from the CloudFormation registry schemas.
//! - [`constructs`]: secure defaults and grants on top of them (L2).
//! - [`iam`]: typed policy documents. [`asl`]: typed Amazon States Language.
//!
//! **Architecture invariant**: this crate knows CloudFormation, IAM, Amazon States Language and cloud assemblies.
//! It never mentions the platform built with it; a stranger could publish it as a library.

#![warn(missing_docs, clippy::missing_errors_doc, clippy::return_self_not_must_use)]

pub mod asl;
mod assembly;
pub mod assets;
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic, reason = "generated: the generator's own code is what is linted")]
#[path = "generated/mod.rs"]
pub mod aws;
mod check;
mod condition;
#[cfg(feature = "iam")]
pub mod constructs;
pub mod iam;
mod logical_id;
mod mermaid;
mod problem;
pub mod resource;
mod stack;
#[cfg_attr(not(feature = "all"), allow(dead_code, reason = "each kind of tags is that of some services"))]
mod tags;
mod template;
pub mod value;

pub use crate::assembly::{App, AssemblyError, Asset, CloudAssembly, ParameterSource, StackArtifact};
pub use crate::condition::Condition;
pub use crate::logical_id::{LogicalId, Path};
pub use crate::problem::{InvalidStack, Problem};
pub use crate::resource::{Handle, RawResource, Resource};
pub use crate::stack::{Environment, Mapping, Output, Parameter, RemovalPolicy, Scope, Stack, partition};
pub use crate::template::{DeletionPolicy, Export, Template, TemplateOutput, TemplateParameter, TemplateResource};
pub use crate::value::{
    Arn, Intrinsic, Json, List, Map, ParseArnError, Part, PseudoParameter, Reference, SubstituteError, Value,
};

#[cfg(all(doctest, feature = "all"))]
#[doc = include_str!("../README.md")]
struct Readme;
