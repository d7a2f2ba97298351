//! The configuration: `stack.toml` as typed values, read in layers, with errors that show the place and a hint.
//!
//! [`load`] reads the layers: the defaults, the file, environment variables (`VOD_ENCODING__FAMILY` is `encoding.family`),
//! and `--set encoding.family=…`. Each becomes a tree that remembers its places (`node`); the trees are laid over one
//! another (`layers`), read as typed values (`de`), and checked for what no single value shows (`check`).
//!
//! [`model`] has the tables and keys, `defaults` what holds where nothing is said, [`text`], [`choice`] and [`region`] the
//! types of values.
//!
//! **Architecture invariant**: no other crate reads `stack.toml`, and this one knows neither templates nor AWS.

mod check;
pub mod choice;
mod de;
mod defaults;
mod layers;
pub mod model;
mod node;
mod problem;
pub mod region;
pub mod text;

pub use layers::{File, Input, load};
pub use model::Config;
pub use problem::{Problem, Problems};

/// The JSON Schema of `stack.toml`, from the types and their docs.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Config)
}
