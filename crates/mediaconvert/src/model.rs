//! The service model as data: the shapes that `generated::tables` is made of.

use std::sync::OnceLock;

use regex_lite::Regex;

/// What a value may be.
#[derive(Debug)]
pub(crate) enum Shape {
    /// An object with these members and no others.
    Structure(&'static Structure),
    /// An array of such values.
    List(&'static Shape),
    /// An object whose keys are the user's.
    Map(&'static Shape),
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A text, its length in characters between these bounds.
    Text { min: Option<usize>, max: Option<usize>, pattern: Option<&'static Pattern> },
    /// A whole number between these bounds.
    Integer { min: Option<i64>, max: Option<i64> },
    /// A number between these bounds.
    Number { min: Option<i64>, max: Option<i64> },
}

/// An object's members.
#[derive(Debug)]
pub struct Structure {
    /// Names and shapes.
    pub(crate) members: &'static [(&'static str, Shape)],
    /// The members that must be there.
    pub(crate) required: &'static [&'static str],
}

impl Structure {
    /// The shape of a member, if there is such a member.
    pub(crate) fn member(&self, name: &str) -> Option<&'static Shape> {
        self.members.iter().find(|(known, _)| *known == name).map(|(_, shape)| shape)
    }
}

/// A regular expression of the model, compiled when first needed.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// The expression, as the service writes it.
    pub(crate) source: &'static str,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(crate) const fn new(source: &'static str) -> Self {
        Self { source, regex: OnceLock::new() }
    }

    /// Whether the text fits; an expression that this crate could not compile fits everything (a test rules it out).
    pub(crate) fn fits(&self, text: &str) -> bool {
        self.regex().is_none_or(|regex| regex.is_match(text))
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| Regex::new(self.source).ok()).as_ref()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::generated::tables;

    /// Every structure that the three requests reach, by the address of its table.
    fn reachable() -> BTreeMap<*const Structure, &'static Structure> {
        let mut found = BTreeMap::new();
        let mut waiting: Vec<&'static Structure> = vec![&tables::JOB, &tables::JOB_TEMPLATE, &tables::PRESET];
        while let Some(structure) = waiting.pop() {
            if found.insert(std::ptr::from_ref(structure), structure).is_some() {
                continue;
            }
            for (_, shape) in structure.members {
                let mut shape = shape;
                while let Shape::List(inner) | Shape::Map(inner) = shape {
                    shape = inner;
                }
                if let Shape::Structure(inner) = shape {
                    waiting.push(inner);
                }
            }
        }
        found
    }

    #[test]
    fn every_pattern_compiles() {
        let (mut patterns, mut members) = (0, 0);
        for structure in reachable().values() {
            for (name, shape) in structure.members {
                members += 1;
                let mut shape = shape;
                while let Shape::List(inner) | Shape::Map(inner) = shape {
                    shape = inner;
                }
                if let Shape::Text { pattern: Some(pattern), .. } = shape {
                    patterns += 1;
                    assert!(pattern.regex().is_some(), "{name}: {}", pattern.source);
                }
            }
        }
        assert!(members > 900 && patterns > 50, "{members} members, {patterns} patterns");
    }
}
