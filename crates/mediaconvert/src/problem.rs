//! What is wrong with a request, and where.

use std::fmt;

use crate::rules::Rule;

/// A request that MediaConvert would reject, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.list())]
pub struct Invalid {
    /// What is wrong, in the order of the text for faults of form, then by rule; never empty.
    pub problems: Vec<Problem>,
}

impl Invalid {
    fn list(&self) -> String {
        self.problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
    }
}

/// One fault and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The JSON path, such as `Settings.OutputGroups[0].Outputs[1].NameModifier`; empty for the whole request.
    pub path: String,
    /// What is wrong there.
    pub fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "{}", self.fault),
            path => write!(f, "{path}: {}", self.fault),
        }
    }
}

/// What can be wrong at one place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The text is no JSON.
    #[error("cannot be read as JSON: {0}")]
    Unreadable(String),
    /// The service knows no such member.
    #[error("there is no such setting{}", hint(.near.as_slice()))]
    Unknown {
        /// A member whose name is close.
        near: Option<&'static str>,
    },
    /// A required member is missing.
    #[error("this setting is required")]
    Missing,
    /// The value has another type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What belongs here.
        expected: &'static str,
        /// What stands here.
        found: String,
    },
    /// The text is none of the enumeration's.
    #[error("`{found}` is not one of its values{}", if .near.is_some() { hint(.near.as_slice()) } else { listed(.choices) })]
    NotAChoice {
        /// What stands here.
        found: String,
        /// A value that is close.
        near: Option<&'static str>,
        /// Every value.
        choices: &'static [&'static str],
    },
    /// The number is too small.
    #[error("{found} is below {min}")]
    Below {
        /// What stands here.
        found: String,
        /// The least that may stand here.
        min: i64,
    },
    /// The number is too large.
    #[error("{found} is above {max}")]
    Above {
        /// What stands here.
        found: String,
        /// The most that may stand here.
        max: i64,
    },
    /// The text is too short, in characters.
    #[error("{found} characters are fewer than {min}")]
    TooShort {
        /// Its length.
        found: usize,
        /// The least length.
        min: usize,
    },
    /// The text is too long, in characters.
    #[error("{found} characters are more than {max}")]
    TooLong {
        /// Its length.
        found: usize,
        /// The greatest length.
        max: usize,
    },
    /// The text does not fit the service's pattern.
    #[error("`{found}` does not fit the pattern {pattern}")]
    Pattern {
        /// What stands here.
        found: String,
        /// The regular expression.
        pattern: &'static str,
    },
    /// Settings that do not go together.
    #[error("{says} ({})", .rule.source())]
    Rule {
        /// The rule that is broken.
        rule: Rule,
        /// What is wrong and how to fix it.
        says: String,
    },
}

fn hint(near: &[&str]) -> String {
    near.first().map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn listed(choices: &[&str]) -> String {
    format!(": {}", choices.join(", "))
}

/// The name most like `found`, if one is likely meant.
pub(crate) fn nearest(found: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    const LIKELY: f64 = 0.8;
    let likeness = |name: &str| strsim::jaro_winkler(&found.to_lowercase(), &name.to_lowercase());
    let rated = names.map(|name| (likeness(name), name)).filter(|(rate, _)| *rate >= LIKELY);
    rated.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}
