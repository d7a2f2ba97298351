//! The configuration: `stack.toml` as typed values, read in layers, with errors that show the place and the mend.
//!
//! [`model`] has the tables and keys, `defaults` what holds where nothing is said, [`text`] and [`choice`] the types of
//! values.

pub mod choice;
mod defaults;
pub mod model;
pub mod schema;
pub mod text;

pub use model::Config;
