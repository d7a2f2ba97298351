//! What is wrong with a request, and where.

use std::fmt;

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
#[expect(missing_docs, reason = "each message says what its fields are")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The text is no JSON.
    #[error("cannot be read as JSON: {0}")]
    Unreadable(String),
    /// The service knows no such member.
    #[error("there is no such setting{}", hint(.near.as_slice()))]
    Unknown { near: Option<&'static str> },
    /// A required member is missing.
    #[error("this setting is required")]
    Missing,
    /// The value has another type.
    #[error("expected {expected}, found {found}")]
    WrongType { expected: &'static str, found: String },
    /// The text is none of the enumeration's.
    #[error("`{found}` is not one of its values{}", if .near.is_some() { hint(.near.as_slice()) } else { listed(.choices) })]
    NotAChoice { found: String, near: Option<&'static str>, choices: &'static [&'static str] },
    /// The number is too small.
    #[error("{found} is below {min}")]
    Below { found: String, min: i64 },
    /// The number is too large.
    #[error("{found} is above {max}")]
    Above { found: String, max: i64 },
    /// The text is too short, in characters.
    #[error("{found} characters are fewer than {min}")]
    TooShort { found: usize, min: usize },
    /// The text is too long, in characters.
    #[error("{found} characters are more than {max}")]
    TooLong { found: usize, max: usize },
    /// The text does not fit the service's pattern.
    #[error("`{found}` does not fit the pattern {pattern}")]
    Pattern { found: String, pattern: &'static str },
    /// Settings that do not go together.
    #[error("{says} ({})", .rule.source())]
    Rule { rule: Rule, says: String },
}

/// A rule between settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Each rate control mode needs its own bitrates.
    RateControl,
    /// Width and height are even.
    FrameSize,
    /// The outputs of a group have names of their own.
    NameModifier,
    /// An output's container belongs to its group's type.
    Container,
    /// Frame captures have no container.
    FrameCapture,
    /// Segments hold whole fragments and whole groups of pictures.
    SegmentGrid,
    /// AAC knows only certain bitrates for each profile, coding mode and sample rate.
    AacBitrate,
    /// Automated ABR chooses the renditions, and needs a free hand to do so.
    AutomatedAbr,
    /// Accelerated transcoding cannot do everything.
    Acceleration,
}

impl Rule {
    /// The page of AWS's reference that says so.
    pub const fn source(self) -> &'static str {
        match self {
            Self::RateControl => "https://docs.aws.amazon.com/mediaconvert/latest/ug/cbr-vbr-qvbr.html",
            Self::FrameSize | Self::NameModifier | Self::SegmentGrid => {
                "https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobtemplates.html"
            }
            Self::Container | Self::FrameCapture => {
                "https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers.html"
            }
            Self::AacBitrate => "https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html",
            Self::AutomatedAbr => {
                "https://docs.aws.amazon.com/mediaconvert/latest/ug/feature-restrictions-for-automated-abr.html"
            }
            Self::Acceleration => "https://docs.aws.amazon.com/mediaconvert/latest/ug/job-requirements.html",
        }
    }
}

fn hint(near: &[&str]) -> String {
    near.first().map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn listed(choices: &[&str]) -> String {
    format!(": {}", choices.join(", "))
}

/// A JSON path in a request, such as `Settings.OutputGroups[0].Outputs[1].NameModifier`, as steps back to its root; costs nothing until it is printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Member(&'a str),
    Item(usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    pub(crate) const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    /// A member of an object.
    pub(crate) fn member(&'a self, name: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Member(name) }
    }

    /// An item of a list, counted from 0.
    pub(crate) fn item(&'a self, at: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Item(at) }
    }

    /// An entry of a map.
    pub(crate) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Key(key) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else { return Ok(()) };
        parent.fmt(f)?;
        match self.step {
            Step::Root => Ok(()),
            Step::Member(name) if parent.parent.is_none() => f.write_str(name),
            Step::Member(name) => write!(f, ".{name}"),
            Step::Item(at) => write!(f, "[{at}]"),
            Step::Key(key) => write!(f, "[{key:?}]"),
        }
    }
}

/// The name most like `found`, if one is likely meant.
pub(crate) fn nearest(found: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    const LIKELY: f64 = 0.8;
    let likeness = |name: &str| strsim::jaro_winkler(&found.to_lowercase(), &name.to_lowercase());
    let rated = names.map(|name| (likeness(name), name)).filter(|(rate, _)| *rate >= LIKELY);
    rated.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}
