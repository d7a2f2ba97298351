//! What synthesis rejects, and how to fix it.

use std::fmt;

use crate::logical_id::{LogicalId, Path};

/// One reason why CloudFormation would refuse the stack, or deploy something other than what is meant.
#[expect(missing_docs, reason = "each message says what its fields are")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Two things of one scope have the same name.
    #[error("`{path}` is defined twice")]
    DuplicatePath { path: Path },
    /// Two paths run together into one logical ID.
    #[error("`{first}` and `{second}` both get the logical ID `{id}`")]
    SameId { id: LogicalId, first: Path, second: Path },
    /// A statement was added to a policy that is missing, or that only CloudFormation will know.
    #[error("`{path}`: a statement cannot be added to a policy that is missing or an expression")]
    OpaquePolicy { path: Path },
    /// Two statements of one policy have one name.
    #[error("`{path}`: two different statements have the Sid `{sid}`")]
    DuplicateSid { path: Path, sid: String },
    /// A handle was used with a stack that its resource is not in.
    #[error("`{scope}` changes `{id}`, which is a resource of another stack")]
    ForeignHandle { scope: Path, id: LogicalId },
    /// A property breaks a bound of its schema.
    #[error("`{path}`: property `{property}` {problem}")]
    Property { path: Path, property: String, problem: String },
    /// A reference to something that the template does not define.
    #[error("{from} refers to the {kind} `{target}`, which the template does not define")]
    DanglingReference { from: String, kind: &'static str, target: LogicalId },
    /// Resources that wait for each other.
    #[error("resources depend on each other in a circle: {}", join(.cycle))]
    Cycle { cycle: Vec<Path> },
    /// Two resources of one type with one physical name.
    #[error("`{second}` has the name `{name}` of `{first}`, and both are `{resource_type}`")]
    DuplicateName { resource_type: String, name: String, first: Path, second: Path },
    /// A parameter, mapping or condition that nothing uses.
    #[error("the {kind} `{id}` is used by nothing")]
    Unused { kind: &'static str, id: LogicalId },
    /// A parameter or condition that CloudFormation does not take.
    #[error("the {kind} `{id}` {problem}")]
    Definition { kind: &'static str, id: LogicalId, problem: String },
    /// More of something than CloudFormation takes.
    #[error("{what} is {found}; CloudFormation's limit is {limit}")]
    Limit { what: &'static str, found: usize, limit: usize, hint: &'static str },
    /// Two stacks of one app have one name.
    #[error("the app has something of the name `{name}` already")]
    DuplicateStack { name: String },
    /// A name that CloudFormation does not take.
    #[error("the stack name `{name}` is not a letter followed by at most 127 letters, digits and hyphens")]
    StackName { name: String },
}

impl Problem {
    /// What to do about it.
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
