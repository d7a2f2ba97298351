//! The parts of a registry schema that code is generated from; everything else is dropped on reading.
//!
//! The keywords: <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html>

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) create_only_properties: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) definitions: BTreeMap<String, Node>,
    #[serde(default)]
    pub(super) primary_identifier: Vec<String>,
    pub(super) properties: BTreeMap<String, Node>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) read_only_properties: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tagging: Option<Tagging>,
    pub(super) type_name: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tagging {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tag_property: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<Additional>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) any_of: Vec<Node>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub(super) constant: Option<Value>,
    #[serde(rename = "enum", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) enumeration: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Node>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<Number>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) one_of: Vec<Node>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) pattern_properties: BTreeMap<String, Node>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) properties: BTreeMap<String, Node>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Kinds>,
}

/// `additionalProperties`: whether others are allowed, or their schema.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum Additional {
    Allowed(bool),
    Schema(Box<Node>),
}

/// `type`: one, or several.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum Kinds {
    One(Kind),
    Several(Vec<Kind>),
}

/// A JSON type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Array,
    Boolean,
    Integer,
    Null,
    Number,
    Object,
    String,
}

impl Node {
    /// The types that the node allows; none means that it does not say.
    pub(super) fn kinds(&self) -> &[Kind] {
        match &self.kind {
            None => &[],
            Some(Kinds::One(kind)) => std::slice::from_ref(kind),
            Some(Kinds::Several(kinds)) => kinds,
        }
    }

    /// The definition that the node refers to.
    pub(super) fn definition(&self) -> Option<&str> {
        self.reference.as_deref().and_then(|reference| reference.strip_prefix("#/definitions/"))
    }

    /// Every property of the node and of its alternatives, and the names of those that all alternatives require.
    pub(super) fn members(&self) -> (BTreeMap<String, Node>, Vec<String>) {
        let mut members = self.properties.clone();
        for alternative in self.any_of.iter().chain(&self.one_of) {
            for (name, node) in &alternative.properties {
                members.entry(name.clone()).or_insert_with(|| node.clone());
            }
        }
        (members, self.required.clone())
    }

    /// Whether the node is an object whose properties are known, even when it has none.
    pub(super) fn is_structure(&self) -> bool {
        let empty = self.kinds() == [Kind::Object]
            && self.additional_properties == Some(Additional::Allowed(false))
            && self.pattern_properties.is_empty();
        self.items.is_none() && (empty || !self.members().0.is_empty())
    }

    /// This definition under the bounds that a reference to it adds.
    pub(super) fn bounded_by(&self, local: &Self) -> Self {
        let mut node = self.clone();
        macro_rules! overlay {
            ($($field:ident),*) => {
                $(if local.$field.is_some() {
                    node.$field.clone_from(&local.$field);
                })*
            };
        }
        overlay!(max_items, max_length, maximum, min_items, min_length, minimum, pattern);
        node
    }
}

/// The resource types to generate, in the list's order.
pub(crate) fn listed_types(root: &Path) -> Result<Vec<String>> {
    let text = fs_err::read_to_string(root.join("synth/schema/types.txt")).into_diagnostic()?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}

/// Where a type's stripped schema is: `synth/schema/aws-s3-bucket.json`.
pub(super) fn path(root: &Path, type_name: &str) -> PathBuf {
    root.join("synth/schema").join(format!("{}.json", type_name.replace("::", "-").to_lowercase()))
}

/// The property at a path like `Endpoint`, `Address`, through definitions and lists (`*`).
pub(super) fn find(document: &Document, path: &[&str]) -> Option<Node> {
    let (first, rest) = path.split_first()?;
    let mut node = document.properties.get(*first)?.clone();
    for segment in rest {
        node = match (followed(document, &node), *segment) {
            (node, "*") => *node.items?,
            (node, segment) => node.members().0.remove(segment)?,
        };
    }
    Some(followed(document, &node))
}

fn followed(document: &Document, node: &Node) -> Node {
    node.definition().and_then(|name| document.definitions.get(name)).unwrap_or(node).clone()
}

/// Removes the read-only properties, and those that hold nothing else.
pub(super) fn remove_read_only(document: &mut Document) {
    let mut emptied = BTreeSet::new();
    for path in document.read_only_properties.clone() {
        let Some(path) = path.strip_prefix("/properties/").map(str::to_owned) else { continue };
        let segments: Vec<&str> = path.split('/').collect();
        remove_path(document, &segments, &mut emptied);
    }
    let gone = |node: &Node| {
        let item = node.items.as_deref().unwrap_or(node);
        item.definition().is_some_and(|name| emptied.contains(name))
    };
    document.properties.retain(|_, node| !gone(node));
    for definition in document.definitions.values_mut() {
        definition.properties.retain(|_, node| !gone(node));
    }
}

/// Removes one property; a definition that it leaves without properties is noted in `emptied`.
fn remove_path(document: &mut Document, path: &[&str], emptied: &mut BTreeSet<String>) {
    let Some((last, parents)) = path.split_last() else { return };
    if parents.is_empty() {
        document.properties.remove(*last);
        return;
    }
    let mut definition: Option<String> = None;
    for (position, segment) in parents.iter().enumerate() {
        let members = match &definition {
            None if position == 0 => Some(&document.properties),
            None => None,
            Some(name) => document.definitions.get(name).map(|node| &node.properties),
        };
        if *segment == "*" {
            continue;
        }
        let Some(node) = members.and_then(|members| members.get(*segment)) else { return };
        definition = node.items.as_deref().unwrap_or(node).definition().map(str::to_owned);
    }
    let Some(name) = definition else { return };
    if let Some(node) = document.definitions.get_mut(&name) {
        node.properties.remove(*last);
        node.required.retain(|required| required != last);
        if node.properties.is_empty() {
            emptied.insert(name);
        }
    }
}
