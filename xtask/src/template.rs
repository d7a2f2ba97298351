//! CloudFormation templates, typed as far as the checks read them.

use std::path::Path;

use indexmap::IndexMap;
use miette::{IntoDiagnostic as _, WrapErr as _};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::workspace::read_json;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Template {
    pub(crate) resources: IndexMap<String, Resource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Resource {
    pub(crate) r#type: String,
    #[serde(default)]
    pub(crate) properties: Value,
}

impl Template {
    pub(crate) fn read(path: &Path) -> miette::Result<Self> {
        read_json(path)
    }

    /// The logical ID and the properties of every resource of a type.
    pub(crate) fn of_type<T: DeserializeOwned>(&self, name: &str) -> miette::Result<Vec<(&str, T)>> {
        let resources = self.resources.iter().filter(|(_, resource)| resource.r#type == name);
        resources.map(|(id, resource)| Ok((id.as_str(), resource.properties_as(id)?))).collect()
    }
}

impl Resource {
    pub(crate) fn properties_as<T: DeserializeOwned>(&self, id: &str) -> miette::Result<T> {
        T::deserialize(&self.properties).into_diagnostic().wrap_err_with(|| id.to_owned())
    }
}

/// A text whose references are spelled as in `Fn::Sub`: `${Name}`, `${Name.Attribute}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Spelling")]
pub(crate) struct Text(pub(crate) String);

#[derive(Deserialize)]
#[serde(untagged)]
enum Spelling {
    Literal(String),
    Reference {
        #[serde(rename = "Ref")]
        name: String,
    },
    Attribute {
        #[serde(rename = "Fn::GetAtt")]
        path: Vec<String>,
    },
    Substitution {
        #[serde(rename = "Fn::Sub")]
        text: String,
    },
}

impl From<Spelling> for Text {
    fn from(spelling: Spelling) -> Self {
        Self(match spelling {
            Spelling::Literal(text) | Spelling::Substitution { text } => text,
            Spelling::Reference { name } => format!("${{{name}}}"),
            Spelling::Attribute { path } => format!("${{{}}}", path.join(".")),
        })
    }
}

impl Text {
    /// The text with what `value` gives for each reference; `${!Name}` is the text `${Name}`.
    pub(crate) fn filled<E>(&self, value: impl Fn(&str) -> Result<String, E>) -> Result<String, E> {
        let mut pieces = self.0.split("${");
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (name, rest) = piece.split_once('}').unwrap_or((piece, ""));
            match name.strip_prefix('!') {
                Some(name) => filled.extend(["${", name, "}"]),
                None => filled.push_str(&value(name)?),
            }
            filled.push_str(rest);
        }
        Ok(filled)
    }
}

/// A list, or the one thing that stands in its place.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Items<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> Items<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::Many(items) => items,
            Self::One(item) => std::slice::from_ref(item),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Statement {
    pub(crate) action: Items<String>,
    pub(crate) resource: Items<Text>,
    /// The keys of its conditions, by operator.
    pub(crate) condition: IndexMap<String, IndexMap<String, Value>>,
    pub(crate) principal: Option<Principal>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Principal {
    Kinds(IndexMap<String, Items<Text>>),
    Everybody(IgnoredAny),
}
