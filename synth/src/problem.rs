//! What synthesis rejects, and how to fix it.

use std::fmt;

use crate::logical_id::{LogicalId, Path};

/// One reason why CloudFormation would refuse the stack, or deploy something other than what is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Two things of one scope have the same name.
    #[error("`{path}` is defined twice")]
    DuplicatePath {
        /// The path of both.
        path: Path,
    },
    /// Two paths run together into one logical ID.
    #[error("`{first}` and `{second}` both get the logical ID `{id}`")]
    SameId {
        /// The ID.
        id: LogicalId,
        /// The first path.
        first: Path,
        /// The second path.
        second: Path,
    },
    /// A statement was added to a policy that is missing, or that only CloudFormation will know.
    #[error("`{path}`: a statement cannot be added to a policy that is missing or an expression")]
    OpaquePolicy {
        /// The resource that has the policy.
        path: Path,
    },
    /// Two statements of one policy have one name.
    #[error("`{path}`: two different statements have the Sid `{sid}`")]
    DuplicateSid {
        /// The resource that has the policy.
        path: Path,
        /// The name.
        sid: String,
    },
    /// A handle was used with a stack that its resource is not in.
    #[error("`{scope}` changes `{id}`, which is a resource of another stack")]
    ForeignHandle {
        /// The scope that used it.
        scope: Path,
        /// The resource's logical ID.
        id: LogicalId,
    },
    /// A property breaks a bound of its schema.
    #[error("`{path}`: property `{property}` {problem}")]
    Property {
        /// The resource.
        path: Path,
        /// The property's path inside it.
        property: String,
        /// What is wrong.
        problem: String,
    },
    /// A reference to something that the template does not define.
    #[error("{from} refers to the {kind} `{target}`, which the template does not define")]
    DanglingReference {
        /// What refers to it: a construct's path, or an output or condition.
        from: String,
        /// What it refers to.
        kind: &'static str,
        /// The missing name.
        target: LogicalId,
    },
    /// Resources that wait for each other.
    #[error("resources depend on each other in a circle: {}", join(.cycle))]
    Cycle {
        /// The circle's paths; the first depends on the second, the last on the first.
        cycle: Vec<Path>,
    },
    /// Two resources of one type with one physical name.
    #[error("`{second}` has the name `{name}` of `{first}`, and both are `{resource_type}`")]
    DuplicateName {
        /// The resource type.
        resource_type: String,
        /// The name that both have.
        name: String,
        /// The first resource.
        first: Path,
        /// The second resource.
        second: Path,
    },
    /// A parameter, mapping or condition that nothing uses.
    #[error("the {kind} `{id}` is used by nothing")]
    Unused {
        /// What it is.
        kind: &'static str,
        /// Its name.
        id: LogicalId,
    },
    /// A parameter or condition that CloudFormation does not take.
    #[error("the {kind} `{id}` {problem}")]
    Definition {
        /// What it is.
        kind: &'static str,
        /// Its name.
        id: LogicalId,
        /// What is wrong with it.
        problem: String,
    },
    /// More of something than CloudFormation takes.
    #[error("{what} is {found}; CloudFormation's limit is {limit}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// How much there is.
        found: usize,
        /// How much is allowed.
        limit: usize,
        /// What to do about it.
        hint: &'static str,
    },
    /// Two stacks of one app have one name.
    #[error("the app has something of the name `{name}` already")]
    DuplicateStack {
        /// The name.
        name: String,
    },
    /// A name that CloudFormation does not take.
    #[error("the stack name `{name}` is not a letter followed by at most 127 letters, digits and hyphens")]
    StackName {
        /// The name.
        name: String,
    },
}

impl Problem {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::DuplicatePath { .. } | Self::SameId { .. } => "give one of them another name",
            Self::OpaquePolicy { .. } => "write the policy as a `PolicyDocument`",
            Self::DuplicateSid { .. } => "give one of them another Sid",
            Self::Definition { .. } => "change it to what CloudFormation takes",
            Self::ForeignHandle { .. } => "change it through a scope of its own stack",
            Self::Property { .. } => "change the value to fit the resource type's schema",
            Self::DanglingReference { .. } => {
                "add the missing definition; a value of another stack comes through a parameter or an import"
            }
            Self::Cycle { .. } => "break the circle: name one resource explicitly, or move a policy out of its role",
            Self::DuplicateName { .. } => "give one of them another name, or leave the name to CloudFormation",
            Self::Unused { .. } => "use it or remove it",
            Self::Limit { hint, .. } => hint,
            Self::StackName { .. } | Self::DuplicateStack { .. } => "choose another stack name",
        }
    }
}

fn join(paths: &[Path]) -> String {
    let mut names: Vec<String> = paths.iter().map(ToString::to_string).collect();
    names.extend(paths.first().map(ToString::to_string));
    names.join(" → ")
}

/// Everything wrong with one stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidStack {
    /// The stack's name.
    pub stack: String,
    /// The problems, in the order of the template.
    pub problems: Vec<Problem>,
}

impl fmt::Display for InvalidStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stack `{}` cannot be deployed as it is:", self.stack)?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  - {problem}; {}", problem.hint()))
    }
}

impl std::error::Error for InvalidStack {}
