//! JSON paths: `Settings.OutputGroups[0].Outputs[1].NameModifier`.

use std::fmt;

/// A place in a request, as steps back to its root; costs nothing until it is printed.
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
