//! The names of a record's members, from the types themselves.

use serde::{
    Deserialize, Deserializer, de,
    de::{Error as _, Visitor},
    forward_to_deserialize_any,
};

use super::{
    END_TIME, Encoding, Failure, Options, Outputs, Packaging, Source, WORKFLOW_STATUS, WORKFLOW_WARNINGS, table,
};
use crate::state::STORED_IN_FULL;

/// The members that stand in the record itself.
const OWN: [&str; 8] = [
    table::GUID,
    table::START_TIME,
    END_TIME,
    "workflowTrigger",
    WORKFLOW_STATUS,
    "workflowName",
    STORED_IN_FULL,
    WORKFLOW_WARNINGS,
];

/// The name of every member that a record knows; any other is kept as an extra one.
pub fn members() -> impl Iterator<Item = &'static str> {
    let parts = [
        names_of::<Source>(),
        names_of::<Options>(),
        names_of::<Encoding>(),
        names_of::<Outputs>(),
        names_of::<Packaging>(),
        names_of::<Failure>(),
    ];
    OWN.into_iter().chain(parts.into_iter().flatten().copied())
}

/// The names that a structure asks for when it is read.
pub fn names_of<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &[_] = &[];
    // Nothing is there to be read, so this only ever fails, after the names are known.
    let _ = T::deserialize(Names(&mut names));
    names
}

/// Takes down the names that it is asked for, and gives nothing.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(Self::Error::custom("only the names"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("not a structure"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
