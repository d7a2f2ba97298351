//! Constructs (L2): generated resource types with secure defaults, and grants that give exactly one resource.
//!
//! A grant is a method that returns the [`Statement`](crate::iam::Statement) for one resource; [`Role::allow`] puts it
//! into a role.

mod bucket;
mod function;
mod key;
mod log_group;
mod queue;
mod role;
mod rule;
mod state_machine;
mod table;
mod topic;

pub use self::bucket::{Bucket, BucketReference};
pub use self::function::{Code, Function, FunctionOptions, Network};
pub use self::key::Key;
pub use self::log_group::log_group;
pub use self::queue::Queue;
pub use self::role::Role;
pub use self::rule::{EventTarget, rule_to_function};
pub use self::state_machine::{StateMachine, StateMachineOptions};
pub use self::table::Table;
pub use self::topic::Topic;
