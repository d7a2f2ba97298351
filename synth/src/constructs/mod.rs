//! Constructs (L2): generated resource types with secure defaults, and grants that give exactly one resource.
//!
//! Every construct is made by `new(scope, id, props)`. What `props` leaves out has the default that its documentation names.
//! A grant is a method of the resource that takes the [`Grantee`] first: `bucket.grant_read(&mut scope, &function)`. Where
//! a KMS key encrypts the resource, the grant includes its use.

/// The props of a construct: what is required is given to `new`, everything else has a method and a default.
///
/// Three groups: required properties in parentheses, those that may be missing before the semicolon, and after it those with
/// a default value.
macro_rules! props {
    (
        $(#[$about:meta])*
        $name:ident($($(#[$required_doc:meta])* $required:ident: $required_type:ty),*) {
            $($(#[$optional_doc:meta])* $optional:ident: $optional_type:ty),*;
            $($(#[$doc:meta])* $field:ident: $type:ty = $default:expr),* $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone)]
        pub struct $name {
            $($(#[$required_doc])* $required: $required_type,)*
            $($(#[$optional_doc])* $optional: Option<$optional_type>,)*
            $($(#[$doc])* $field: $type,)*
        }

        impl $name {
            /// What is required, and the defaults of everything else.
            pub fn new($($required: impl Into<$required_type>),*) -> Self {
                Self { $($required: $required.into(),)* $($optional: None,)* $($field: $default,)* }
            }

            $($(#[$optional_doc])*
            #[must_use]
            pub fn $optional(self, $optional: impl Into<$optional_type>) -> Self {
                Self { $optional: Some($optional.into()), ..self }
            })*

            $($(#[$doc])*
            #[must_use]
            pub fn $field(self, $field: $type) -> Self {
                Self { $field, ..self }
            })*
        }

        props!(@default $name $($required)*);
    };
    (@default $name:ident) => {
        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
    };
    (@default $name:ident $($required:ident)+) => {};
}

/// The grants of a resource with an ARN, each with what it allows; with the name of a field, those of the key in it come along.
#[allow(unused_macros, reason = "not every feature has grants")]
macro_rules! grants {
    ($type:ident$(, $key:ident)? { $($(#[$doc:meta])* $name:ident: [$($action:literal),* $(,)?];)* }) => {
        impl $type {
            $($(#[$doc])*
            pub fn $name(&self, scope: &mut crate::Scope<'_>, grantee: &impl crate::constructs::Grantee) {
                const ACTIONS: &[crate::iam::Action] = &[$(crate::iam::Action::new($action)),*];
                self.grant(scope, grantee, ACTIONS);
            })*

            fn grant(
                &self,
                scope: &mut crate::Scope<'_>,
                grantee: &impl crate::constructs::Grantee,
                actions: &[crate::iam::Action],
            ) {
                let statement = crate::iam::Statement::allow(actions.iter().copied(), [self.arn()]);
                grantee.role().allow(scope, statement);
                $(if let Some(key) = &self.$key {
                    key.grant_use(scope, grantee);
                })?
            }
        }
    };
}

#[cfg(feature = "s3")]
mod bucket;
#[cfg(feature = "lambda")]
mod function;
#[cfg(feature = "kms")]
mod key;
#[cfg(feature = "logs")]
mod log_group;
#[cfg(feature = "sqs")]
mod queue;
mod role;
#[cfg(feature = "events")]
mod rule;
#[cfg(feature = "stepfunctions")]
mod state_machine;
#[cfg(feature = "dynamodb")]
mod table;
#[cfg(feature = "sns")]
mod topic;

#[cfg(feature = "s3")]
pub use self::bucket::{Bucket, BucketProps, BucketReference, Objects};
#[cfg(feature = "lambda")]
pub use self::function::{Code, Function, FunctionProps, Network};
#[cfg(feature = "kms")]
pub use self::key::{Key, KeyProps};
#[cfg(feature = "logs")]
pub use self::log_group::{LogGroup, LogGroupProps};
#[cfg(feature = "sqs")]
pub use self::queue::{Queue, QueueProps};
pub use self::role::{Grantee, Role, RoleProps};
#[cfg(feature = "events")]
pub use self::rule::{Rule, RuleProps, TargetProps};
#[cfg(feature = "stepfunctions")]
pub use self::state_machine::{StateMachine, StateMachineProps};
#[cfg(feature = "dynamodb")]
pub use self::table::{Table, TableProps};
#[cfg(feature = "sns")]
pub use self::topic::{Topic, TopicProps};
