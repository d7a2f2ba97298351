//! Read-only properties: a template cannot set them, so they are attributes and not fields.

use std::collections::BTreeSet;

use super::schema::{Document, Node};

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
pub(super) fn remove(document: &mut Document) {
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
