//! From typed properties to template JSON, checked on the way.
//!
//! Generated types implement [`Property`] by listing their fields with the [`Rule`] that the registry schema gives
//! for each; the [`Checker`] notes what breaks a rule, under the property's path.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::json::Json;
use crate::rule::Rule;
use crate::value::{Literal, Value};

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

/// A property that breaks a rule of its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The property: `VersioningConfiguration.Status`.
    pub property: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Collects violations while properties are turned into JSON.
#[derive(Debug, Default)]
pub struct Checker {
    path: Vec<String>,
    violations: Vec<Violation>,
}

impl Checker {
    /// Runs `visit` one level deeper in the property path.
    pub fn at<R>(&mut self, segment: &str, visit: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(segment.to_owned());
        let result = visit(self);
        self.path.pop();
        result
    }

    /// Notes a problem with the current property.
    pub fn violation(&mut self, problem: impl Into<String>) {
        self.violations.push(Violation { property: self.path.join("."), problem: problem.into() });
    }

    /// Starts the JSON object of a structure.
    pub fn fields(&mut self) -> Fields<'_> {
        Fields { checker: self, members: IndexMap::new() }
    }

    /// Everything noted so far.
    #[must_use]
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
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
    #[must_use]
    pub fn finish(&mut self) -> Json {
        Json::Object(std::mem::take(&mut self.members))
    }
}
