//! Reads a [`Node`] tree into typed values; an error knows its path and what was expected there.

use std::fmt::{self, Display};

use serde::de::{
    self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::node::{Node, Path, Step, Value};

/// Why a value could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    UnknownKey {
        key: String,
        known: &'static [&'static str],
    },
    UnknownWord {
        word: String,
        known: &'static [&'static str],
    },
    Missing(&'static str),
    WrongType {
        found: String,
        wanted: String,
    },
    /// What the type itself says.
    Invalid {
        message: String,
        hint: Option<String>,
    },
}

/// A value that could not be read, and the steps to it, the last one first.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    steps: Vec<Step>,
}

impl Fault {
    fn new(reason: Reason) -> Self {
        Self { reason, steps: Vec::new() }
    }

    fn below(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Whether the key is wrong, and not the value.
    pub(super) fn is_about_key(&self) -> bool {
        matches!(self.reason, Reason::UnknownKey { .. })
    }

    /// The path of what is missing, if something is.
    pub(super) fn missing(&self) -> Option<Path> {
        let Reason::Missing(key) = self.reason else { return None };
        let mut path = self.path();
        path.0.push(Step::Key(key.to_owned()));
        Some(path)
    }

    /// The path from the root.
    pub(super) fn path(&self) -> Path {
        Path(self.steps.iter().rev().cloned().collect())
    }
}

impl std::error::Error for Fault {}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.path(), self.reason)
    }
}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        let (message, hint) = (format!("{message}"), format!("{message:#}"));
        let hint = Some(hint).filter(|hint| *hint != message);
        Self::new(Reason::Invalid { message, hint })
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::new(Reason::WrongType { found: in_toml(found), wanted: wanted.to_string() })
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::invalid_type(found, wanted)
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(Reason::UnknownWord { word: word.to_owned(), known })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(Reason::UnknownKey { key: key.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Reason::Missing(key))
    }
}

/// What was found, in TOML's words and not in Rust's.
fn in_toml(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        Unexpected::Str(text) => format!("the text {text:?}"),
        Unexpected::Bool(boolean) => boolean.to_string(),
        Unexpected::Signed(number) => format!("the number {number}"),
        Unexpected::Unsigned(number) => format!("the number {number}"),
        Unexpected::Float(number) => format!("the number {number}"),
        other => other.to_string(),
    }
}

/// The words between quotes, as a thing to use.
pub(super) fn one_of(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("one of {}", words.join(", "))
}

/// Reads a loose text as the type that its key wants, or as a text, which then is of the wrong type.
macro_rules! loose {
    ($($method:ident => $visit:ident),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match &self.value {
                Value::Loose(text) => match text.parse() {
                    Ok(value) => visitor.$visit(value),
                    Err(_) => visitor.visit_str(text),
                },
                _ => self.deserialize_any(visitor),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for &Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Text(text) | Value::Loose(text) => visitor.visit_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(boolean) => visitor.visit_bool(*boolean),
            Value::List(items) => visitor.visit_seq(Items { items: items.iter().enumerate() }),
            Value::Table(entries) => visitor.visit_map(Entries { entries: entries.iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Text(text) | Value::Loose(text) => {
                visitor.visit_enum(IntoDeserializer::<Fault>::into_deserializer(text.as_str()))
            }
            // Derived enumerations would take a table too; theirs are words here.
            other => Err(de::Error::invalid_type(other.unexpected(), &one_of(words).as_str())),
        }
    }

    /// A loose text is a list with commas between its items.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Loose(text) => {
                let items: Vec<Node> = text
                    .split(',')
                    .map(|item| Node { value: Value::Loose(item.trim().to_owned()), ..self.clone() })
                    .collect();
                visitor.visit_seq(Items { items: items.iter().enumerate() })
            }
            _ => self.deserialize_any(visitor),
        }
    }

    loose! {
        deserialize_bool => visit_bool,
        deserialize_i64 => visit_i64,
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct map
        struct identifier ignored_any
    }
}

impl Value {
    fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Self::Text(text) | Self::Loose(text) => Unexpected::Str(text),
            Self::Integer(number) => Unexpected::Signed(*number),
            Self::Float(number) => Unexpected::Float(*number),
            Self::Boolean(boolean) => Unexpected::Bool(*boolean),
            Self::List(_) => Unexpected::Seq,
            Self::Table(_) => Unexpected::Map,
        }
    }
}

struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        self.items
            .next()
            .map(|(index, item)| seed.deserialize(item).map_err(|fault| fault.below(Step::Index(index))))
            .transpose()
    }
}

struct Entries<'a> {
    entries: std::collections::btree_map::Iter<'a, String, Node>,
    value: Option<(&'a String, &'a Node)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.value = self.entries.next();
        self.value
            .map(|(key, _)| {
                seed.deserialize(IntoDeserializer::<Fault>::into_deserializer(key.as_str()))
                    .map_err(|fault| fault.below(Step::Key(key.clone())))
            })
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (key, node) = self.value.ok_or_else(|| de::Error::custom("a value was asked for before its key"))?;
        seed.deserialize(node).map_err(|fault| fault.below(Step::Key(key.clone())))
    }
}
