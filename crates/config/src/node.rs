//! A TOML tree that remembers where each value was written, so that an error can show the place.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde_path_to_error::Segment;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The place of a value: which source, and which bytes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of the source, in the order of the layers.
    pub(super) source: usize,
    /// Bytes of the source's text.
    pub(super) span: Range<usize>,
}

/// A value and the places of it and of its key.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) key: Place,
    pub(super) place: Place,
    pub(super) value: Value,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    /// A text from outside of TOML: it is read as whatever its key wants.
    Loose(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

/// One step from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// The way from the root to a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Step>);

impl From<&str> for Path {
    fn from(dotted: &str) -> Self {
        Self(dotted.split('.').map(|key| Step::Key(key.to_owned())).collect())
    }
}

impl From<&serde_path_to_error::Path> for Path {
    fn from(path: &serde_path_to_error::Path) -> Self {
        let steps = path.iter().filter_map(|segment| match segment {
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        Self(steps.collect())
    }
}

/// The keys with dots between them; indices are left out, because the underlined place shows which one it is.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        });
        for (index, key) in keys.enumerate() {
            write!(f, "{}{key}", if index == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl Node {
    /// A table with nothing in it, at the beginning of the first source.
    pub(super) fn empty() -> Self {
        let place = Place { source: 0, span: 0..0 };
        Self { key: place.clone(), place, value: Value::Table(BTreeMap::new()) }
    }

    /// The tree of a parsed table whose text begins at byte `offset` of the source.
    pub(super) fn of_table(table: &DeTable<'_>, place: Place, offset: usize) -> Self {
        let source = place.source;
        let entries = table
            .iter()
            .map(|(key, value)| {
                let mut node = Self::of_value(value, source, offset);
                node.key = shifted(key.span(), source, offset);
                (key.get_ref().to_string(), node)
            })
            .collect();
        Self { key: place.clone(), place, value: Value::Table(entries) }
    }

    /// The tree of a parsed value whose text begins at byte `offset` of the source.
    pub(super) fn of_value(value: &Spanned<DeValue<'_>>, source: usize, offset: usize) -> Self {
        let place = shifted(value.span(), source, offset);
        let value = match value.get_ref() {
            DeValue::Table(table) => return Self::of_table(table, place, offset),
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Datetime(datetime) => Value::Text(datetime.to_string()),
            DeValue::Boolean(boolean) => Value::Boolean(*boolean),
            DeValue::Float(float) => Value::Float(float.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Integer(integer) => {
                // More digits than fit are more than any key takes.
                let most = if integer.as_str().starts_with('-') { i64::MIN } else { i64::MAX };
                Value::Integer(i64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(most))
            }
            DeValue::Array(array) => {
                Value::List(array.iter().map(|item| Self::of_value(item, source, offset)).collect())
            }
        };
        Self { key: place.clone(), place, value }
    }

    /// Lays another tree over this one: tables are joined, anything else is replaced.
    pub(super) fn merge(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            (Value::Table(under), Value::Table(entries)) => {
                for (key, node) in entries {
                    match under.get_mut(&key) {
                        Some(old) => old.merge(node),
                        None => drop(under.insert(key, node)),
                    }
                }
            }
            (value, new) => {
                *value = new;
                self.place = over.place;
                self.key = over.key;
            }
        }
    }

    /// The value at a path.
    pub(super) fn find(&self, path: &Path) -> Option<&Self> {
        path.0.iter().try_fold(self, |node, step| node.child(step))
    }

    /// The last value on the way to a path.
    pub(super) fn nearest(&self, path: &Path) -> &Self {
        let mut node = self;
        for step in &path.0 {
            match node.child(step) {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }

    /// Takes the value at a path away; the last one on the way if the path goes on beyond it.
    /// False if nothing was taken.
    pub(super) fn remove(&mut self, path: &[Step]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return false;
        };
        let child = match (&mut self.value, first) {
            (Value::Table(entries), Step::Key(key)) => entries.get_mut(key),
            (Value::List(items), Step::Index(index)) => items.get_mut(*index),
            _ => None,
        };
        match (child.is_some_and(|child| child.remove(rest)), &mut self.value, first) {
            (true, ..) => true,
            (false, Value::Table(entries), Step::Key(key)) => entries.remove(key).is_some(),
            (false, Value::List(items), Step::Index(index)) if *index < items.len() => {
                items.remove(*index);
                true
            }
            _ => false,
        }
    }

    fn child(&self, step: &Step) -> Option<&Self> {
        match (&self.value, step) {
            (Value::Table(entries), Step::Key(key)) => entries.get(key),
            (Value::List(items), Step::Index(index)) => items.get(*index),
            _ => None,
        }
    }
}

fn shifted(span: Range<usize>, source: usize, offset: usize) -> Place {
    Place { source, span: span.start + offset..span.end + offset }
}
