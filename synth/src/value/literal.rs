//! From typed properties to template JSON, checked on the way.
//!
//! Generated types implement [`Property`] by listing their fields with the [`Rule`] that the registry schema gives
//! for each; the [`Checker`] notes what breaks a rule, under the property's path.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::check::{Checker, Rule};
use super::{Arn, Json, Value};

/// What a literal looks like in a template.
pub trait Literal {
    /// The literal as JSON; problems go to the checker, under its current path.
    fn to_json(&self, checker: &mut Checker) -> Json;
}

macro_rules! scalar_literal {
    ($($type:ty),*) => {
        $(impl Literal for $type {
            fn to_json(&self, _: &mut Checker) -> Json {
                self.clone().into()
            }
        })*
    };
}

scalar_literal!(String, Arn, bool, i64, f64, Json);

/// Anything that can be a property's value.
pub trait Property {
    /// The property as JSON; what is wrong with it goes to the checker.
    fn to_json(&self, checker: &mut Checker) -> Json;
}

impl<T: Literal> Property for Value<T> {
    fn to_json(&self, checker: &mut Checker) -> Json {
        match self {
            Self::Literal(literal) => literal.to_json(checker),
            Self::Intrinsic(intrinsic) => Json::Intrinsic(intrinsic.clone()),
        }
    }
}

impl<T: Property> Property for Box<T> {
    fn to_json(&self, checker: &mut Checker) -> Json {
        self.as_ref().to_json(checker)
    }
}

impl<T: Property> Literal for Vec<T> {
    fn to_json(&self, checker: &mut Checker) -> Json {
        let items = self.iter().enumerate();
        Json::List(items.map(|(index, item)| checker.at(&index.to_string(), |checker| item.to_json(checker))).collect())
    }
}

impl<T: Property> Literal for BTreeMap<String, T> {
    fn to_json(&self, checker: &mut Checker) -> Json {
        let entries = self.iter();
        Json::Object(
            entries.map(|(key, value)| (key.clone(), checker.at(key, |checker| value.to_json(checker)))).collect(),
        )
    }
}

impl Checker {
    /// Starts the JSON object of a structure.
    pub fn fields(&mut self) -> Fields<'_> {
        Fields { checker: self, members: IndexMap::new() }
    }
}

/// The members of one structure, written in the order they are named.
#[derive(Debug)]
pub struct Fields<'a> {
    checker: &'a mut Checker,
    members: IndexMap<String, Json>,
}

impl Fields<'_> {
    /// A property that is always there.
    pub fn required(&mut self, name: &str, value: &impl Property, rule: &Rule) -> &mut Self {
        let json = self.checker.at(name, |checker| {
            let json = value.to_json(checker);
            rule.check(&json, checker);
            json
        });
        self.members.insert(name.to_owned(), json);
        self
    }

    /// A property that may be left out.
    pub fn optional(&mut self, name: &str, value: Option<&impl Property>, rule: &Rule) -> &mut Self {
        if let Some(value) = value {
            self.required(name, value, rule);
        }
        self
    }

    /// The finished object.
    pub fn finish(&mut self) -> Json {
        Json::Object(std::mem::take(&mut self.members))
    }
}
